"""The real data sets: every row, every column, against pandas."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from segmentry import sources
from segmentry.core.recipe import Source

pytestmark = pytest.mark.real


def test_online_retail_is_read_to_the_last_row(real_data, engine):
    source = Source(path=str(real_data / "online_retail.csv.gz"))
    found = sources.transactions(sources.read(source, lambda: engine.connection), source, engine)
    assert found.facts.description == "CSV, comma, UTF-8, dates month/day/year"
    assert found.facts.assumptions == ()
    assert found.facts.roles == {
        "customer": "CustomerID", "order": "InvoiceNo", "time": "InvoiceDate", "quantity": "Quantity",
        "unit_price": "UnitPrice", "product": "StockCode", "description": "Description", "country": "Country",
    }  # fmt: skip
    engine.connection.execute(f"CREATE TEMP TABLE found AS {engine.compiled(found.table)}")
    frame = pd.read_csv(real_data / "online_retail.csv.gz", dtype=str, keep_default_na=False)
    assert len(frame) == found.facts.rows == 541_909
    ours = engine.connection.execute(
        "SELECT customer_id, order_id, product, country, c2, time, quantity, unit_price, amount::DOUBLE AS amount,"
        " source_line, row_key::VARCHAR AS row_key FROM found ORDER BY row_id"
    ).df()
    names = {"customer_id": "CustomerID", "order_id": "InvoiceNo", "country": "Country"}
    for ours_name, name in names.items():
        assert (ours[ours_name].fillna("") == frame[name].str.strip()).all(), name
    assert (ours["product"].fillna("") == frame["StockCode"].str.strip()).all()
    assert (ours["c2"].fillna("") == frame["Description"]).all()
    assert (ours["time"] == pd.to_datetime(frame["InvoiceDate"], format="%m/%d/%Y %H:%M")).all()
    assert (ours["quantity"] == frame["Quantity"].astype(float)).all()
    assert ours["source_line"].tolist() == list(range(2, 541_911))
    whole = pd.util.hash_pandas_object(frame, index=False)  # equal rows share their key, and few others do
    assert (ours["row_key"].groupby(whole.to_numpy()).nunique() == 1).all()
    assert ours["row_key"].duplicated().sum() < 1.2 * frame.duplicated().sum()
    total = engine.connection.execute("SELECT sum(amount), count(unparsed) FROM found").fetchall()
    assert total == [(Decimal("9747747.9340"), 0)]


def test_cdnow_is_read_to_the_last_row(real_data, load):
    book = load(real_data / "cdnow_master.txt")
    frame = pd.read_csv(
        real_data / "cdnow_master.txt", sep=r"\s+", dtype=str, names=["id", "date", "cds", "value"], skiprows=1
    )
    assert book.facts.description == "text, runs of blanks, UTF-8, dates yearmonthday"
    assert book.column("customer_id") == frame["id"].tolist()
    assert book.column("time") == [stamp.to_pydatetime() for stamp in pd.to_datetime(frame["date"])]
    assert book.column("amount") == [Decimal(value) for value in frame["value"]]
    assert book.column("quantity") == frame["cds"].astype(float).tolist()
    assert sum(book.column("amount")) == Decimal("2500315.63")
    assert book.column("unparsed") == [None] * 69_659


def test_the_three_column_book_is_read_to_the_last_row(real_data, load):
    book = load(real_data / "retail_transactions_3col.csv.gz")
    assert book.facts.description == "CSV, comma, UTF-8, dates day-month-year"
    assert [note.text for note in book.facts.assumptions] == ["no order column: each row is one order"]
    assert len(book.rows) == 125_000
    assert (min(book.column("time")), max(book.column("time"))) == (
        pd.Timestamp(2011, 5, 16),
        pd.Timestamp(2015, 3, 16),
    )
    assert len(set(book.column("customer_id"))) == 6889
    assert book.column("source_line") == list(range(2, 125_002))
