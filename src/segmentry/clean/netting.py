"""Netting: which purchase a cancellation reverses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .rules import CANCELLATION

if TYPE_CHECKING:
    import ibis.expr.types as ir


def reversed_purchases(marked: ir.Table, *, kept: str) -> ir.Table:
    """Return the kept rows that a later cancellation of the same customer, product and quantity takes back.

    Each cancellation reverses the latest earlier purchase that is still standing, each purchase once: the matching of
    brackets. With purchases as +1 and cancellations as -1 in order of time, the running sum above its own minimum is
    the number of standing purchases, and a cancellation closes the purchase that opened the level it leaves.
    """
    import ibis

    rows = marked.filter((marked.reason == kept) | (marked.reason == CANCELLATION))
    rows = rows.filter(rows.quantity.notnull() & rows["product"].notnull() & rows.time.notnull())
    rows = rows.mutate(
        is_purchase=rows.reason == kept, size=rows.quantity.abs(), step=ibis.ifelse(rows.reason == kept, 1, -1)
    )
    key = ("customer_id", "product", "size")
    # At the same moment the cancellation comes first: it can only reverse what was bought before it.
    in_order = {"group_by": key, "order_by": (rows.time, rows.step, rows.row_id)}
    so_far = ibis.window(**in_order, preceding=None, following=0)
    rows = rows.mutate(balance=rows.step.sum().over(so_far))
    rows = rows.mutate(floor=ibis.least(rows.balance.min().over(so_far), 0))
    # A purchase opens the level it reaches; a cancellation closes the level it leaves (one above the one it reaches).
    rows = rows.mutate(level=rows.balance - rows.floor + ibis.ifelse(rows.is_purchase, 0, 1))
    within = ibis.window(group_by=(*key, "level"), order_by=in_order["order_by"])
    rows = rows.mutate(closed_by=rows.step.lead().over(within))
    return rows.filter(rows.is_purchase & (rows.closed_by == -1).fill_null(False))
