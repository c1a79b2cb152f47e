"""Scores: equal values share a level, the order of customers changes nothing, and ties are said."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentry.rules import Scale, code, fit_scale

values = arrays(np.float64, st.integers(1, 60), elements=st.sampled_from([1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 40.5, np.nan]))


def by_hand(column, levels):
    """The definition, value by value."""
    known = column[~np.isnan(column)]
    found = []
    for value in column:
        if np.isnan(value):
            found.append(0)
            continue
        percentile = ((known < value).sum() + (known == value).sum() / 2) / len(known)
        found.append(min(levels, int(np.floor(percentile * levels)) + 1))
    return found


@given(values, st.integers(2, 9))
def test_a_level_is_that_of_the_mid_rank_percentile(column, levels):
    assert fit_scale("x", column, levels).score(column).tolist() == by_hand(column, levels)
    less = fit_scale("x", column, levels, less_is_better=True).score(column).tolist()
    assert less == by_hand(-column, levels)


@given(values, st.randoms(use_true_random=False))
def test_the_order_of_customers_changes_nothing(column, random):
    order = list(range(len(column)))
    random.shuffle(order)
    assert fit_scale("x", column[order], 5) == fit_scale("x", column, 5)


def test_distinct_values_fall_into_equal_parts():
    scale = fit_scale("spend", np.arange(100.0), 5)
    assert np.bincount(scale.score(np.arange(100.0))).tolist() == [0, 20, 20, 20, 20, 20]
    assert scale.cuts == (20, 40, 60, 80)
    assert scale.note == ""


def test_a_percentile_just_on_a_border_has_the_higher_level_for_any_number_of_them():
    for levels in (5, 49, 98):  # 1 / 49 × 49 is less than 1 among floats
        column = np.r_[0.0, 0.0, np.arange(1.0, levels - 1)]
        assert fit_scale("x", column, levels).score(column)[0] == 2


def test_ties_are_said_and_never_split():
    orders = np.array([1.0] * 62 + [2.0] * 20 + list(range(3, 21)))
    scale = fit_scale("frequency", orders, 5)
    assert len(set(scale.score(orders[:62]).tolist())) == 1
    assert scale.note == "62 % of customers have frequency 1: it carries 3 levels, not 5"


def test_frozen_cuts_score_new_customers_as_before():
    scale = fit_scale("recency_days", np.array([1.0, 10, 20, 30, 40]), 5, less_is_better=True)
    assert scale.score(np.array([0.0, 1, 25, 500, np.nan])).tolist() == [5, 5, 2, 1, 0]
    assert Scale("orders", (2, 3, 5, 10)).score(np.array([1.0, 2, 3, 4, 5, 9, 10])).tolist() == [1, 2, 3, 3, 4, 4, 5]


def test_value_based_bins_by_hand():
    orders = np.array([1.0, 2, 3, 4, 5, 9, 10, 209, np.nan])
    scale = Scale.of_cuts("frequency", [2, 3, 5, 10], less_is_better=False, origin="given")
    assert scale.score(orders).tolist() == [1, 2, 3, 3, 4, 4, 5, 5, 0]  # 1, 2, 3-4, 5-9, 10+
    days = Scale.of_cuts("recency_days", [365, 90, 30], less_is_better=True, origin="given")
    assert days.score(np.array([366.0, 365, 91, 90, 31, 30, 0])).tolist() == [1, 2, 2, 3, 3, 4, 4]
    assert days.own_cuts == [365, 90, 30]
    kept = Scale.of_cuts("x", [1, None], less_is_better=True, origin="frozen")
    assert (kept.score(np.array([0.0, 1, 2])).tolist(), kept.own_cuts) == ([2, 2, 1], [1, None])


@given(values, st.integers(2, 6), st.booleans())
def test_own_cuts_make_the_same_scale_again(column, levels, less):
    scale = fit_scale("x", column, levels, less_is_better=less)
    again = Scale.of_cuts("x", scale.own_cuts, less_is_better=less, origin="frozen")
    assert again.score(column).tolist() == scale.score(column).tolist()


def test_a_tie_that_leaves_no_level_empty_is_said_too():
    scale = fit_scale("frequency", np.array([1.0] * 30 + list(range(2, 72))), 5)
    assert scale.note == "30 % of customers have frequency 1: level 1 has more than one customer in 5"
    assert scale.advice == " (by value instead: rules.bins: {frequency: [2, 3, 5, 10]})"


def test_a_scale_needs_two_levels():
    with pytest.raises(ValueError, match="two at least"):
        fit_scale("x", np.ones(3), 1)


def test_codes_stand_side_by_side():
    assert code([np.array([5, 1, 0]), np.array([4, 1, 3])]).tolist() == ["54", "11", None]
    assert code([np.array([10, 1]), np.array([3, 2])], dotted=True).tolist() == ["10.3", "1.2"]
