"""How much more often one group buys something than the others: a ratio of two shares, and how sure it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.tables import Floats

Z = 1.959963984540054  # the normal quantile of a two-sided interval at 95 %
HALVINGS = 60
WIDEST = 30.0  # log of the largest ratio that is looked at


@dataclass(frozen=True)
class Lift:
    """Ratio, its lower and upper bound at 95 %, and the two-sided p-value that it is 1; arrays of shape (m,)."""

    ratio: Floats
    low: Floats
    high: Floats
    p_value: Floats


def lift(buyers: Floats, size: Floats, others: Floats, rest: Floats) -> Lift:
    """Return the lift: the share of a group that buys, *buyers* ÷ *size*, over that of the others, *others* ÷ *rest*.

    The comparison is with all *other* customers, not with all: two groups without a common member are what the interval
    assumes, and a large segment is not compared with itself. (The lift of association rules, Brin et al., SIGMOD 1997,
    has all customers below the line.) The interval is the score interval for a ratio of two proportions (Koopman,
    Biometrics 40, 1984; Miettinen & Nurminen, Statistics in Medicine 4, 1985, without their factor N/(N − 1)), which
    holds its 95 % where few or none of the others buy, unlike Katz's logarithmic one. The p-value is the score test at
    a ratio of 1: the two-sample test of proportions with pooled variance.

    Where *rest* is 0 there is nothing to compare with: NaN.

    >>> found = lift(*(np.array([float(n)]) for n in (30, 100, 30, 300)))
    >>> [round(float(value[0]), 2) for value in (found.ratio, found.low, found.high)]
    [3.0, 1.9, 4.68]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (buyers / size) / (others / rest)
        low = np.where(buyers > 0, _solved(buyers, size, others, rest, Z), 0.0)
        high = np.where(others > 0, _solved(buyers, size, others, rest, -Z), np.inf)
        at_one = _score(np.ones(len(ratio)), buyers, size, others, rest)
    p_value = np.array([math.erfc(abs(z) / math.sqrt(2)) if math.isfinite(z) else 1.0 for z in at_one.tolist()])
    known = (size > 0) & (rest > 0) & (buyers + others > 0)
    return Lift(*(np.where(known, part, np.nan) for part in (ratio, low, high, p_value)))


def false_discovery(p_values: Floats) -> Floats:
    """Return the p-values adjusted for their number, shape (m,): keeping those up to 5 % keeps 5 % false finds at most.

    Benjamini & Hochberg, J. R. Statist. Soc. B 57 (1995).

    >>> false_discovery(np.array([0.01, 0.04, 0.03, 0.5])).round(3).tolist()
    [0.04, 0.053, 0.053, 0.5]
    """
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * len(p_values) / np.arange(1, len(p_values) + 1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum.accumulate(steps[::-1])[::-1].clip(max=1.0)
    return adjusted


def _solved(buyers: Floats, size: Floats, others: Floats, rest: Floats, z: float) -> Floats:
    """Return the ratio at which the score is *z*: it falls as the ratio grows."""
    below, above = np.full(len(buyers), -WIDEST), np.full(len(buyers), WIDEST)
    for _ in range(HALVINGS):
        middle = (below + above) / 2
        is_low: NDArray[np.bool_] = _score(np.exp(middle), buyers, size, others, rest) > z
        below, above = np.where(is_low, middle, below), np.where(is_low, above, middle)
    return np.asarray(np.exp((below + above) / 2), dtype=np.float64)


def _score(ratio: Floats, buyers: Floats, size: Floats, others: Floats, rest: Floats) -> Floats:
    """Return the score statistic of *ratio*, with the shares that are likeliest where they have that ratio."""
    a = ratio * (size + rest)
    b = ratio * (size + others) + buyers + rest
    # The smaller root of a p² − b p + (buyers + others) = 0, written so that nothing cancels.
    p = 2 * (buyers + others) / (b + np.sqrt(np.maximum(b * b - 4 * a * (buyers + others), 0.0)))
    own = np.minimum(ratio * p, 1.0)
    spread = own * (1 - own) / size + ratio**2 * p * (1 - p) / rest
    difference = buyers / size - ratio * others / rest
    score: Floats = np.where(difference == 0, 0.0, difference / np.sqrt(spread))
    return score
