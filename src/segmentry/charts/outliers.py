"""Customers far from all others: how many lie beyond each feature's limits, and what was done with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.tables import CustomerTable
from ..prepare.result import Prepared
from . import theme
from .chart import Chart, Record
from .marks import Spec, bar, measure, row_height, rows
from .words import finite, wrapped_names


@dataclass(frozen=True)
class Beyond:
    """One feature: the usual values in real units, and how many customers lie below and above them."""

    feature: str
    low: float
    high: float
    below: int
    above: int


@dataclass(frozen=True)
class Compared:
    """One feature as the outlier rule looks at it: the values compared, shape (n,), their limits, and those in real
    units.
    """

    feature: str
    values: NDArray[np.float64]
    low: float
    high: float
    low_real: float
    high_real: float


def compared(prepared: Prepared, customers: CustomerTable) -> tuple[Compared, ...]:
    """Return what the outlier rule compares, for every feature with limits; a missing value is as its replacement."""
    pipeline = prepared.pipeline
    found = []
    for place, feature in enumerate(pipeline.features):
        low, high = pipeline.low[place], pipeline.high[place]
        if not (np.isfinite(low) or np.isfinite(high)):
            continue
        values = customers.values[feature]
        values = np.where(np.isfinite(values), values, pipeline.fills[place])
        low_real, high_real, lowest = low, high, float(values.min())
        if pipeline.measured == "transformed":
            change = pipeline.transformations[place]
            values = change.forward(values)
            low_real, high_real = (float(change.inverse(np.array([limit]))[0]) for limit in (low, high))
        if low_real < 0 <= lowest:
            low_real = -np.inf  # a limit below zero says nothing of what is never negative
        found.append(Compared(feature, values, low, high, low_real, high_real))
    return tuple(found)


def count_beyond(prepared: Prepared, customers: CustomerTable) -> tuple[Beyond, ...]:
    """Return for every feature with limits how many customers lie beyond; a missing value counts as its replacement."""
    return tuple(
        Beyond(
            one.feature,
            one.low_real,
            one.high_real,
            int((one.values < one.low).sum()),
            int((one.values > one.high).sum()),
        )
        for one in compared(prepared, customers)
    )


_TREATMENTS = {
    "fit_without": "not used to find the segments, assigned to the nearest one afterwards",
    "drop": "not used to find the segments, and put in a segment of their own",
    "clip": "pulled to the limit",
    "keep": "used like all others, and flagged",
}


def treatment(prepared: Prepared) -> str:
    """Return in words what was done with the outliers."""
    if not prepared.is_outlier.any():
        return "no customer lies beyond the limits"
    return _TREATMENTS[prepared.pipeline.policy]


def outliers(prepared: Prepared, customers: CustomerTable) -> Chart | None:
    """Return bars of the customers beyond each feature's limits; none without an outlier rule."""
    found = count_beyond(prepared, customers)
    if not found:
        return None
    columns = {column.name: column for column in customers.columns}
    titles = [columns[one.feature].title if one.feature in columns else one.feature for one in found]
    names = wrapped_names(titles, 26)
    total = int(prepared.is_outlier.sum())
    share = display.share(total / len(customers))
    done = treatment(prepared)
    return Chart(
        name="outliers",
        title=f"{display.count(total)} customers ({share}) are far from all others"
        if total
        else "No customer is far from all others",
        subtitle=f"Customers beyond the limits of each feature (a customer can count for several); {done}",
        alt="; ".join(f"{title}: {one.below + one.above}" for title, one in zip(titles, found, strict=True)),
        spec=_spec(records(found, names, customers), names),
        table=(
            ("Feature", "Usual from", "Usual to", "Below", "Above"),
            [
                (title, _real(one.low), _real(one.high), display.count(one.below), display.count(one.above))
                for title, one in zip(titles, found, strict=True)
            ],
        ),
    )


def records(found: tuple[Beyond, ...], names: list[str], customers: CustomerTable) -> list[Record]:
    """Return one record per feature: its line, how many customers lie beyond, and words."""
    n = len(customers)
    return [
        {
            "row": row,
            "label": names[row],
            "beyond": one.below + one.above,
            "text": f"{display.count(one.below + one.above)} ({display.share((one.below + one.above) / n)})",
            "tip": f"{names[row]}\nusual: {_real(one.low)} to {_real(one.high)}\n"
            f"{display.count(one.below)} customers below, {display.count(one.above)} above",
        }
        for row, one in enumerate(found)
    ]


def _real(limit: float) -> str:
    return display.number(limit) if np.isfinite(limit) else "any"


def _spec(lines: list[Record], names: list[str]) -> Spec:
    most = max([line["beyond"] for line in lines] + [1])
    value = measure(
        "beyond", "Customers beyond the limits", scale={"domain": [0, finite(most * 1.25)], "nice": False}, format="d"
    )
    return {
        "width": 420,
        "height": row_height(names, 30) * len(names),
        "data": {"values": lines},
        "layer": bar(value, rows(names), {"value": theme.ACCENT}),
    }
