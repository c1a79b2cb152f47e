"""The best k-means solution for every number of groups: many starts, few of them carried to the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentry.core.progress import Advance

from .lloyd import Floats, Labels, Points, Singles, inertia_of, iterate, points, settle
from .starts import chains, extended, swapped

SAMPLE = 6_000  # rows on which starts are compared; the best are carried on with all rows
FIRST, SECOND, KEPT = 15, 15, 3  # iterations for all starts, for the better half, and how many of these see all rows
TAIL = 200
SWAPS = 10


@dataclass(frozen=True)
class Solution:
    """One k-means solution at rest: centroids (k, d), labels (n,), inertia, and the exact iterations at its end."""

    centroids: Floats
    labels: Labels
    inertia: float
    iterations: int


def solve(
    matrix: Floats, ks: Sequence[int], *, starts: int, rng: np.random.Generator, advance: Advance = lambda *_: None
) -> dict[int, Solution]:
    """Return the best solution for each of *ks* (ascending, from 2) on *matrix*, shape (n, d), of *starts* starts each.

    One further start for k extends the solution for k − 1.
    """
    data = points(matrix)
    sample = data.take(_sample(len(matrix), SAMPLE, rng)) if len(matrix) > SAMPLE else data
    grown = chains(sample, max(ks), starts, rng)
    found: dict[int, Solution] = {}
    for done, k in enumerate(ks, start=1):
        begin = grown[:, :k]
        if k - 1 in found:
            smaller = (found[k - 1].centroids - data.centre).astype(np.float32)
            begin = np.concatenate([begin, extended(sample, smaller, rng)[None]])
        found[k] = _best(matrix, data, sample, begin, rng)
        advance(done, len(ks))
    return found


def _best(matrix: Floats, data: Points, sample: Points, begin: Singles, rng: np.random.Generator) -> Solution:
    centres, inertia = iterate(sample, begin, FIRST)
    centres = _keep(centres, inertia, max(KEPT, len(begin) // 2))
    centres, inertia = iterate(sample, centres, SECOND)
    best = _keep(centres, inertia, 1)[0]
    moved, lower = iterate(sample, swapped(sample, best, SWAPS, rng), FIRST)
    centres, inertia = np.concatenate([centres, moved]), np.concatenate([inertia, lower])
    centres = _keep(centres, inertia, KEPT)
    centres, inertia = iterate(data, centres, SECOND)
    finals = [iterate(data, one, TAIL) for one in _distinct(centres, inertia)]
    final = min(finals, key=lambda one: float(one[1][0]))[0][0]
    centroids, labels, iterations = settle(matrix, final.astype(np.float64) + data.centre)
    return Solution(centroids, labels, inertia_of(matrix, centroids, labels), iterations)


def _keep(centres: Singles, inertia: NDArray[np.float64], count: int) -> Singles:
    return centres[np.argsort(inertia, kind="stable")[:count]]


def _distinct(centres: Singles, inertia: NDArray[np.float64]) -> list[Singles]:
    """Return the solutions, best first, that may still win: within 2 % of it, and not the same as a better one."""
    order = np.argsort(inertia, kind="stable")
    kept: list[int] = []
    for one in order.tolist():
        new = all(inertia[one] > inertia[better] * (1 + 1e-6) for better in kept)
        if new and inertia[one] <= inertia[order[0]] * 1.02:
            kept.append(one)
    return [centres[one : one + 1] for one in kept]


def _sample(n: int, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return np.sort(rng.choice(n, size, replace=False)).astype(np.int64)
