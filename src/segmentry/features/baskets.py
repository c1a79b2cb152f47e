"""Features of baskets: how many different products, in an order and over all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


def basket_features(kept: ir.Table) -> ir.Table:
    """Return one row per customer with the features of the block ``baskets``, from kept rows."""
    bought = kept.select("customer_id", "order_id", "product").distinct()
    per_order = bought.group_by("customer_id", "order_id").agg(products=bought["product"].count())
    in_orders = per_order.group_by("customer_id").agg(pairs=per_order.products.sum(), orders=per_order.count())
    overall = bought.group_by("customer_id").agg(distinct_products=bought["product"].nunique())
    joined = overall.inner_join(in_orders, "customer_id")
    return joined.select("customer_id", "distinct_products", products_per_order=joined.pairs / joined.orders)
