"""Who is still a customer, and how many purchases to expect of each in the next period, from features of one date.

Comes in: a customer table. Goes out: ``Lifetimes``, by the BG/NBD model (``alive``) in days. A repeat is a further day
with a purchase: two orders on one day tell nothing about how often somebody comes back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.errors import DataError
from ..core.tables import CustomerTable, Floats
from .alive import Alive, fit_alive

RECENCY, TENURE, GAP = "recency_days", "tenure_days", "days_between_orders_mean"


@dataclass(frozen=True)
class Lifetimes:
    """What the fitted *model* says of n customers.

    ``alive`` is the probability that each is still a customer: good for putting them in order, for it is 1 for whoever
    has bought once only. ``purchase_days`` are the days with a purchase to expect in the next ``ahead`` days. Both have
    shape (n,), and NaN for who came on the as-of date itself.
    """

    model: Alive
    ahead: int
    alive: Floats
    purchase_days: Floats


def lifetimes(customers: CustomerTable, *, ahead: int) -> Lifetimes | None:
    """Return what to expect of *customers* in the next *ahead* days.

    None where their features do not tell when they bought (it takes recency_days, tenure_days and
    days_between_orders_mean), and where too few of them came back.
    """
    if not {RECENCY, TENURE, GAP} <= {*customers.values}:
        return None
    age = customers.values[TENURE]
    last = age - customers.values[RECENCY]
    # The mean gap is the time from the first day to the last ÷ the number of gaps.
    gaps = np.divide(last, customers.values[GAP], out=np.zeros(len(age)), where=customers.values[GAP] > 0)
    repeats = np.rint(gaps)
    known = (age > 0) & np.isfinite(age)
    history = repeats[known], last[known], age[known]
    try:
        model = fit_alive(*history)
    except DataError:
        return None
    alive, days = np.full(len(age), np.nan), np.full(len(age), np.nan)
    alive[known] = model.probability_alive(*history)
    days[known] = model.expected_purchases(*history, ahead=ahead)
    return Lifetimes(model, ahead, alive, days)
