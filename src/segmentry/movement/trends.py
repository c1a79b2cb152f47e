"""What is known of each customer on a date, as the columns that a forecast learns from. Comes in: a history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable, Floats
from .baselines import Places
from .history import ABSENT, History, Labels

# Of these the change over the last period is known too: they tell what a customer has just done.
CHANGING = ("frequency", "monetary")
RECENCY, RHYTHM = "recency_days", "days_between_orders_mean"


@dataclass(frozen=True)
class Past:
    """A history with segments as places among the classes of a forecast.

    Attributes
    ----------
    history
        The history.
    classes
        Ids of the segments, the most welcome first, then those without a name, then ABSENT where somebody can be.
    where
        Shape (customers, dates): the place of each customer on each date; that of ABSENT is after all others.
    idle
        The same one period after each date, had the customer done nothing since.
    """

    history: History
    classes: Labels
    where: NDArray[np.int16]
    idle: NDArray[np.int16]

    @property
    def last(self) -> int:
        """The number of the latest date."""
        return len(self.history.snapshots) - 1

    @property
    def _absent(self) -> int:
        return len(self.classes) - int(self.classes[-1] == ABSENT)

    def now(self, date: int) -> Places:
        """Return where the customers of snapshot *date* are, shape (n,)."""
        return self.later(date, 0)

    def later(self, date: int, ahead: int) -> Places:
        """Return where the customers of snapshot *date* are *ahead* periods later, shape (n,)."""
        return np.asarray(self.where[self.history.snapshots[date].rows, date + ahead], dtype=np.intp)

    def if_idle(self, date: int) -> Places:
        """Return where the customers of snapshot *date* are one period later if they do nothing, shape (n,)."""
        return np.asarray(self.idle[self.history.snapshots[date].rows, date], dtype=np.intp)

    def known(self, date: int, chosen: Places | None = None) -> Floats:
        """Return what is known of the customers of snapshot *date* (of some, *chosen* among them), shape (n, columns).

        Segment now, segment after a period without orders, the two segments before, periods in the present one (as far
        as the history reaches), all features, their last changes, and recency as a multiple of the customer's own
        rhythm; NaN where it is not known. A tree asks only whether a number is greater than another, so that nothing
        has to be scaled, nor segments spread over columns: their order is that of welcome.
        """
        rows = self.history.snapshots[date].rows
        chosen = np.arange(len(rows)) if chosen is None else chosen
        rows = rows[chosen]
        now, unknown = self.where[rows, date], np.full(len(rows), np.nan)
        columns = [self._place(now), self._place(self.idle[rows, date])]
        columns += [
            self._place(self.where[rows, before]) if before >= 0 else unknown for before in (date - 1, date - 2)
        ]
        columns.append(_periods(self.where[rows, : date + 1]))
        values = self.history.snapshots[date].customers.values
        columns += [values[name][chosen] for name in values]
        columns += [self._change(name, date, chosen, rows) for name in CHANGING if name in values]
        if RECENCY in values and RHYTHM in values:
            columns.append(_in_rhythm(self.history.snapshots[date].customers, chosen))
        return np.column_stack(columns)

    def _place(self, places: NDArray[np.int16]) -> Floats:
        """Return *places* as numbers: NaN where somebody was no customer."""
        return np.asarray(np.where(places == self._absent, np.nan, places))

    def _change(self, feature: str, date: int, chosen: Places, rows: Labels) -> Floats:
        """Return how much *feature* has grown since the date before: NaN for who was no customer then."""
        if date == 0:
            return np.full(len(rows), np.nan)
        before = self.history.values(self.history.snapshots[date - 1], feature)[rows]
        return np.asarray(self.history.snapshots[date].customers.values[feature][chosen] - before)


def past_of(history: History) -> Past:
    """Return *history* with segments as places among the classes of a forecast."""
    labels = np.column_stack([history.labels(snapshot) for snapshot in history.snapshots])
    idle = np.column_stack([history.labels(snapshot) for snapshot in history.idle])
    there = labels != ABSENT
    leaves = (there[:, :-1] & ~there[:, 1:]).any() or (there & (idle == ABSENT)).any()
    unnamed = np.setdiff1d(np.union1d(labels, idle), [*history.names, ABSENT])
    classes = np.array([*history.names, *unnamed, ABSENT], dtype=np.int64)
    order = np.argsort(classes)

    def places(ids: Labels) -> NDArray[np.int16]:
        return np.asarray(order[np.searchsorted(classes[order], ids)], dtype=np.int16)

    return Past(history, classes if leaves else classes[:-1], places(labels), places(idle))


def _periods(where: NDArray[np.int16]) -> Floats:
    """Return for how many dates in a row each customer, a row of *where*, has been where the last column says."""
    moved = where[:, ::-1] != where[:, -1:]
    return np.asarray(np.where(moved.any(axis=1), moved.argmax(axis=1), where.shape[1]), dtype=np.float64)


def _in_rhythm(customers: CustomerTable, chosen: Places) -> Floats:
    recency, rhythm = (customers.values[name][chosen] for name in (RECENCY, RHYTHM))
    ratio: Floats = np.divide(recency, rhythm, out=np.full(len(recency), np.nan), where=rhythm > 0)
    return ratio
