"""Tables that several features, and what segments buy, follow from: each is stored once, when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING

from ..clean import KEPT, Marked
from ..clean.marking import MASKS, table
from ..engine import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir

# What each customer spent on each product.
PAIRS = "customer_products"
# The kept orders, whole: how many lines, how many items, what they are worth; with the masks of their entries, if any.
ORDERS = "kept_orders"


class Shared:
    """The tables of *marked* transactions in *engine*."""

    def __init__(self, engine: Engine, marked: Marked) -> None:
        self._engine, self._marked = engine, marked
        self._lock = Lock()
        self._stored: set[str] = set()

    def store_pairs(self) -> None:
        """Sum up the kept lines by customer and product."""
        self._store(PAIRS, lambda: customer_products(self._marked.kept))

    def store_orders(self) -> None:
        """Sum up the kept entries by customer and order."""
        self._store(ORDERS, lambda: whole_orders(self._marked))

    def _store(self, name: str, query: Callable[[], ir.Table]) -> None:
        with self._lock:
            if name not in self._stored:
                self._engine.store(query, name, step=name, condition=repr((self._marked.name, self._marked.has_masks)))
                self._stored.add(name)


def customer_products(kept: ir.Table) -> ir.Table:
    """Return what each customer spent on each product, from *kept* lines."""
    rows = kept.filter(kept["product"].notnull())
    return rows.group_by("customer_id", "product").agg(amount=rows.amount.sum())


def pairs() -> ir.Table:
    """Return the stored table of customers and products as an expression."""
    return table({"customer_id": "string", "product": "string", "amount": "decimal(38, 4)"}, PAIRS)


def whole_orders(marked: Marked) -> ir.Table:
    """Return one row per kept order of a customer."""
    orders = marked.masked_orders if marked.has_masks else marked.orders
    kept = orders.filter(orders.reason == KEPT)
    return kept.group_by("customer_id", "order_id").agg(
        lines=kept.lines.sum(),
        items=kept.quantity.sum(),
        value=kept.amount.sum(),
        **{mask: kept[mask].bit_or() for mask in MASKS if marked.has_masks},
    )


def orders(*, has_masks: bool = False) -> ir.Table:
    """Return the stored table of whole orders as an expression."""
    kinds = {"customer_id": "string", "order_id": "string", "lines": "int64", "items": "float64"}
    return table(kinds | {"value": "decimal(38, 4)"} | (MASKS if has_masks else {}), ORDERS)
