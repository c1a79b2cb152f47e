"""The report of a book of accounts: an overview whose figures are those of the accounts, and a chapter per cohort."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest

import segmentry
from segmentry.sources.samples.securities import generate_securities


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    folder = tmp_path_factory.mktemp("brokerage")
    generate_securities(folder / "book", customers=1500, seed=2)
    rules = {"conditions": [{"segment": "<b>Rich</b>", "when": "nav >= 1e8"}, {"segment": "Others"}]}
    recipe = {"name": "brokerage", "source": {"kind": "accounts", "path": str(folder / "book")}, "rules": rules}
    found = segmentry.run(recipe, out=folder / "runs")
    return found, (found.path / "report.html").read_text(encoding="utf-8")


def test_the_overview_adds_up_to_what_pandas_counts(book):
    found, page = book
    overview = page[: page.index('id="active-summary"')]
    accounts = found.customers
    for cohort, rows in accounts.groupby("cohort"):
        share = len(rows) / len(accounts) * 100
        nav = rows.nav.sum() / accounts.nav.sum() * 100
        line = re.search(rf"<tr><td>{cohort.capitalize()}</td>(.*?)</tr>", overview, re.DOTALL)[1]
        cells = re.findall("<td>(.*?)</td>", line)
        assert cells[0] == f"{len(rows):,}"
        assert cells[1] == f"{share:.1f} %"
        assert cells[3] == f"{nav:.1f} %"
        assert int(cells[6]) == rows.segment.nunique()
    trades = pd.read_csv(found.book.where and found.recipe.source.path + "/trades.csv", parse_dates=["date"])
    trades = trades[trades.type.isin(["BUY", "SELL"])]
    by_month = trades.groupby(trades.date.dt.strftime("%b %Y")).agg(
        turnover=("amount", "sum"), trades=("trade_id", "size")
    )
    for month, row in by_month.astype({"trades": object}).iterrows():
        assert f"<td>{month}</td><td>{row.turnover:,.2f}</td><td>{row.trades:,}</td>" in overview


def test_every_cohort_has_a_chapter_and_no_id_stands_twice(book):
    found, page = book
    for cohort, part in found.cohorts.items():
        assert f'id="{cohort}-summary"' in page
        for segment in part.profiles:
            assert f'id="{cohort}-segment-{segment.id}"' in page
            assert f'data-segment="{cohort}-{segment.id}"' in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    links = re.findall(r'href="#([^"]+)"', page)
    assert set(links) <= set(ids)
    assert page.count("What cleaning set aside stands at the end") == len(found.cohorts)
    assert page.count("The ledger closes to the cent") == 1


def test_names_of_rules_are_escaped(book):
    _, page = book
    assert "<b>Rich</b>" not in page
    assert "&lt;b&gt;Rich&lt;/b&gt;" in page


def test_words_are_those_of_a_brokerage(book):
    found, page = book
    assert "Last trade" in page
    for words in ("ast order", "Orders</dt>", "package", "parcel", "new collection"):
        assert words not in page, words
    charts = sorted(path.name for path in (found.path / "charts").iterdir())
    assert {"monthly.svg", "active-segment_sizes.svg", "nonactive-segment_sizes.svg"} <= {*charts}


def test_figures_of_a_cohort_are_of_its_accounts_only(book):
    found, _ = book
    accounts = found.customers
    for cohort, part in found.cohorts.items():
        own = accounts[accounts.cohort == cohort]
        for segment in part.profiles:
            rows = own[own.segment == segment.name]
            assert segment.share == pytest.approx(len(rows) / len(own))
            assert np.nanmean([segment.features["nav"].median]) == pytest.approx(rows.nav.median())


def test_what_cohorts_share_is_drawn_once_and_headings_skip_no_level(book):
    found, page = book
    assert page.count('id="chart-ledger"') == 1
    assert '-chart-ledger"' not in page
    assert page.index('id="chart-ledger"') > page.index('id="left-out"')
    assert (found.path / "charts" / "ledger.svg").exists()
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", page)]
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_accounts_that_never_traded_show_what_is_known_of_them(book):
    _, page = book
    chapter = page[page.index('id="nonactive-segments"') : page.index('id="nonactive-compared"')]
    assert "not comparable" not in chapter
    assert "NAV" in chapter
    active = page[page.index('id="active-summary"') : page.index('id="active-compared"')]
    assert ">of turnover</th>" in active
    assert "revenue" not in active
    assert " spent " not in active
