"""Whatever the rows hold, PostgreSQL makes of them what the engine inside makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmentry.core.errors import DataError
from segmentry.core.progress import Silent
from segmentry.core.recipe import parse_recipe
from segmentry.engine import connect
from segmentry.features import CATALOGUE, View, Views
from segmentry.flow.purchases import transactions_book
from segmentry.movement import snapshot_dates
from segmentry.sources import from_table

pytestmark = pytest.mark.postgres

COLUMNS = {
    "who": "bigint", "order no": "varchar", "at": "timestamp", "units": "decimal(10,2)", "price": "decimal(12,2)",
    "product": "varchar", "country": "varchar",
}  # fmt: skip
ROLES = dict(zip(("customer", "order", "time", "quantity", "unit_price", "product", "country"), COLUMNS, strict=True))
NAMES = [*CATALOGUE]
DAYS = snapshot_dates(date(2024, 3, 24), "month", 4)
# Blanks of all kinds, letters that collations and cases order oddly, what CSV and regular expressions take for signs.
START = datetime.fromisoformat("2023-12-25")
TEXTS = st.none() | st.text(alphabet=" \t\u00a0\nCcAaÄßın/NUL!\"',\\.*_%-0\x7f\x01ﬁ日", max_size=6)
MOMENTS = st.builds(
    lambda days, seconds: START + timedelta(days=days, seconds=seconds),
    st.integers(0, 90),
    st.sampled_from([0, 1, 43200, 86399]),
)
LINES = st.tuples(
    st.none() | st.integers(2**60, 2**60 + 3),
    TEXTS,
    st.none() | MOMENTS,
    st.none() | st.sampled_from([Decimal(text) for text in ("-2", "0", "1", "2.5", "3", "99999999.75")]),
    st.none() | st.sampled_from([Decimal(text) for text in ("-1", "0", "0.01", "19.99", "4321.10")]),
    TEXTS,
    TEXTS,
)


@pytest.fixture(scope="module")
def engines(postgres_url, tmp_path_factory):
    """PostgreSQL with a collation of people, and DuckDB, each with a way to load rows."""
    import psycopg

    with psycopg.connect(postgres_url("postgres"), autocommit=True) as server:
        server.execute("CREATE DATABASE anything TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'sv-SE'")
    path = tmp_path_factory.mktemp("anything") / "file.duckdb"
    definitions = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
    server = psycopg.connect(postgres_url("anything"), autocommit=True)
    server.execute(f"CREATE TABLE sales ({definitions})")

    def load(lines):
        server.execute("TRUNCATE sales")
        with server.cursor().copy("COPY sales FROM STDIN") as copy:
            for line in lines:
                copy.write_row(line)
        path.unlink(missing_ok=True)
        with duckdb.connect(path) as file:
            file.execute(f"CREATE TABLE sales ({definitions})")
            file.executemany("INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?, ?)", lines)
        return postgres_url("anything"), f"duckdb:///{path}"

    yield load
    server.close()


def figures(address, recipe):
    """Return the ledger and all features by customer, or why there are none."""
    engine = connect(address)
    _, table = engine.table("sales")
    try:
        book = transactions_book(recipe, from_table(table, recipe.source, engine), engine, Silent())
    except DataError as error:
        engine.close()
        return str(error)
    customers = book.described()
    engine.close()
    return [*book.ledger.set_aside, book.ledger.kept, book.ledger.total], customers.as_of, customers.ids, customers


def seen_in(address, recipe):
    """Return the customers of each month with every feature, or why there are none."""
    engine = connect(address)
    _, table = engine.table("sales")
    try:
        book = transactions_book(recipe, from_table(table, recipe.source, engine), engine, Silent())
        return book.views(NAMES, Views((*(View(day, day) for day in DAYS), *map(View, DAYS[1:], DAYS[:-1])), 45))
    except DataError as error:
        return str(error)
    finally:
        engine.close()


OF_MONEY = {"monetary", "average_order_value", "recent_spend_share", "return_rate"}


def without_money(line):
    return replace(line, money=Decimal(0))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, min_size=1, max_size=40), repeated=st.booleans())
def test_the_same_rows_give_the_same_figures(engines, lines, repeated):
    addresses = engines([*lines, *(lines if repeated else lines[:1])])
    recipe = parse_recipe({"source": {"table": "sales", "columns": ROLES}})
    there, here = (figures(address, recipe) for address in addresses)
    if isinstance(here, str):
        assert there == here
        return
    assert [without_money(line) for line in there[0]] == [without_money(line) for line in here[0]]
    # Sums are exact; but quantity × price is a product of floats, which have sixteen digits, and each engine rounds it.
    digits = Decimal("1e-15") * sum(abs(line.money) for line in here[0])
    assert all(abs(one.money - other.money) <= digits for one, other in zip(there[0], here[0], strict=True))
    assert there[1] == here[1]
    assert there[2].tolist() == here[2].tolist()
    for name, values in here[3].values.items():
        np.testing.assert_allclose(there[3].values[name], values, rtol=1e-14 if name in OF_MONEY else 0, err_msg=name)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, min_size=1, max_size=40))
def test_the_same_rows_give_the_same_past(engines, lines):
    """Customers are texts here, which a collation of people sorts otherwise than Python does."""
    addresses = engines([*lines, *lines[:3]])
    columns = ROLES | {"customer": "product", "product": "country", "country": "who"}
    recipe = parse_recipe({"source": {"table": "sales", "columns": columns}, "as_of": "2024-03-24", "window_days": 45})
    there, here = (seen_in(address, recipe) for address in addresses)
    if isinstance(here, str):
        assert there == here
        return
    assert there.ids.tolist() == here.ids.tolist() == sorted(here.ids)
    for (rows, ours), (expected_rows, theirs) in zip(there.views, here.views, strict=True):
        assert rows.tolist() == expected_rows.tolist()
        assert ours.ids.tolist() == theirs.ids.tolist() == sorted(ours.ids)
        for name, values in theirs.values.items():
            digits = 1e-14 if name in OF_MONEY else 0
            np.testing.assert_allclose(ours.values[name], values, rtol=digits, err_msg=name)
