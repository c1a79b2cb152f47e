"""Tables that stay in a database: typed columns, lazily, as the same canonical rows."""

from __future__ import annotations

import pytest

from segmentry import sources
from segmentry.core.errors import SourceError
from segmentry.core.recipe import Source


@pytest.fixture
def shop(engine, tmp_path):
    path = tmp_path / "retail.csv"
    sources.generate_retail(path, customers=60)
    engine.connection.execute("CREATE TABLE shop AS FROM read_csv(?)", [str(path)])
    return path


def test_a_database_table_gives_the_rows_of_the_file(engine, shop, load):
    source = Source(table="shop")
    raw = sources.from_table(engine.backend.table("shop"), source, engine)
    found = sources.transactions(raw, source, engine)
    names = ["customer_id", "order_id", "time", "quantity", "unit_price", "amount", "product", "country", "unparsed"]
    ours = engine.rows(found.table, step="test")
    theirs = load(shop)
    assert sorted(str([row[name] for name in names]) for row in ours) == sorted(
        str([row[name] for name in names]) for row in theirs.rows
    )
    assert len({row["row_key"] for row in ours}) == len(set(theirs.column("row_key")))
    assert sorted(row["row_id"] for row in ours) == list(range(len(ours)))
    assert found.facts.roles == theirs.facts.roles
    assert found.facts.rows == len(ours)
    assert list(found.table.columns[15:]) == [f"c{n}" for n in range(8)]


def test_a_text_column_for_a_date_says_what_to_do(engine, shop):
    engine.connection.execute("CREATE TABLE texts AS SELECT * REPLACE (InvoiceDate::VARCHAR AS InvoiceDate) FROM shop")
    source = Source.model_validate({"table": "texts", "columns": {"time": "InvoiceDate"}})
    with pytest.raises(
        SourceError, match=r"'InvoiceDate' of table texts is of type string, not a date or timestamp. Cast it"
    ):
        sources.transactions(sources.from_table(engine.backend.table("texts"), source, engine), source, engine)


def test_the_fingerprint_follows_the_content(engine, shop):
    engine.connection.execute("CREATE TABLE more AS FROM shop UNION ALL (FROM shop LIMIT 1)")
    engine.connection.execute("CREATE TABLE turned AS FROM shop ORDER BY InvoiceNo DESC")
    prints = {
        name: sources.from_table(engine.backend.table(name), Source(), engine).fingerprint
        for name in ("shop", "more", "turned")
    }
    assert prints["shop"] == prints["turned"] != prints["more"]


def test_a_customer_table_of_a_database(engine):
    engine.connection.execute(
        "CREATE TABLE accounts AS SELECT i::DOUBLE AS account_id, i * 1.5 AS nav, 'x' AS tier FROM range(5) t(i)"
    )
    source = Source.model_validate({"table": "accounts", "kind": "customers", "columns": {"customer": "account_id"}})
    found = sources.customers(sources.from_table(engine.backend.table("accounts"), source, engine), source, engine)
    rows = engine.rows(found.table.order_by("customer_id"), step="test")
    assert [(row["customer_id"], row["v0"], row["t0"]) for row in rows] == [(str(n), n * 1.5, "x") for n in range(5)]
