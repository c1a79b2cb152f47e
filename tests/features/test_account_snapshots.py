"""What trades say of accounts as of past dates, worked by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from segmentry import clean, sources
from segmentry.clean.marking import table
from segmentry.core.progress import Silent
from segmentry.core.recipe import Recipe
from segmentry.engine import Engine, open_local
from segmentry.features.account_snapshots import traded_in_views, valued_in_views
from segmentry.features.views import VIEWS, View, Views
from segmentry.flow.accounts import rules_for_trades

TRADES = """account,trade_id,date,amount
A,1,2023-01-10,100
A,2,2023-03-05,50
A,3,2023-03-20,25
B,4,2023-02-01,10
C,5,2023-04-15,7
"""
JANUARY, MARCH, APRIL = date(2023, 1, 31), date(2023, 3, 10), date(2023, 4, 30)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (
            None,
            {
                (0, "A"): (21, 1, 100, 1), (1, "A"): (5, 2, 150, 2), (1, "B"): (37, 1, 10, 1),
                (2, "A"): (41, 3, 175, 2), (2, "B"): (88, 1, 10, 1), (2, "C"): (15, 1, 7, 1),
                (3, "A"): (56, 2, 150, 2), (3, "B"): (88, 1, 10, 1),
            },
        ),
        (
            50,
            {
                (0, "A"): (21, 1, 100, 1), (1, "A"): (5, 1, 50, 1), (1, "B"): (37, 1, 10, 1),
                (2, "A"): (41, 1, 25, 1), (2, "B"): (88, 0, 0, 0), (2, "C"): (15, 1, 7, 1),
                (3, "A"): (56, 0, 0, 0), (3, "B"): (88, 0, 0, 0),
            },
        ),
    ],
)  # fmt: skip
def test_a_view_sees_the_trades_up_to_its_date_and_no_others(tmp_path, window, expected):
    (tmp_path / "trades.csv").write_text(TRADES)
    recipe = Recipe.model_validate({"source": {"path": str(tmp_path), "kind": "accounts"}, "as_of": "2023-04-30"})
    connection = open_local(None)
    engine = Engine(connection)
    parts = sources.read_account_files(recipe.source, lambda: connection, progress=Silent())
    book = sources.accounts(parts, recipe.source, engine)
    roles = book.facts.roles
    marked = clean.settle(
        engine,
        clean.Rows(book.trades.as_table, book.facts.rows, "trades", have_orders="order" in roles, roles=roles),
        rules_for_trades(recipe.clean),
        as_of=recipe.as_of,
        today=datetime.now(UTC).date(),
        window_days=window,
        not_before=None,
    )
    dates = (View(JANUARY, JANUARY), View(MARCH, MARCH), View(APRIL, APRIL), View(APRIL, MARCH))
    views = Views(dates, window)
    engine.hold(views.columns(), VIEWS, step=VIEWS)
    rows = engine.rows(traded_in_views(marked, views), step="test")
    names = ("recency_days", "frequency", "monetary", "months_traded")
    found = {(row["view_id"], row["customer_id"]): tuple(row[name] for name in names) for row in rows}
    assert found == expected


def test_a_view_knows_no_later_value_and_compares_with_its_own_year_ago():
    values = [
        ("A", "2022-03-01", 80.0), ("A", "2022-04-20", 100.0), ("A", "2023-03-10", 120.0), ("A", "2023-03-10", 110.0),
        ("A", "2023-04-30", 60.0), ("A", "2023-05-01", 999.0), ("B", "2023-04-01", 5.0),
    ]  # fmt: skip
    connection = open_local(None)
    listed = ", ".join(f"('{account}', TIMESTAMP '{day}', {value})" for account, day, value in values)
    connection.execute(f"CREATE TABLE history AS SELECT * FROM (VALUES {listed}) AS t(customer_id, time, amount)")
    views = Views((View(MARCH, MARCH), View(APRIL, APRIL), View(APRIL, MARCH)))
    engine = Engine(connection)
    engine.hold(views.columns(), VIEWS, step=VIEWS)
    rows = engine.rows(
        valued_in_views(table({"customer_id": "string", "time": "timestamp", "amount": "float64"}, "history"), views),
        step="test",
    )
    found = {(row["view_id"], row["customer_id"]): (row["nav_now"], row["nav_before"]) for row in rows}
    assert found == {(0, "A"): (120, 80), (1, "A"): (60, 100), (1, "B"): (5, 5), (2, "A"): (120, 100)}
