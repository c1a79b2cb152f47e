"""Cleaning a customer table: one row per customer, and a ledger of the rows that were not."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from .ledger import Ledger, LedgerLine
from .rules import NO_CUSTOMER

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..engine import Engine

REPEATED = "repeated customer"
KEPT = "kept"
EXPLANATIONS = {NO_CUSTOMER: "the row names no customer", REPEATED: "second and later rows of the same customer"}


def mark_customers(rows: ir.Table) -> ir.Table:
    """Return *rows* (``row_id``, ``customer_id``, …) with ``reason``: kept, no customer, or a repeated customer."""
    import ibis

    first = rows.row_id.min().over(ibis.window(group_by="customer_id"))
    reason = ibis.cases((rows.customer_id.isnull(), NO_CUSTOMER), (rows.row_id > first, REPEATED), else_=KEPT)
    return rows.mutate(reason=reason)


def settle_customers(engine: Engine, marked: ir.Table) -> ir.Table:
    """Run the marking once and return the rows that it gave."""
    import ibis

    engine.store(marked, "marked_customers", step="clean")
    return ibis.table(marked.schema(), name="marked_customers")


def count_customers(engine: Engine, marked: ir.Table) -> Ledger:
    """Return the ledger of *marked* customer rows; a customer table has no orders and no money of its own."""
    counted = marked.group_by("reason").agg(rows=marked.count(), customers=marked.customer_id.nunique())
    found = {row["reason"]: row for row in engine.rows(counted, step="ledger")}

    def line(reason: str) -> LedgerLine:
        row = found.get(reason, {"rows": 0, "customers": 0})
        return LedgerLine(reason, row["rows"], 0, row["customers"], Decimal(0), EXPLANATIONS.get(reason, ""))

    aside = tuple(line(reason) for reason in EXPLANATIONS if reason in found)
    everyone = LedgerLine("all", sum(row["rows"] for row in found.values()), 0, line(KEPT).customers, Decimal(0))
    return Ledger(aside, line(KEPT), everyone)
