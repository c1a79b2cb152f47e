"""A table that is not there: only its name and those of its columns are known, and their types are taken on trust.

What :mod:`.database` does for a table whose types can be asked, in words that any engine has. Ids are cast to text,
dates to timestamps, money to numbers; what says "nothing here" in words is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from ..core.recipe import Source
from ..engine.layers import number
from . import contents
from .customer_table import LARGEST
from .numbers import LIMIT

if TYPE_CHECKING:
    import ibis.expr.types as ir

LARGEST_AMOUNT = 99_999_999_999_999  # DECIMAL(18,4) ends there
TEXTS = ("customer_id", "order_id", "product", "description", "category", "country")
NUMBERS = ("quantity", "unit_price", "amount")
WORDS = tuple(word for word in contents.MISSING if "\\" not in word)  # a backslash is not the same text everywhere
ROLE = {"customer_id": "customer", "order_id": "order"}  # of the other columns it is the name


def table_as_given(name: str, columns: Collection[str]) -> ir.Table:
    """Return the table *name* (maybe ``schema.table``) with *columns* of unknown types."""
    import ibis
    import ibis.expr.datatypes as dt

    *path, table = name.split(".")
    place: dict[str, Any] = dict(zip(("database", "catalog"), reversed(path), strict=False))
    return ibis.table(dict.fromkeys(columns, dt.unknown), name=table, **place)


def customers_as_given(rows: ir.Table, customer: str, features: Mapping[str, str]) -> ir.Table:
    """Return ``customer_id`` and *features* (new name to column of *rows*): numbers that can be true, else missing."""
    numbers = {name: rows[column].cast("float64") for name, column in features.items()}
    read = rows.select(customer_id=_text(rows[customer]), **numbers).view()
    made = read.select(
        customer_id=_named(read.customer_id), **{name: _limited(read[name], LARGEST) for name in features}
    ).view()
    return made.filter(made.customer_id.notnull())


def transactions_as_given(rows: ir.Table, roles: Mapping[str, str], source: Source) -> ir.Table:
    """Return the columns of canonical transactions that rules and features look at; *roles* are role to column."""
    import ibis

    def of(name: str, read: Callable[[Any], Any], kind: str) -> Any:
        role = ROLE.get(name, name)
        return read(rows[roles[role]]) if role in roles else ibis.null(kind)

    texts = {name: of(name, _text, "string") for name in TEXTS}
    numbers = {name: of(name, lambda column: column.cast("float64"), "float64") for name in NUMBERS}
    read = rows.select(**texts, time=rows[roles["time"]].cast("timestamp"), **numbers).view()
    read = read.mutate(
        **{name: _named(read[name], na=name == "country") for name in TEXTS},
        **{name: _limited(read[name], LIMIT) for name in NUMBERS},
    ).view()
    if "order" not in roles:
        read = read.mutate(order_id=_order(read, source)).view()
    read = read.mutate(row_id=ibis.null("int64"), amount=_amount(read, roles)).view()
    unread = read.time.isnull() | read.amount.isnull()
    return read.mutate(unparsed=ibis.ifelse(unread, ibis.literal("no date or no money"), ibis.null("string")))


def _order(rows: ir.Table, source: Source) -> Any:
    import ibis

    if source.no_order == "row":
        return ibis.row_number().cast("string")
    return rows.customer_id + "|" + rows.time.date().cast("string")


def _amount(rows: ir.Table, roles: Mapping[str, str]) -> Any:
    """Return the money of a row to four decimals, as in :mod:`.canonical`."""
    import ibis

    money = rows.amount if "amount" in roles else rows.unit_price
    if "amount" not in roles and "quantity" in roles:
        money = rows.quantity * rows.unit_price
    sound = money.between(number(-LARGEST_AMOUNT), number(LARGEST_AMOUNT))
    return ibis.ifelse(sound, money.round(4).cast("decimal(18, 4)"), ibis.null("decimal(18, 4)"))


def _text(column: Any) -> Any:
    return column.cast("string").strip()


def _named(text: Any, *, na: bool = False) -> Any:
    """Return *text* where it does not say in words that there is nothing; *na* may be Namibia."""
    import ibis

    return ibis.ifelse(text.lower().isin([word for word in WORDS if word != "na" or not na]), ibis.null("string"), text)


def _limited(value: Any, limit: float) -> Any:
    import ibis

    return ibis.ifelse(value.between(number(-limit), number(limit)), value, ibis.null("float64"))
