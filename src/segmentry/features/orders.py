"""Features of orders: recency, frequency, monetary and what follows from them.

Definitions: Fader, Hardie & Lee, "RFM and CLV" (2005), with frequency as distinct orders and recency in calendar days.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

RECENT_DAYS = 90


def order_features(orders: ir.Table, *, as_of: date) -> ir.Table:
    """Return one row per customer with the features of the block ``orders``, from kept orders by date."""
    import ibis

    recent = ibis.ifelse(orders.date >= as_of - timedelta(days=RECENT_DAYS), orders.amount, 0)
    customers = orders.group_by("customer_id").agg(
        orders=orders.order_id.nunique(),
        lines=orders.lines.sum(),
        amount=orders.amount.sum(),
        recent=recent.sum(),
        quantity=orders.quantity.sum(),
        first=orders.date.min(),
        last=orders.date.max(),
    )
    looked_from = ibis.literal(as_of)
    # Sums are exact decimals up to here, so the order in which an engine adds cannot show in a feature.
    monetary = customers.amount.cast("float64")
    return customers.select(
        "customer_id",
        recency_days=looked_from.delta(customers["last"], unit="day"),
        frequency=customers.orders,
        monetary=monetary,
        total_quantity=customers.quantity.cast("float64"),
        average_order_value=monetary / customers.orders,
        tenure_days=looked_from.delta(customers["first"], unit="day"),
        recent_spend_share=customers.recent.cast("float64") / monetary.nullif(0.0),
        lines_per_order=customers.lines / customers.orders,
    )
