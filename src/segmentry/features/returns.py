"""Features of returns: how much of the money came back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


def return_features(customers: ir.Table, *, kept: str, cancelled: str) -> ir.Table:
    """Return one row per customer with ``return_rate``, from sums by customer (*kept* and *cancelled* are reasons)."""
    import ibis

    rows = customers.filter(customers.reason.isin([kept, cancelled]))
    bought = ibis.ifelse(rows.reason == kept, rows.amount, 0)
    returned = ibis.ifelse(rows.reason == cancelled, rows.turnover, 0)
    sums = rows.group_by("customer_id").agg(bought=bought.sum(), returned=returned.sum())
    rate = sums.returned.cast("float64") / sums.bought.cast("float64").nullif(0.0)
    return sums.select("customer_id", return_rate=rate)
