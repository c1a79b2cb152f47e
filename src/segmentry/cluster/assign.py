"""Assigning customers to the nearest centroid: the one place that says which is nearest, and how sure that is.

Squared distances are summed feature by feature in column order, in float64, never by a matrix product: a customer's
distance comes out the same, to the last bit, alone or among a million others, and in an engine nearly so. For the last
bits that differ there, centroids count as equally near up to one part in a billion (``TIE``) of the squared distance,
and of these the lowest label wins. Scoring in SQL has the same rule.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .crew import over_rows

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

TIE = 1e-9  # of the least squared distance
ROWS = 8192  # worked on at a time: with 12 centroids 0.8 MB of distances, which the processor's cache holds


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
    matrix, centroids = np.asarray(matrix, dtype=np.float64), np.asarray(centroids, dtype=np.float64)
    n = len(matrix)
    if len(centroids) == 1:
        return Assignment(np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.ones(n))
    labels, other, confidence = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64), np.empty(n)

    def work(rows: slice) -> None:
        distances = _squared(matrix[rows], centroids)
        every = np.arange(distances.shape[1])
        own, _ = _lowest(distances)
        to_own = distances[own, every]
        distances[own, every] = np.inf
        second, _ = _lowest(distances)
        to_second = distances[second, every]
        ratio = np.divide(to_own, to_second, out=np.ones(len(every)), where=to_second > 0)
        labels[rows], other[rows] = own, second
        confidence[rows] = np.maximum(1 - np.sqrt(ratio), 0)  # a tie's lower label may be the farther by TIE

    over_rows(work, n, ROWS)
    return Assignment(labels, other, confidence)


def nearest(matrix: Floats, centroids: Floats) -> tuple[Labels, Floats]:
    """Return the label of the nearest centroid and the least squared distance, each of shape (n,)."""
    matrix, centroids = np.asarray(matrix, dtype=np.float64), np.asarray(centroids, dtype=np.float64)
    labels, least = np.empty(len(matrix), dtype=np.int64), np.empty(len(matrix))

    def work(rows: slice) -> None:
        labels[rows], least[rows] = _lowest(_squared(matrix[rows], centroids))

    over_rows(work, len(matrix), ROWS)
    return labels, least


def _squared(rows: Floats, centroids: Floats) -> Floats:
    """Return the squared distances of *rows*, shape (m, d), to *centroids*, shape (k, d)."""
    columns = np.ascontiguousarray(rows.T)
    total = np.zeros((len(centroids), len(rows)))
    step = np.empty_like(total)
    for column, values in zip(columns, centroids.T, strict=True):
        np.subtract(column, values[:, None], out=step)
        step *= step
        total += step
    return total


def _lowest(distances: Floats) -> tuple[Labels, Floats]:
    """Return, for each column of *distances*, the first row that is as good as the least, and the least."""
    least = distances.min(axis=0)
    near = distances <= least * (1 + TIE)
    labels = np.zeros(len(least), dtype=np.int64)
    for label in range(len(distances) - 1, 0, -1):
        labels[near[label]] = label
    labels[near[0]] = 0
    return labels, least
