"""Whether other customers of the same kind would have given the same groups.

For each of several bootstrap resamples (customers drawn with replacement, kept as weights) k-means is run anew, every
customer is assigned to the groups it found, and that grouping is compared with the solution by the adjusted Rand index
(Hennig 2007, "Cluster-wise assessment of cluster stability"; Fang & Wang 2012). 1: the same groups every time.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .agreement import adjusted_rand_of
from .lloyd import Floats, Labels, Points, gaps, iterate, points
from .starts import chains

RESAMPLES = 10
STARTS = 2  # for each resample; the better one after FIRST iterations goes on
FIRST, REST = 4, 12
SAMPLE = 5_000  # customers: beyond, the index is measured on a sample of so many


def stability(matrix: Floats, groupings: Mapping[int, Labels], rng: np.random.Generator) -> dict[int, float]:
    """Return the mean adjusted Rand index under resampling for each k of *groupings* (k to labels of shape (n,))."""
    n = len(matrix)
    rows = np.sort(rng.choice(n, SAMPLE, replace=False)) if n > SAMPLE else np.arange(n)
    data = points(matrix[rows])
    weights = rng.multinomial(len(rows), np.full(len(rows), 1 / len(rows)), size=RESAMPLES).astype(np.float32)
    doubled = np.repeat(weights, STARTS, axis=0)
    grown = chains(data, max(groupings), RESAMPLES * STARTS, rng, doubled)
    found = {}
    for k, labels in groupings.items():
        centres, inertia = iterate(data, grown[:, :k], FIRST, doubled)
        better = inertia.reshape(RESAMPLES, STARTS).argmin(axis=1) + np.arange(RESAMPLES) * STARTS
        centres, _ = iterate(data, centres[better], REST, weights)
        found[k] = float(adjusted_rand_of(_contingency(data, centres, labels[rows], k)).mean())
    return found


def _contingency(data: Points, centres: NDArray[np.float32], labels: Labels, k: int) -> NDArray[np.float32]:
    """Return how many points each pair of (group of the s-th solution, label) shares, shape (s, k, k)."""
    distances = gaps(data, centres)
    member = (distances == distances.min(axis=1)[:, None]).astype(np.float32)
    given = np.equal(labels[:, None], np.arange(k)).astype(np.float32)
    shared: NDArray[np.float32] = member @ given
    return shared
