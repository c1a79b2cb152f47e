"""Mark every row with the first rule it breaks. Comes in: transactions. Goes out: the same rows with ``reason``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ..core.recipe import Cancellations, Clean
from .ledger import Ledger
from .netting import reversed_purchases
from .rules import BEFORE_COPIES, BEFORE_WINDOW, DUPLICATE, REVERSED, row_rules

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEPT = "kept"
UNNAMED = "(no customer)"  # the one customer that rows without a customer belong to when the recipe keeps them
# Marked rows; the last two columns are made here.
ROWS = {
    "row_id": "int64", "customer_id": "string", "order_id": "string", "time": "timestamp", "quantity": "float64",
    "amount": "decimal(18, 4)", "product": "string", "description": "string", "category": "string",
    "country": "string", "unparsed": "string", "date": "date", "reason": "string",
}  # fmt: skip
# What the ledger and the features need of a row.
LINES = {
    "row_id": "int64", "reason": "string", "customer_id": "string", "order_id": "string", "date": "date",
    "country": "string", "quantity": "float64", "amount": "decimal(18, 4)", "product": "string", "category": "string",
}  # fmt: skip
PLACE = {"source_file": "string", "source_line": "int64"}  # where a row stands; then come the source's own columns
# What the ledger and most features need of the rows, summed up or not (see settling).
ORDERS = {
    "reason": "string", "customer_id": "string", "order_id": "string", "date": "date", "country": "string",
    "lines": "int64", "amount": "decimal(38, 4)", "turnover": "decimal(38, 4)", "quantity": "float64",
}  # fmt: skip
MASKS = {"mask": "uint64", "other_mask": "uint64"}  # what ``copies`` needs of sums


@dataclass(frozen=True)
class Marked:
    """Transactions with their fate.

    Attributes
    ----------
    name
        Which tables of the engine hold them: ``NAME``, and ``WHAT_of_NAME`` for lines, orders, customers, counts.
    ledger
        Counts and money by reason.
    as_of
        The date the features look back from.
    has_aside
        Whether there is ``aside_of_NAME``: the rows set aside, with where they stand and the source's own columns.
    has_masks
        Whether there are ``masked_orders``, which tell in which orders a product may be there twice.
    is_summed_at_once
        Whether there are ``dated_orders`` and ``customer_countries``: of a large book, whose ``orders`` are its rows.
    """

    name: str
    ledger: Ledger
    as_of: date
    has_aside: bool = False
    has_masks: bool = False
    is_summed_at_once: bool = False

    @property
    def rows(self) -> ir.Table:
        """One row per row of the source: what it says, ``date`` (the calendar day of ``time``) and ``reason``
        (``kept``, or the first rule the row breaks).
        """
        return table(ROWS, self.name)

    @property
    def lines(self) -> ir.Table:
        """The same rows with no more than the ledger and the features need, which are read faster."""
        return table(LINES, f"lines_of_{self.name}")

    @property
    def kept(self) -> ir.Table:
        """The lines that broke no rule."""
        return self.lines.filter(self.lines.reason == KEPT)

    @property
    def orders(self) -> ir.Table:
        """The rows by reason, customer, order, date and country, maybe in several entries: to be summed up.

        Each has ``lines`` (how many rows), ``amount``, ``turnover`` (amounts without their signs) and ``quantity``.
        Entries that correct another have negative ones, so they must not be counted themselves.
        """
        return table(ORDERS, f"orders_of_{self.name}")

    @property
    def masked_orders(self) -> ir.Table:
        """The same with the masks of ``copies``, where the book ``has_masks``."""
        return table(ORDERS | MASKS, f"masked_orders_of_{self.name}")

    @property
    def dated_orders(self) -> ir.Table:
        """Every order of every customer with a kept row or a copy of one: ``last`` date and ``amount`` of these."""
        orders = table(SUMS_OF_ORDERS, f"orders_seen_of_{self.name}")
        return orders.filter(orders["last"].notnull())

    @property
    def copies(self) -> ir.Table:
        """The rows that repeat another, with the ``reason`` that they have but for that."""
        return table(COPIES, f"copies_of_{self.name}")

    @property
    def customer_countries(self) -> ir.Table:
        """What is in ``customers``, by country."""
        return table(CUSTOMERS | {"country": "string"}, f"customer_countries_of_{self.name}")

    @property
    def customers(self) -> ir.Table:
        """The entries of ``orders`` by reason and customer, with the first and last date, ``recent`` (the amount of the
        last ``RECENT_DAYS`` before the as-of date); ``turnover`` is that of dates up to the as-of date.
        """
        return table(CUSTOMERS, f"customers_of_{self.name}")

    @property
    def counts(self) -> ir.Table:
        """How many distinct orders with a kept row each customer has."""
        return table(COUNTS, f"counts_of_{self.name}")


CUSTOMERS = {
    "reason": "string", "customer_id": "string", "lines": "int64", "amount": "decimal(38, 4)",
    "turnover": "decimal(38, 4)", "quantity": "float64", "recent": "decimal(38, 4)", "first": "date", "last": "date",
}  # fmt: skip
# What is kept of a copy: which row it is, and what has to be taken out of the sums of its order.
COPIES = {
    "row_id": "int64", "reason": "string", "customer_id": "string", "order_id": "string", "date": "date",
    "country": "string", "amount": "decimal(18, 4)", "quantity": "float64",
}  # fmt: skip
# Every order of every customer: the reasons of its rows as bits; of a large book also how many rows it has, and last
# date and money of what is kept of it.
SEEN = {"customer_id": "string", "order_id": "string", "reasons": "int64"}
SUMS_OF_ORDERS = SEEN | {"lines": "int64", "last": "date", "amount": "decimal(38, 4)"}
COUNTS = {"customer_id": "string", "orders": "int64"}


def mark(transactions: ir.Table, settings: Clean, *, as_of: date | None, today: date) -> ir.Table:
    """Return the *transactions* with ``date`` and ``reason``: an expression of any engine, nothing runs.

    *today* is the last possible date where the recipe limits dates without naming one.
    """
    rows = with_copies(transactions) if settings.duplicates == "drop" else transactions
    marked = judged(rows, settings, as_of=as_of, today=today).select(*ROWS)
    return netted(marked) if nets(settings) else marked


def judged(rows: ir.Table, settings: Clean, *, as_of: date | None, today: date) -> ir.Table:
    """Return *rows* with ``date`` and the first rule that each breaks; copies are known where ``is_copy`` says so."""
    import ibis

    rows = rows.mutate(date=rows.time.date())
    if settings.missing_customer == "keep":
        rows = rows.mutate(customer_id=rows.customer_id.fill_null(UNNAMED))
    rules = [(rule.broken, rule.reason) for rule in row_rules(rows, settings, as_of=as_of, today=today)]
    return rows.mutate(reason=ibis.cases(*rules, else_=KEPT))


def with_copies(rows: ir.Table) -> ir.Table:
    """Add ``is_copy``: whether an equal row stands before it."""
    import ibis

    alike = ibis.window(group_by=("row_key", *originals(rows)), order_by="row_id")
    return rows.mutate(is_copy=ibis.row_number().over(alike) > 0)


def originals(rows: ir.Table) -> list[str]:
    """Return which columns of *rows* are the source's own."""
    return [name for name in rows.columns if re.fullmatch(r"c\d+", name)]


def known_copies(marked: ir.Table, copies: ir.Table) -> ir.Table:
    """Return rows *marked* without regard to copies, those that *copies* lists by ``row_id`` with their new reason."""
    import ibis

    gone = copies.select(copy_id="row_id")
    joined = marked.left_join(gone, marked.row_id == gone.copy_id)
    repeated = joined.copy_id.notnull() & ~joined.reason.isin(BEFORE_COPIES)
    return joined.mutate(reason=ibis.ifelse(repeated, DUPLICATE, joined.reason)).drop("copy_id")


def nets(settings: Clean) -> bool:
    """Return whether purchases that a later cancellation takes back are set aside, too."""
    return isinstance(settings.cancellations, Cancellations) and settings.cancellations.net


def netted(marked: ir.Table) -> ir.Table:
    """Return *marked* rows, purchases that a later cancellation takes back with their new reason."""
    import ibis

    gone = reversed_purchases(marked, kept=KEPT).select(gone_id="row_id")
    joined = marked.left_join(gone, marked.row_id == gone.gone_id)
    return joined.mutate(reason=ibis.ifelse(joined.gone_id.notnull(), REVERSED, joined.reason)).drop("gone_id")


def within(rows: ir.Table, first: date | None) -> ir.Table:
    """Return marked *rows* (or orders), those kept so far but before *first* with their new reason."""
    import ibis

    if first is None:
        return rows
    outside = (rows.reason == KEPT) & (rows.date < ibis.literal(first))
    return rows.mutate(reason=ibis.ifelse(outside, BEFORE_WINDOW, rows.reason))


def table(columns: dict[str, Any], name: str) -> ir.Table:
    """Return the engine's table or view *name* as an expression."""
    import ibis

    return ibis.table(columns, name=name)
