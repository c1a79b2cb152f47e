"""The rules, in the order in which they apply: each is a name, an explanation and a condition on a transactions row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ..core.recipe import Cancellations, Clean, DateLimits, NonProduct

if TYPE_CHECKING:
    import ibis.expr.types as ir

NO_CUSTOMER = "no customer"
NOT_A_TRADE = "not a trade"
DUPLICATE = "exact duplicate"
CANCELLATION = "cancellation"
REVERSED = "reversed purchase"
NOT_POSITIVE = "not positive"
UNPARSEABLE = "unparseable"
NON_PRODUCT = "not a product"
IMPOSSIBLE_DATE = "impossible date"
AFTER_AS_OF = "after the as-of date"
BEFORE_WINDOW = "before the window"

EXPLANATIONS = {
    NO_CUSTOMER: "the row names no customer",
    NOT_A_TRADE: "a cash movement beside the trades",
    DUPLICATE: "second and later copies of rows equal in every column",
    AFTER_AS_OF: "later than the date the features look back from",
    CANCELLATION: "a reversed purchase, by order prefix or negative quantity",
    REVERSED: "a purchase that a later cancellation took back",
    NOT_POSITIVE: "quantity, price or amount is zero or negative",
    UNPARSEABLE: "the date or the money cannot be read",
    NON_PRODUCT: "the code is a charge, not a product",
    IMPOSSIBLE_DATE: "the date lies outside the limits of the recipe",
    BEFORE_WINDOW: "earlier than the window of the recipe",
}
ORDER = tuple(EXPLANATIONS)
BEFORE_COPIES = (NO_CUSTOMER, NOT_A_TRADE)  # a copy of such a row counts there


@dataclass(frozen=True)
class Rule:
    """One rule: rows for which *broken* holds are set aside under *reason* unless an earlier rule took them."""

    reason: str
    broken: ir.BooleanValue


def row_rules(rows: ir.Table, settings: Clean, *, as_of: date | None, today: date) -> Iterator[Rule]:
    """Yield the rules that *settings* switches on, in order.

    *rows* are canonical transactions, maybe with a boolean ``is_copy`` (a second or later copy); those of accounts also
    say ``is_trade``. Conditions are false, never missing, where a value is missing: an unreadable
    quantity is for the rule about unreadable values.
    """
    import ibis

    if settings.missing_customer == "drop":
        yield Rule(NO_CUSTOMER, rows.customer_id.isnull())
    if "is_trade" in rows.columns:
        yield Rule(NOT_A_TRADE, ~rows.is_trade)
    if "is_copy" in rows.columns:
        yield Rule(DUPLICATE, rows.is_copy)
    # Before the rule on cancellations: a later one says nothing of a customer yet.
    if as_of is not None:
        yield Rule(AFTER_AS_OF, _holds(rows.date > as_of))
    if isinstance(settings.cancellations, Cancellations):
        yield Rule(CANCELLATION, is_cancellation(rows, settings.cancellations))
    if settings.non_positive == "drop":
        values = (rows.quantity, rows.unit_price, rows.amount)
        yield Rule(NOT_POSITIVE, ibis.or_(*(_holds(value <= 0) for value in values)))
    dateless = rows.time.isnull()
    yield Rule(UNPARSEABLE, dateless | rows.unparsed.notnull() if settings.unparseable == "drop" else dateless)
    if isinstance(settings.non_product, NonProduct):
        yield Rule(NON_PRODUCT, _holds(rows["product"].re_search(f"^(?:{settings.non_product.pattern})$")))
    if isinstance(settings.dates, DateLimits):
        latest = settings.dates.latest or today
        yield Rule(IMPOSSIBLE_DATE, (rows.date < settings.dates.earliest) | (rows.date > latest))


def is_cancellation(rows: ir.Table, settings: Cancellations) -> ir.BooleanValue:
    """Return whether each row reverses a purchase."""
    import ibis

    signs = []
    if settings.order_prefix:
        signs.append(_holds(rows.order_id.startswith(settings.order_prefix)))
    if settings.negative_quantity:
        # Without quantities the amount's sign tells; with them, a negative price is a correction, not a return.
        signs.append(_holds(rows.quantity < 0) | (rows.quantity.isnull() & _holds(rows.amount < 0)))
    return ibis.or_(*signs) if signs else ibis.literal(False)


def _holds(condition: ir.BooleanValue) -> ir.BooleanValue:
    return condition.fill_null(False)
