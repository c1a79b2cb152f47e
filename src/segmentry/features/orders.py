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
    orders = joined.orders.fill_null(0)
    looked_from = ibis.literal(as_of)
    # Sums are exact decimals up to here, so the order in which an engine adds cannot show in a feature.
    monetary = joined.amount.cast("float64")
    return joined.select(
        "customer_id",
        recency_days=looked_from.delta(joined["last"], unit="day"),
        frequency=orders,
        monetary=monetary,
        total_quantity=joined.quantity.cast("float64"),
        average_order_value=monetary / orders.nullif(0),
        tenure_days=looked_from.delta(joined["first"], unit="day"),
        recent_spend_share=joined.recent.cast("float64") / monetary.nullif(0.0),
        lines_per_order=joined.lines / orders.nullif(0),
    )
