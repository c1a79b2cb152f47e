"""What would move a customer who orders: more orders of the usual value, or none for a while.

Every feature follows from what happens by its own definition (``features``), all of them together: an order resets
recency and adds to frequency and money, and time passes for recency and tenure. What cannot be known from the features
alone is held as it is and said. A move is only told when the model gives the changed customer another segment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from ..core.tables import Floats
from ..features import months_before
from .book import APART, Fitted

HORIZON_DAYS = 30
LONGEST_QUIET = 730  # days without an order that are looked at: two years
# Orders in 30 days that can really happen: three, or three times the customer's own pace where that is more.
ALWAYS_POSSIBLE = 3
TIMES_PACE = 3
RECENT_DAYS = 90  # of recent_spend_share
# What an order of the usual kind leaves as it is.
UNCHANGED = {"average_order_value", "average_trade_value", "lines_per_order", "products_per_order"}
SHARE = "share_of_"


@dataclass(frozen=True)
class Change:
    """The smallest change of one kind that moves a customer.

    Attributes
    ----------
    kind
        ``orders`` (so many more within 30 days), ``quiet`` (so many days without one) or ``feature``.
    amount
        Orders, days, or the difference of the feature in real units.
    feature
        The feature that changes, where one does.
    to
        The segment the customer would be in.
    values
        The features that decide, after the change, in real units.
    order_value
        The value of one of the orders.
    held
        Features that were held as they are because what they would be is not known.
    """

    kind: str
    amount: float
    to: int
    values: dict[str, float]
    feature: str = ""
    order_value: float = float("nan")
    held: tuple[str, ...] = ()


def possible_orders(customer: Mapping[str, float]) -> int:
    """Return how many orders within 30 days can really be expected of *customer*, at most 30.

    >>> possible_orders({"frequency": 2, "tenure_days": 300}), possible_orders({"frequency": 60, "tenure_days": 300})
    (3, 18)
    """
    orders, tenure = customer.get("frequency", math.nan), customer.get("tenure_days", math.nan)
    if not (orders > 0 and tenure > 0):
        return ALWAYS_POSSIBLE
    pace = orders * HORIZON_DAYS / max(tenure, HORIZON_DAYS)
    return min(HORIZON_DAYS, max(ALWAYS_POSSIBLE, math.ceil(TIMES_PACE * pace)))


def more_orders(fitted: Fitted, row: int) -> Change | None:
    """Return the fewest further orders of the usual value within 30 days that move the customer at *row*, if any do."""
    customer = fitted.one(row)
    value = usual_order(customer)
    if "frequency" not in customer or math.isnan(value):
        return None
    counts = np.arange(1, possible_orders(customer) + 1, dtype=np.float64)
    made, held = after_orders(customer, counts)
    place = _first_move(fitted, row, made, len(counts))
    if place is None:
        return None
    values = {name: float(made[name][place]) for name in fitted.pipeline.features}
    to = int(fitted.assign(fitted.table(values))[0])
    return Change("orders", float(counts[place]), to, values, order_value=value, held=_deciding(fitted, held))


def no_orders(fitted: Fitted, row: int) -> Change | None:
    """Return the fewest further days without an order that move the customer at *row*, within two years and, of an
    account, while it stays in its cohort.
    """
    customer = fitted.one(row)
    still = days_active(fitted, row)
    days = np.arange(1, (LONGEST_QUIET if still is None else min(still, LONGEST_QUIET)) + 1, dtype=np.float64)
    if not len(days):
        return None
    made, held = after_quiet(customer, days)
    place = _first_move(fitted, row, made, len(days))
    if place is None:
        return None
    values = {name: float(made[name][place]) for name in fitted.pipeline.features}
    to = int(fitted.assign(fitted.table(values))[0])
    return Change("quiet", float(days[place]), to, values, held=_deciding(fitted, held))


def days_active(fitted: Fitted, row: int) -> int | None:
    """Return how many more days the account at *row* stays active without a trade; None where that is not known."""
    as_of, months = fitted.customers.as_of, fitted.active_months
    if as_of is None or months is None:
        return None
    last = as_of - timedelta(days=int(fitted.customers.values["recency_days"][row]))
    days = -1
    while months_before(as_of + timedelta(days=days + 1), months) <= last:
        days += 1
    return days if days >= 0 else None


def usual_order(customer: Mapping[str, float]) -> float:
    """Return the customer's usual order value, or NaN where it cannot be known."""
    if "average_order_value" in customer:
        return customer["average_order_value"]
    if customer.get("frequency", 0) > 0 and "monetary" in customer:
        return customer["monetary"] / customer["frequency"]
    return math.nan


def after_orders(customer: Mapping[str, float], counts: Floats) -> tuple[dict[str, Floats], set[str]]:
    """Return the features after *counts* further orders, shape (m,), seen 30 days later, and those that were held.

    Orders are spread evenly over the 30 days, the last one on the last day: a recency of 1, looked at the day after.
    """
    get = {name: float(value) for name, value in customer.items()}
    orders, money, recency = (get.get(name, math.nan) for name in ("frequency", "monetary", "recency_days"))
    tenure, spent = get.get("tenure_days", math.nan), counts * usual_order(customer)
    follow: dict[str, Floats] = {
        "recency_days": np.ones_like(counts),
        "frequency": orders + counts,
        "monetary": money + spent,
        "total_quantity": get.get("total_quantity", math.nan) * (1 + counts / orders),
        "tenure_days": tenure + HORIZON_DAYS + 0 * counts,
        "account_age_days": get.get("account_age_days", math.nan) + HORIZON_DAYS + 0 * counts,
        "return_rate": get.get("return_rate", math.nan) * money / (money + spent),
        "days_between_orders_mean": _mean_gap(get, counts),
        "own_rhythm_recency": np.ones_like(counts) / get.get("days_between_orders_median", math.nan),
    }
    if recency > RECENT_DAYS - HORIZON_DAYS:
        follow["recent_spend_share"] = spent / (money + spent)
    elif tenure <= RECENT_DAYS - HORIZON_DAYS:
        follow["recent_spend_share"] = np.ones_like(counts)
    return _followed(get, follow, counts)


def after_quiet(customer: Mapping[str, float], days: Floats) -> tuple[dict[str, Floats], set[str]]:
    """Return the features after so many *days* without an order, shape (m,), and those that were held."""
    get = {name: float(value) for name, value in customer.items()}
    recency = get.get("recency_days", math.nan) + days
    same = {"frequency", "monetary", "total_quantity", "return_rate", "distinct_products"}
    same |= {"days_between_orders_mean", "days_between_orders_median", "months_traded"}
    follow: dict[str, Floats] = {name: get[name] + 0 * days for name in same & get.keys()}
    follow |= {name: get.get(name, math.nan) + days for name in ("recency_days", "tenure_days", "account_age_days")}
    follow["own_rhythm_recency"] = recency / get.get("days_between_orders_median", math.nan)
    if "recent_spend_share" in get:
        # Known once the last order is older than what counts as recent; until then at most what it was.
        follow["recent_spend_share"] = np.where(recency > RECENT_DAYS, 0.0, get["recent_spend_share"])
    made, held = _followed(get, follow, days)
    recent = get.get("recent_spend_share", 0.0)
    return made, held | ({"recent_spend_share"} if recent > 0 and recency[0] <= RECENT_DAYS else set())


def _mean_gap(customer: Mapping[str, float], counts: Floats) -> Floats:
    """Return the mean days between purchase dates after *counts* orders on as many further dates."""
    tenure, recency = customer.get("tenure_days", math.nan), customer.get("recency_days", math.nan)
    mean = customer.get("days_between_orders_mean", math.nan)
    gaps = round((tenure - recency) / mean) if mean > 0 and tenure > recency else 0
    return np.asarray((tenure + HORIZON_DAYS - 1) / (gaps + counts), dtype=np.float64)


def _followed(
    customer: Mapping[str, float], follow: Mapping[str, Floats], steps: Floats
) -> tuple[dict[str, Floats], set[str]]:
    """Return every feature of *customer*, those of *follow* where they are known, the others as they are."""
    made, held = {}, set()
    for name, value in customer.items():
        known = name in follow and bool(np.isfinite(follow[name]).all())
        made[name] = follow[name] if known else np.full(len(steps), value)
        if not (known or name in UNCHANGED or name.startswith(SHARE)):
            held.add(name)
    return made, held


def _first_move(fitted: Fitted, row: int, made: Mapping[str, Floats], steps: int) -> int | None:
    """Return the first of the *made* customers whom the model puts into another segment."""
    labels = fitted.assign(fitted.table({name: made[name][:steps] for name in fitted.pipeline.features}))
    moved = np.flatnonzero((labels != fitted.labels[row]) & (labels != APART))
    return int(moved[0]) if len(moved) else None


def _deciding(fitted: Fitted, held: set[str]) -> tuple[str, ...]:
    return tuple(name for name in fitted.pipeline.features if name in held)
