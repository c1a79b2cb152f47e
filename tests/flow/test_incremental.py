"""Refreshes from new files alone: what they are for, and cases in which they would not be exact."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from segmentry import refresh
from segmentry.flow import incremental

HEADER = "customer,invoice,date,quantity,price,product\n"
BOOK = HEADER + "".join(
    f"{customer},{place}{number},2024-0{number}-0{place},2,{price},p\n"
    for place, customer in enumerate("abcdef", 1)
    for number, price in enumerate((1.5, 10, 2.25), 1)
)


@pytest.fixture
def reasons(monkeypatch):
    """One entry for each refresh that stepped back to all rows."""
    said = []
    full = incremental.transactions_book
    monkeypatch.setattr(incremental, "transactions_book", lambda *given: said.append("all rows") or full(*given))
    return said


def refreshed(tmp_path, first, then, **recipe):
    """The rows of customers, by id, after a refresh with the file *then* beside *first*, and the manifest."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.csv").write_text(first)
    first_recipe = {"name": "r", "source": {"path": str(data)}, "cluster": {"k": 2}, **recipe}
    refresh(first_recipe, out=tmp_path / "runs", report=False)
    (data / "b.csv").write_text(then)
    path = refresh({**first_recipe, "as_of": None}, out=tmp_path / "runs", report=False, refit=False).path
    rows = pq.read_table(path / "customers.parquet").to_pylist()
    return {row["customer_id"]: row for row in rows}, json.loads((path / "manifest.json").read_text())


def test_new_files_alone_are_worked_on(tmp_path, reasons):
    found, manifest = refreshed(tmp_path, BOOK, HEADER + "a,99,2024-03-11,1,5,p\n")
    assert reasons == []
    assert manifest["as_of"] == "2024-03-12"
    assert (found["a"]["monetary"], found["a"]["recency_days"]) == (32.5, 1)
    assert (found["f"]["monetary"], found["f"]["recency_days"]) == (27.5, 6)


def test_a_return_dated_after_the_last_as_of_date_counts_once_it_is_past(tmp_path, reasons):
    found, _ = refreshed(tmp_path, BOOK + "b,C1,2024-03-09,-1,5.5,p\n", HEADER + "a,99,2024-03-11,1,5,p\n")
    assert reasons == []
    assert found["b"]["return_rate"] == 5.5 / 27.5


@pytest.mark.parametrize(
    ("first", "then", "recipe"),
    [
        (BOOK, HEADER + ",99,2024-03-11,1,5,p\n", {"clean": {"missing_customer": "keep"}}),
        (BOOK, HEADER + "a,99,2024-03-11,1,5,p\n", {"as_of": "2024-02-20"}),
        (BOOK, HEADER + 'a,99,2024-03-11,1,"5,5",p\n' * 40, {}),
    ],
    ids=["nobody is one customer", "a date was fixed", "a decimal comma"],
)
def test_all_rows_are_worked_on_where_new_ones_change_old_ones(tmp_path, reasons, first, then, recipe):
    refreshed(tmp_path, first.replace("1.5", "1500").replace("2.25", "2"), then, **recipe)
    assert reasons == ["all rows"]
