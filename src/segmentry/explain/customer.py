"""Why a customer is in its segment, and what would move it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.tables import Column
from .book import ACTIVE, APART, Fitted
from .contributions import Contribution, contributions
from .moves import Change, days_active, more_orders, no_orders, possible_orders, usual_order
from .thresholds import single_changes

MOST_CHANGES = 3  # of single features that are told


@dataclass(frozen=True)
class Limit:
    """A feature beyond the outlier limits, in real units."""

    feature: Column
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class CustomerExplanation:
    """Why one customer is where it is; ``str()`` says it in sentences.

    Attributes
    ----------
    customer, segment, segment_id
        Who, and the name and id of the segment.
    other, other_id
        The nearest other segment; none where there is only one. For a customer set apart: the nearest segment.
    confidence
        1 − distance to the own centre ÷ distance to the other one: 1 at the centre, 0 on the border.
    margin
        Squared distance to the other centre minus that to the own one: what the pulls of all features add up to.
    reasons
        What each feature says, the strongest first.
    limits
        For a customer set apart: the features beyond the outlier limits.
    changes
        The smallest changes that would move the customer, each tried with the model.
    has_orders
        Whether orders (or days without one) are what moves a customer, rather than a change of one feature.
    orders_tried, order_value
        How many further orders within 30 days were tried, and of what value each.
    cohort, days_active
        The cohort of an account, empty for customers; and how many days an active one stays so without a trade, where
        that is known.
    window_days
        The recipe's window: what happens to orders that leave it cannot be known from the features.
    names
        Label of the model to name.
    is_held_back
        Whether a refresh keeps the customer there, though the model says the other segment.
    """

    customer: str
    segment: str
    segment_id: int
    other: str | None
    other_id: int | None
    confidence: float
    margin: float
    reasons: tuple[Contribution, ...]
    limits: tuple[Limit, ...]
    changes: tuple[Change, ...]
    has_orders: bool
    orders_tried: int
    order_value: float
    window_days: int | None
    cohort: str
    days_active: int | None
    names: Mapping[int, str]
    is_held_back: bool

    def __str__(self) -> str:
        from .words import customer_text

        return customer_text(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as JSON-able names and numbers, and ``text``, the sentences."""
        return {
            "customer": self.customer,
            "segment": self.segment,
            "segment_id": self.segment_id,
            "nearest_other_segment": self.other,
            "confidence": self.confidence,
            "is_held_back": self.is_held_back,
            "margin": self.margin,
            "reasons": [_reason(one) for one in self.reasons],
            "limits": [
                {"feature": one.feature.name, "value": one.value, "low": _finite(one.low), "high": _finite(one.high)}
                for one in self.limits
            ],
            "changes": [_change(one, self.names) for one in self.changes],
            "text": str(self),
        }


def explain_customer(fitted: Fitted, customer: str) -> CustomerExplanation:
    """Return why *customer* is in its segment and what would move it. Raises DataError for an unknown one."""
    row = fitted.row(customer)
    own = int(fitted.labels[row])
    distances = fitted.distances(row)
    others = [int(label) for label in np.argsort(distances, kind="stable") if label != own]
    other = others[0] if others else None
    apart = own == APART
    margin = 0.0 if apart or other is None else float(distances[other] - distances[own])
    values = fitted.one(row)
    tries_orders = _stays_in_cohort(fitted) and not np.isnan(usual_order(values)) and "frequency" in values
    return CustomerExplanation(
        customer=str(fitted.customers.ids[row]),
        segment=fitted.names[own],
        segment_id=fitted.shown(own),
        other=None if other is None else fitted.names[other],
        other_id=None if other is None else fitted.shown(other),
        confidence=_confidence(distances, own, other),
        margin=margin,
        reasons=() if apart or other is None else contributions(fitted, row, own, other),
        limits=_limits(fitted, row) if apart else (),
        changes=_changes(fitted, row) if other is not None else (),
        has_orders=fitted.has_orders,
        orders_tried=possible_orders(values) if tries_orders else 0,
        order_value=usual_order(values),
        window_days=fitted.window_days,
        cohort=fitted.cohort,
        days_active=days_active(fitted, row),
        names=fitted.names,
        is_held_back=fitted.held is not None and bool(fitted.held[row]),
    )


def _changes(fitted: Fitted, row: int) -> tuple[Change, ...]:
    if not fitted.has_orders:
        return single_changes(fitted, row)[:MOST_CHANGES]
    orders = more_orders(fitted, row) if _stays_in_cohort(fitted) else None
    return tuple(change for change in (orders, no_orders(fitted, row)) if change is not None)


def _stays_in_cohort(fitted: Fitted) -> bool:
    """Return whether further orders can be told of: where they would change the cohort, its model has no say."""
    return fitted.has_orders and fitted.cohort in {"", ACTIVE}


def _confidence(distances: Any, own: int, other: int | None) -> float:
    """Return the confidence as ``cluster.assign`` defines it; 0 for a customer set apart."""
    if own == APART:
        return 0.0
    if other is None:
        return 1.0
    nearness = distances[own] / distances[other] if distances[other] > 0 else 1.0
    return max(0.0, 1.0 - float(np.sqrt(nearness)))


def _limits(fitted: Fitted, row: int) -> tuple[Limit, ...]:
    """Return the features in which the customer at *row* is beyond the outlier limits."""
    found = []
    for name in fitted.pipeline.features:
        value, (low, high) = float(fitted.customers.values[name][row]), fitted.limits(name)
        if value < low or value > high:
            found.append(Limit(fitted.customers.column(name), value, low, high))
    return tuple(found)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _reason(one: Contribution) -> dict[str, Any]:
    return {
        "feature": one.feature.name,
        "unit": one.feature.unit,
        "value": one.value,
        "pull": one.pull,
        "weight": one.weight,
        "own": vars(one.own),
        "other": vars(one.other),
    }


def _change(one: Change, names: Mapping[int, str]) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "amount": one.amount,
        "feature": one.feature or None,
        "order_value": one.order_value,
        "to": names[one.to],
        "values": one.values,
        "held": list(one.held),
    }
