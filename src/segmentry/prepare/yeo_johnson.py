"""The Yeo–Johnson power transform (Yeo & Johnson 2000, Biometrika 87: 954–959) and its most likely parameter.

With λ: x ≥ 0 → ((x + 1)^λ − 1) / λ, x < 0 → −((1 − x)^(2 − λ) − 1) / (2 − λ); logarithms where an exponent is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log, log10, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENOUGH = 100_000  # rows: λ found on every j-th sorted value of a longer column differs in the third digit at most


def forward(x: Floats, power: float) -> Floats:
    """Return *x* transformed with λ = *power*; any real number is allowed.

    >>> forward(np.array([-1.0, 0.0, 3.0]), 1.0).tolist()
    [-1.0, 0.0, 3.0]
    """
    logs = np.log1p(np.abs(x))
    return np.where(x >= 0, _half(logs, power), -_half(logs, 2 - power))


def inverse(y: Floats, power: float) -> Floats:
    """Return the values that ``forward`` turns into *y*; beyond its range, the nearest it can reach."""
    size = np.abs(y)
    return np.where(y >= 0, _half_inverse(size, power), -_half_inverse(size, 2 - power))


def best_power(x: Floats) -> float:
    """Return the λ that makes *x*, shape (n,), most like a normal sample: maximum likelihood, as scikit-learn's.

    λ is sought where the way back keeps ten significant digits. A constant column gives 1.
    """
    if x.max() == x.min():
        return 1.0
    sample = np.sort(x)[:: -(-x.size // ENOUGH)]
    logs = np.log1p(np.abs(sample))
    positive = sample >= 0
    slope = float(np.where(positive, logs, -logs).sum())

    def cost(power: float) -> float:
        y = np.where(positive, _half(logs, power), -_half(logs, 2 - power))
        spread = float(y.var())
        return sample.size / 2 * log(spread) - (power - 1) * slope if spread > 0 else float("inf")

    return _lowest(cost, *_range(float(x.min()), float(x.max())))


def _half(logs: Floats, power: float) -> Floats:
    return logs if power == 0 else np.expm1(power * logs) / power


def _half_inverse(size: Floats, power: float) -> Floats:
    if power == 0:
        return np.expm1(size)
    reachable = np.maximum(power * size, -1 + 1e-15)  # a negative λ has the ceiling −1/λ
    return np.expm1(np.log1p(reachable) / power)


def _range(lowest: float, highest: float) -> tuple[float, float]:
    # (1 + x)^λ has to stay above 1e-6, or the difference to its ceiling drowns in rounding
    below = 6 / max(log10(1 + highest), 0.75) if highest > 0 else 8.0
    above = 6 / max(log10(1 - lowest), 0.75) if lowest < 0 else 6.0
    return -below, 2 + above


def _lowest(cost: Callable[[float], float], low: float, high: float) -> float:
    """Return where *cost* is lowest: the best point of a grid, then golden-section search beside it."""
    grid = np.linspace(low, high, 25)
    best = int(np.argmin([cost(float(point)) for point in grid]))
    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, 24)])
    golden = (sqrt(5) - 1) / 2
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = cost(left), cost(right)
    while high - low > 1e-7:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = cost(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = cost(right)
    return (low + high) / 2
