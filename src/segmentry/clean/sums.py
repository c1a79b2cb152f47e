"""Marked rows summed up by order, customer and reason. Comes in: rows or entries. Goes out: tables and the ledger."""

from __future__ import annotations

import operator
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any

from ..engine import Engine, Query
from .ledger import Ledger, LedgerLine
from .marking import COPIES, CUSTOMERS, KEPT, ORDERS, SEEN, table
from .rules import DUPLICATE, EXPLANATIONS, ORDER

if TYPE_CHECKING:
    import ibis.expr.types as ir

RECENT_DAYS = 90  # before the as-of date: what counts as spent recently
BITS = {reason: 1 << place for place, reason in enumerate((KEPT, *ORDER))}


def ordered(rows: ir.Table, **more: Any) -> ir.Table:
    """Return marked *rows* summed up by reason, customer, order, date and country, with *more* aggregates."""
    sums = rows.group_by("reason", "customer_id", "order_id", "date", "country").agg(
        lines=rows.count(),
        amount=rows.amount.sum(),
        turnover=rows.amount.abs().sum(),
        quantity=rows.quantity.sum(),
        **more,
    )
    return sums.select(*ORDERS, *more)


def unordered(rows: ir.Table) -> ir.Table:
    """Return marked *rows* as entries of one line each; amounts stay as they are, for those of rows add faster."""
    import ibis

    return rows.mutate(lines=ibis.literal(1, "int64"), turnover=rows.amount.abs()).select(*ORDERS)


def seen(entries: ir.Table, *, lines: bool = False, anywhere: bool = False, **more: Any) -> ir.Table:
    """Return every order of every customer in *entries* (or rows, then maybe with their *lines*), with the reasons of
    its rows as bits; *anywhere*, in the words of any engine, of which some cannot join bits.
    """
    import ibis

    if anywhere:
        each = (ibis.ifelse(entries.reason == reason, bit, 0).max() for reason, bit in BITS.items())
        reasons = reduce(operator.add, each).cast("int64")
    else:
        bit = ibis.cases(*((entries.reason == reason, ibis.literal(bit, "int64")) for reason, bit in BITS.items()))
        reasons = bit.bit_or()
    counted = {"lines": entries.count()} if lines else {}
    return entries.group_by("customer_id", "order_id").agg(reasons=reasons, **counted, **more)


def summed(entries: ir.Table, as_of: date, *more: str) -> ir.Table:
    """Return *entries* by reason, customer, and what *more* names, as :attr:`Marked.customers` says."""
    import ibis

    earliest = as_of - timedelta(days=min(RECENT_DAYS, (as_of - date.min).days))
    recent = ibis.ifelse(entries.date >= ibis.literal(earliest), entries.amount, 0)
    # An as-of date after the last purchase may be before later cancellations, of which nobody knows yet.
    turnover = ibis.ifelse(entries.date <= ibis.literal(as_of), entries.turnover, 0)
    found = entries.group_by("reason", "customer_id", *more).agg(
        lines=entries.lines.sum(),
        amount=entries.amount.sum(),
        turnover=turnover.sum().cast("decimal(38, 4)"),
        quantity=entries.quantity.sum(),
        recent=recent.sum().cast("decimal(38, 4)"),
        first=entries.date.min(),
        last=entries.date.max(),
    )
    return found.select(*CUSTOMERS, *more)


def _over_countries(sums: ir.Table) -> ir.Table:
    """Return *sums* by reason, customer and country without regard to the country."""
    added = {name: sums[name].sum() for name in ("lines", "amount", "turnover", "quantity", "recent")}
    found = sums.group_by("reason", "customer_id").agg(**added, first=sums["first"].min(), last=sums["last"].max())
    return found.select(*CUSTOMERS)


def last_kept(engine: Engine, dated: Any, *, condition: str) -> date | None:
    """Return the last date among the kept rows of *dated*, which returns rows or entries."""

    def query() -> ir.Table:
        rows = dated()
        return rows.filter(rows.reason == KEPT).agg(last=rows.date.max())

    found = engine.rows(query, step="last date", condition=condition)[0]["last"]
    return found if found is None or isinstance(found, date) else found.date()


def sum_up(engine: Engine, name: str, as_of: date, *, condition: str, counted: str, has_copies: bool) -> Ledger:
    """Store the customers, and how many orders each has, of the entries ``orders_of_NAME``; return the ledger.

    *counted* is a table of orders (``seen``) that is there already, else they are counted; *has_copies* says that it
    was made before copies were known.
    """

    def entries() -> ir.Table:
        return table(ORDERS, f"orders_of_{name}")

    def store(query: Query, what: str) -> None:
        engine.store(query, f"{what}_of_{name}", step=what, condition=condition)

    def rows(query: Query, step: str) -> list[dict[str, Any]]:
        return engine.rows(query, step=step, condition=condition)

    if counted:
        store(lambda: summed(entries(), as_of, "country"), "customer_countries")
        by_country = f"customer_countries_of_{name}"
        store(lambda: _over_countries(table(CUSTOMERS | {"country": "string"}, by_country)), "customers")
    else:
        store(lambda: summed(entries(), as_of), "customers")
        store(lambda: seen(entries(), anywhere=not engine.has_hashes), "orders_seen")
    orders = counted or f"orders_seen_of_{name}"
    store(lambda: _orders_kept(table(SEEN, orders)), "counts")
    by_reason = rows(lambda: _by_reason(table(CUSTOMERS, f"customers_of_{name}")), "ledger")
    counts = rows(lambda: _orders_of_reasons(table(SEEN, orders)), "orders of the ledger")[0]
    if has_copies:
        counts[_column(ORDER.index(DUPLICATE) + 1)] = rows(lambda: _orders_of_copies(name), "orders of copies")[0]["n"]
    return _ledger({row["reason"]: row for row in by_reason}, counts)


def _orders_kept(orders: ir.Table) -> ir.Table:
    kept = orders.filter(((orders.reasons & BITS[KEPT]) != 0) & orders.order_id.notnull())
    return kept.group_by("customer_id").agg(orders=kept.count())


def _orders_of_reasons(orders: ir.Table) -> ir.Table:
    named = orders.filter(orders.order_id.notnull())
    counts = {_column(place): ((named.reasons & bit) != 0).sum() for place, bit in enumerate(BITS.values())}
    return named.agg(**counts, every=named.count())


def _orders_of_copies(name: str) -> ir.Table:
    found = table(COPIES, f"copies_of_{name}")
    distinct = found.filter(found.order_id.notnull()).select("customer_id", "order_id").distinct()
    return distinct.agg(n=distinct.count())


def _column(place: int) -> str:
    return f"r{place}"


def _by_reason(customers: ir.Table) -> ir.Table:
    """Return the sums of *customers* by reason, and of all under no reason."""
    import ibis

    sums = {"rows": customers.lines.sum(), "money": customers.amount.sum()}
    by_reason = customers.group_by("reason").agg(**sums, customers=customers.customer_id.count())
    everything = customers.agg(**sums, customers=customers.customer_id.nunique())
    everything = everything.mutate(reason=ibis.null("string"))
    return by_reason.union(everything.select(*by_reason.columns))


def _ledger(found: dict[str | None, dict[str, Any]], orders: dict[str, Any]) -> Ledger:
    places = {reason: _column(place) for place, reason in enumerate(BITS)}

    def line(reason: str, row: dict[str, Any], count: Any) -> LedgerLine:
        money = row["money"] if row["money"] is not None else Decimal(0)
        return LedgerLine(
            reason, int(row["rows"] or 0), int(count or 0), row["customers"], money, EXPLANATIONS.get(reason, "")
        )

    lines = tuple(line(reason, found[reason], orders[places[reason]]) for reason in ORDER if reason in found)
    nothing = LedgerLine(KEPT, 0, 0, 0, Decimal(0))
    kept = line(KEPT, found[KEPT], orders[places[KEPT]]) if KEPT in found else nothing
    return Ledger(lines, kept, line("all", found[None], orders["every"]))
