"""Books of accounts: which file holds what, cohorts, and one row per account, against plain pandas."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from segmentry.core.errors import SourceError
from segmentry.core.progress import Silent
from segmentry.core.recipe import parse_recipe
from segmentry.flow.accounts import accounts_book
from segmentry.sources.samples.securities import BEHAVIOURS, generate_securities

TRADES = ["BUY", "SELL"]


@pytest.fixture(scope="module")
def brokerage(tmp_path_factory):
    folder = tmp_path_factory.mktemp("brokerage")
    return folder, generate_securities(folder, customers=2000, seed=3)


def book(source, **settings):
    return accounts_book(parse_recipe({"source": {"kind": "accounts", **source}, **settings}), Silent())


def by_hand(folder, as_of):
    """The figures of every account by a few lines of pandas."""
    trades = pd.read_csv(folder / "trades.csv", parse_dates=["date"])
    accounts = pd.read_csv(folder / "accounts.csv", parse_dates=["opened"]).set_index("account")
    navs = pd.read_csv(folder / "nav.csv", parse_dates=["date"])
    as_of = pd.Timestamp(as_of)
    made = trades[trades.type.isin(TRADES)]
    made = made.groupby("account").agg(
        last=("date", "max"), frequency=("trade_id", "nunique"), monetary=("amount", lambda x: x.abs().sum()),
        months_traded=("date", lambda x: x.dt.to_period("M").nunique()),
    )  # fmt: skip
    known = navs[navs.date <= as_of].sort_values("date").groupby("account").nav
    before = navs[navs.date <= as_of - pd.DateOffset(months=12)].sort_values("date").groupby("account").nav.last()
    frame = accounts.join(made)
    frame["recency_days"] = (as_of - frame["last"]).dt.days
    frame["account_age_days"] = (as_of - frame.opened).dt.days
    frame["average_trade_value"] = frame.monetary / frame.frequency
    frame["nav"] = known.last()
    frame["nav_change"] = frame.nav / before.reindex(frame.index).fillna(known.first()) - 1
    frame["deposits"] = trades[trades.type == "DEPOSIT"].groupby("account").amount.sum()
    frame["cohort"] = np.where(
        frame["last"].isna(),
        "nonactive",
        np.where(frame["last"] >= as_of - pd.DateOffset(months=12), "active", "inactive"),
    )
    return frame.sort_index()


def test_every_figure_of_every_account_equals_pandas(brokerage):
    folder, _ = brokerage
    found = book({"path": str(folder)})
    expected = by_hand(folder, found.customers.as_of)
    assert found.customers.ids.tolist() == expected.index.tolist()
    for name in ("recency_days", "frequency", "monetary", "months_traded", "nav", "account_age_days",
                 "average_trade_value", "nav_change", "deposits"):  # fmt: skip
        np.testing.assert_allclose(found.customers.values[name], expected[name].astype(float), rtol=1e-9, err_msg=name)
    assert found.customers.words["cohort"].tolist() == expected.cohort.tolist()
    assert found.customers.words["tier"].tolist() == expected.tier.tolist()
    assert found.customers.as_of == pd.read_csv(folder / "trades.csv", parse_dates=["date"]).query(
        "type in @TRADES"
    ).date.max().date() + pd.Timedelta(days=1)  # fmt: skip


def test_accounts_without_trades_have_no_recency_frequency_or_money_and_never_zero(brokerage):
    folder, truth = brokerage
    found = book({"path": str(folder)})
    never = found.customers.words["cohort"] == "nonactive"
    for name in ("recency_days", "frequency", "monetary", "average_trade_value", "months_traded"):
        assert np.isnan(found.customers.values[name][never]).all()
        assert not np.isnan(found.customers.values[name][~never]).any()
    cohort = {group.name: group.cohort for group in BEHAVIOURS}
    assert found.customers.words["cohort"].tolist() == [cohort[truth[account]] for account in found.customers.ids]


def test_cash_movements_are_no_trades_and_stand_in_the_ledger(brokerage):
    folder, _ = brokerage
    found = book({"path": str(folder)})
    trades = pd.read_csv(folder / "trades.csv")
    cash = trades[~trades.type.isin(TRADES)]
    (line,) = found.ledger.set_aside
    assert (line.reason, line.rows, float(line.money)) == ("not a trade", len(cash), pytest.approx(cash.amount.sum()))
    assert found.ledger.kept.rows == len(trades) - len(cash)
    assert found.ledger.reconciles


def test_the_value_is_the_last_known_on_or_before_the_as_of_date(brokerage):
    folder, _ = brokerage
    found = book({"path": str(folder)}, as_of="2025-03-30")
    expected = by_hand_values(folder, "2025-03-30")
    values = pd.Series(found.customers.values["nav"], found.customers.ids)
    pd.testing.assert_series_equal(values, expected.reindex(values.index), check_names=False)
    assert values.isna().any()  # accounts opened since


def by_hand_values(folder, day):
    navs = pd.read_csv(folder / "nav.csv", parse_dates=["date"])
    return navs[navs.date <= day].sort_values("date").groupby("account").nav.last()


def split(folder, target):
    """The same book in three folders, each with its own trades, accounts and values."""
    cohort = by_hand(folder, book({"path": str(folder)}).customers.as_of).cohort
    for name in ("trades", "accounts", "nav"):
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str)
        for part, rows in frame.groupby(frame.account.map(cohort)):
            (target / part).mkdir(exist_ok=True)
            rows.to_csv(target / part / f"{name}.csv", index=False)


def test_three_folders_give_the_same_accounts_as_one(brokerage, tmp_path):
    folder, _ = brokerage
    split(folder, tmp_path)
    one, three = book({"path": str(folder)}), book({"path": str(tmp_path)})
    assert one.customers.ids.tolist() == three.customers.ids.tolist()
    for name, values in one.customers.values.items():
        np.testing.assert_allclose(values, three.customers.values[name], err_msg=name)
    for name, words in one.customers.words.items():
        assert words.tolist() == three.customers.words[name].tolist()


def test_files_are_told_by_their_columns_or_named(brokerage, tmp_path):
    folder, _ = brokerage
    other = {"trades": "a.csv", "accounts": "b.csv", "nav": "c.csv"}
    for name, file in other.items():
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str)
        frame = frame.rename(columns={"account": "Account No", "nav": "Net Asset Value", "opened": "Opening Date"})
        frame.sample(frac=1, random_state=1).to_csv(tmp_path / file, index=False, sep=";")
    guessed = book({"path": str(tmp_path)})
    named = book({"book": {name: str(tmp_path / file) for name, file in other.items()}})
    expected = book({"path": str(folder)})
    for found in (guessed, named):
        for name, values in expected.customers.values.items():
            np.testing.assert_allclose(values, found.customers.values[name], err_msg=name)


def test_without_history_the_value_stands_with_the_account_and_there_is_no_change(brokerage, tmp_path):
    folder, _ = brokerage
    accounts = pd.read_csv(folder / "accounts.csv", dtype=str)
    accounts["nav"] = [str(1000 + place) for place in range(len(accounts))]
    accounts.to_csv(tmp_path / "accounts.csv", index=False)
    found = book({"book": {"trades": str(folder / "trades.csv"), "accounts": str(tmp_path / "accounts.csv")}})
    assert found.customers.values["nav"].tolist() == [1000 + place for place in range(len(accounts))]
    assert "nav_change" not in found.customers.values


MESSY = """account,when,type,amount
A1,2024-06-01,Buy,100
A1,2024-06-01,Buy,100
A1,2024-01-05,sell,-50.5
A2,2023-06-30,BUY,10
A3,2023-06-29,BUY,20
A4,2024-05-05,DEPOSIT,500
,2024-05-05,BUY,5
A9,2024-06-02,BUY,oops
"""
MESSY_ACCOUNTS = """account,opened,nav,tier
A1,2020-01-01,1000,Gold
A1,2021-01-01,2000,Silver
A2,2020-06-01,,
A4,2024-05-01,500,Standard
A5,2024-05-02,0,Standard
,2024-05-02,7,Standard
"""


def test_a_messy_book_by_hand(tmp_path):
    (tmp_path / "trades.csv").write_text(MESSY)
    (tmp_path / "accounts.csv").write_text(MESSY_ACCOUNTS)
    found = book({"path": str(tmp_path)}, as_of="2024-06-30")
    customers = found.customers
    # A9 has an unreadable trade only: no trade of it is kept, yet the account is known from the trades
    assert customers.ids.tolist() == ["A1", "A2", "A3", "A4", "A5", "A9"]
    figures = {name: values.tolist() for name, values in customers.values.items()}
    nan = pytest.approx(float("nan"), nan_ok=True)
    assert figures["recency_days"] == [29, 366, 367, nan, nan, nan]
    assert figures["frequency"] == [2, 1, 1, nan, nan, nan]  # the exact copy does not count
    assert figures["monetary"] == [150.5, 10, 20, nan, nan, nan]
    assert figures["nav"] == [1000, nan, nan, 500, 0, nan]  # the row opened first counts
    assert figures["deposits"] == [0, 0, 0, 500, 0, 0]
    assert customers.words["cohort"].tolist() == ["active", "active", "inactive", "nonactive", "nonactive", "nonactive"]
    assert customers.words["tier"].tolist() == ["Gold", None, None, "Standard", "Standard", None]
    reasons = {line.reason: line.rows for line in found.ledger.set_aside}
    assert reasons == {"no customer": 1, "not a trade": 1, "exact duplicate": 1, "unparseable": 1}


def test_files_of_different_kinds_lie_in_one_folder(brokerage, tmp_path):
    folder, _ = brokerage
    pd.read_csv(folder / "trades.csv").to_parquet(tmp_path / "trades.parquet")
    pd.read_csv(folder / "accounts.csv").to_excel(tmp_path / "accounts.xlsx", index=False)
    pd.read_csv(folder / "nav.csv").to_csv(tmp_path / "nav.csv.gz", index=False)
    found, expected = book({"path": str(tmp_path)}), book({"path": str(folder)})
    for name, values in expected.customers.values.items():
        np.testing.assert_allclose(values, found.customers.values[name], err_msg=name)


def test_the_order_of_rows_and_files_does_not_matter(brokerage, tmp_path):
    folder, _ = brokerage
    for name in ("trades", "accounts", "nav"):
        frame = pd.read_csv(folder / f"{name}.csv", dtype=str).sample(frac=1, random_state=5)
        frame.iloc[::2].to_csv(tmp_path / f"{name}-b.csv", index=False)
        frame.iloc[1::2].to_csv(tmp_path / f"{name}-a.csv", index=False)
    found, expected = book({"path": str(tmp_path)}), book({"path": str(folder)})
    assert found.customers.ids.tolist() == expected.customers.ids.tolist()
    for name, values in expected.customers.values.items():
        np.testing.assert_array_equal(values, found.customers.values[name], err_msg=name)


def test_traders_who_stand_in_no_file_of_accounts_are_kept_and_counted(tmp_path):
    (tmp_path / "trades.csv").write_text(MESSY)
    (tmp_path / "accounts.csv").write_text(MESSY_ACCOUNTS)
    said = []
    listener = SimpleNamespace(step=lambda _name, detail="": said.append(detail), advance=lambda *_: None)
    accounts_book(
        parse_recipe({"source": {"kind": "accounts", "path": str(tmp_path)}, "as_of": "2024-06-30"}), listener
    )
    assert any("1 accounts trade, but stand in no file" in text for text in said)  # A3; no trade of A9 is kept


def test_what_a_file_holds_can_be_refused_clearly(tmp_path):
    (tmp_path / "accounts.csv").write_text(MESSY_ACCOUNTS)
    with pytest.raises(SourceError, match=r"None of .* holds trades"):
        book({"path": str(tmp_path)})
    (tmp_path / "things.csv").write_text("colour,size\nred,1\nblue,2\n")
    with pytest.raises(SourceError, match=r"neither like trades nor like accounts"):
        book({"path": str(tmp_path)})
    with pytest.raises(SourceError, match="Neither trades nor accounts"):
        book({})


def test_values_that_cannot_be_read_and_files_beside_the_cohorts_are_said(brokerage, tmp_path):
    folder, _ = brokerage
    split(folder, tmp_path)
    with (tmp_path / "active" / "nav.csv").open("a") as file:
        file.write("A0100001,2025-05-99,5\nA0100001,2025-05-01,much\n,2025-05-01,5\n")
    (tmp_path / "forgotten.csv").write_text("account,date,amount\nA1,2025-01-01,5\n")
    said = []
    listener = SimpleNamespace(step=lambda _name, detail="": said.append(detail), advance=lambda *_: None)
    found = accounts_book(parse_recipe({"source": {"kind": "accounts", "path": str(tmp_path)}}), listener)
    assert any(
        "3 rows of 'active/nav.csv' have no account, date or value" in one.text for one in found.facts.assumptions
    )
    assert any("forgotten.csv" in text and "not read" in text for text in said)
