"""Whether neighbouring groups stand apart: how many customers live in the middle between two centroids.

A group that was cut in two has its densest part on the cut; two real groups have a valley there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

MIDDLE = 0.1  # of the distance between two centroids, on either side of the half-way point: the middle fifth


def boundary_share(matrix: Floats, labels: Labels, centroids: Floats) -> float:
    """Return the largest share, over pairs of groups, of the pair's rows in the middle fifth between their centroids.

    Rows are seen along the line through the two centroids. An even spread that was cut in two gives exactly 0.1, a
    normal distribution 0.13, and two of these six standard deviations apart 0.015.

    >>> line = np.linspace(0, 1, 1001)[:, None]
    >>> round(boundary_share(line, (line[:, 0] > 0.5).astype(int), np.array([[0.25], [0.75]])), 2)
    0.1
    """
    k = len(centroids)
    by_group = np.argsort(labels, kind="stable")
    edges = np.cumsum([0, *np.bincount(labels, minlength=k)])
    # a row's place between centroids i and j, as a share of their distance from the half-way point, is linear in x
    along = matrix[by_group] @ centroids.T - (centroids**2).sum(axis=1) / 2
    worst = 0.0
    for i in range(k):
        for j in range(i):
            apart = float(((centroids[i] - centroids[j]) ** 2).sum())
            inside = sum(
                int(np.count_nonzero(np.abs(along[rows, i] - along[rows, j]) < MIDDLE * apart))
                for rows in (slice(edges[i], edges[i + 1]), slice(edges[j], edges[j + 1]))
            )
            both = int(edges[i + 1] - edges[i] + edges[j + 1] - edges[j])
            worst = max(worst, inside / both if apart > 0 and both else 1.0)
    return worst
