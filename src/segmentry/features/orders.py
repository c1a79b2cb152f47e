"""Features of orders: recency, frequency, monetary and what follows from them.

Definitions: Fader, Hardie & Lee, "RFM and CLV" (2005), with frequency as distinct orders and recency in calendar days.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


def order_features(customers: ir.Table, counts: ir.Table, *, as_of: date) -> ir.Table:
    """Return one row per customer with the features of the block ``orders``, from what was kept of the *customers* and
    the *counts* of their orders.
    """
    import ibis

    joined = customers.left_join(counts, "customer_id")
    sums = joined.mutate(orders=joined.orders.fill_null(0))
    return sums.select("customer_id", **order_measures(sums, as_of=ibis.literal(as_of)))


def order_measures(sums: ir.Table, *, as_of: ir.DateValue) -> dict[str, ir.Value]:
    """Return the features of the block by name, from *sums* of a customer's purchases: ``first`` and ``last`` date,
    ``orders``, ``lines``, ``quantity``, ``amount`` and ``recent``, the part of it that was spent recently.
    """
    # Sums are exact decimals up to here, so the order in which an engine adds cannot show in a feature.
    monetary = sums.amount.cast("float64")
    return {
        "recency_days": as_of.delta(sums["last"], unit="day"),
        "frequency": sums.orders,
        "monetary": monetary,
        "total_quantity": sums.quantity.cast("float64"),
        "average_order_value": monetary / sums.orders.nullif(0),
        "tenure_days": as_of.delta(sums["first"], unit="day"),
        "recent_spend_share": sums.recent.cast("float64") / monetary.nullif(0.0),
        "lines_per_order": sums.lines / sums.orders.nullif(0),
    }
