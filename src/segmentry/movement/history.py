"""Who was in which segment on which date, under one fitted model: what everything on movement follows from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable, Floats

Labels = NDArray[np.int64]

ABSENT = -2
"""Label of somebody who is no customer on that date: not yet, or nothing of theirs lies in the window any more."""


@dataclass(frozen=True)
class Snapshot:
    """The customers of one date with their segments.

    Attributes
    ----------
    customers
        The customers, with the features as of that date.
    rows
        Which of all customers of the history they are, shape (n,), ascending.
    labels
        Their segments, shape (n,), by the ids that tables show; -1 for those set apart.
    """

    customers: CustomerTable
    rows: Labels
    labels: Labels

    @property
    def as_of(self) -> date:
        """The date features look back from."""
        assert self.customers.as_of is not None  # noqa: S101 -- for mypy: snapshots have dates
        return self.customers.as_of


@dataclass(frozen=True)
class History:
    """Snapshots of the same book under one model, oldest first.

    Attributes
    ----------
    ids
        All customers of any date, shape (n,), ascending.
    snapshots
        T of them.
    idle
        T snapshots: the customers of snapshot t as they would be on the date of t + 1 had they done nothing since; the
        last on the first date to come. A customer may be missing there: nothing of theirs is left in the window.
    names
        Segment id to name, the most welcome first.
    tones
        Segment id to the family of its colour; ``valuable`` are those worth keeping.
    every
        What the time between two snapshots is called: ``month``, ``30 days``.
    by_cuts_before
        T - 1 snapshots where cut points float: the customers of snapshot t + 1 by the cut points of t; else none.
    """

    ids: NDArray[np.object_]
    snapshots: tuple[Snapshot, ...]
    idle: tuple[Snapshot, ...]
    names: dict[int, str]
    tones: dict[int, str]
    every: str
    by_cuts_before: tuple[Snapshot, ...] = ()

    @property
    def dates(self) -> tuple[date, ...]:
        """The as-of dates, ascending."""
        return tuple(snapshot.as_of for snapshot in self.snapshots)

    def labels(self, snapshot: Snapshot) -> Labels:
        """Return the label of each of all customers in *snapshot*, shape (n,): ABSENT where they are not in it."""
        labels = np.full(len(self.ids), ABSENT, dtype=np.int64)
        labels[snapshot.rows] = snapshot.labels
        return labels

    def values(self, snapshot: Snapshot, feature: str) -> Floats:
        """Return the *feature* of each of all customers in *snapshot*, shape (n,): NaN where they are not in it."""
        values = np.full(len(self.ids), np.nan)
        values[snapshot.rows] = snapshot.customers.values[feature]
        return values
