"""The segments on the terminal."""

from segmentry.cli.summary import print_segments


def row(**more):
    figures = {"segment": "A", "customers": 3, "share": 1.0, "revenue": 5.0, "revenue_share": 1.0, "goal": "Keep."}
    return figures | more


def test_money_of_accounts_is_turnover(capsys):
    print_segments([row(cohort="active", nav_mean=7.0)])
    heads = capsys.readouterr().out.splitlines()[0]
    assert "of turnover" in heads
    assert "revenue" not in heads


def test_abbreviations_keep_their_capitals(capsys):
    print_segments([row(revenue=None, NAV_mean=7.0), row(revenue=None, NAV_mean=9.0)])
    heads = capsys.readouterr().out.splitlines()[0]
    assert "NAV" in heads
