"""The few measures that people know customers by: recency, frequency, monetary and, where there is one, asset value."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..core import display
from ..core.tables import Column, CustomerTable
from ..profile.segments import Segment

_KNOWN = {
    "recency_days": "Recency", "recency": "Recency",
    "frequency": "Frequency",
    "monetary": "Monetary", "monetary_value": "Monetary",
    "nav": "Net asset value", "net_asset_value": "Net asset value", "total_nav": "Net asset value",
}  # fmt: skip
_MOST = 4


@dataclass(frozen=True)
class Measure:
    """A measure: its column, what people call it, and the mean of all customers who have a value."""

    column: Column
    title: str
    average: float

    @property
    def less_is_better(self) -> bool:
        """Whether small values are the good ones: days since the last order."""
        return self.title == "Recency"

    def shown(self, value: float) -> str:
        """Return *value* of the measure as people read it."""
        return display.number(value, self.column.short_unit)


def rfmn(columns: tuple[Column, ...], customers: CustomerTable) -> tuple[Measure, ...]:
    """Return those of recency, frequency, monetary and net asset value that are among *columns*, in this order.

    A measure that nobody has a value for is none: accounts that never traded have no recency.
    """
    order = list(dict.fromkeys(_KNOWN.values()))
    named = {title: column for column in columns if (title := _KNOWN.get(_plain(column.name)))}
    found = [_measure(named[title], customers, title) for title in order if title in named]
    return tuple(measure for measure in found if math.isfinite(measure.average))


def telling(
    segments: tuple[Segment, ...], columns: tuple[Column, ...], customers: CustomerTable, deciding: tuple[str, ...]
) -> tuple[Measure, ...]:
    """Return R, F, M and N where two or more of them are there, else the four deciding features that differ most."""
    known = rfmn(columns, customers)
    if len(known) > 1:
        return known
    own = [column for column in columns if column.name in deciding] or list(columns)
    chosen = sorted(own, key=lambda column: -apart(segments, column, customers))[:_MOST]
    return tuple(_measure(column, customers, column.title) for column in own if column in chosen)


def apart(segments: tuple[Segment, ...], column: Column, customers: CustomerTable) -> float:
    """Return how far the segments' means of *column* are apart, in standard deviations of all customers."""
    values = customers.values[column.name]
    known = values[np.isfinite(values)]
    means = [mean for segment in segments if math.isfinite(mean := segment.features[column.name].mean)]
    spread = float(known.std()) if len(known) else 0.0
    return (max(means) - min(means)) / spread if means and spread > 0 else 0.0


def _measure(column: Column, customers: CustomerTable, title: str) -> Measure:
    return Measure(column, title, customers.average(column.name))


def _plain(name: str) -> str:
    return "_".join(name.casefold().split())
