"""Rows of a customer table that repeat a customer or name none, found without keeping every row.

Most tables are in the order of their ids, and one look along them proves that none repeats. Only otherwise ids are
grouped. Comes in: ``row_id``, ``customer_id``, a key as telling as the id. Goes out: the rows that count, the ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from ..engine import Engine
from .customers import EXPLANATIONS, KEPT, REPEATED
from .ledger import Ledger, LedgerLine
from .rules import NO_CUSTOMER

if TYPE_CHECKING:
    import ibis.expr.types as ir

REPEATS = "repeated_customers"  # the table of those who have several rows, and which is the first


Table: TypeAlias = "Callable[[], ir.Table]"


def once_each(engine: Engine, rows: Table, key: str) -> tuple[Table, Ledger]:
    """Return what gives those of *rows* that are the first of a customer, and the ledger of all; *key* tells customers
    apart.
    """
    # Elsewhere rows have no order to look along: ids are grouped there.
    along = _along if engine.has_hashes else _sized
    look = engine.rows(lambda: along(rows(), key), step="order of ids", condition=key)[0]
    total, missing = int(look["all_rows"]), int(look["missing"] or 0)
    repeats, repeaters = 0, 0
    if all(int(look[order] or 0) for order in look if order.startswith("astray")):
        engine.store(lambda: _repeated(rows(), key), REPEATS, step="repeated customers", condition=key)
        found = engine.rows(lambda: _sums(rows(), key), step="count repeated customers", condition=key)[0]
        repeaters, repeats = int(found["repeaters"] or 0), int(found["repeats"] or 0)

    def kept() -> ir.Table:
        table = rows()
        table = table.filter(table.customer_id.notnull()) if missing else table
        return _first(table, key) if repeats else table

    return kept, _ledger(total, missing, repeats, repeaters)


def _along(rows: ir.Table, key: str) -> ir.Table:
    """Return how many rows there are, how many name no customer, and how many do not come after the one before.

    The one before in any order of rows: where none is astray, keys rise strictly along it, so no two are equal. Texts
    may rise by the alphabet, or shorter ones first (C9 before C10).
    """
    pairs = rows.select(key=rows[key], before=rows[key].lag())
    orders = {"astray": pairs.key <= pairs.before}
    if pairs.key.type().is_string():
        longer = pairs.key.length() - pairs.before.length()
        orders["astray_by_length"] = (longer < 0) | ((longer == 0) & (pairs.key <= pairs.before))
    gap = pairs.key.isnull()
    return pairs.agg(
        all_rows=pairs.count(), missing=gap.sum(), **{name: (gap | back).sum() for name, back in orders.items()}
    )


def _sized(rows: ir.Table, key: str) -> ir.Table:
    """Return how many rows there are and how many name no customer; whether one repeats stays open."""
    import ibis

    return rows.agg(all_rows=rows.count(), missing=rows[key].isnull().sum(), astray=ibis.literal(1))


def _repeated(rows: ir.Table, key: str) -> ir.Table:
    named = rows.filter(rows[key].notnull())
    counted = named.group_by(repeated_key=key).agg(times=named.count(), first=named.row_id.min())
    return counted.filter(counted.times > 1)


def _table(rows: ir.Table, key: str) -> ir.Table:
    import ibis

    return ibis.table({"repeated_key": rows[key].type(), "times": "int64", "first": "int64"}, name=REPEATS)


def _sums(rows: ir.Table, key: str) -> ir.Table:
    repeated = _table(rows, key)
    return repeated.agg(repeaters=repeated.count(), repeats=repeated.times.sum() - repeated.count())


def _first(rows: ir.Table, key: str) -> ir.Table:
    """Return *rows* without the second and later of a customer."""
    repeated = _table(rows, key)
    joined = rows.left_join(repeated, rows[key] == repeated.repeated_key)
    return joined.filter(joined["first"].isnull() | (joined.row_id == joined["first"])).select(*rows.columns)


def _ledger(total: int, missing: int, repeats: int, repeaters: int) -> Ledger:
    kept = total - missing - repeats

    def line(reason: str, rows: int, customers: int) -> LedgerLine:
        return LedgerLine(reason, rows, 0, customers, Decimal(0), EXPLANATIONS.get(reason, ""))

    aside = [line(NO_CUSTOMER, missing, 0)] * bool(missing) + [line(REPEATED, repeats, repeaters)] * bool(repeats)
    return Ledger(tuple(aside), line(KEPT, kept, kept), line("all", total, kept))
