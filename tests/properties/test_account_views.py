"""Accounts as of past dates, of books drawn by Hypothesis: each view is what a run says of files cut at its date."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from segmentry.core.progress import Silent
from segmentry.core.recipe import parse_recipe
from segmentry.features import View, Views
from segmentry.flow.accounts import accounts_book

START = date(2023, 1, 1)
ACCOUNTS = [f"A{number}" for number in range(5)]
LAST = 700  # days after START

account, day, money = st.sampled_from(ACCOUNTS), st.integers(0, LAST), st.integers(1, 10**6)
trades = st.lists(st.tuples(account, day, money, st.sampled_from(["BUY", "SELL", "DEPOSIT"])), min_size=2, max_size=25)
values = st.lists(st.tuples(account, day, money), max_size=12)
opened = st.lists(st.tuples(account, day | st.none()), max_size=4, unique_by=lambda row: row[0])
dates = st.lists(day, min_size=2, max_size=3, unique=True).map(sorted)


def on(days):
    return START + timedelta(days=days)


def write(folder, book, until):
    """Write what *book* knew on *until*; its first trade and value stay, so that columns are told as in the whole."""
    bought, valued, accounts = book
    folder.mkdir()

    def save(name, heads, rows):
        text = "\n".join([heads, *(",".join("" if cell is None else str(cell) for cell in row) for row in rows), ""])
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")

    rows = [(number, who, on(when), what, amount) for number, (who, when, amount, what) in enumerate(bought)]
    save("trades", "trade_id,account,date,type,amount", [row for row in rows if row[2] <= until])
    save("nav", "account,date,nav", [(who, on(when), nav) for who, when, nav in valued if on(when) <= until])
    known = [(who, when if when is None else on(when)) for who, when in accounts]
    save("accounts", "account,opened", [row for row in known if row[1] is None or row[1] <= until])


def read(folder, as_of):
    held = {name: f"{folder}/{name}.csv" for name in ("trades", "nav", "accounts")}
    source = {"kind": "accounts", "book": held | {"trade_types": ["BUY", "SELL"], "deposit_types": ["DEPOSIT"]}}
    return accounts_book(parse_recipe({"source": source, "as_of": str(as_of)}), Silent())


@settings(max_examples=8, deadline=None, phases=[Phase.generate])  # shrinking files takes minutes
@given(trades, values, opened, dates)
def test_each_view_is_a_run_on_files_cut_at_its_date(bought, valued, accounts, days):
    first = [("A0", 0, 50, "BUY"), ("A1", 0, 50, "DEPOSIT")]  # every date has something to read
    both = [("A0", 0, 10), ("A0", 0, 10)]
    book = [*first, *bought], [*both, *valued], [("B", 0), *accounts]
    as_of = [on(one) for one in days]
    views = Views((*(View(one, one) for one in as_of), View(as_of[-1], as_of[0])))
    with TemporaryDirectory() as folder:
        write(Path(folder) / "whole", book, on(LAST))
        seen = read(Path(folder) / "whole", as_of[-1]).views([], views)
        for place, (view, (rows, table)) in enumerate(zip(views.all, seen.views, strict=True)):
            write(Path(folder) / str(place), book, view.until)
            alone = read(Path(folder) / str(place), view.as_of).customers
            assert table.ids.tolist() == alone.ids.tolist() == seen.ids[rows].tolist()
            assert table.words["cohort"].tolist() == alone.words["cohort"].tolist()
            assert {*table.values} == {*alone.values}
            for name, known in alone.values.items():
                np.testing.assert_allclose(table.values[name], known, rtol=1e-12, err_msg=f"{name} in {view}")
