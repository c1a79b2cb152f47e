"""The transforms towards symmetry as expressions of a query: the same formulas as in :mod:`.transform`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..engine.layers import number
from . import normal as curve
from .transform import Transformation, positions

SMALL = 1e-3  # below it ln(1 + x), and exp(x) − 1, keep too few digits for values that are then divided by it
LOWEST, HIGHEST = -700.0, 340.0  # exponents: beyond, PostgreSQL refuses to compute, and squares are no numbers any more


def forward(x: Any, transformation: Transformation, *, spread: float) -> Any:
    """Return *x* transformed by *transformation*, which is none by ranks; it is later divided by *spread*."""
    import ibis

    numbers = transformation.numbers
    if transformation.method == "log1p":
        return log1p(ibis.greatest(x, number(numbers[0])), spread=spread)
    if transformation.method == "yeo-johnson":
        logs, power = log1p(x.abs(), spread=spread), numbers[0]
        return ibis.ifelse(x >= number(0), _half(logs, power, spread), -_half(logs, 2 - power, spread))
    return x


def log1p(x: Any, *, spread: float) -> Any:
    """Return ln(1 + x); where *spread* is small, by Kahan's formula, which has all digits of a small x too."""
    import ibis

    whole = x + number(1)
    if spread >= SMALL:
        return whole.ln()
    return ibis.ifelse(whole == number(1), x, whole.ln() * (x / (whole - number(1)).nullif(number(0))))


def _half(logs: Any, power: float, spread: float) -> Any:
    import ibis

    if power == 0:
        return logs
    exponent = ibis.least(ibis.greatest(logs * number(power), number(LOWEST)), number(HIGHEST))
    grown = exponent.exp()
    if abs(power) * spread >= SMALL:
        return (grown - number(1)) / number(power)
    # The same for exp(x) − 1; where it is −1 to the last digit there is no logarithm to divide by.
    exact = (grown - number(1)) * (exponent / grown.ln().nullif(number(0)))
    lost = (grown == number(1)) | (grown - number(1) == number(-1))
    return ibis.ifelse(lost, ibis.ifelse(grown == number(1), exponent, number(-1)), exact) / number(power)


def mid_rank(x: Any, table: Sequence[float]) -> Any:
    """Return the mid-rank of *x* in the sorted *table*, as :func:`.transform.mid_rank` does: a tree of questions.

    Where *x* is none of the table's values it lies between two, and its rank on the line between them.
    """
    import ibis

    places = positions(len(table))
    known, first = (part.tolist() for part in np.unique(np.array(table), return_index=True))
    last = [*(place - 1 for place in first[1:]), len(table) - 1]
    at = [(float(places[low]), float(places[high])) for low, high in zip(first, last, strict=True)]

    def between(start: int) -> Any:
        """Return the rank of what is known[start] or more, and below the next."""
        middle = number((at[start][0] + at[start][1]) / 2)
        if start == len(known) - 1:
            return ibis.ifelse(x == number(known[start]), middle, number(at[start][1]))
        below, above, low, high = known[start], known[start + 1], at[start][1], at[start + 1][0]
        slope = (high - low) / (above - below)
        from_below = number(slope) * (x - number(below)) + number(low)
        from_above = number(high) - number(slope) * (number(above) - x)
        return ibis.ifelse(x == number(below), middle, (from_below + from_above) / number(2))

    def rank(start: int, end: int) -> Any:
        """Return the rank of what is known[start] or more, and below known[end]."""
        if end - start == 1:
            return number(at[0][0]) if start < 0 else between(start)
        half = (start + end) // 2
        return ibis.ifelse(x < number(known[half]), rank(start, half), rank(half, end))

    return rank(-1, len(known))


def tail(share: Any) -> Any:
    """Return √−ln of the share in the nearer tail, which the normal quantile is made of."""
    import ibis

    return (-ibis.least(share, number(1) - share).ln()).sqrt()


def normal(share: Any, tail: Any) -> Any:
    """Return the normal quantile of *share*, as :func:`.normal.quantile` does; ranks never come near its far tail."""
    import ibis

    offset = share - number(0.5)
    inner = offset * _ratio(curve.CENTRE, number(0.180625) - offset * offset)
    outer = _ratio(curve.NEAR, tail - number(1.6))
    return ibis.cases(
        (offset.abs() <= number(0.425), inner), (offset < number(0), -outer), else_=outer
    )


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], x: Any) -> Any:
    numerator, denominator = (
        reduce(lambda total, one: total * x + number(one), coefficients[1:], number(coefficients[0]))
        for coefficients in polynomials
    )
    return numerator / denominator
