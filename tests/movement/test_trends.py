"""What is known of a customer on a date, worked by hand; nothing of it comes from later."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.movement import ABSENT
from segmentry.movement.trends import past_of

NAN = np.nan
LABELS = [[1, 1, 1, 0], [ABSENT, 2, 1, 1], [0, ABSENT, 0, 2]]
IDLE = [[2, 1, 1, 0], [ABSENT, 2, 2, 1], [ABSENT, ABSENT, 1, 2]]
MONEY = [[1.0, 1, 5, 9], [0, 2, 2, 8], [4, 0, 4, 4]]
RECENCY = [[10.0, 40, 5, 3], [0, 1, 31, 2], [9, 0, 4, 34]]
RHYTHM = [[NAN, NAN, 20.0, 20], [0, NAN, 0, 15], [3, 0, 3, 3]]


@pytest.fixture
def past(history):
    return past_of(
        history(LABELS, IDLE, MONEY, recency_days=np.array(RECENCY), days_between_orders_mean=np.array(RHYTHM))
    )


def test_what_is_known_by_hand(past):
    """Now, idle, one and two dates before, periods, monetary, recency, rhythm, change of monetary, recency / rhythm."""
    assert past.classes.tolist() == [0, 1, 2, -1, ABSENT]
    expected = [
        [1, 1, 1, 1, 3, 5, 5, 20, 4, 0.25],
        [1, 2, 2, NAN, 1, 2, 31, 0, 0, NAN],  # a rhythm of 0 days gives no ratio
        [0, 1, NAN, 0, 1, 4, 4, 3, NAN, 4 / 3],
    ]
    np.testing.assert_allclose(past.known(2), expected)
    np.testing.assert_allclose(past.known(2, np.array([2])), expected[2:])
    first = [[1, 2, NAN, NAN, 1, 1, 10, NAN, NAN, NAN], [0, NAN, NAN, NAN, 1, 4, 9, 3, NAN, 3]]
    np.testing.assert_allclose(past.known(0), first)


def test_where_customers_are_later(past):
    assert past.now(0).tolist() == [1, 0]
    assert past.later(0, 1).tolist() == [1, 4]  # the third customer is gone
    assert past.later(0, 3).tolist() == [0, 2]
    assert past.now(2).tolist() == [1, 1, 0]


def test_absent_is_no_class_where_nobody_leaves(history):
    past = past_of(history([[ABSENT, 0, 1], [1, 1, 2]], names={0: "a", 1: "b"}))
    assert past.classes.tolist() == [0, 1, 2]  # 2 has no name, and is a class all the same
    assert np.isnan(past.known(1)[0, 2])


def test_only_the_features_that_are_there(history):
    assert past_of(history([[0, 1], [1, 1]])).known(1).shape == (2, 7)


@pytest.mark.parametrize("date", [0, 1, 2])
def test_what_comes_later_changes_nothing(by_chance, history, date):
    labels, idle, money, before = by_chance
    labels, idle, money = labels.copy(), idle.copy(), money.copy()
    labels[:, date + 1 :] = np.where(labels[:, date + 1 :] == ABSENT, ABSENT, 2 - np.abs(labels[:, date + 1 :]))
    idle[:, date + 1 :] = labels[:, date + 1 :]
    money[:, date + 1 :] *= 7
    np.testing.assert_array_equal(past_of(before).known(date), past_of(history(labels, idle, money)).known(date))
