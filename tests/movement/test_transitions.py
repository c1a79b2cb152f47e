"""Who went where, against pandas; how long customers stay, against Kaplan and Meier's estimate in plain Python."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmentry.movement import ABSENT, movement_of, rates
from segmentry.movement.causes import causes


def as_frame(labels, idle, money, place):
    """One row per customer of either date, from the matrices the history was made of."""
    frame = pd.DataFrame({"before": labels[:, place], "alone": idle[:, place], "after": labels[:, place + 1]})
    old, new = money[:, place], money[:, place + 1]
    frame["money"] = np.where(frame.before == ABSENT, new, old)
    return frame[(frame.before != ABSENT) | (frame.after != ABSENT)]


def test_counts_are_those_of_a_crosstab(by_chance):
    labels, idle, money, history = by_chance
    movement = movement_of(history)
    assert [(step.start, step.end) for step in movement.steps] == list(pairwise(history.dates))
    for place, step in enumerate(movement.steps):
        frame = as_frame(labels, idle, money, place)
        counts = pd.crosstab(frame.before, frame.after)
        shares = pd.crosstab(frame.before, frame.after, normalize="index")
        spent = frame.groupby(["before", "after"]).money.sum()
        own = [one for one in movement.transitions if one.start == step.start]
        assert [(one.origin, one.destination) for one in own] == [*spent.index]  # only those that there are, in order
        for one in own:
            assert one.end == step.end
            assert one.customers == counts.loc[one.origin, one.destination]
            assert one.rate == pytest.approx(shares.loc[one.origin, one.destination], rel=1e-14)
            assert one.money == pytest.approx(spent.loc[one.origin, one.destination], abs=1e-9)
        assert sum(one.customers for one in own) == len(frame)
        entered = sum(one.customers for one in own if one.origin == ABSENT)
        left = sum(one.customers for one in own if one.destination == ABSENT)
        assert entered == ((labels[:, place] == ABSENT) & (labels[:, place + 1] != ABSENT)).sum()
        assert left == ((labels[:, place] != ABSENT) & (labels[:, place + 1] == ABSENT)).sum()


def test_causes_of_a_transition_add_up_to_its_moves(by_chance):
    labels, idle, money, history = by_chance
    movement = movement_of(history)
    for place, step in enumerate(movement.steps):
        frame = as_frame(labels, idle, money, place)
        for one in movement.transitions:
            if one.start == step.start:
                own = frame[(frame.before == one.origin) & (frame.after == one.destination)]
                chain = [own.before, own.alone, *[own.after] * 3]
                by_hand = causes([values.to_numpy() for values in chain]).sum(axis=0)
                assert one.causes == tuple(by_hand)
                assert sum(one.causes) == (one.customers if one.origin != one.destination else 0)


def test_rates_are_over_all_steps_and_of_who_is_there_on_both_dates(by_chance):
    labels, _, _, history = by_chance
    ids, counts, shares = rates(movement_of(history))
    assert ids == [0, 1, 2, -1]
    pairs = Counter(pair for row in labels.tolist() for pair in pairwise(row) if ABSENT not in pair)
    assert counts.tolist() == [[pairs[row, column] for column in ids] for row in ids]
    for row, label in enumerate(ids):
        total = sum(count for (origin, _), count in pairs.items() if origin == label)
        assert shares[row].tolist() == pytest.approx([pairs[label, column] / total for column in ids], rel=1e-14)


def test_nobody_was_ever_there(history):
    _, counts, shares = rates(movement_of(history([[0, 0], [0, 1]])))
    assert counts.sum(axis=1).tolist() == [2, 0, 0, 0]
    assert shares[0].tolist() == [0.5, 0.5, 0, 0]
    assert np.isnan(shares[1:]).all()


def test_what_was_spent_is_that_of_the_first_date_or_of_who_is_new_the_second(history):
    movement = movement_of(history([[0, 1], [ABSENT, 1], [0, ABSENT]], money=[[10, 15], [7, 20], [4, 9]]))
    assert movement.steps[0].money.tolist() == [10, 20, 4]
    assert {(one.origin, one.destination): one.money for one in movement.transitions} == {
        (0, 1): 10, (ABSENT, 1): 20, (0, ABSENT): 4,
    }  # fmt: skip


def kaplan_meier(labels, segment):
    """The median stay, from a list of stays in exact fractions: (median, how many began, how many ended)."""
    stays = []
    for row in labels:
        since = None  # unknown: it began before it was watched
        for place in range(1, len(row) + 1):
            if place < len(row) and row[place] == row[place - 1]:
                continue
            if since is not None and row[place - 1] == segment:
                stays.append((place - since, place < len(row)))
            since = place
    staying = Fraction(1)
    for length in sorted({length for length, ended in stays if ended}):
        at_risk = sum(1 for other, _ in stays if other >= length)
        gone = sum(1 for other, ended in stays if other == length and ended)
        staying *= 1 - Fraction(gone, at_risk)
        if staying <= Fraction(1, 2):
            return length, len(stays), sum(ended for _, ended in stays)
    return math.nan, len(stays), sum(ended for _, ended in stays)


def test_a_median_stay_by_hand(history):
    """Four come to segment 1 while it is watched: one stays a month, one two, one two and is still there, one three.

    Staying after one month 3/4, after two 3/4 × 2/3 = 1/2. Who was there from the start is not counted.
    """
    labels = [[1, 1, 1, 0, 0], [0, 1, 0, 0, 0], [0, 0, 1, 1, 2], [ABSENT, 0, 0, 1, 1], [0, 1, 1, 1, ABSENT]]
    stays = {stay.segment: stay for stay in movement_of(history(labels)).stays}
    assert list(stays) == [0, 1, 2, -1]
    assert (stays[1].median, stays[1].begun, stays[1].ended) == (2, 4, 3)
    assert (stays[2].begun, stays[2].ended, math.isnan(stays[2].median)) == (1, 0, True)
    assert (stays[-1].begun, math.isnan(stays[-1].median)) == (0, True)


def test_more_than_half_of_them_stay_longer(history):
    stays = {stay.segment: stay for stay in movement_of(history([[0, 1, 2], [0, 1, 1], [0, 1, 1]])).stays}
    assert (stays[1].begun, stays[1].ended) == (3, 1)
    assert math.isnan(stays[1].median)


def test_medians_are_those_of_kaplan_and_meier(by_chance):
    labels, _, _, history = by_chance
    for stay in movement_of(history).stays:
        median, begun, ended = kaplan_meier(labels.tolist(), stay.segment)
        assert (stay.begun, stay.ended) == (begun, ended)
        assert stay.median == median or (math.isnan(stay.median) and math.isnan(median))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(2, 7).flatmap(lambda dates: st.lists(st.lists(st.integers(ABSENT, 2), min_size=dates, max_size=dates),
                                                        min_size=1, max_size=12)))  # fmt: skip
def test_any_history_adds_up(history, rows):
    labels = np.array(rows)
    movement = movement_of(history(labels))
    for stay in movement.stays:
        median, begun, ended = kaplan_meier(rows, stay.segment)
        assert (stay.begun, stay.ended) == (begun, ended)
        assert stay.median == median or (math.isnan(stay.median) and math.isnan(median))
    for place, step in enumerate(movement.steps):
        own = [one for one in movement.transitions if one.start == step.start]
        there = ((labels[:, place] != ABSENT) | (labels[:, place + 1] != ABSENT)).sum()
        assert sum(one.customers for one in own) == there
        for origin in {one.origin for one in own}:
            assert sum(one.rate for one in own if one.origin == origin) == pytest.approx(1)
