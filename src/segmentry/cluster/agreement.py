"""How far two groupings of the same customers agree, chance taken into account."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]


def adjusted_rand(first: Labels, second: Labels) -> float:
    """Return the adjusted Rand index (Hubert & Arabie 1985) of two label arrays: 1 same grouping, about 0 by chance.

    Labels are whole numbers from 0.

    >>> adjusted_rand(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]))
    1.0
    """
    k = int(second.max(initial=0)) + 1
    table = np.bincount(first * k + second, minlength=k * (int(first.max(initial=0)) + 1)).reshape(-1, k)
    return float(adjusted_rand_of(table))


def adjusted_rand_of(table: NDArray[np.number]) -> NDArray[np.float64]:
    """Return the adjusted Rand index of contingency tables of shape (…, j, k)."""
    counts = np.asarray(table, dtype=np.float64)
    together = _pairs(counts).sum(axis=(-2, -1))
    rows = _pairs(counts.sum(axis=-1)).sum(axis=-1)
    columns = _pairs(counts.sum(axis=-2)).sum(axis=-1)
    pairs = _pairs(counts.sum(axis=(-2, -1)))
    chance = rows * columns / np.maximum(pairs, 1)
    best = (rows + columns) / 2
    # all in one group, or each alone, on both sides: the groupings are the same, and 0 / 0 means full agreement
    index: NDArray[np.float64] = np.ones(np.shape(together))
    np.divide(together - chance, best - chance, out=index, where=best != chance)
    return index


def _pairs(count: NDArray[np.float64]) -> NDArray[np.float64]:
    return count * (count - 1) / 2
