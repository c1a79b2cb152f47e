"""How much each feature pulls a customer towards the own segment rather than the next one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.tables import Column, Floats
from ..prepare.pipeline import FLAG
from .book import Fitted


@dataclass(frozen=True)
class Typical:
    """A feature within one segment, in real units: median and quartiles of its customers."""

    median: float
    lower_quartile: float
    upper_quartile: float


@dataclass(frozen=True)
class Contribution:
    """What one feature says about a customer.

    Attributes
    ----------
    feature
        The feature (or ``<feature>_missing``, the flag that it was missing).
    value
        The customer's own value in real units; NaN where it is missing.
    pull
        Squared distance from the other segment's centre minus that from the own one, in this feature, in the scaled
        space: positive where the feature speaks for the own segment. Squared distances are sums over features, so
        pulls add up to the margin by which the own centre is nearer, exactly: also where the centres lie on principal
        components, for what a customer is beyond these is equally far from every centre.
    weight
        The pull's size as a share of all pulls' sizes, 0 to 1.
    own, other
        The feature in the own and in the other segment.
    """

    feature: Column
    value: float
    pull: float
    weight: float
    own: Typical
    other: Typical


def contributions(fitted: Fitted, row: int, own: int, other: int) -> tuple[Contribution, ...]:
    """Return what each feature says for segment *own* against *other* of the customer at *row*, the strongest first."""
    point, centroids = fitted.by_column(row)
    pulls = (point - centroids[other]) ** 2 - (point - centroids[own]) ** 2
    sizes = np.abs(pulls)
    weights = sizes / sizes.sum() if sizes.sum() > 0 else np.zeros(len(sizes))
    told = [
        Contribution(
            feature=_column(fitted, name),
            value=_value(fitted, name, row),
            pull=float(pull),
            weight=float(weight),
            own=typical(fitted, name, own),
            other=typical(fitted, name, other),
        )
        for name, pull, weight in zip(fitted.pipeline.columns, pulls, weights, strict=True)
    ]
    return tuple(sorted(told, key=lambda one: (-abs(one.pull), one.feature.name)))


def typical(fitted: Fitted, name: str, label: int) -> Typical:
    """Return median and quartiles of the feature *name* in the segment *label*; NaN where all are missing."""
    values = _all(fitted, name)[fitted.labels == label]
    values = values[np.isfinite(values)]
    if not len(values):
        return Typical(float("nan"), float("nan"), float("nan"))
    lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75])
    return Typical(float(median), float(lower), float(upper))


def _all(fitted: Fitted, name: str) -> Floats:
    if name in fitted.pipeline.features:
        return fitted.customers.values[name]
    flagged = fitted.customers.values[name.removesuffix(FLAG)]
    return (~np.isfinite(flagged)).astype(np.float64)


def _value(fitted: Fitted, name: str, row: int) -> float:
    value = float(_all(fitted, name)[row])
    return value if np.isfinite(value) else float("nan")


def _column(fitted: Fitted, name: str) -> Column:
    return fitted.customers.column(name) if name in fitted.pipeline.features else Column(name)
