"""Missing values: which they are, and the number that stands in for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def missing(values: Floats) -> NDArray[np.bool_]:
    """Return where *values* (any shape) hold no usable number: NaN or infinite."""
    return ~np.isfinite(values)


def fill_value(column: Floats, method: str, value: float = 0.0) -> float:
    """Return what replaces a missing entry of *column*: its median, its mean, or the constant *value*.

    A column without a single number is filled with *value*.

    >>> fill_value(np.array([1.0, 2.0, 9.0, np.nan]), "median")
    2.0
    """
    known = column[~missing(column)]
    if method == "constant" or known.size == 0:
        return float(value)
    return float(np.median(known) if method == "median" else np.mean(known))


def filled(column: Floats, value: float) -> Floats:
    """Return *column* with *value* wherever a number is missing."""
    return np.where(missing(column), value, column)
