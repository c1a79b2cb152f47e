"""Who went where between two dates, and how long customers stay: counts, rates and money. Comes in: a history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ..core.tables import Floats
from .causes import Parts, causes
from .history import ABSENT, History, Labels


@dataclass(frozen=True)
class Step:
    """What happened between two dates: one entry per customer of either, shape (n,), ids ascending.

    Attributes
    ----------
    start, end
        The dates.
    ids
        The customers.
    before, after
        Segment ids on either date; ABSENT where somebody is no customer then.
    money
        What each had spent by the first date; by the second, where not yet a customer on the first.
    parts
        Shape (n, 4): how much of each move is due to each of ``CAUSES``.
    """

    start: date
    end: date
    ids: NDArray[np.object_]
    before: Labels
    after: Labels
    money: Floats
    parts: Parts

    @property
    def moved(self) -> NDArray[np.bool_]:
        """Whether each customer is elsewhere in the end; entries and exits included."""
        return np.asarray(self.before != self.after)


@dataclass(frozen=True)
class Transition:
    """The customers who went from one segment to another (or stayed) between two dates.

    ``rate`` is their share of those in ``origin`` on the first date (entries: of all entries), ``money`` what they had
    spent, and ``causes`` how many moves each of ``CAUSES`` accounts for; these add up to the moves.
    """

    start: date
    end: date
    origin: int
    destination: int
    customers: int
    rate: float
    money: float
    causes: tuple[float, ...]


@dataclass(frozen=True)
class Stay:
    """How long customers stay in a segment once they have come to it, in periods between snapshots.

    ``median`` is Kaplan and Meier's, for who is still there may stay longer; NaN where more than half of them do, or
    nobody came while it was watched.
    """

    segment: int
    median: float
    begun: int
    ended: int


@dataclass(frozen=True)
class Movement:
    """All steps of a history, their transitions, and how long customers stay."""

    history: History
    steps: tuple[Step, ...]
    transitions: tuple[Transition, ...]
    stays: tuple[Stay, ...]


def movement_of(history: History) -> Movement:
    """Return what happened in *history*; it has at least two snapshots."""
    steps = tuple(_step(history, place) for place in range(1, len(history.snapshots)))
    transitions = tuple(one for step in steps for one in transitions_of(step))
    return Movement(history, steps, transitions, median_stays(history))


def _step(history: History, place: int) -> Step:
    old, new, idle = history.snapshots[place - 1], history.snapshots[place], history.idle[place - 1]
    before, after = history.labels(old), history.labels(new)
    spent = history.values(old, "monetary")
    money = np.where(np.isnan(spent), history.values(new, "monetary"), spent)
    by_same_cuts = history.labels(history.by_cuts_before[place - 1]) if history.by_cuts_before else after
    parts = causes([before, history.labels(idle), by_same_cuts, after, after])
    there = (before != ABSENT) | (after != ABSENT)
    return Step(old.as_of, new.as_of, history.ids[there], before[there], after[there], money[there], parts[there])


def transitions_of(step: Step) -> Iterator[Transition]:
    """Yield the transitions of *step* by origin and destination; entries come from ABSENT, exits go there."""
    # A pair of segments is one number: counting numbers takes no sorting.
    span = 1 + max(int(labels.max(initial=ABSENT)) for labels in (step.before, step.after)) - ABSENT
    pairs = (step.before - ABSENT) * span + (step.after - ABSENT)
    sizes = np.bincount(step.before - ABSENT)
    customers = np.bincount(pairs)
    money = np.bincount(pairs, weights=np.nan_to_num(step.money))
    parts = [np.bincount(pairs, weights=part) for part in step.parts.T]
    for pair in np.flatnonzero(customers).tolist():
        origin, destination = divmod(pair, span)
        count = int(customers[pair])
        rate = count / int(sizes[origin])
        why = tuple(float(part[pair]) for part in parts)
        spent = round(float(money[pair]), 4)  # as exact as money is; what floats add is no cent
        yield Transition(step.start, step.end, origin + ABSENT, destination + ABSENT, count, rate, spent, why)


def rates(movement: Movement) -> tuple[list[int], NDArray[np.int64], Floats]:
    """Return segment ids, counts of all steps and rates, each of shape (k, k): from rows to columns.

    Rates are of those who are customers on both dates; NaN in the row of a segment that nobody was ever in.
    """
    ids = list(movement.history.names)
    place = {label: row for row, label in enumerate(ids)}
    counts = np.zeros((len(ids), len(ids)), dtype=np.int64)
    for one in movement.transitions:
        if one.origin in place and one.destination in place:
            counts[place[one.origin], place[one.destination]] += one.customers
    totals = counts.sum(axis=1, keepdims=True)
    return ids, counts, np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)


def median_stays(history: History) -> tuple[Stay, ...]:
    """Return the median stay in each segment: Kaplan and Meier (1958), of the stays that began while it was watched.

    Who was there on the first date came earlier, nobody knows when; and a stay that goes on on the last date is only
    known to be longer.
    """
    labels = np.column_stack([history.labels(snapshot) for snapshot in history.snapshots])
    begins = np.ones(labels.shape, dtype=bool)
    begins[:, 1:] = labels[:, 1:] != labels[:, :-1]
    dates = labels.shape[1]
    rows, columns = np.nonzero(begins)
    same_row = np.r_[rows[1:] == rows[:-1], False]
    ends = np.where(same_row, np.r_[columns[1:], 0], dates)
    watched = columns > 0
    stays = labels[rows, columns][watched], (ends - columns)[watched], (ends < dates)[watched]
    return tuple(_stay(label, *(part[stays[0] == label] for part in stays[1:])) for label in history.names)


def _stay(label: int, lengths: NDArray[np.int64], ended: NDArray[np.bool_]) -> Stay:
    staying = 1.0
    for length in np.unique(lengths[ended]):
        staying *= 1 - (ended & (lengths == length)).sum() / (lengths >= length).sum()
        if staying <= 0.5 + 1e-12:
            return Stay(label, float(length), len(lengths), int(ended.sum()))
    return Stay(label, float("nan"), len(lengths), int(ended.sum()))
