"""Transforms towards symmetry, one feature at a time, each with its way back.

* ``log1p``: log(1 + x) for non-negative features. New values below the smallest fitted one count as that one.
* ``yeo-johnson``: the power transform for features that can be negative, λ by maximum likelihood.
* ``quantile``: a value's mid-rank (i + ½)/m (Hazen 1914) mapped to the normal quantile. The table holds up to 1000
  points; equal values share a mid-rank, and new values beyond the fitted ones count as the nearest fitted one.
* ``none``.

``choose`` decides by the moment skewness g₁ (Joanes & Gill 1998): up to ±1 a feature stays as it is (Bulmer 1979 calls
more "highly skewed"). So does one that is lopsided because its values come in lumps, not because of a long tail: a
transform would distort the lumps, which may be the groups that are sought. A non-negative feature with a long upper
tail takes log1p, which people can still read, when that brings the skewness under 1 or halves it; otherwise
Yeo–Johnson, when it does better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import normal, yeo_johnson

Floats = NDArray[np.float64]

METHODS = ("log1p", "yeo-johnson", "quantile", "none")
SYMMETRIC = 1.0
TABLE = 1000


@dataclass(frozen=True)
class Transformation:
    """A fitted transform of one feature: the method and its numbers.

    ``numbers`` holds the smallest fitted value (``log1p``), λ (``yeo-johnson``), the sorted table of values
    (``quantile``), or nothing.
    """

    method: str
    numbers: tuple[float, ...] = ()

    def forward(self, x: Floats) -> Floats:
        """Return *x*, shape (n,), transformed."""
        if self.method == "log1p":
            y: Floats = np.log1p(np.maximum(x, self.numbers[0]))
            return y
        if self.method == "yeo-johnson":
            return yeo_johnson.forward(x, self.numbers[0])
        if self.method == "quantile":
            return normal.quantile(_mid_rank(x, np.array(self.numbers)))
        return x

    def inverse(self, y: Floats) -> Floats:
        """Return the values in real units that ``forward`` turns into *y*, shape (n,)."""
        x: Floats = y
        if self.method == "log1p":
            x = np.expm1(y)
        elif self.method == "yeo-johnson":
            x = yeo_johnson.inverse(y, self.numbers[0])
        elif self.method == "quantile":
            table = np.array(self.numbers)
            x = np.interp(normal.proportion(y), _positions(len(table)), table)
        return x


def fit_transformation(x: Floats, method: str) -> Transformation:
    """Return the transform *method* fitted to *x*, shape (n,), no missing values.

    Raises ValueError where log1p meets values of −1 or below.
    """
    if method == "log1p":
        if x.min() <= -1:
            message = f"log1p needs values above -1; {int((x <= -1).sum())} are not (the smallest is {x.min():g})"
            raise ValueError(message)
        return Transformation("log1p", (float(x.min()),))
    if method == "yeo-johnson":
        return Transformation("yeo-johnson", (yeo_johnson.best_power(x),))
    if method == "quantile":
        points = np.sort(x) if x.size <= TABLE else np.quantile(x, np.linspace(0, 1, TABLE))
        return Transformation("quantile", tuple(points.tolist()))
    return Transformation("none")


def choose(x: Floats) -> tuple[Transformation, str]:
    """Return the transform that suits *x*, shape (n,), and the reason in words.

    >>> choose(np.array([1.0, 2.0, 3.0, 3.0, 4.0, 5.0, 6.0, 8.0, 9.0, 30.0]))[1]
    'skewness 2.2 with a long upper tail and nothing below 0: log1p brings it to 0.8'
    """
    before = skewness(x)
    if abs(before) <= SYMMETRIC:
        return Transformation("none"), f"skewness {before:.1f} is within ±1: left as it is"
    if _in_lumps(x, before):
        return Transformation("none"), f"skewness {before:.1f} comes from lumps rather than a long tail: left as it is"
    best, after = Transformation("none"), before
    if before > 0 and x.min() >= 0:
        log = fit_transformation(x, "log1p")
        after_log = skewness(log.forward(x))
        if abs(after_log) <= max(SYMMETRIC, before / 2):
            return log, _log_reason(before, after_log)
        best, after = (log, after_log) if abs(after_log) < abs(before) else (best, after)
    power = fit_transformation(x, "yeo-johnson")
    after_power = skewness(power.forward(x))
    if abs(after_power) < abs(after):
        return power, f"skewness {before:.1f}: Yeo–Johnson (λ = {power.numbers[0]:.2f}) brings it to {after_power:.1f}"
    if best.method == "log1p":
        return best, _log_reason(before, after)
    return best, f"skewness {before:.1f}: no transform lowers it, left as it is"


def skewness(x: Floats) -> float:
    """Return the moment skewness g₁ = m₃ / m₂^1.5 of *x*, shape (n,); 0 for a constant."""
    centred = x - x.mean()
    spread = float(np.mean(centred * centred))
    if spread <= (1e-12 * float(np.abs(x).max(initial=0))) ** 2:
        return 0.0
    centred /= np.sqrt(spread)
    return float(np.mean(centred * centred * centred))  # a power takes ten times as long


def _in_lumps(x: Floats, skew: float) -> bool:
    """Return whether the kurtosis of *x* is nearer to two lumps' (1 + g₁²) than to a gamma tail's (3 + 1.5 g₁²).

    Beyond a skewness of 2, an exponential tail's, a single far value makes the two look alike, and a tail is assumed.
    """
    if abs(skew) > 2:
        return False
    squares = (x - x.mean()) ** 2
    kurtosis = float(np.mean(squares * squares) / np.mean(squares) ** 2)
    return kurtosis < 2 + 1.25 * skew**2


def _log_reason(before: float, after: float) -> str:
    return f"skewness {before:.1f} with a long upper tail and nothing below 0: log1p brings it to {after:.1f}"


def _positions(points: int) -> Floats:
    return (np.arange(points) + 0.5) / points


def _mid_rank(x: Floats, table: Floats) -> Floats:
    """Return the mid-rank of *x* in *table*: equal table entries share the middle of their positions."""
    positions = _positions(len(table))
    return (np.interp(x, table, positions) - np.interp(-x, -table[::-1], -positions[::-1])) / 2
