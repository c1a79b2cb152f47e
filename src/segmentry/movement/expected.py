"""How many customers and how much money each segment is expected to hold, with intervals. Comes in: probabilities."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..core.tables import Floats
from .history import Labels

COVERED = 0.8  # of an interval


class Expected(NamedTuple):
    """What one segment is expected to hold: today's customers, and what these have spent so far; 80 % intervals."""

    segment: int
    size: float
    size_low: float
    size_high: float
    money: float
    money_low: float
    money_high: float


def expected(
    classes: Labels, probabilities: Floats, money: Floats, *, errors: tuple[Floats | None, Floats | None]
) -> tuple[Expected, ...]:
    """Return what each of *classes* is expected to hold, from *probabilities*, shape (n, k), and *money*, shape (n,).

    *errors* are those of the backtest in shares of customers and of money, each of shape (origins, k), where there are.
    """
    sizes = _intervals(probabilities, np.ones(len(money)), errors[0])
    moneys = _intervals(probabilities, money, errors[1])
    return tuple(
        Expected(label, *size, *spent)
        for label, size, spent in zip(classes.tolist(), sizes.tolist(), moneys.tolist(), strict=True)
    )


def _intervals(probabilities: Floats, weights: Floats, errors: Floats | None) -> Floats:
    """Return mean, low and high of the *weights* in each class, shape (k, 3).

    Two things can go wrong. Each customer goes one way or another, which gives the binomial variance; and the model is
    off for all of them together, as in a month when everybody buys more. The mean squared error of a backtest has both
    in it, so it stands where it is above the binomial variance. It is known from a few dates only, hence Student's t
    with as many degrees of freedom.
    """
    from scipy.special import ndtri, stdtrit

    total = weights.sum()
    mean = weights @ probabilities
    variance = weights**2 @ (probabilities * (1 - probabilities))
    tail = (1 + COVERED) / 2
    reach = float(ndtri(tail))
    if errors is not None:
        variance = np.maximum((errors**2).mean(axis=0) * total**2, variance)
        reach = float(stdtrit(len(errors), tail))
    half = reach * np.sqrt(variance)
    return np.column_stack([mean, np.maximum(mean - half, 0), np.minimum(mean + half, total)])
