"""What each customer spent on each product: summed up once, for features of baskets and for what segments buy."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from ..clean import Marked
from ..engine import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

NAME = "customer_products"


class Pairs:
    """The table of customers and products that *marked* rows of *engine* make, stored when it is first needed."""

    def __init__(self, engine: Engine, marked: Marked) -> None:
        self._engine, self._marked = engine, marked
        self._lock = Lock()
        self._is_stored = False

    def store(self) -> None:
        """Sum up the kept rows by customer and product, once."""
        with self._lock:
            if not self._is_stored:
                self._engine.store(
                    lambda: customer_products(self._marked.kept), NAME, step=NAME, condition=self._marked.name
                )
                self._is_stored = True


def customer_products(kept: ir.Table) -> ir.Table:
    """Return what each customer spent on each product, from *kept* rows."""
    rows = kept.filter(kept["product"].notnull())
    return rows.group_by("customer_id", "product").agg(amount=rows.amount.sum())


def pairs() -> ir.Table:
    """Return the stored table as an expression."""
    import ibis

    return ibis.table({"customer_id": "string", "product": "string", "amount": "decimal(38, 4)"}, name=NAME)
