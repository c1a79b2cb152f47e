"""What changed between two runs, against pandas: who is where, sizes, shares, money; and which settings."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmentry.core.errors import ModelError
from segmentry.core.recipe import Recipe
from segmentry.runs import difference, read_run
from segmentry.runs.difference import changed_settings


def customers(ids, segments, money=None, **columns):
    frame = pd.DataFrame({"customer_id": ids, "segment": segments, **columns})
    return frame if money is None else frame.assign(monetary=money)


@pytest.fixture
def compare(store, add):
    def run(before, after, **options):
        one = add("one", customers=before, **options)
        two = add("two", customers=after, created="2024-06-01T00:00:00+00:00", **options)
        return difference(read_run(one), read_run(two))

    return run


def test_a_case_worked_by_hand(compare):
    found = compare(
        customers(list("abcd"), ["X", "X", "Y", "Y"], [10.0, 20.0, 30.0, 40.0]),
        customers(list("bcde"), ["X", "X", "Z", "X"], [25.0, 30.0, 5.0, 40.0]),
    )
    moves = {(move.before, move.after): (move.customers, move.money_before, move.money_after) for move in found.moves}
    assert moves == {
        ("X", None): (1, 10, None),
        ("X", "X"): (1, 20, 25),
        ("Y", "X"): (1, 30, 30),
        ("Y", "Z"): (1, 40, 5),
        (None, "X"): (1, None, 40),
    }
    assert (found.stayed, found.moved, found.entered, found.left) == (1, 2, 1, 1)
    sides = {one.segment: (one.before, one.after) for one in found.segments}
    assert list(sides) == ["X", "Z", "Y"]  # by size after, then by name
    assert vars(sides["X"][0]) == {"customers": 2, "share": 0.5, "money": 30, "money_share": 0.3}
    assert vars(sides["X"][1]) == {"customers": 3, "share": 0.75, "money": 95, "money_share": 0.95}
    assert sides["Y"][1] is None
    assert sides["Z"][0] is None
    assert (found.total.before.money, found.total.after.money, found.total.after.share) == (100, 100, 1)
    assert found.to_dict()["customers"] == {"stayed": 1, "moved": 2, "entered": 1, "left": 1}
    assert found.settings == ()


side = st.dictionaries(
    st.integers(0, 30), st.tuples(st.sampled_from(["A", "B", "C's", ""]), st.integers(-(10**9), 10**12)), min_size=1
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(side, side)
def test_everything_counted_is_what_pandas_counts(compare, before, after):
    def frame(rows):
        return customers([f"c{i}" for i in rows], [s for s, _ in rows.values()], [m / 100 for _, m in rows.values()])

    left, right = frame(before), frame(after)
    found = compare(left, right)
    both = left.merge(right, on="customer_id", how="outer", suffixes=("_before", "_after"))
    pairs = both.fillna({"segment_before": "absent", "segment_after": "absent"})
    counted = pairs.groupby(["segment_before", "segment_after"])
    expected = {
        tuple(None if name == "absent" else name for name in pair): (len(group), group.monetary_before.sum(), group.monetary_after.sum())
        for pair, group in counted
    }  # fmt: skip
    assert {(move.before, move.after) for move in found.moves} == set(expected)
    for move in found.moves:
        count, money_before, money_after = expected[move.before, move.after]
        assert move.customers == count
        assert (move.money_before or 0) == pytest.approx(money_before, abs=1e-2)
        assert (move.money_after or 0) == pytest.approx(money_after, abs=1e-2)
    for rows, name in ((left, "before"), (right, "after")):
        sizes = rows.segment.value_counts()
        shown = {one.segment: getattr(one, name) for one in found.segments if getattr(one, name)}
        assert {segment: part.customers for segment, part in shown.items()} == sizes.to_dict()
        assert {segment: part.share for segment, part in shown.items()} == pytest.approx((sizes / len(rows)).to_dict())
        assert getattr(found.total, name).customers == len(rows)
        assert getattr(found.total, name).money == pytest.approx(rows.monetary.sum(), abs=1e-2)
    assert found.stayed + found.moved + found.entered + found.left == len(both)
    assert found.entered == both.segment_before.isna().sum()
    assert found.left == both.segment_after.isna().sum()


def test_sums_are_exact_to_the_cent(compare):
    ids = [f"c{i}" for i in range(10_000)]
    found = compare(customers(ids, "X", [0.1] * 10_000), customers(ids, "X", [1e9 + 0.01] * 10_000))
    assert (found.total.before.money, found.total.after.money) == (1000, 10_000_000_000_100)


def test_of_cohorts_a_segment_is_named_with_its_cohort(compare):
    found = compare(
        customers(["a", "b"], ["X", "X"], cohort=["active", "inactive"]),
        customers(["a", "b"], ["X", "X"], cohort=["active", "active"]),
    )
    assert {(move.before, move.after) for move in found.moves} == {
        ("active: X", "active: X"),
        ("inactive: X", "active: X"),
    }
    assert found.total.after.money is None
    assert {one.after.money_share for one in found.segments if one.after} == {None}


def test_ids_stay_text_and_missing_values_are_nobody_and_nothing(compare):
    found = compare(
        customers(["007", "7"], ["X", None], [1.0, np.nan]), customers(["7", "8"], ["X", "X"], ["much", "2.50"])
    )
    moves = {(move.before, move.after): (move.money_before, move.money_after) for move in found.moves}
    assert moves == {("X", None): (1, None), ("", "X"): (0, 0), (None, "X"): (None, 2.5)}


def test_a_run_whose_customers_cannot_be_read_is_said(store, add, tmp_path):
    one, two = add("it's [a] one", customers=customers(["a"], ["X"])), add("two")
    assert difference(read_run(one), read_run(two)).total.after.customers == 2
    for content in (b"", b"no parquet"):
        (two / "customers.parquet").write_bytes(content)
        with pytest.raises(ModelError, match="cannot be compared"):
            difference(read_run(one), read_run(two))
    pd.DataFrame({"other": [1]}).to_parquet(two / "customers.parquet")
    with pytest.raises(ModelError, match="cannot be compared"):
        difference(read_run(one), read_run(two))


def test_changed_settings_have_their_names_with_dots_and_older_recipes_their_defaults():
    before = Recipe().model_dump(mode="json")
    after = Recipe(name="new", cluster={"k": 4}, features=["frequency"]).model_dump(mode="json")
    del before["snapshots"], before["report"]  # not known when it was written
    found = {one.setting: (one.before, one.after) for one in changed_settings(before, after)}
    assert found == {
        "name": ("segments", "new"),
        "cluster.k": ("auto", 4),
        "features": (None, ["frequency"]),
    }
