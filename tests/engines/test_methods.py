"""The methods that stages use do the same in each engine: what goes up comes back, and errors say what to do."""

from __future__ import annotations

import threading
from datetime import date
from decimal import Decimal

import duckdb
import ibis
import numpy as np
import pytest

from segmentry.core.errors import EngineError, Refused, SourceNotFound

TEXTS = np.array(
    ["a", None, "", 'O\'Neil "x"', "two\nlines", "comma, \\n \\. tab\t", "Käse 日本", " f blank v "], dtype=object
)
NUMBERS = np.array([1.5, np.nan, -0.0, 1e300, 0.1 + 0.2, 5e-324, 123456789.123456789, -7.0])
WHOLE = np.array([2**53 + 1, -(2**62), 0, 1, 2, 3, 4, 5])
KINDS = {"place": "int64", "text": "string", "number": "float64", "whole": "int64"}


@pytest.fixture(scope="module")
def held(connected):
    connected.hold({"place": np.arange(8), "text": TEXTS, "number": NUMBERS, "whole": WHOLE}, "held", step="test")
    return ibis.table(KINDS, name="held")


def test_columns_that_are_held_come_back_as_they_were(connected, held):
    found = connected.columns(held.order_by("place"), step="test")
    assert found["text"].tolist() == TEXTS.tolist()
    np.testing.assert_array_equal(found["number"], NUMBERS)
    assert [row["whole"] for row in connected.rows(held.order_by("place"), step="test")] == WHOLE.tolist()


def test_texts_are_sorted_by_their_bytes_everywhere(connected, held):
    found = connected.columns(held.order_by(held.text.desc(), "place"), step="test")
    known = sorted((text for text in TEXTS if text is not None), key=str.encode, reverse=True)
    assert found["text"].tolist() in ([*known, None], [None, *known])


def test_rows_are_exact_and_typed(connected, held):
    held = held.mutate(day=ibis.literal(date(2024, 2, 29)))
    row = connected.rows(
        held.agg(
            rows=held.count(),
            money=held.whole.cast("decimal(38, 4)").sum(),
            whole=held.place.sum(),
            mean=held.place.mean(),
            day=held.day.max(),
            true=held.count() > 3,
        ),
        step="test",
    )
    assert row == [
        {
            "rows": 8,
            "money": Decimal(sum(WHOLE.tolist())),
            "whole": 28,
            "mean": 3.5,
            "day": date(2024, 2, 29),
            "true": True,
        }
    ]
    assert [type(value) for value in row[0].values()] == [int, Decimal, int, float, date, bool]


def test_an_empty_result_has_its_columns(connected, held):
    none = held.filter(held.place > 99)
    found = connected.columns(none.order_by("place"), step="test")
    assert list(found) == list(KINDS)
    assert all(len(values) == 0 for values in found.values())
    assert connected.rows(none, step="test") == []


def test_what_is_stored_again_is_replaced(connected, held):
    connected.store(held.filter(held.place < 3), "stored", step="test")
    stored = ibis.table(KINDS, name="stored")
    connected.store(lambda: held.filter(held.place < 5), "stored", step="test")
    assert connected.rows(stored.agg(n=stored.count()), step="test") == [{"n": 5}]
    # A table of the same columns may be made of the one it replaces.
    connected.hold(
        {"place": np.arange(2), "text": TEXTS[:2], "number": NUMBERS[:2], "whole": WHOLE[:2]}, "stored", step="test"
    )
    assert connected.rows(stored.agg(n=stored.count()), step="test") == [{"n": 2}]


def test_a_view_reads_its_rows_anew(connected, held):
    few = {"place": np.arange(3)}
    connected.hold(few, "counted", step="test")
    counted = ibis.table({"place": "int64"}, name="counted")
    for factor in (10, 100):  # the second takes the place of the first
        connected.view(counted.select(many=counted.place * factor), "many_times", step="test")
        many = ibis.table({"many": "int64"}, name="many_times")
        assert connected.rows(many.agg(total=many.many.sum()), step="test") == [{"total": 3 * factor}]


def test_parquet_is_written_in_order(connected, held, tmp_path):
    path = tmp_path / "rows.parquet"
    connected.write_parquet(held.order_by(ibis.desc("place")).limit(5), path, step="test")
    found = duckdb.connect().execute("SELECT place, text FROM read_parquet(?)", [str(path)]).fetchall()
    assert found == [(place, TEXTS[place]) for place in (7, 6, 5, 4, 3)]


def test_threads_take_turns(connected, held):
    results = []

    def ask(number):
        below = held.filter(held.place < number)
        results.append(connected.rows(below.agg(n=below.count()), step="test")[0]["n"])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 1, 2, 3]


def test_a_refused_query_names_its_step_in_one_sentence(connected, held):
    with pytest.raises(EngineError, match="step 'broken'") as caught:
        connected.rows(ibis.table({"x": "int64"}, name="nowhere"), step="broken")
    assert "nowhere" in str(caught.value)
    assert "\n" not in str(caught.value).strip() or connected.abilities.name == "duckdb"
    assert len(str(caught.value)) < 900


def test_derived_columns_need_no_way_there(connected):
    found = connected.derive(
        {"c0": NUMBERS, "c1": TEXTS},
        lambda t: t.select("row", twice=t.c0 * 2, gone=t.c1.isnull()),
        step="test",
        condition="",
    )
    np.testing.assert_array_equal(found["twice"], NUMBERS * 2)
    assert np.flatnonzero(found["gone"]).tolist() == [1]


def segments(count, run):
    return {
        "customer_id": np.array([f"{place:03d}" for place in range(count)], dtype=object),
        "segment": np.full(count, "Best", dtype=object),
        "Größe €": np.linspace(0, 1, count),
        "run_id": np.full(count, run, dtype=object),
    }


def test_a_table_takes_the_place_of_the_one_an_earlier_run_wrote(connected, place):
    name = "later_segments"
    for run, count in (("first", 5), ("second", 300)):
        connected.replace_table(segments(count, run), name, step="test")
        rows = place.ask(f"SELECT count(*), min(run_id), max(run_id) FROM {place.quoted(name)}")
        assert rows == [(count, run, run)]
    # Other columns than before.
    connected.replace_table(segments(4, "third") | {"more": np.arange(4)}, name, step="test")
    assert place.ask(f"SELECT sum(more), max(run_id) FROM {place.quoted(name)}") == [(6, "third")]


def test_a_table_that_no_run_wrote_stays(connected, place):
    if place.name == "spark":
        connected._execute("CREATE TABLE people USING parquet AS SELECT 1 AS customer_id")
        name = "people"
    else:
        name = "Shop.saleskeeper"
    with pytest.raises(Refused, match="no run wrote") as caught:
        connected.replace_table(segments(3, "x"), name, step="test")
    assert caught.value.exit_code == 3
    assert "--to-table" in str(caught.value)


def test_what_fails_half_way_leaves_everything_as_it_was(connected, place):
    name = "seen_segments"
    view = f"VIEW {place.quoted(name)} AS SELECT 'a' AS customer_id, 'b' AS segment, 'first' AS run_id"
    if place.name == "duckdb":
        with connected._writable():
            connected.connection.execute(f"USE attached; CREATE {view}; USE memory")
    else:
        connected._execute(f"CREATE {view}")
    before = connected._tables()
    with pytest.raises(EngineError):  # a view is no table that could be dropped: this shows once the rows are there
        connected.replace_table(segments(5, "second"), name, step="test")
    assert place.ask(f"SELECT run_id FROM {place.quoted(name)}") == [("first",)]
    assert connected._tables() == before


def test_a_missing_table_names_the_nearest(connected, place):
    if place.name == "spark":
        connected._execute("CREATE OR REPLACE TEMP VIEW sales_view AS SELECT 1 AS x")
        wanted, nearest = "sales_veiw", "sales_view"
    else:
        wanted, nearest = "Shop.Slaes", "Shop.Sales"
    with pytest.raises(SourceNotFound, match=f"Did you mean '{nearest}'") as caught:
        connected.table(wanted)
    assert place.secret is None or place.secret not in str(caught.value)


def test_a_customer_table_keeps_the_first_row_of_each(connected, held):
    from segmentry.clean.once_each import once_each

    rows = held.select(
        row_id="place", customer_id=ibis.ifelse(held.place == 1, ibis.null("string"), (held.place % 3).cast("string"))
    )
    kept, ledger = once_each(connected, lambda: rows, "customer_id")
    assert [row["row_id"] for row in connected.rows(kept().order_by("row_id"), step="test")] == [0, 2, 4]
    assert {line.reason: line.rows for line in (*ledger.set_aside, ledger.kept)} == {
        "no customer": 1, "repeated customer": 4, "kept": 3,
    }  # fmt: skip
