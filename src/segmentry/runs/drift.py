"""Drift: how far new data are from those a model was fitted on. Comes in: what the fit's run kept (histograms, sizes of
segments, a distance, its ledger) and the same of new data. Goes out: figures, no judgement (``decision`` has that).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import DataError

if TYPE_CHECKING:
    from ..clean import Ledger

Floats = NDArray[np.float64]

BINS = 10
# An empty bin counts as one customer in ten thousand: ln(share / 0) has no value.
LEAST_SHARE = 0.0001
# One feature in a hundred passes it without any drift; a recipe has about ten.
CHANCE_QUANTILE = 2.326  # of the standard normal distribution, for 99 %
FAR_QUANTILE = 0.99
LOWEST = np.finfo(np.float64).min


@dataclass(frozen=True)
class Histogram:
    """The distribution of one feature over the customers of a fit, in bins of about a tenth each.

    Attributes
    ----------
    edges
        The b − 1 borders of b bins, ascending: a bin has the values above one and up to the next, that included, so
        equal values share a bin. A value that fills a tenth or more has a bin to itself.
    shares
        Of the b bins, and last of missing (not finite) values.
    customers
        How many there were.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    customers: int

    @classmethod
    def of(cls, values: Floats) -> Histogram:
        """Return the histogram of *values*, shape (n,). Raises DataError for none at all.

        >>> Histogram.of(np.array([0.0, 0.0, 0.0, 0.0, 5.0, np.nan])).shares
        (0.0, 0.6666666666666666, 0.16666666666666666, 0.0, 0.16666666666666666)
        """
        known = values[np.isfinite(values)]
        borders = np.array([])
        if len(known):
            # Deciles that are values of the data: between two values, rounding would decide who is on which side.
            deciles = np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf")
            borders, times = np.unique(deciles, return_counts=True)
            borders = np.union1d(borders, np.nextafter(borders[times > 1], LOWEST))
        return cls(tuple(borders.tolist()), tuple(_shares(borders, values).tolist()), len(values))

    def to_dict(self) -> dict[str, Any]:
        """Return the histogram as JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Histogram:
        """Return the histogram that *saved* is."""
        return cls(tuple(saved["edges"]), tuple(saved["shares"]), saved["customers"])


@dataclass(frozen=True)
class FeatureShift:
    """The population stability index of a *feature*, and what it could come to by *chance* with so many customers."""

    feature: str
    psi: float
    chance: float


@dataclass(frozen=True)
class ShareShift:
    """The population stability index over segments, and the *segment* whose share changed most, in *points*."""

    psi: float
    segment: int
    points: float


@dataclass(frozen=True)
class CohortShift:
    """The population stability index over the cohorts of a book, and the *cohort* whose share changed most, in
    *points*.
    """

    psi: float
    cohort: str
    points: float


@dataclass(frozen=True)
class ReasonChange:
    """A reason for setting rows aside: the share of all rows it took before, and now."""

    reason: str
    before: float
    after: float

    @property
    def points(self) -> float:
        """The change in percentage points, without the noise of the last bits: thresholds are round numbers."""
        return round(100 * (self.after - self.before), 9)

    @property
    def is_new(self) -> bool:
        """Whether nothing was set aside for it before."""
        return self.before == 0 < self.after


@dataclass(frozen=True)
class QualityChanges:
    """Rows and customers of the source, before and now, and *reasons* for setting rows aside, most changed first."""

    rows_before: int
    rows_after: int
    customers_before: int
    customers_after: int
    reasons: tuple[ReasonChange, ...]


@dataclass(frozen=True)
class Drift:
    """How far new data are from those of the fit: features, shares of segments, customers far off, quality; that of a
    cohort has None for it, for the data are those of all cohorts.
    """

    features: tuple[FeatureShift, ...]
    shares: ShareShift
    far_share: float
    quality: QualityChanges | None

    @property
    def cohorts(self) -> Mapping[str, Drift]:
        """The drift itself, of the only cohort, which has no name."""
        return {"": self}


@dataclass(frozen=True)
class BookDrift:
    """How far the accounts of a book are from those of the fits: by cohort, in the shares of cohorts, in quality."""

    cohorts: Mapping[str, Drift]
    shares: CohortShift
    quality: QualityChanges


def psi(reference: Histogram, values: Floats) -> float:
    """Return the population stability index of *values*, shape (n,), against those of the fit.

    The sum over bins, that of missing values included, of (share now − share then) × ln(share now ÷ share then): the
    symmetric Kullback-Leibler divergence (Jeffreys 1946) of credit scoring (Siddiqi, Credit Risk Scorecards, 2006).
    Below 0.1 is no change to speak of, from 0.25 another population. Raises DataError for no values at all.

    >>> psi(Histogram.of(np.arange(100.0)), np.arange(100.0)), round(psi(Histogram.of(np.arange(100.0)), np.ones(9)), 2)
    (0.0, 8.28)
    """
    return _index(np.array(reference.shares), _shares(np.array(reference.edges), values))


def psi_by_chance(reference: Histogram, customers: int) -> float:
    """Return the index that so many *customers* of the same population stay below, 99 times in 100.

    Without drift the index is (1 / n + 1 / m) × a chi-square variable of as many degrees of freedom as there are bins,
    less one (Yurdakul & Naranjo, Journal of Risk Model Validation 14, 2020); its quantile: Wilson & Hilferty (1931).

    >>> round(psi_by_chance(Histogram.of(np.arange(100.0)), 100), 3)
    0.434
    """
    freedom = sum(share > 0 for share in reference.shares) - 1
    if not freedom:
        return 0.0
    spread = 2 / (9 * freedom)
    quantile = freedom * (1 - spread + CHANCE_QUANTILE * math.sqrt(spread)) ** 3
    return (1 / reference.customers + 1 / customers) * quantile


def shift_of_features(reference: Mapping[str, Histogram], values: Mapping[str, Floats]) -> tuple[FeatureShift, ...]:
    """Return how far each feature of *reference* has shifted in *values*, by feature, each of shape (n,)."""
    return tuple(
        FeatureShift(feature, psi(histogram, values[feature]), psi_by_chance(histogram, len(values[feature])))
        for feature, histogram in reference.items()
    )


def shift_of_shares(old: Mapping[int, int], new: Mapping[int, int]) -> ShareShift:
    """Return the shift between the customers per segment id of two runs; a segment that one lacks has nobody there.

    >>> shift_of_shares({0: 50, 1: 50}, {0: 60, 1: 40})
    ShareShift(psi=0.04054651081081642, segment=0, points=10.0)
    """
    ids = sorted({*old, *new})
    counts = np.array([[sizes.get(label, 0) for label in ids] for sizes in (old, new)], dtype=np.float64)
    if not counts.sum(axis=1).all():
        raise DataError("There are no customers in any segment to compare the shares of.")
    before, after = counts / counts.sum(axis=1, keepdims=True)
    # Rounded, so that of two segments with the same change the first is named, whatever the last bits say.
    points = np.round(100 * (after - before), 9)
    most = int(np.abs(points).argmax())
    return ShareShift(_index(before, after), ids[most], float(points[most]))


def shift_of_cohorts(old: Mapping[str, int], new: Mapping[str, int]) -> CohortShift:
    """Return the shift between the accounts per cohort of two runs; a cohort that one lacks has nobody there.

    >>> shift_of_cohorts({"active": 50, "inactive": 50}, {"active": 40, "inactive": 60})
    CohortShift(psi=0.04054651081081642, cohort='active', points=-10.0)
    """
    names = sorted({*old, *new})
    before, after = ({place: sizes.get(name, 0) for place, name in enumerate(names)} for sizes in (old, new))
    found = shift_of_shares(before, after)
    return CohortShift(found.psi, names[found.segment], found.points)


def far_distance(distances: Floats) -> float:
    """Return what counts as far: the 99th percentile of the fit's *distances*, shape (n,), to the nearest centroid."""
    return float(np.quantile(distances, FAR_QUANTILE))


def far_share(distances: Floats, far: float) -> float:
    """Return the share of customers whose distance to the nearest centroid exceeds that of the fit.

    >>> far_share(np.array([1.0, 2.0, 9.0, 3.0]), far=3.0)
    0.25
    """
    return float((distances > far).mean())


def quality_changes(old: Ledger, new: Ledger) -> QualityChanges:
    """Return how the data changed between two ledgers: rows, customers, and rows set aside by reason."""
    before, after = ({line.reason: line.rows / max(one.total.rows, 1) for line in one.set_aside} for one in (old, new))
    changes = [ReasonChange(why, before.get(why, 0.0), after.get(why, 0.0)) for why in dict.fromkeys([*before, *after])]
    return QualityChanges(
        old.total.rows,
        new.total.rows,
        old.total.customers,
        new.total.customers,
        tuple(sorted(changes, key=lambda change: (-abs(change.points), change.reason))),
    )


def _shares(edges: Floats, values: Floats) -> Floats:
    """Return the share of *values* in each bin between *edges*, and last of those that are missing."""
    if not len(values):
        raise DataError("There are no customers to compare a feature of.")
    bins = np.where(np.isfinite(values), np.searchsorted(edges, values, side="left"), len(edges) + 1)
    shares: Floats = np.bincount(bins, minlength=len(edges) + 2) / len(values)
    return shares


def _index(before: Floats, after: Floats) -> float:
    """Return the population stability index of two sets of shares."""
    before, after = np.maximum(before, LEAST_SHARE), np.maximum(after, LEAST_SHARE)
    return float(((after - before) * np.log(after / before)).sum())
