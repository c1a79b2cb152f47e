"""Where a rising function reaches a value: the float at which it does, found by halving the floats between.

Whether a logarithm is below a limit may hang on its last bit, and engines differ there. Whether the number it was taken
of is below another number does not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]

FARTHEST = 1e60  # nothing of a customer is larger (sources.customer_table.LARGEST)


def lowest_within(rising: Function, low: float) -> float | None:
    """Return the smallest x for which rising(x) is *low* or more; none where every x is within.

    >>> lowest_within(np.exp, -1.0), lowest_within(lambda x: x * 2, 6.0)
    (None, 3.0)
    """
    if np.isinf(low) or _at(rising, -FARTHEST) >= low:
        return None
    return _first(lambda x: _at(rising, x) >= low)


def highest_within(rising: Function, high: float) -> float | None:
    """Return the largest x for which rising(x) is *high* or less; none where every x is within.

    >>> highest_within(lambda x: x * 2, 6.0)
    3.0
    """
    if np.isinf(high) or _at(rising, FARTHEST) <= high:
        return None
    beyond = _first(lambda x: _at(rising, x) > high)
    return float(np.nextafter(beyond, -np.inf))


def _first(holds: Callable[[float], bool]) -> float:
    """Return the smallest float at which *holds*, which stays true from there on, is true."""
    low, high = _order(-FARTHEST), _order(FARTHEST)
    if not holds(FARTHEST):
        return FARTHEST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(_float(middle)) else (middle, high)
    return _float(high)


def _order(value: float) -> int:
    """Return the place of *value* among all floats, counted from zero."""
    bits = int(np.float64(abs(value)).view(np.int64))
    return -bits if value < 0 else bits


def _float(place: int) -> float:
    size = float(np.int64(abs(place)).view(np.float64))
    return -size if place < 0 else size


def _at(rising: Function, x: float) -> float:
    with np.errstate(all="ignore"):
        return float(rising(np.array([x]))[0])
