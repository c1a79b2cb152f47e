"""Statistics of each feature within each segment, in real units. Comes in: values, labels. Goes out: arrays.

Every sum runs over sorted values, so the figures are the same, to the last bit, for any order of the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..core.tables import Floats
from .segments import FeatureSummary

OUTLIERS = -1


@dataclass(frozen=True)
class Groups:
    """Which rows belong to which segment.

    Attributes
    ----------
    ids
        The k labels that occur: 0, 1, 2 … and then -1 where customers were set apart.
    order
        Shape (n,): row numbers, segment after segment.
    starts, sizes
        Shape (k,): where each segment begins in *order*, and how many customers it has.
    """

    ids: tuple[int, ...]
    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]


@dataclass(frozen=True)
class FeatureStatistics:
    """One feature: an array of shape (k,) per statistic, over the values that are not missing, and the mean of all.

    ``index`` is 100 × mean ÷ mean of all customers; it is NaN where the latter is zero or negative, because a ratio to
    it would say nothing (or the opposite of the truth).
    """

    mean: Floats
    median: Floats
    lower_quartile: Floats
    upper_quartile: Floats
    total: Floats
    overall_mean: float

    @property
    def index(self) -> Floats:
        """The means against that of all customers, which is 100."""
        if not self.overall_mean > 0:
            return np.full(len(self.mean), np.nan)
        with np.errstate(over="ignore", invalid="ignore"):
            return 100 * (self.mean / self.overall_mean)

    def summary(self, position: int) -> FeatureSummary:
        """Return the statistics of the segment at *position*."""
        return FeatureSummary(
            mean=float(self.mean[position]),
            median=float(self.median[position]),
            lower_quartile=float(self.lower_quartile[position]),
            upper_quartile=float(self.upper_quartile[position]),
            index=float(self.index[position]),
        )


@dataclass(frozen=True)
class Counted:
    """What is known of all customers, by label, where the table is a sample of them.

    Attributes
    ----------
    customers, outliers
        How many each label has; how many lie beyond the outlier limits, whatever their label.
    known, sums
        Of each feature: the values that are not missing, and their sum.
    """

    customers: dict[int, int]
    outliers: int
    known: dict[str, dict[int, int]]
    sums: dict[str, dict[int, float]]

    @property
    def means(self) -> dict[str, float]:
        """Feature to its mean over all customers; none where nobody has a value."""
        counts = {name: sum(by_label.values()) for name, by_label in self.known.items()}
        return {name: sum(self.sums[name].values()) / count for name, count in counts.items() if count}

    def sizes(self, groups: Groups) -> Groups:
        """Return *groups* with the sizes that they have among all customers."""
        return replace(groups, sizes=np.array([self.customers[label] for label in groups.ids], dtype=np.int64))

    def statistics(self, feature: str, of_sample: FeatureStatistics, groups: Groups) -> FeatureStatistics:
        """Return the statistics of *feature* with totals and means of all customers; the rest is *of_sample*."""
        counts = np.array([self.known[feature].get(label, 0) for label in groups.ids], dtype=np.int64)
        totals = np.array([self.sums[feature].get(label, 0.0) for label in groups.ids])
        overall = self.means.get(feature, float("nan"))
        return replace(of_sample, mean=_ratio(totals, counts), total=totals, overall_mean=overall)


@dataclass(frozen=True)
class Standing:
    """Where the segments stand among all customers in one feature, on the scale of ranks: no skewness can distort it.

    Attributes
    ----------
    rank
        Shape (k,), 0 to 1: the mean mid-rank percentile of the segment's customers, that is the probability that one of
        them is above a customer picked from all, ties counting half (a ridit; Bross, Biometrics 14, 1958).
    deviation
        Shape (k,): (rank − 0.5) in standard deviations of all customers' ranks; 0 for a constant feature.
    overall_median, overall_range
        Median, smallest and largest value of all customers.
    """

    rank: Floats
    deviation: Floats
    overall_median: float
    overall_range: tuple[float, float]


def group_rows(labels: NDArray[np.int64]) -> Groups:
    """Return the segments of *labels*, shape (n,): best value first, those set apart (-1) last.

    >>> group_rows(np.array([1, -1, 0, 1])).ids
    (0, 1, -1)
    """
    keys = np.where(labels == OUTLIERS, np.iinfo(np.int64).max, labels)
    order = np.argsort(keys, kind="stable")
    found, starts, sizes = np.unique(keys[order], return_index=True, return_counts=True)
    ids = tuple(OUTLIERS if key == np.iinfo(np.int64).max else int(key) for key in found)
    return Groups(ids, order, starts.astype(np.int64), sizes.astype(np.int64))


def sort_within(values: Floats, groups: Groups) -> Floats:
    """Return *values*, shape (n,), segment after segment and ascending within each, its missing ones at the end.

    Infinite values are no values: they count as missing.
    """
    grouped = values[groups.order]
    grouped[np.isinf(grouped)] = np.nan
    for start, size in zip(groups.starts, groups.sizes, strict=True):
        grouped[start : start + size].sort()
    return grouped


def summarise(sorted_values: Floats, groups: Groups) -> FeatureStatistics:
    """Return the statistics of one feature from its values as *sort_within* returns them; NaN where all are missing."""
    present = ~np.isnan(sorted_values)
    counts = np.add.reduceat(present, groups.starts, dtype=np.int64)
    with np.errstate(over="ignore", invalid="ignore"):
        totals = np.add.reduceat(np.where(present, sorted_values, 0.0), groups.starts)
        mean = _ratio(totals, counts)
        lower, median, upper = (_quantile(sorted_values, groups.starts, counts, share) for share in (0.25, 0.5, 0.75))
        overall = _ratio(np.array([totals.sum()]), np.array([counts.sum()]))[0]
    return FeatureStatistics(mean, median, lower, upper, totals, float(overall))


def standing(sorted_values: Floats, groups: Groups) -> Standing:
    """Return where the segments stand in one feature, from its values as *sort_within* returns them; missing: 0.5."""
    present = ~np.isnan(sorted_values)
    everyone = np.sort(sorted_values[present])
    if not len(everyone):
        return Standing(
            np.full(len(groups.ids), 0.5), np.zeros(len(groups.ids)), float("nan"), (float("nan"), float("nan"))
        )
    rank = np.full(len(groups.ids), 0.5)
    for position, (start, size) in enumerate(zip(groups.starts, groups.sizes, strict=True)):
        own = sorted_values[start : start + size]
        own = own[~np.isnan(own)]
        if len(own):
            # Integers: their sum is exact, whatever the order of the rows.
            twice = np.searchsorted(everyone, own, "left") + np.searchsorted(everyone, own, "right")
            rank[position] = int(twice.sum()) / (2 * len(everyone) * len(own))
    ties = np.diff(np.flatnonzero(np.r_[True, everyone[1:] != everyone[:-1], True]))
    # Variance of mid-rank percentiles: (1 − Σ p³) ÷ 12, p being the share of customers on each value.
    spread = float(np.sqrt(max(0.0, 1 - float(((ties / len(everyone)) ** 3).sum())) / 12))
    deviation = (rank - 0.5) / spread if len(ties) > 1 and spread > 0 else np.zeros(len(rank))
    median = _quantile(everyone, np.array([0]), np.array([len(everyone)]), 0.5)
    return Standing(rank, deviation, float(median[0]), (float(everyone[0]) + 0.0, float(everyone[-1]) + 0.0))


def _ratio(totals: Floats, counts: NDArray[np.int64]) -> Floats:
    ratio = np.full(len(totals), np.nan)
    np.divide(totals, counts, out=ratio, where=counts > 0)
    return ratio


def _quantile(values: Floats, starts: NDArray[np.int64], counts: NDArray[np.int64], share: float) -> Floats:
    """Return each segment's quantile, interpolated linearly (NumPy's default, type 7 of Hyndman and Fan)."""
    place = np.maximum(counts - 1, 0) * share
    below = np.floor(place).astype(np.int64)
    weight = place - below
    low = values[starts + below]
    high = values[starts + np.minimum(below + 1, np.maximum(counts - 1, 0))]
    # Interpolating from the nearer end keeps the result between the two values, as NumPy does.
    with np.errstate(over="ignore", invalid="ignore"):
        step = high - low
        inner = np.where(weight < 0.5, low + step * weight, high - step * (1 - weight))
    # + 0.0: of the two zeros always the positive one, whichever row came first
    return np.where(counts > 0, np.where(low == high, low, inner), np.nan) + 0.0
