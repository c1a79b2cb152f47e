"""What explanations stand on: customers with their segments, and the model that gave them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import DataError, did_you_mean
from ..core.tables import CustomerTable, Floats
from ..prepare import Pipeline

Labels = NDArray[np.int64]
APART = -1
ACTIVE = "active"  # the cohort of accounts that trade
MOST_COMPARED = 5000  # ids among which the nearest one is sought


@dataclass(frozen=True)
class Fitted:
    """A segmentation as explanations need it.

    Attributes
    ----------
    customers
        One row per customer, n rows, with at least the features that decide.
    labels
        Shape (n,): segment id of each; -1 where outliers were set apart.
    names
        Segment id to name.
    pipeline, centroids
        The preparation, and the centres in its space, shape (k, d).
    assign
        The model: a customer table to segment ids. What is said to move a customer is tried with it.
    has_orders
        Whether features come from orders, so that further orders change them together.
    window_days
        The recipe's window, where it has one.
    seed
        The run's seed.
    cohort
        The cohort of accounts that these are; empty for customers. A trade makes any account an active one.
    active_months
        Within so many months before the as-of date an active account traded; none where that is not what decides.
    numbers
        The ids that tables show, of those segments that kept another one from an earlier run.
    held
        Shape (n,): whom a refresh keeps in the segment they were in; none where it keeps nobody.
    """

    customers: CustomerTable
    labels: Labels
    names: Mapping[int, str]
    pipeline: Pipeline
    centroids: Floats
    assign: Callable[[CustomerTable], Labels]
    has_orders: bool
    window_days: int | None = None
    seed: int = 7
    cohort: str = ""
    active_months: int | None = None
    numbers: Mapping[int, int] = field(default_factory=dict)
    held: NDArray[np.bool_] | None = None

    def row(self, customer: str) -> int:
        """Return the position of *customer*. Raises DataError, with the nearest id."""
        found = np.flatnonzero(self.customers.ids == customer)
        if len(found):
            return int(found[0])
        raise DataError(
            f"There is no customer {customer!r} in this run.",
            possible=f"It has {len(self.customers):,} customers, such as {self.customers.ids[0]!r}.",
            action=did_you_mean(customer, _alike(customer, self.customers.ids.tolist())),
        )

    def segment(self, name: str) -> int:
        """Return the id of the segment *name* (or of the one with that id, as text). Raises DataError."""
        by_name = {own.casefold(): label for label, own in self.names.items()}
        found = by_name.get(name.strip().casefold())
        if found is None:
            found = {str(self.shown(label)): label for label in self.names}.get(name.strip())
        if found is None:
            raise DataError(
                f"There is no segment {name!r} in this run.",
                possible=f"Segments: {', '.join(self.names.values())}.",
                action=did_you_mean(name, self.names.values()),
            )
        return found

    def shown(self, label: int) -> int:
        """Return the id that tables show of the segment *label*."""
        return self.numbers.get(label, label)

    def one(self, row: int) -> dict[str, float]:
        """Return every feature of the customer at *row*."""
        return {name: float(values[row]) for name, values in self.customers.values.items()}

    def table(self, rows: Mapping[str, Any]) -> CustomerTable:
        """Return made-up customers as a customer table: *rows* has a number, or an array, for each deciding feature."""
        values = {name: np.atleast_1d(np.asarray(rows[name], dtype=np.float64)) for name in self.pipeline.features}
        size = len(next(iter(values.values())))
        ids = np.array([str(number) for number in range(size)], dtype=object)
        return CustomerTable(ids, values, tuple(self.customers.column(name) for name in values), self.customers.as_of)

    def distances(self, row: int) -> Floats:
        """Return the squared distance of the customer at *row* from each centre, shape (k,), in the prepared space."""
        return np.asarray(((self.centroids - self.point(row)) ** 2).sum(axis=1), dtype=np.float64)

    def point(self, row: int) -> Floats:
        """Return where the customer at *row* is in the prepared space, shape (d,)."""
        place: Floats = self.pipeline.transform(self._alone(row))[0]
        return place

    def limits(self, name: str) -> tuple[float, float]:
        """Return the values of the feature *name*, in real units, beyond which a customer is an outlier."""
        place = self.pipeline.features.index(name)
        low, high = self.pipeline.low[place], self.pipeline.high[place]
        if self.pipeline.measured == "transformed":
            low, high = self.pipeline.transformations[place].inverse(np.array([low, high])).tolist()
        return low, high

    def _alone(self, row: int) -> CustomerTable:
        return self.table({name: self.customers.values[name][row] for name in self.pipeline.features})

    def by_column(self, row: int) -> tuple[Floats, Floats]:
        """Return the customer at *row*, shape (d,), and the centres, shape (k, d), in the d columns before any rotation
        to principal components.
        """
        if self.pipeline.components is None:
            return self.point(row), self.centroids
        place: Floats = self.pipeline.scaled(self._alone(row))[0]
        return place, self.pipeline.components.inverse(self.centroids)


def _alike(customer: str, ids: list[str]) -> list[str]:
    """Return the ids worth comparing with *customer*: of about its length, with its beginning, or its end."""
    close = [one for one in ids if abs(len(one) - len(customer)) <= 1]
    begins_alike = [one for one in close if one[: len(customer) - 1] == customer[:-1]]
    near = [one for one in close if one[:2] == customer[:2] or one[-2:] == customer[-2:]]
    return (begins_alike or near or close)[:MOST_COMPARED]
