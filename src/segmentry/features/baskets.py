"""Features of baskets: how many different products, in an order and over all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


def basket_features(kept: ir.Table, counts: ir.Table, pairs: ir.Table) -> ir.Table:
    """Return one row per customer with the features of the block ``baskets``, from *kept* rows, the *counts* of orders,
    and the *pairs* of customers and products.
    """
    bought = kept.filter(kept["product"].notnull()).select("customer_id", "order_id", "product").distinct()
    in_orders = bought.group_by("customer_id").agg(bought=bought.count())
    overall = pairs.group_by("customer_id").agg(distinct_products=pairs.count())
    joined = counts.left_join(in_orders, "customer_id").drop("customer_id_right")
    joined = joined.left_join(overall, "customer_id")
    return joined.select(
        "customer_id",
        distinct_products=joined.distinct_products.fill_null(0),
        products_per_order=joined.bought.fill_null(0) / joined.orders,
    )
