"""Mark every row with the first rule it breaks, and count the marks. Comes in: transactions. Goes out: ``Marked``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..core.errors import NothingLeft
from ..core.recipe import Cancellations, Clean
from ..engine import Engine, Query
from .ledger import Ledger, LedgerLine
from .netting import reversed_purchases
from .rules import AFTER_AS_OF, BEFORE_WINDOW, EXPLANATIONS, ORDER, REVERSED, row_rules

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEPT = "kept"
ALL = "all"
UNNAMED = "(no customer)"  # the one customer that rows without a customer belong to when the recipe keeps them
# The stored table of marked rows; the last two columns are made here.
ROWS = {
    "row_id": "int64", "customer_id": "string", "order_id": "string", "time": "timestamp", "quantity": "float64",
    "amount": "decimal(18, 4)", "product": "string", "country": "string", "unparsed": "string", "date": "date",
    "reason": "string",
}  # fmt: skip
# The stored table of orders: all that the ledger and most features need of the rows, twenty times smaller.
ORDERS = {
    "reason": "string", "customer_id": "string", "order_id": "string", "date": "date", "country": "string",
    "lines": "int64", "amount": "decimal(38, 4)", "turnover": "decimal(38, 4)", "quantity": "float64",
}  # fmt: skip


@dataclass(frozen=True)
class Marked:
    """Transactions with their fate.

    Attributes
    ----------
    name
        The engine's table that holds them.
    ledger
        Counts and money by reason.
    as_of
        The date the features look back from.
    """

    name: str
    ledger: Ledger
    as_of: date

    @property
    def rows(self) -> ir.Table:
        """The columns later stages need, ``date`` (the calendar day of ``time``) and ``reason`` (``kept``, or the first
        rule the row breaks).
        """
        return _stored(self.name)

    @property
    def kept(self) -> ir.Table:
        """The rows that broke no rule."""
        return self.rows.filter(self.rows.reason == KEPT)

    @property
    def orders(self) -> ir.Table:
        """The rows by reason, customer, order, date and country, with ``lines``, ``amount``, ``turnover`` (the sum of
        amounts without their signs) and ``quantity``.
        """
        return _orders(self.name)


def mark(transactions: ir.Table, settings: Clean, *, as_of: date | None, today: date) -> ir.Table:
    """Return the *transactions* with ``date`` and ``reason``: an expression, nothing runs.

    *today* is the last possible date where the recipe limits dates without naming one.
    """
    import ibis

    rows = _with_copies(transactions) if settings.duplicates == "drop" else transactions
    rows = rows.mutate(date=rows.time.date())
    if settings.missing_customer == "keep":
        rows = rows.mutate(customer_id=rows.customer_id.fill_null(UNNAMED))
    rules = [(rule.broken, rule.reason) for rule in row_rules(rows, settings, as_of=as_of, today=today)]
    marked = rows.mutate(reason=ibis.cases(*rules, else_=KEPT)).select(*ROWS)
    if isinstance(settings.cancellations, Cancellations) and settings.cancellations.net:
        gone = reversed_purchases(marked, kept=KEPT).select(gone_id="row_id")
        joined = marked.left_join(gone, marked.row_id == gone.gone_id)
        marked = joined.mutate(reason=ibis.ifelse(joined.gone_id.notnull(), REVERSED, joined.reason)).drop("gone_id")
    return marked


def settle(
    engine: Engine,
    marked: Query,
    *,
    as_of: date | None,
    window_days: int | None,
    where: str,
    not_before: date | None = None,
    condition: str = "",
) -> Marked:
    """Run the marking once, settle the as-of date and the window, and count. Raises NothingLeft with the ledger.

    Without *as_of* it is the day after the last kept event, or *not_before* when that is later. *where* names the
    source in the error, and *condition* says what *marked* depends on beyond the recipe.
    """
    name = "marked"
    engine.store(marked, name, step="clean", condition=condition)
    ledger, last = _sum_up(engine, name)
    if last is None:
        raise NothingLeft(
            f"No row of {where} is left after cleaning.",
            ledger=ledger,
            action=_way_on(ledger),
        )
    settled = as_of or max(last + timedelta(days=last < date.max), not_before or date.min)
    if window_days is not None:
        first = settled - timedelta(days=min(window_days, (settled - date.min).days))
        whole, name = name, "marked_in_window"
        engine.store(lambda: _within(_stored(whole), first), name, step="window", condition=str(first))
        ledger, last = _sum_up(engine, name)
        if last is None:
            raise NothingLeft(
                f"No row of {where} lies within {window_days} days before {settled}.",
                ledger=ledger,
                action="Set a longer window_days or another as_of.",
            )
    return Marked(name, ledger, settled)


def _stored(name: str) -> ir.Table:
    import ibis

    return ibis.table(ROWS, name=name)


def _orders(name: str) -> ir.Table:
    import ibis

    return ibis.table(ORDERS, name=f"orders_of_{name}")


def _within(rows: ir.Table, first: date) -> ir.Table:
    """Return marked *rows*, those kept so far but before *first* with their new reason."""
    import ibis

    outside = (rows.reason == KEPT) & (rows.date < ibis.literal(first))
    return rows.mutate(reason=ibis.ifelse(outside, BEFORE_WINDOW, rows.reason))


def _way_on(ledger: Ledger) -> str:
    most = max(ledger.set_aside, key=lambda line: line.rows, default=None)
    if most is None:
        return "Give a source with rows."
    if most.reason == AFTER_AS_OF:
        return f"{most.rows:,} of {ledger.total.rows:,} rows lie after the as-of date: set a later one (--as-of)."
    share = f"{most.rows:,} of {ledger.total.rows:,} rows"
    return f"Most went for '{most.reason}' ({share}); the recipe's clean section sets the rules."


def _with_copies(rows: ir.Table) -> ir.Table:
    """Add ``is_copy``. Whole rows are compared only where keys repeat: far cheaper than a window over every row."""
    originals = [name for name in rows.columns if re.fullmatch(r"c\d+", name)]
    repeated = rows.group_by(repeated_key=rows.row_key).agg(times=rows.count())
    repeated = repeated.filter(repeated.times > 1)
    alike = rows.semi_join(repeated, rows.row_key == repeated.repeated_key).select("row_id", "row_key", *originals)
    alike = alike.mutate(first=alike.row_id.min().over(group_by=("row_key", *originals)))
    copies = alike.filter(alike.row_id > alike["first"]).select(copy_id="row_id")
    joined = rows.left_join(copies, rows.row_id == copies.copy_id)
    return joined.mutate(is_copy=joined.copy_id.notnull()).drop("copy_id")


def _ordered(rows: ir.Table) -> ir.Table:
    """Return marked *rows* summed up as :attr:`Marked.orders` says."""
    sums = rows.group_by("reason", "customer_id", "order_id", "date", "country").agg(
        lines=rows.count(), amount=rows.amount.sum(), turnover=rows.amount.abs().sum(), quantity=rows.quantity.sum()
    )
    return sums.select(*ORDERS)


def _counted(orders: ir.Table) -> ir.Table:
    """Return the sums of *orders* by reason, and of all under the reason ``all``."""
    import ibis

    sums: dict[str, Any] = {
        "rows": orders.lines.sum(), "orders": orders.order_id.nunique(), "customers": orders.customer_id.nunique(),
        "money": orders.amount.sum(), "last": orders.date.max(),
    }  # fmt: skip
    by_reason = orders.group_by("reason").agg(**sums)
    everything = orders.agg(**sums).mutate(reason=ibis.literal(ALL))
    return by_reason.union(everything.select(*by_reason.columns))


def _sum_up(engine: Engine, name: str) -> tuple[Ledger, date | None]:
    """Store the orders of the stored rows *name*; return their ledger and the date of the last kept one."""
    orders = f"orders_of_{name}"
    engine.store(lambda: _ordered(_stored(name)), orders, step="orders", condition=name)
    found = {row["reason"]: row for row in engine.rows(lambda: _counted(_orders(name)), step="ledger", condition=name)}
    everything = found.pop(ALL)
    kept = found.pop(KEPT, None)
    lines = tuple(_line(reason, found[reason]) for reason in ORDER if reason in found)
    nothing = LedgerLine(KEPT, 0, 0, 0, Decimal(0))
    ledger = Ledger(lines, _line(KEPT, kept) if kept else nothing, _line(ALL, everything))
    return ledger, kept["last"] if kept else None


def _line(reason: str, row: dict[str, Any]) -> LedgerLine:
    money = row["money"] if row["money"] is not None else Decimal(0)
    return LedgerLine(reason, row["rows"], row["orders"], row["customers"], money, EXPLANATIONS.get(reason, ""))
