"""Assigning customers to the nearest centroid: the one place that says which is nearest, and how sure that is.

Distances are summed feature by feature, never by a matrix product: a customer's distance comes out the same, to the
last bit, alone or among a million others. Between equally near centroids the lowest label wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Assignment:
    """Nearest group, second nearest (the own label where there is one only) and confidence, each of shape (n,).

    Label -1 is noise, and its ``nearest_other`` the nearest group. ``memberships``, shape (n, k), has the share of each
    group in each customer where a method knows it (mixture).
    """

    labels: Labels
    nearest_other: Labels
    confidence: Floats
    memberships: Floats | None = None


def assign(matrix: Floats, centroids: Floats) -> Assignment:
    """Return the nearest of *centroids*, shape (k, d), for each row of *matrix*, shape (n, d).

    Confidence is 1 − distance to the nearest ÷ distance to the second nearest: 0 half-way between two centroids, 1 on
    one of them; 1 where there is one centroid only, and 0 where the two nearest are the same point.

    >>> found = assign(np.array([[0.0], [4.0], [5.0]]), np.array([[0.0], [10.0]]))
    >>> found.labels.tolist(), found.nearest_other.tolist(), found.confidence.round(2).tolist()
    ([0, 0, 0], [1, 1, 1], [1.0, 0.33, 0.0])
    """
    columns = _columns(matrix)
    n = columns.shape[1]
    best, second = np.full(n, np.inf), np.full(n, np.inf)
    labels, other = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for label, centroid in enumerate(np.asarray(centroids, dtype=np.float64)):
        distance = _squared(columns, centroid)
        wins, follows = distance < best, distance < second
        second = np.where(wins, best, np.where(follows, distance, second))
        other = np.where(wins, labels, np.where(follows, label, other))
        best, labels = np.where(wins, distance, best), np.where(wins, label, labels)
    if len(centroids) == 1:
        return Assignment(labels, labels.copy(), np.ones(n))
    ratio = np.divide(best, second, out=np.ones(n), where=second > 0)
    return Assignment(labels, other, 1 - np.sqrt(ratio))


def nearest(matrix: Floats, centroids: Floats) -> tuple[Labels, Floats]:
    """Return the label of the nearest centroid and the squared distance to it, each of shape (n,)."""
    columns = _columns(matrix)
    labels = np.zeros(columns.shape[1], dtype=np.int64)
    best = _squared(columns, centroids[0])
    for label in range(1, len(centroids)):
        distance = _squared(columns, centroids[label])
        labels[distance < best] = label
        np.minimum(best, distance, out=best)
    return labels, best


def _columns(matrix: Floats) -> Floats:
    return np.ascontiguousarray(np.asarray(matrix, dtype=np.float64).T)


def _squared(columns: Floats, centroid: Floats) -> Floats:
    total = np.zeros(columns.shape[1])
    for column, value in zip(columns, centroid, strict=True):
        step = column - value
        step *= step
        total += step
    return total
