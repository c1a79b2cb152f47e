"""The transforms towards symmetry as expressions of a query: the same formulas as in :mod:`.transform`."""

from __future__ import annotations

from typing import Any

from ..engine.layers import number
from .transform import Transformation

BY_RANKS = "quantile"  # a table of a thousand values for each feature: more than a query should hold
UNKNOWN = 1.0  # a spread of just that is none: values are not scaled, or have no spread
SMALL = 1e-3  # below it ln(1 + x), and exp(x) − 1, keep too few digits for values that are then divided by it
LOWEST, HIGHEST = -700.0, 340.0  # exponents: beyond, PostgreSQL refuses to compute, and squares are no numbers any more


def forward(x: Any, transformation: Transformation, *, spread: float) -> Any:
    """Return *x* transformed by *transformation*, which is none of ``BY_RANKS``; it is later divided by *spread*."""
    import ibis

    numbers = transformation.numbers
    spread = 0.0 if spread == UNKNOWN else spread
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
