"""How good a grouping is: silhouette, Calinski–Harabasz and Davies–Bouldin, each as scikit-learn defines it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .crew import Crew

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Labels = NDArray[np.int64]

SIDE = 500  # rows of a block of distances: 2 MB, which fits the processor's cache
SHARED = 5_000  # rows: from here on the work is done in two parts, at once where there are two cores


def silhouette_samples(matrix: Floats, labels: Labels) -> Floats:
    """Return the silhouette (Rousseeuw 1987) of each row of *matrix*, shape (n, d): (b − a) / max(a, b), Euclidean.

    a is the mean distance to the own group, b to the nearest other one; a row alone in its group has 0, and so has
    every row where there is one group only. Raises ValueError for labels that do not match the rows.

    >>> silhouette_samples(np.array([[0.0], [1.0], [9.0]]), np.array([0, 0, 1])).round(4).tolist()
    [0.8889, 0.875, 0.0]
    """
    matrix, labels = np.asarray(matrix, dtype=np.float64), np.asarray(labels)
    if len(matrix) != len(labels):
        message = f"{len(matrix)} rows have {len(labels)} labels"
        raise ValueError(message)
    return silhouettes(matrix, [np.unique(labels, return_inverse=True)[1]])[0]


def silhouettes(matrix: Floats, groupings: Sequence[Labels], crew: Crew | None = None) -> list[Floats]:
    """Return the rows' silhouettes under each of several *groupings* (labels from 0), in one pass over distances."""
    sums = distance_sums(matrix, groupings, crew)
    return [silhouettes_from(one, labels) for one, labels in zip(sums, groupings, strict=True)]


def silhouettes_from(sums: Floats, labels: Labels) -> Floats:
    """Return the rows' silhouettes from their summed distance to the rows of each group, shape (n, k)."""
    within, other, _ = neighbourhood(sums, labels)
    if sums.shape[1] == 1:
        return np.zeros(len(sums))
    larger = np.maximum(within, other)
    values = np.divide(other - within, larger, out=np.zeros(len(sums)), where=(larger > 0) & np.isfinite(larger))
    return np.where(np.bincount(labels)[labels] == 1, 0.0, values)


def neighbourhood(sums: Floats, labels: Labels) -> tuple[Floats, Floats, Labels]:
    """Return each row's mean distance to its group and to the nearest other one, and which that is, shape (n,) each."""
    rows = np.arange(len(sums))
    counts = np.bincount(labels, minlength=sums.shape[1])
    within = sums[rows, labels] / np.maximum(counts[labels] - 1, 1)
    means = sums / np.maximum(counts, 1)
    means[:, counts == 0] = np.inf
    means[rows, labels] = np.inf
    return within, means.min(axis=1), means.argmin(axis=1)


def calinski_harabasz(matrix: Floats, labels: Labels, centroids: Floats, inertia: float) -> float:
    """Return the ratio of between-group to within-group variance (Caliński & Harabasz 1974).

    1 where every row lies on its centroid, or with one group only.
    """
    n, k = len(matrix), len(centroids)
    counts = np.bincount(labels, minlength=k)
    between = float((counts * ((centroids - matrix.mean(axis=0)) ** 2).sum(axis=1)).sum())
    return between * (n - k) / (inertia * (k - 1)) if inertia > 0 and k > 1 else 1.0


def harabasz_of(total: float, inertia: float, n: int, k: int) -> float:
    """Return the same ratio where centroids are the means of their groups: *total* is then the inertia of one group."""
    return (total - inertia) * (n - k) / (inertia * (k - 1)) if inertia > 0 and k > 1 else 1.0


def davies_bouldin(matrix: Floats, labels: Labels, centroids: Floats) -> float:
    """Return the mean over groups of the worst ratio of widths to distance (Davies & Bouldin 1979); low is good."""
    k = len(centroids)
    spread = np.sqrt(((matrix - centroids[labels]) ** 2).sum(axis=1))
    widths = np.bincount(labels, weights=spread, minlength=k) / np.maximum(np.bincount(labels, minlength=k), 1)
    apart = np.sqrt(((centroids[:, None] - centroids) ** 2).sum(axis=2))
    if np.allclose(widths, 0) or np.allclose(apart, 0):
        return 0.0
    apart[apart == 0] = np.inf
    return float(np.mean(np.max((widths[:, None] + widths) / apart, axis=1)))


def _members(labels: Labels) -> Singles:
    return np.equal(labels[:, None], np.arange(int(labels.max()) + 1)).astype(np.float32)


def distance_sums(matrix: Floats, groupings: Sequence[Labels], crew: Crew | None = None) -> list[Floats]:
    """Return each row's summed distance to the rows of each group, shape (n, k), under each of *groupings*.

    The sums are float32, which is accurate to about one part in a million. Of many rows they come in two parts, added
    in the same order whoever computes them.
    """
    each = [_members(labels) for labels in groupings]
    edges = np.cumsum([0, *(one.shape[1] for one in each)])
    sums = _sums(matrix, np.concatenate(each, axis=1), crew)
    return [sums[:, start:stop].astype(np.float64) for start, stop in pairwise(edges)]


def _sums(matrix: Floats, members: Singles, crew: Crew | None) -> Singles:
    n = len(matrix)
    left, right = factors(matrix)
    edges = [*range(0, n, SIDE), n]
    blocks = [slice(start, stop) for start, stop in pairwise(edges)]

    def part(first: int, step: int) -> Singles:
        sums = np.zeros((n, members.shape[1]), dtype=np.float32)
        for i in range(first, len(blocks), step):
            rows = blocks[i]
            for columns in blocks[: i + 1]:  # distances are the same both ways
                distances = distances_between(left[rows], right[:, columns])
                if rows == columns:
                    np.fill_diagonal(distances, 0)
                else:
                    sums[columns] += np.dot(distances.T, members[rows])
                sums[rows] += np.dot(distances, members[columns])
        return sums

    if n < SHARED or crew is None:
        return part(0, 1) if n < SHARED else part(0, 2) + part(1, 2)
    first, second = crew.each(lambda number: part(number, 2), [0, 1])
    return first + second


def factors(matrix: Floats) -> tuple[Floats, Floats]:
    """Return what multiplied gives squared distances between the rows of *matrix*: shapes (n, d + 2) and (d + 2, n).

    They hold centred rows in float64: float32 would lose the digits of near neighbours.
    """
    n, d = matrix.shape
    centred = matrix - matrix.mean(axis=0)
    squares = np.einsum("ij,ij->i", centred, centred)
    left, right = np.empty((n, d + 2)), np.empty((d + 2, n))
    left[:, :d], left[:, d], left[:, d + 1] = centred, squares, 1
    right[:d], right[d], right[d + 1] = -2 * centred.T, 1, squares
    return left, right


def distances_between(left: Floats, right: Floats) -> Singles:
    """Return the distances of rows by their ``factors``."""
    squared = left @ right
    np.maximum(squared, 0, out=squared)
    return np.sqrt(squared, out=squared).astype(np.float32)
