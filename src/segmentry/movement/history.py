"""Who was in which segment on which date, under one fitted model: what everything on movement follows from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable

Labels = NDArray[np.int64]

ABSENT = -2
"""Label of somebody who is no customer on that date: not yet, or nothing of theirs lies in the window any more."""


@dataclass(frozen=True)
class Snapshot:
    """The customers of one date, with their segments: ``labels``, shape (n,), are ids, -1 for those set apart."""

    customers: CustomerTable
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
    snapshots
        T of them.
    idle
        T snapshots: the customers of snapshot t as they would be on the date of t + 1 had they done nothing since; the
        last on the first date to come. A customer may be missing there: nothing of theirs is left in the window.
    names
        Segment id to name, in order of value.
    tones
        Segment id to the family of its colour; ``valuable`` are those worth keeping.
    every
        What the time between two snapshots is called: ``month``, ``30 days``.
    """

    snapshots: tuple[Snapshot, ...]
    idle: tuple[Snapshot, ...]
    names: dict[int, str]
    tones: dict[int, str]
    every: str

    @property
    def dates(self) -> tuple[date, ...]:
        """The as-of dates, ascending."""
        return tuple(snapshot.as_of for snapshot in self.snapshots)


def labels_of(ids: NDArray[np.object_], snapshot: Snapshot) -> Labels:
    """Return the label of each customer *ids*, shape (n,), in *snapshot*: ABSENT where they are not in it."""
    places, found = places_of(ids, snapshot.customers)
    labels = np.full(len(ids), ABSENT, dtype=np.int64)
    labels[found] = snapshot.labels[places[found]]
    return labels


def values_of(ids: NDArray[np.object_], customers: CustomerTable, feature: str) -> NDArray[np.float64]:
    """Return the *feature* of each customer *ids*: NaN where they are not among *customers*, or have none."""
    places, found = places_of(ids, customers)
    values = np.full(len(ids), np.nan)
    values[found] = customers.values[feature][places[found]]
    return values


def everybody(snapshots: Sequence[Snapshot]) -> NDArray[np.object_]:
    """Return the ids of all customers in any of *snapshots*, ascending."""
    return np.unique(np.concatenate([snapshot.customers.ids for snapshot in snapshots]))


def places_of(ids: NDArray[np.object_], customers: CustomerTable) -> tuple[Labels, NDArray[np.bool_]]:
    """Return the row of each of *ids* among *customers*, and whether they are there at all; both ascend by id."""
    places = np.searchsorted(customers.ids, ids)
    inside = np.minimum(places, max(len(customers) - 1, 0))
    found = customers.ids[inside] == ids if len(customers) else np.zeros(len(ids), dtype=bool)
    return inside.astype(np.int64), np.asarray(found, dtype=bool)
