"""Outlier rules: for each feature, the lowest and the highest value that still counts as usual.

* ``zscore``: mean ± threshold standard deviations (population standard deviation).
* ``iqr``: quartiles ∓ threshold interquartile ranges (Tukey 1977 uses 1.5, and 3 for "far out").
* ``percentile``: threshold percent cut from each tail; with the policy ``clip`` this is winsorising.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def find_limits(matrix: Floats, method: str, threshold: float) -> tuple[Floats, Floats]:
    """Return the lowest and the highest usual value of each column of *matrix*, shape (n, d): two arrays of shape (d,).

    Both limits belong to the usual values. The method ``none`` gives infinite limits.

    >>> low, high = find_limits(np.array([[0.0], [1.0], [2.0], [3.0], [4.0]]), "iqr", 1.5)
    >>> float(low[0]), float(high[0])
    (-2.0, 6.0)
    """
    if method == "zscore":
        middle, width = matrix.mean(axis=0), threshold * matrix.std(axis=0)
        return middle - width, middle + width
    if method == "iqr":
        lower, upper = np.quantile(matrix, [0.25, 0.75], axis=0)
        width = threshold * (upper - lower)
        return lower - width, upper + width
    if method == "percentile":
        lower, upper = np.quantile(matrix, [threshold / 100, 1 - threshold / 100], axis=0)
        return lower, upper
    return np.full(matrix.shape[1], -np.inf), np.full(matrix.shape[1], np.inf)


def beyond(matrix: Floats, low: Floats, high: Floats) -> NDArray[np.bool_]:
    """Return which rows of *matrix*, shape (n, d), have a value below *low* or above *high*."""
    outside: NDArray[np.bool_] = np.any((matrix < low) | (matrix > high), axis=1)
    return outside
