"""What happened, in words: each sentence from a history small enough to count by hand."""

from __future__ import annotations

from datetime import date

import pytest

from segmentry.movement import ABSENT, Leaving, headline, leaving_in_words, leavings, movement_of
from segmentry.movement.causes import MIXED

SINCE = date(2024, 11, 30)
# Before, without doing anything, after, spent before. Segments by value: 0, 1, 2, then -1 (set apart) and away.
EIGHT = [
    (0, 1, 1, 100.0),  # fell, time
    (0, 2, 2, 50.0),  # fell, time
    (0, 1, 2, 25.0),  # fell, both
    (0, 0, 2, 10.0),  # fell, by an order
    (0, 1, 0, 1000.0),  # came back in time: never left
    (1, 2, 0, 7.0),  # rose, both
    (1, 2, ABSENT, 5.0),  # left, both
    (2, 2, 1, 3.0),  # rose, by an order
    (2, 2, -1, 2.0),  # set apart
    (ABSENT, ABSENT, 0, 9.0),  # new
]


@pytest.fixture
def movement(history):
    labels = [[before, after] for before, _, after, _ in EIGHT]
    idle = [[alone, after] for _, alone, after, _ in EIGHT]
    return movement_of(history(labels, idle, [[spent, spent] for *_, spent in EIGHT]))


def test_who_left_which_segment_and_why(movement):
    assert leavings(movement.steps[0], movement.history.names) == [
        Leaving(0, SINCE, of=5, rose=0, fell=4, lost=185.0, causes={"time": 2, "behaviour": 1, MIXED: 1}),
        Leaving(1, SINCE, of=2, rose=1, fell=1, lost=5.0, causes={MIXED: 1}),
        Leaving(2, SINCE, of=2, rose=1, fell=1, lost=2.0, causes={"behaviour": 1}),
    ]


def test_each_sentence(movement):
    sentences = [
        leaving_in_words(one, movement.history.names) for one in leavings(movement.steps[0], movement.history.names)
    ]
    both = "since 2024-11-30: 1 rose and 1 fell, all of these"
    assert sentences == [
        "4 of 5 customers left Champions since 2024-11-30, 2 of them only because time passed.",
        f"2 of 2 customers left Regular buyers {both} for several reasons together.",
        f"2 of 2 customers left Sleeping {both} by what they did.",
    ]


def test_the_headline_is_where_those_fell_who_had_spent_most(movement):
    assert headline(movement.steps[-1], movement.history.names) == (
        "4 of 5 customers left Champions since 2024-11-30, 2 of them only because time passed."
    )


def test_all_rose(history):
    found = movement_of(history([[1, 0], [1, 0], [1, 1]]))
    assert (
        headline(found.steps[-1], found.history.names)
        == "2 of 3 customers left Regular buyers since 2024-11-30, all of them for a better segment."
    )


def test_nobody_left(history):
    new = movement_of(history([[0, 0], [ABSENT, 1], [ABSENT, 0]]))
    assert headline(new.steps[-1], new.history.names) == "No customer has left a segment since 2024-11-30."
    assert leavings(new.steps[0], new.history.names) == []


def test_who_is_set_apart_leaves_no_segment(history):
    found = movement_of(history([[-1, 0], [0, 0]]))
    assert leavings(found.steps[0], found.history.names) == []


def test_the_headline_is_of_the_last_step(history):
    found = movement_of(history([[0, 2, 2], [0, 0, 1]], [[2, 2, 2], [0, 1, 1]]))
    assert (
        headline(found.steps[-1], found.history.names)
        == "1 of 1 customer left Champions since 2024-11-30, all of them only because time passed."
    )


def test_numbers_are_written_for_people():
    leaving = Leaving(0, SINCE, of=12_000, rose=1_500, fell=3_000, lost=1.0, causes={"behaviour": 2_000, "time": 1_000})
    assert leaving_in_words(leaving, {0: "Champions"}) == (
        "4,500 of 12,000 customers left Champions since 2024-11-30: 1,500 rose and 3,000 fell, 2,000 of these by what "
        "they did."
    )
