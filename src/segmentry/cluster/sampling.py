"""Mean silhouettes of many customers from a stratified sample, each with its standard error.

The silhouette compares customers with one another, so a sampled customer matters twice: by its own silhouette, and as
one of those from whom the others' distances are measured. Both count in the error: each customer's *influence* is its
silhouette plus the first-order change it makes to the others' (the delta method, as for a U-statistic; Hoeffding 1948),
and the variance is that of a stratified mean of influences (Cochran 1977, ch. 5), drawn without replacement.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .crew import Crew
from .quality import SIDE, distance_sums, distances_between, factors, neighbourhood, silhouettes_from

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

EXACT = 20_000  # customers: up to here every silhouette is computed, beyond for a sample
SAMPLE, LARGEST = 8_000, 40_000  # customers of the sample: to begin with, and at most where the error asks for more
ERROR = 0.0025  # the standard error that is aimed at: 19 of 20 samples are within 0.005 of the exact mean
TOLD = 2_000  # customers of the sample whose influence is computed: enough for an error known to a few percent


@dataclass(frozen=True)
class Silhouettes:
    """Silhouettes of the customers in *rows* under several groupings.

    For each grouping, ``values`` has shape (m,), ``means`` is the mean over all customers, and ``errors`` its standard
    error: 0 where all were measured.
    """

    rows: Labels
    values: list[Floats]
    means: list[float]
    errors: list[float]


def measure(
    matrix: Floats,
    strata: Labels,
    labels_of: Callable[[Labels], Sequence[Labels]],
    rng: np.random.Generator,
    crew: Crew | None = None,
) -> Silhouettes:
    """Return the silhouettes of the rows of *matrix*, shape (n, d), or of a sample of them with each stratum's share.

    *strata*, shape (n,), are labels from 0; *labels_of* returns the labels of some rows under each grouping. The sample
    grows until the standard error of every mean is at most ``ERROR``, or it has ``LARGEST`` rows.
    """
    size = len(strata) if len(strata) <= EXACT else SAMPLE
    while True:
        rows = sampled(strata, rng, size)
        found = _measured(matrix[rows], strata, rows, labels_of(rows), crew)
        worst = max(found.errors, default=0.0)
        if worst <= ERROR or len(rows) >= min(LARGEST, len(strata)):
            return found
        size = min(LARGEST, len(strata), math.ceil(1.2 * len(rows) * (worst / ERROR) ** 2))


def sampled(strata: Labels, rng: np.random.Generator, size: int | None = None) -> Labels:
    """Return rows, ascending: all, or about *size* with each stratum's share (one row at least)."""
    n = len(strata)
    if size is None:
        size = n if n <= EXACT else SAMPLE
    if size >= n:
        return np.arange(n)
    parts = []
    for stratum, count in enumerate(np.bincount(strata).tolist()):
        if count:
            chosen = rng.choice(count, -(-count * size // n), replace=False, shuffle=False)
            parts.append(np.flatnonzero(strata == stratum)[chosen])
    return np.sort(np.concatenate(parts))


def _measured(
    sample: Floats, strata: Labels, rows: Labels, groupings: Sequence[Labels], crew: Crew | None
) -> Silhouettes:
    sums = distance_sums(sample, groupings, crew)
    values = [silhouettes_from(one, labels) for one, labels in zip(sums, groupings, strict=True)]
    if len(rows) == len(strata):
        return Silhouettes(rows, values, [float(one.mean()) for one in values], [0.0] * len(values))
    known, taken = np.bincount(strata), np.bincount(strata[rows], minlength=int(strata.max()) + 1)
    weights = (known / np.maximum(taken, 1) / len(strata))[strata[rows]]
    told, influences = _influences(sample, sums, groupings, weights, crew)
    errors = [
        _error(one[told] + influence, strata[rows[told]], known, taken)
        for one, influence in zip(values, influences, strict=True)
    ]
    return Silhouettes(rows, values, [float((weights * one).sum()) for one in values], errors)


def _influences(
    sample: Floats, sums: Sequence[Floats], groupings: Sequence[Labels], weights: Floats, crew: Crew | None
) -> tuple[Labels, list[Floats]]:
    """Return some rows of *sample*, and how they change the mean silhouette by being there to measure distances from.

    With a a row's mean distance to its own group and b to the next one, its silhouette changes by ∂s/∂a and ∂s/∂b, and
    these means by (distance − mean) ÷ the group's share for each row of these groups.
    """
    told = np.arange(0, len(sample), max(1, len(sample) // TOLD))
    changes, levels = [], []
    for one, labels in zip(sums, groupings, strict=True):
        within, other, which = neighbourhood(one, labels)
        by_within, by_other = _slopes(within, other, labels)
        rows, change = np.arange(len(sample)), np.zeros(one.shape)
        change[rows, labels] = weights * by_within
        change[rows, which] += weights * by_other
        k = one.shape[1]
        level = np.bincount(labels, weights * by_within * within, k) + np.bincount(
            which, weights * by_other * np.where(np.isfinite(other), other, 0), k
        )
        changes.append(change)
        levels.append(level)
    totals = _weighted_distances(sample, told, np.concatenate(changes, axis=1).astype(np.float32), crew)
    influences, start = [], 0
    for level, labels in zip(levels, groupings, strict=True):
        own = labels[told]
        shares = np.bincount(labels, weights, len(level))
        influences.append((totals[np.arange(len(told)), start + own] - level[own]) / shares[own])
        start += len(level)
    return told, influences


def _slopes(within: Floats, other: Floats, labels: Labels) -> tuple[Floats, Floats]:
    """Return ∂s/∂a and ∂s/∂b of s = (b − a) ÷ max(a, b); 0 where the silhouette is 0 by definition."""
    usable = (np.bincount(labels)[labels] > 1) & np.isfinite(other) & (np.maximum(within, other) > 0)
    a, b = np.where(usable, within, 1.0), np.where(usable, other, 2.0)
    inside, scale = a < b, np.maximum(a, b)
    by_within = np.where(inside, -1 / scale, -b / scale**2)
    by_other = np.where(inside, a / scale**2, 1 / scale)
    return np.where(usable, by_within, 0.0), np.where(usable, by_other, 0.0)


def _weighted_distances(sample: Floats, told: Labels, changes: NDArray[np.float32], crew: Crew | None) -> Floats:
    """Return the distances from the rows *told* to all rows of *sample*, times *changes*, shape (n, groups), summed."""
    left, right = factors(sample)

    def part(start: int) -> Floats:
        rows = told[start : start + SIDE]
        total = np.zeros((len(rows), changes.shape[1]))
        for begin in range(0, len(sample), SIDE):
            block = slice(begin, begin + SIDE)
            total += np.dot(distances_between(left[rows], right[:, block]), changes[block])
        return total

    starts = list(range(0, len(told), SIDE))
    return np.concatenate(crew.each(part, starts) if crew else [part(start) for start in starts])


def _error(influence: Floats, strata: Labels, known: Labels, taken: Labels) -> float:
    """Return the standard error of a stratified mean: *known* rows of which *taken* were drawn, by stratum."""
    shares = known / known.sum()
    overall, variance = float(influence.var(ddof=1)), 0.0
    for stratum in np.flatnonzero(taken):
        inside = influence[strata == stratum]
        spread = float(inside.var(ddof=1)) if len(inside) > 1 else overall
        left_out = 1 - taken[stratum] / known[stratum]
        variance += float(shares[stratum] ** 2 * left_out * spread / taken[stratum])
    return math.sqrt(variance)
