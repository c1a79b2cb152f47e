"""The same purchases in another order, other files or another kind of frame are the same canonical rows."""

from __future__ import annotations

from collections import Counter
from datetime import date

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

from segmentry import sources
from segmentry.clean import Rows, settle
from segmentry.core.recipe import Clean, Source

VALUES = ["customer_id", "order_id", "time", "quantity", "unit_price", "amount", "product", "country", "unparsed"]


def canonical(book):
    """Rows as values, in an order of their own."""
    return sorted((tuple(row[name] for name in VALUES) for row in book.rows), key=str)


def key_classes(book):
    """How many rows share a key with how many others: equal for equal content."""
    return Counter(Counter(book.column("row_key")).values())


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    path = tmp_path_factory.mktemp("sample") / "retail.csv"
    sources.generate_retail(path, customers=150, seed=3)
    return path


@pytest.fixture
def plain(sample, load):
    return load(sample)


def test_the_sample_is_what_pandas_reads(sample, plain):
    frame = pd.read_csv(sample, dtype=str, keep_default_na=False)
    assert len(plain.rows) == len(frame)
    assert plain.column("customer_id") == [name or None for name in frame["CustomerID"]]
    assert plain.column("product") == frame["StockCode"].tolist()
    assert plain.column("time") == [stamp.to_pydatetime() for stamp in pd.to_datetime(frame["InvoiceDate"])]
    money = (frame["Quantity"].astype(float) * frame["UnitPrice"].astype(float)).round(4)
    assert [float(amount) for amount in plain.column("amount")] == money.tolist()
    copies = frame.duplicated().sum()
    assert len(frame) - len(set(plain.column("row_key"))) == copies > 0


def test_shuffled_and_split_files_give_the_same_rows(sample, plain, load, tmp_path):
    header, *lines = sample.read_text().splitlines(keepends=True)
    order = np.random.default_rng(5).permutation(len(lines))
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_text(header + "".join(lines[place] for place in order))
    folder = tmp_path / "ten"
    folder.mkdir()
    for part in range(10):
        (folder / f"{part}.csv").write_text(header + "".join(lines[place] for place in order[part::10]))
    for data in (shuffled, folder):
        book = load(data)
        assert canonical(book) == canonical(plain)
        assert key_classes(book) == key_classes(plain)
        assert book.facts.roles == plain.facts.roles
        assert book.facts.assumptions == plain.facts.assumptions


@pytest.mark.parametrize(
    "kind", ["pandas", "pandas typed", "pandas mixed", "polars", "polars lazy", "pyarrow", "parquet"]
)
def test_frames_and_parquet_give_the_same_rows(sample, plain, load, tmp_path, kind):
    frame = pd.read_csv(sample)
    assert str(frame["CustomerID"].dtype) == "float64"
    typed = frame.assign(
        InvoiceDate=pd.to_datetime(frame["InvoiceDate"]), CustomerID=frame["CustomerID"].astype("Int64")
    )
    if kind == "parquet":
        typed.to_parquet(tmp_path / "retail.parquet")
        data = tmp_path / "retail.parquet"
    else:
        mixed = frame["InvoiceNo"].map(lambda text: int(text) if text.isdigit() else text).astype(object)
        data = {
            "pandas": lambda: frame,
            "pandas typed": lambda: typed.assign(Country=typed["Country"].astype("category")),
            "pandas mixed": lambda: frame.assign(InvoiceNo=mixed),
            "polars": lambda: pl.from_pandas(typed),
            "polars lazy": lambda: pl.scan_csv(sample),
            "pyarrow": lambda: pl.from_pandas(frame).to_arrow(),
        }[kind]()
    book = load(data)
    assert canonical(book) == canonical(plain)
    assert key_classes(book) == key_classes(plain)
    assert book.facts.rows == plain.facts.rows


def test_the_fingerprint_of_a_frame_follows_its_rows_and_not_their_order(sample, load):
    frame = pd.read_csv(sample)
    first, shuffled = load(frame).facts.fingerprint, load(frame.sample(frac=1, random_state=1)).facts.fingerprint
    changed = load(frame.assign(Quantity=frame["Quantity"].where(frame.index != 5, 99))).facts.fingerprint
    assert first == shuffled != changed
    assert len(first) == 64


def test_the_fingerprint_of_a_file_follows_its_bytes_and_not_its_name(sample, load, tmp_path):
    import hashlib

    copy = tmp_path / "other name.csv"
    copy.write_bytes(sample.read_bytes())
    assert (
        load(copy).facts.fingerprint
        == load(sample).facts.fingerprint
        == hashlib.sha256(sample.read_bytes()).hexdigest()
    )


def test_row_keys_tell_apart_what_only_looks_alike(load_text):
    rows = [
        "ab,c,2024-01-20,1",
        "a,bc,2024-01-20,1",
        "ab,c,2024-01-20,1.0",
        "ab,,2024-01-20,1",
        ",ab,2024-01-20,1",
        "ab,c,2024-01-20,1",
    ]
    keys = load_text("customer,note,date,amount\n" + "\n".join(rows)).column("row_key")
    assert keys[0] == keys[5]
    assert len(set(keys)) == 5


def test_strange_frames_are_read_or_refused(load):
    from segmentry.core.errors import SourceError

    doubled = pd.DataFrame([["a", "2024-01-20", 1.5, 2.5]], columns=["customer", "date", "amount", "amount"])
    book = load(doubled)
    assert book.facts.columns == ("customer", "date", "amount", "amount (2)")
    numbered = pd.DataFrame({0: ["a"], 1: ["2024-01-20"], 2: [1.5]})
    assert load(numbered, columns={"customer": "0", "time": "1", "amount": "2"}).column("customer_id") == ["a"]
    indexed = pd.DataFrame(
        {"customer": ["a", "b"], "date": ["2024-01-20"] * 2, "amount": [1, 2], "empty": [None, None]}, index=[7, 7]
    )
    assert load(indexed).column("row_id") == [0, 1]
    for data, words in (
        (pd.DataFrame({"a": []}), "no rows"),
        (pd.DataFrame(), "no columns"),
        ({"a": [1]}, "A dict is not a table"),
    ):
        with pytest.raises(SourceError, match=words):
            load(data)


def test_rows_of_a_view_without_an_order_are_the_same_in_every_query(tmp_path, engine):
    """A view over a grouping gives its rows in another order each time; copies must still be those that are."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(path) as shop:
        shop.execute(
            """CREATE TABLE lines AS SELECT i, 'c' || i % 40000 AS customer_id, 'o' || i % 60000 AS invoice_no,
                 'p' || hash(i) % 50 AS stock_code, (i % 7 - 1)::INTEGER AS quantity, 1.5 + i % 3 AS unit_price,
                 DATE '2024-01-01' + (i % 60000 % 300)::INTEGER AS invoice_date FROM range(1000000) AS t(i)"""
        )
        shop.execute("INSERT INTO lines SELECT i + 1000000, * EXCLUDE i FROM lines WHERE i % 40 = 0")
        # By the line's number, which the view leaves out: some rows are equal then.
        columns = ("customer_id", "invoice_no", "stock_code", "quantity", "unit_price", "invoice_date")
        picked = ", ".join(f"any_value({name}) AS {name}" for name in columns)
        shop.execute(f"CREATE VIEW sales AS SELECT {picked} FROM lines GROUP BY hash(i)")
        frame = shop.sql("FROM sales").df()
    source = Source(path=str(path), table="sales")
    found = sources.transactions(sources.read(source, lambda: engine.connection), source, engine)
    rows = Rows(found.as_table, found.facts.rows, "sales", roles=found.facts.roles, among=found.among)
    marked = settle(engine, rows, Clean(), as_of=None, today=date(2026, 1, 1))
    rest = frame[~frame.duplicated()]
    assert len(frame) - len(rest) >= 10_000
    expected = {
        "exact duplicate": len(frame) - len(rest), "cancellation": (rest.quantity < 0).sum(),
        "not positive": (rest.quantity == 0).sum(), "kept": (rest.quantity > 0).sum(),
    }  # fmt: skip
    ledger = marked.ledger
    assert {line.reason: line.rows for line in (*ledger.set_aside, ledger.kept)} == expected
    counted = engine.rows(marked.rows.group_by("reason").agg(n=marked.rows.count()), step="test")
    assert {row["reason"]: row["n"] for row in counted} == expected
    with duckdb.connect(path):  # the file is free again
        pass
