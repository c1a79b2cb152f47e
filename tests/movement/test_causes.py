"""Why customers moved: five worked out by hand, and what must hold for any chain of segments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.movement import ABSENT, CAUSES, causes, main_causes, movement_of
from segmentry.movement.causes import MIXED, WHY, WORDS

places = st.integers(ABSENT, 3)
chains = st.lists(st.tuples(*[places] * 5), min_size=1, max_size=30)


def segment(recency, frequency, *, often=3):
    """The rules of the example: bought within 30 days, else bought often, else the rest."""
    return 0 if recency <= 30 else 1 if frequency >= often else 2


def newer_segment(recency, frequency):
    """The same under another model, with a segment of those who bought once."""
    return 3 if frequency == 1 and recency > 30 else segment(recency, frequency, often=2)


# Recency and frequency before, sixty days later without, and with what they did.
FIVE = {
    "only grew older": [(10, 5), (70, 5), (70, 5)],
    "came back": [(40, 2), (100, 2), (5, 3)],
    "bought twice, which is often now": [(50, 2), (110, 2), (110, 2)],
    "bought once, which is a segment now": [(50, 1), (110, 1), (110, 1)],
    "grew older, and bought a third time": [(10, 2), (70, 2), (35, 3)],
}


def test_five_customers_by_hand():
    before, idle, after = (np.array([segment(*way[step]) for way in FIVE.values()]) for step in range(3))
    cut = np.array([segment(*way[2], often=2) for way in FIVE.values()])
    modelled = np.array([newer_segment(*way[2]) for way in FIVE.values()])
    chain = [before, idle, after, cut, modelled]
    assert np.transpose(chain).tolist() == [
        [0, 1, 1, 1, 1],
        [2, 2, 0, 0, 0],
        [2, 2, 2, 1, 1],
        [2, 2, 2, 2, 3],
        [0, 2, 1, 1, 1],
    ]
    parts = causes(chain)
    assert parts.tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0.5, 0.5, 0, 0]]
    assert main_causes(parts, before != modelled).tolist() == [*CAUSES, MIXED]


def test_who_is_back_where_it_was_has_moved_by_nothing():
    """Time led away, an order led back: not a move, and no part is said."""
    parts = causes([np.array(place) for place in ([0], [2], [0], [0], [0])])
    assert parts.tolist() == [[0, 0, 0, 0]]
    assert main_causes(parts, np.array([False])).tolist() == [""]


def test_what_led_back_counts_against():
    """Time made a sleeper, an order undid it, a new model did it again: time and model did it, the order opposed it."""
    parts = causes([np.array(place) for place in ([0], [2], [0], [0], [2])])
    assert parts.tolist() == [[1, -1, 0, 1]]
    assert main_causes(parts, np.array([True])).tolist() == [MIXED]


@given(chains)
def test_parts_add_up_to_the_move_of_every_customer(rows):
    chain = list(np.array(rows, dtype=np.int64).T)
    parts = causes(chain)
    assert parts.shape == (len(rows), len(CAUSES))
    assert parts.sum(axis=1).tolist() == [float(row[0] != row[-1]) for row in rows]  # halves add up exactly
    assert set(np.unique(parts)) <= {-1.0, -0.5, 0.0, 0.5, 1.0}


@given(chains)
def test_a_cause_is_named_where_nothing_else_changed_anything(rows):
    chain = list(np.array(rows, dtype=np.int64).T)
    moved = chain[0] != chain[-1]
    for row, word in zip(rows, main_causes(causes(chain), moved), strict=True):
        changes = [cause for cause, old, new in zip(CAUSES, row, row[1:], strict=False) if old != new]
        if row[0] == row[-1]:
            assert word == ""
        else:
            assert word == (changes[0] if len(changes) == 1 else MIXED)


def test_under_one_model_it_is_time_or_behaviour(by_chance):
    labels, idle, _, history = by_chance
    for place, step in enumerate(movement_of(history).steps):
        there = (labels[:, place] != ABSENT) | (labels[:, place + 1] != ABSENT)
        old, alone, new = labels[there, place], idle[there, place], labels[there, place + 1]
        assert step.ids.tolist() == history.ids[there].tolist()
        assert (step.parts[:, 2:] == 0).all()
        moved = old != new
        np.testing.assert_array_equal(step.parts.sum(axis=1), moved)
        by_time = moved & (alone == new)
        np.testing.assert_array_equal(step.parts[by_time, 0], 1)
        by_order = moved & (alone == old)
        np.testing.assert_array_equal(step.parts[by_order, 1], 1)
        both = moved & ~by_time & ~by_order
        np.testing.assert_array_equal(step.parts[both, :2], 0.5)
        stayed = step.parts[~moved, :2]
        np.testing.assert_array_equal(stayed, 0)


@pytest.mark.parametrize("words", [WORDS, WHY])
def test_every_cause_has_its_words(words):
    assert list(words) == [*CAUSES, MIXED]
