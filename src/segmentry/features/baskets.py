"""Features of baskets: how many different products, in an order and over all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .shared import orders, pairs

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..clean import Marked


def basket_features(marked: Marked) -> ir.Table:
    """Return one row per customer with the features of the block ``baskets``; the tables ``shared`` are there."""
    in_orders = _by_masks(marked) if marked.has_masks else _distinct(marked.kept)
    overall = pairs().group_by("customer_id").agg(distinct_products=pairs().count())
    joined = marked.counts.left_join(in_orders, "customer_id").drop("customer_id_right")
    joined = joined.left_join(overall, "customer_id")
    return joined.select(
        "customer_id",
        distinct_products=joined.distinct_products.fill_null(0),
        products_per_order=joined.bought.fill_null(0) / joined.orders,
    )


def _distinct(kept: ir.Table) -> ir.Table:
    """Return how many different products each customer's orders have, summed over the orders, from *kept* lines."""
    bought = kept.filter(kept["product"].notnull()).select("customer_id", "order_id", "product").distinct()
    return bought.group_by("customer_id").agg(bought=bought.count())


def _by_masks(marked: Marked) -> ir.Table:
    """Return the same: where masks tell that no product is there twice, an order has as many as it has lines."""
    from ..clean.copies import NONE, repeats

    every = orders(has_masks=True)
    sure = every.filter(~repeats(every))
    doubtful = every.filter(repeats(every)).select(c="customer_id", o=every.order_id.fill_null(NONE))
    kept = marked.kept
    lines = kept.semi_join(doubtful, (kept.customer_id == doubtful.c) & (kept.order_id.fill_null(NONE) == doubtful.o))
    found = sure.group_by("customer_id").agg(bought=sure.lines.sum()).union(_distinct(lines))
    return found.group_by("customer_id").agg(bought=found.bought.sum())
