"""How good a grouping is: silhouette, Calinski–Harabasz and Davies–Bouldin, each as scikit-learn defines it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

SIDE = 500  # rows of a block of distances: 2 MB, which fits the processor's cache


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


def silhouettes(matrix: Floats, groupings: Sequence[Labels]) -> list[Floats]:
    """Return the rows' silhouettes under each of several *groupings* (labels from 0), in one pass over distances."""
    members = [_members(labels) for labels in groupings]
    edges = np.cumsum([0, *(member.shape[1] for member in members)])
    sums = _distance_sums(matrix, np.concatenate(members, axis=1))
    return [
        _silhouettes(sums[:, start:stop].astype(np.float64), labels)
        for start, stop, labels in zip(edges[:-1], edges[1:], groupings, strict=True)
    ]


def calinski_harabasz(matrix: Floats, labels: Labels, centroids: Floats, inertia: float) -> float:
    """Return the ratio of between-group to within-group variance (Caliński & Harabasz 1974).

    1 where every row lies on its centroid, or with one group only.
    """
    n, k = len(matrix), len(centroids)
    counts = np.bincount(labels, minlength=k)
    between = float((counts * ((centroids - matrix.mean(axis=0)) ** 2).sum(axis=1)).sum())
    return between * (n - k) / (inertia * (k - 1)) if inertia > 0 and k > 1 else 1.0


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


def _members(labels: Labels) -> NDArray[np.float32]:
    return np.equal(labels[:, None], np.arange(int(labels.max()) + 1)).astype(np.float32)


def _distance_sums(matrix: Floats, members: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return each row's summed distance to the rows of each group, shape (n, groups).

    Squared distances come from a float64 product of centred rows (float32 would lose the digits of near neighbours);
    the sums are float32, which is accurate to about one part in a million.
    """
    n, d = matrix.shape
    centred = matrix - matrix.mean(axis=0)
    squares = np.einsum("ij,ij->i", centred, centred)
    left, right = np.empty((n, d + 2)), np.empty((d + 2, n))
    left[:, :d], left[:, d], left[:, d + 1] = centred, squares, 1
    right[:d], right[d], right[d + 1] = -2 * centred.T, 1, squares
    sums = np.zeros((n, members.shape[1]), dtype=np.float32)
    edges = [*range(0, n, SIDE), n]
    blocks = [slice(start, stop) for start, stop in pairwise(edges)]
    for i, rows in enumerate(blocks):
        for columns in blocks[: i + 1]:  # distances are the same both ways
            squared = left[rows] @ right[:, columns]
            np.maximum(squared, 0, out=squared)
            distances = np.sqrt(squared).astype(np.float32)
            if rows == columns:
                np.fill_diagonal(distances, 0)
            else:
                sums[columns] += distances.T @ members[rows]
            sums[rows] += distances @ members[columns]
    return sums


def _silhouettes(sums: Floats, labels: Labels) -> Floats:
    n, k = sums.shape
    counts = np.bincount(labels, minlength=k)
    if k == 1:
        return np.zeros(n)
    rows = np.arange(n)
    within = sums[rows, labels] / np.maximum(counts[labels] - 1, 1)
    means = sums / np.maximum(counts, 1)
    means[:, counts == 0] = np.inf
    means[rows, labels] = np.inf
    other = means.min(axis=1)
    larger = np.maximum(within, other)
    values = np.divide(other - within, larger, out=np.zeros(n), where=(larger > 0) & np.isfinite(larger))
    return np.where(counts[labels] == 1, 0.0, values)
