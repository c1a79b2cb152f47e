"""Moves between declared segments: five customers by hand, parts that add up, cut points that do or do not float."""

from __future__ import annotations

from datetime import date

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.core.recipe import Rules
from segmentry.core.tables import CustomerTable
from segmentry.engine import Engine
from segmentry.movement import History, Snapshot, main_causes, rule_movement_of
from segmentry.rules import read_rules

START, END, NEXT = date(2024, 11, 30), date(2024, 12, 31), date(2025, 1, 31)
OWN_MAP = {
    "measures": ["recency_days", "monetary"],
    "levels": 2,
    "segments": {"Small": ["21", "11"], "Best": ["22"], "Fading": ["12"]},
}


@pytest.fixture(scope="module")
def engine():
    return Engine(duckdb.connect())


def snapshot(as_of, recency, monetary, rows=None):
    values = {"recency_days": np.array(recency, dtype=float), "monetary": np.array(monetary, dtype=float)}
    rows = np.arange(len(recency)) if rows is None else np.array(rows)
    ids = np.array([f"c{row}" for row in rows], dtype=object)
    return Snapshot(CustomerTable(ids, values, (), as_of), rows, np.zeros(len(rows), dtype=np.int64))


def history(snapshots, idle):
    ids = np.array([f"c{row}" for row in range(max(len(one.rows) for one in snapshots))], dtype=object)
    return History(ids, tuple(snapshots), tuple(idle), {0: "All"}, {0: "valuable"}, "month")


def five():
    """One buys a lot, one is small, one comes back just in time, one stops, one had stopped already."""
    return history(
        [snapshot(START, [5, 5, 5, 5, 40], [1, 2, 3, 4, 5]), snapshot(END, [2, 36, 3, 36, 71], [11, 2, 3, 4, 5])],
        [snapshot(END, [36, 36, 36, 36, 71], [1, 2, 3, 4, 5]), snapshot(NEXT, [33, 67, 34, 67, 102], [11, 2, 3, 4, 5])],
    )


def test_five_customers_by_hand(engine):
    """Spend is high from 3 on at first, and from 4 on in the end: half of the customers, the middle one included."""
    rulebook = read_rules(Rules(map=OWN_MAP, bins={"recency_days": [30]}))
    found = rule_movement_of(five(), rulebook, engine)
    (step,) = found.movement.steps
    names = found.movement.history.names
    assert [names[label] for label in step.before] == ["Small", "Small", "Best", "Best", "Fading"]
    assert [names[label] for label in step.after] == ["Best", "Small", "Small", "Fading", "Fading"]
    time, behaviour, thresholds, model = step.parts.T.tolist()
    assert time == [0, 0, 0.5, 1, 0]  # on the way the third was fading ...
    assert behaviour == [1, 0, -0.5, 0, 0]  # ... then bought again: best by the cut points of November
    assert thresholds == [0, 0, 1, 0, 0]  # in December spending 3 is little
    assert model == [0] * 5
    assert [[scale.own_cuts for scale in scales] for scales in found.scales] == [[[30], [3]], [[30], [4]]]
    assert found.by == "the recipe's own map"


def test_frozen_cut_points_move_nobody(engine):
    rulebook = read_rules(Rules(map=OWN_MAP, bins={"recency_days": [30], "monetary": [3]}))
    found = rule_movement_of(five(), rulebook, engine)
    (step,) = found.movement.steps
    assert step.moved.tolist() == [True, False, False, True, False]
    assert main_causes(step.parts, step.moved).tolist() == ["behaviour", "", "", "time", ""]
    assert found.movement.history.by_cuts_before == ()


def test_conditions_and_who_is_in_none_of_them(engine):
    when = [{"segment": "Gold", "when": "monetary >= 4"}, {"segment": "Asleep", "when": "recency_days > 35"}]
    found = rule_movement_of(five(), read_rules(Rules(conditions=when)), engine)
    (step,) = found.movement.steps
    names = found.movement.history.names
    assert [names[label] for label in step.before] == ["In no segment"] * 3 + ["Gold"] * 2
    assert [names[label] for label in step.after] == ["Gold", "Asleep", "In no segment", "Gold", "Gold"]
    assert step.parts.T.tolist() == [[0.5, 1, 0, 0, 0], [0.5, 0, 0, 0, 0], [0] * 5, [0] * 5]
    assert [*names.items()][-1] == (-1, "In no segment")
    assert found.scales == ((), ())


def test_the_most_welcome_come_first_whatever_the_order_of_the_rules(engine):
    when = [{"segment": "Lost", "when": "recency_days > 35"}, {"segment": "Champions", "when": "monetary > 0"}]
    found = rule_movement_of(five(), read_rules(Rules(conditions=when)), engine)
    assert [*found.movement.history.names.values()] == ["Champions", "Lost"]
    assert [*found.movement.history.tones.values()] == ["valuable", "lost"]


COUNT = 8
measures = st.lists(st.integers(0, 9), min_size=COUNT, max_size=COUNT)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(measures, measures, measures, measures), min_size=2, max_size=4), st.randoms())
def test_parts_add_up_for_every_customer_and_the_order_of_rows_does_not_matter(engine, dates, random):
    rulebook = read_rules(Rules(map=OWN_MAP))
    days = [date(2024, month, 1) for month in range(1, 7)]

    def told(order):
        at = [([one[place] for place in order] for one in four) for four in dates]
        made = [
            (snapshot(days[t], recency, monetary), snapshot(days[t + 1], later, kept))
            for t, (recency, monetary, later, kept) in enumerate(at)
        ]
        return rule_movement_of(history(*map(list, zip(*made, strict=True))), rulebook, engine).movement

    found = told(range(COUNT))
    for step in found.steps:
        np.testing.assert_array_equal(step.parts.sum(axis=1), step.moved.astype(float))
        assert not step.parts[:, 3].any()
    shuffled = [*range(COUNT)]
    random.shuffle(shuffled)
    other = told(shuffled)
    for one, same in zip(found.steps, other.steps, strict=True):
        assert one.before[shuffled].tolist() == same.before.tolist()
        np.testing.assert_array_equal(one.parts[shuffled], same.parts)
