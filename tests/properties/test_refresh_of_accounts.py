"""What must hold of a refresh of any book of accounts: nobody is lost, and what changed is what differs."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.flow import refresh

START = date(2024, 1, 1)
DAYS = 700
LATER = {"psi_refit": 1e6, "psi_warn": 1e6, "far_refit": 1.0, "far_warn": 1.0}
# Of each account: days after the start on which it traded (none: it never did), its net asset value, and the amounts.
accounts = st.lists(
    st.tuples(st.lists(st.integers(0, DAYS), max_size=4), st.integers(1, 10**6), st.integers(1, 10**4)),
    min_size=8,
    max_size=30,
)


def write(folder: Path, book, before: date) -> None:
    """Write the accounts that traded before a day, and a third of those that never did, with their trades."""
    folder.mkdir(exist_ok=True)
    trades, listed = ["account,date,amount,type"], ["account,opened,nav"]
    for number, (days, nav, amount) in enumerate(book):
        listed.append(f"A{number:03d},2023-0{1 + number % 9}-01,{nav}")
        for place, day in enumerate(days):
            moment = START + timedelta(days=day)
            if moment < before:
                trades.append(f"A{number:03d},{moment},{amount + place},BUY")
    trades.append(f"T,{START},5,BUY")  # there is a trade
    (folder / "trades.csv").write_text("\n".join(trades) + "\n")
    (folder / "accounts.csv").write_text("\n".join(listed) + "\n")


@settings(deadline=None, max_examples=12)
@given(accounts, st.integers(200, DAYS - 10), st.booleans(), st.integers(1, 3))
def test_no_account_is_lost_and_every_change_is_a_difference(book, day, is_refit, k):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recipe = {
            "name": "book", "source": {"kind": "accounts", "path": str(folder / "book")}, "refresh": LATER,
            "cluster": {"k": k}, "cohorts": {"smallest": 8},
        }  # fmt: skip
        tables = []
        for as_of in (START + timedelta(days=day), START + timedelta(days=DAYS + 1)):
            write(folder / "book", book, as_of)
            found = refresh(
                recipe | {"as_of": str(as_of)}, out=folder / "runs", report=False, confirm=True, refit=is_refit
            )
            tables.append(pd.read_parquet(found.path / "customers.parquet").set_index("customer_id"))
            assert sorted(tables[-1].index) == sorted([*(f"A{n:03d}" for n in range(len(book))), "T"])
        was, now = tables
        changes = pd.read_csv(found.path / "changes.csv", keep_default_na=False).set_index("customer_id")
        names = [(table.cohort + ": " + table.segment) for table in tables]
        moved = names[0].index[names[0] != names[1].reindex(names[0].index)]
        assert sorted(changes.index) == sorted(moved)
        assert changes.from_segment.to_dict() == names[0][moved].to_dict()
        assert changes.to_segment.to_dict() == names[1][moved].to_dict()
        assert now.previous_segment.to_dict() == names[0].to_dict()
        assert (changes.filter(like="because_").sum(axis=1).round(9) == 1).all()
        of_ids = pd.concat([table[["segment_id", "cohort", "segment"]] for table in tables]).drop_duplicates()
        assert of_ids.segment_id.is_unique  # an id is one segment, in both runs
        assert sum(one.now for one in found.sequel.balances) == len(now)
        assert sum(one.before for one in found.sequel.balances) == len(was)
