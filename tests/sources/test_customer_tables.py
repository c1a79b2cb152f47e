"""Tables with one row per customer: ids, numbers, words, and what is missing."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from segmentry import sources
from segmentry.core.errors import UnknownColumn
from segmentry.core.recipe import Source


@pytest.fixture
def load_customers(engine):
    def loaded(data, **settings):
        source = Source.model_validate({"path": str(data), "kind": "customers", **settings})
        found = sources.customers(sources.read(source, lambda: engine.connection), source, engine)
        return found, engine.rows(found.table.order_by("row_id"), step="test")

    return loaded


def test_the_credit_card_table_is_read_as_pandas_reads_it(real_data, load_customers):
    path = real_data / "credit_card.csv"
    frame = pd.read_csv(path)
    found, rows = load_customers(path)
    assert found.facts.roles == {"customer": "CUST_ID"}
    assert list(found.numbers.values()) == list(frame.columns[1:])
    assert [row["customer_id"] for row in rows] == frame["CUST_ID"].tolist()
    for name, title in found.numbers.items():
        values = [math.nan if row[name] is None else row[name] for row in rows]
        pd.testing.assert_series_equal(pd.Series(values, dtype=float), frame[title].astype(float), check_names=False)
    missing = {title: sum(row[name] is None for row in rows) for name, title in found.numbers.items()}
    assert {title: count for title, count in missing.items() if count} == {"CREDIT_LIMIT": 1, "MINIMUM_PAYMENTS": 313}


def test_a_table_without_ids_numbers_its_customers_and_says_so(real_data, load_customers):
    found, rows = load_customers(real_data / "wholesale_customers.csv")
    assert [row["customer_id"] for row in rows] == [str(n) for n in range(1, 441)]
    assert any("customers are numbered" in note.text for note in found.facts.assumptions)
    assert len(found.numbers) == 8


def test_the_cdnow_summary_takes_its_id(real_data, load_customers):
    found, rows = load_customers(real_data / "cdnow_customers_summary.csv")
    assert found.facts.roles == {"customer": "ID"}
    assert list(found.numbers.values()) == ["frequency", "recency", "T"]
    assert len(rows) == 2357


def test_words_numbers_and_damage_are_told_apart(tmp_path, load_customers):
    lines = [f"00{n},{n}.5,{'gold' if n % 2 else 'silver'},{n},NA" for n in range(30)]
    lines[7] = "007,unknown,gold,,NA"
    path = tmp_path / "table.csv"
    path.write_text("client_id,spend,tier,visits,nothing\n" + "\n".join(lines))
    found, rows = load_customers(path)
    assert found.numbers == {"v0": "spend", "v1": "visits", "v2": "nothing"}
    assert found.texts == {"t0": "tier"}
    assert (rows[7]["customer_id"], rows[7]["v0"], rows[7]["v1"], rows[7]["t0"]) == ("007", None, None, "gold")
    assert [note.text for note in found.facts.assumptions] == [
        "1 values of 'spend' are not numbers and count as missing"
    ]
    assert rows[8]["source_line"] == 10


def test_a_decimal_comma_and_given_ids(tmp_path, load_customers):
    path = tmp_path / "table.csv"
    path.write_text("Name;Umsatz;Nr\n" + "".join(f"n{n};1.{n:03d},5;{n}\n" for n in range(30)))
    found, rows = load_customers(path, columns={"customer": "Name"})
    assert rows[3]["customer_id"] == "n3"
    assert rows[3]["v0"] == 1003.5
    assert "decimal comma" in found.facts.description
    with pytest.raises(UnknownColumn, match="'Nam'"):
        load_customers(path, columns={"customer": "Nam"})


def test_ids_that_a_program_took_for_measurements_are_whole(tmp_path, engine):
    frame = pd.DataFrame({"customer_id": [101.0, 102.0, None], "spend": [1.0, math.inf, math.nan]})
    source = Source(kind="customers")
    found = sources.customers(sources.read_frame(frame, source, engine.connection), source, engine)
    rows = engine.rows(found.table.order_by("row_id"), step="test")
    assert [(row["customer_id"], row["v0"]) for row in rows] == [("101", 1.0), ("102", None), (None, None)]
