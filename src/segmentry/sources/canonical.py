"""From raw rows to the canonical transactions: roles are found, text becomes ids, dates and money, lazily."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..core.recipe import Source
from ..core.tables import TRANSACTIONS
from ..engine import Engine, quoted
from . import contents
from .dates import DateFormat, check_zone, find_dates, read_dates
from .facts import Assumption, Facts, Raw, Transactions, short
from .numbers import LIMIT, NumberFormat, find_numbers, read_numbers
from .roles import NUMERIC, Roles, find_roles, require
from .rows import raw_rows, rows_view

if TYPE_CHECKING:
    import ibis.expr.types as ir

# What is not text in the canonical table.
TYPES = {
    "row_id": "int64",
    "source_line": "int64",
    "time": "timestamp",
    "quantity": "float64",
    "unit_price": "float64",
    "amount": "decimal(18, 4)",
    "row_key": "uint64",
}
SHOWN = 60  # characters of an unreadable value that are shown
EARLIEST = "1000-01-01 00:00:00"  # an earlier year was written with two digits where others have four
NO_BREAK = "\u00a0"
WORDS = ("customer", "order", "product", "country")  # roles whose texts are read for nearly every row
NUMBERS = {"whole", "number"}  # kinds of columns that need not be read as numbers
PICKED = "row_position"  # the column with the position of rows that were picked
ONE_EACH = 0.99  # beyond this share of distinct values a column of customers is suspicious


@dataclass(frozen=True)
class Reading:
    """How the columns of a source are read: their roles, the dates, the numbers, and ids that lost a ``.0``."""

    roles: Roles
    dates: DateFormat
    numbers: NumberFormat
    float_ids: frozenset[str]
    kinds: tuple[tuple[int, str], ...]
    tidy: frozenset[int]
    assumptions: tuple[Assumption, ...]

    @property
    def decisions(self) -> tuple[object, ...]:
        """Everything that shows in a query."""
        dates, numbers = self.dates, self.numbers
        written = (dates.kind, dates.patterns, dates.zoned, dates.plain, numbers.decimal, numbers.given)
        return self.roles.columns, written, self.kinds, sorted(self.tidy), sorted(numbers.plain), sorted(self.float_ids)

    def digest(self, raw: Raw) -> str:
        """Return the SHA-256 of all that decides what a value of *raw* means; not of what only spares work."""
        dates, numbers = self.dates, self.numbers
        written = (dates.kind, dates.patterns, dates.zoned, numbers.decimal, numbers.given)
        decided = (raw.columns, raw.types, sorted(self.roles.columns.items()), written, sorted(self.float_ids))
        return hashlib.sha256(repr(decided).encode()).hexdigest()


def transactions(raw: Raw, source: Source, engine: Engine) -> Transactions:
    """Return the canonical transactions of *raw*. Raises SourceError when a needed role is missing."""
    if raw.lazy is not None:
        from .database import typed_transactions

        return typed_transactions(raw, source, engine)
    reading = find_reading(raw, source)
    if engine.plan is not None:
        engine.plan.condition = repr((raw.name, raw.position, raw.columns, reading.decisions))
    engine.script(lambda: _views(raw, reading, source, engine), step="transactions")
    return _found(raw, reading, source, engine)


def _found(raw: Raw, reading: Reading, source: Source, engine: Engine) -> Transactions:
    """Return the transactions of *raw*, whose views are there."""

    def picked(chosen: str) -> Transactions:
        few = replace(raw, name=f"{chosen}_of_{raw.name}", position=PICKED)
        columns = "*" if raw.position == PICKED else f"*, {raw.position} AS {PICKED}"
        rows = f"SELECT {columns} FROM {raw.name} WHERE {raw.position} IN (SELECT row_id FROM {quoted(chosen)})"
        stored = f"CREATE OR REPLACE TABLE {few.name} AS {rows}"
        engine.script(lambda: [stored, *_views(few, reading, source, engine)], step=f"transactions among {few.name}")
        return _found(few, reading, source, engine)

    return Transactions(lambda: _canonical(raw), originals(raw), facts_of(raw, reading), picked)


def _canonical(raw: Raw) -> ir.Table:
    """Return the canonical table of *raw*: a view that ``_views`` makes."""
    import ibis

    kinds = {column.name: TYPES.get(column.name, "string") for column in TRANSACTIONS}
    return ibis.table(kinds | dict.fromkeys(originals(raw), "string"), name=f"transactions_{raw.name}")


def _views(raw: Raw, reading: Reading, source: Source, engine: Engine) -> list[str]:
    """Return the SQL statements that make the canonical table.

    Each layer is a view of its own: Ibis would write one into the other, and every use of a value read it again.
    """
    statements = [rows_view(raw)]
    rows = raw_rows(raw)
    for layer, columns in (("read", _values), ("limited", _limited)):
        rows = add_view(statements, engine, f"{layer}_{raw.name}", rows.mutate(**columns(rows, reading, source)))
    texts = {role: rows[f"c{place}"] for role, place in reading.roles.columns.items()}
    table = _canonical(raw)
    made = assemble(rows, len(raw.columns), texts, source)
    assert made.schema() == table.schema()  # noqa: S101 -- the contract with clean
    add_view(statements, engine, table.get_name(), made)
    return statements


def originals(raw: Raw) -> dict[str, str]:
    """Return ``c0 … cN`` with the original names."""
    return {f"c{place}": name for place, name in enumerate(raw.columns)}


def facts_of(raw: Raw, reading: Reading) -> Facts:
    """Return everything stated about *raw* once its columns have roles."""
    description = ", ".join(
        (
            raw.description,
            f"dates {reading.dates.title}",
            *(["decimal comma"] if reading.numbers.decimal == "," else []),
        )
    )
    return Facts(
        description=description,
        files=raw.files,
        rows=raw.rows,
        columns=raw.columns,
        roles={role: raw.columns[place] for role, place in reading.roles.columns.items()},
        role_reasons=dict(reading.roles.reasons),
        assumptions=(*raw.assumptions, *reading.assumptions),
        fingerprint=raw.fingerprint,
        digests=raw.digests,
        reading=reading.digest(raw),
    )


def find_reading(raw: Raw, source: Source) -> Reading:
    """Find roles, dates and numbers of *raw*, from a sample where that is enough and from all values where not."""
    values = contents.sample(raw)
    given = source.columns.given()
    where = repr(raw.where)
    seen = [contents.describe(column) for column in values]
    roles = find_roles(raw.columns, seen, given, where=where, headless=not raw.has_header)
    require(roles, raw.columns, where=where)
    columns = roles.columns
    time = columns["time"]
    dates = find_dates(raw, time, values[time], source.format.dates, role_given="time" in given)
    if dates.zoned or dates.kind == "epoch":
        check_zone(raw, source.timezone)
    numeric = [
        columns[role]
        for role in ("quantity", "unit_price", "amount")
        if role in columns and raw.kinds.get(columns[role]) not in NUMBERS
    ]
    numbers = find_numbers(raw, numeric, source.format.decimal)
    floats = float_ids(raw, columns, values)
    notes = (*_notes(raw, columns, source), *dates.assumptions, *numbers.assumptions)
    words = [columns[role] for role in WORDS if role in columns and columns[role] not in raw.kinds]
    tidy = contents.tidy(raw, words, many={columns.get("order", -1)})
    return Reading(roles, dates, numbers, floats, tuple(raw.kinds.items()), tidy, notes)


def float_ids(raw: Raw, columns: dict[str, int], values: list[list[str]]) -> frozenset[str]:
    """Return the id roles whose every value looks like ``17850.0``: numbers that a program took for measurements."""
    likely = [
        role for role in ("customer", "order", "product", "category")
        if role in columns and values[columns[role]] and all(value.endswith(".0") for value in values[columns[role]])
    ]  # fmt: skip
    found = []
    for role in likely:
        place = columns[role]
        odd = raw.query(
            f"SELECT count(*) FROM {{raw}} WHERE problem IS NULL AND lower(trim(c{place})) NOT IN (SELECT unnest(?))"
            f" AND NOT regexp_full_match(trim(c{place}), '-?[0-9]+[.]0')",
            [list(contents.MISSING)],
        )
        if odd[0][0] == 0:
            found.append(role)
    return frozenset(found)


def _notes(raw: Raw, columns: dict[str, int], source: Source) -> list[Assumption]:
    notes = [*order_notes(columns, source), *money_notes(raw.columns, columns)]
    customer = f"c{columns['customer']}"
    likely = raw.query(
        f"SELECT approx_count_distinct(id) > 0.9 * greatest(count(id), 20)"
        f" FROM (SELECT {customer} AS id FROM {{raw}} LIMIT {contents.LOOKED_AT})"
    )
    if likely[0][0]:  # the estimate is off by some percent and cheap; only then they are counted
        distinct, filled_in = raw.query(f"SELECT count(DISTINCT {customer}), count({customer}) FROM {{raw}}")[0]
        likely = [(int(str(distinct)) > ONE_EACH * int(str(filled_in)),)]
    if likely[0][0]:
        name = short(raw.columns[columns["customer"]])
        text = f"nearly every row has a {name!r} of its own, yet it is taken for the customer"
        notes.append(Assumption(text, "source.columns.customer: COLUMN"))
    return notes


def order_notes(columns: dict[str, int], source: Source) -> list[Assumption]:
    """Return what is assumed to be one order where no column says it."""
    if "order" in columns:
        return []
    text, other = {
        "row": ("each row is one order", "customer-day"),
        "customer-day": ("what a customer buys on one day is one order", "row"),
    }[source.no_order]
    return [Assumption(f"no order column: {text}", f"source.columns.order: COLUMN, or source.no_order: {other}")]


def money_notes(names: tuple[str, ...], columns: dict[str, int]) -> list[Assumption]:
    """Return what is assumed about where the money comes from."""
    if "amount" not in columns and "quantity" not in columns:
        price = short(names[columns["unit_price"]])
        text = f"no quantity column: each row is one unit, so {price!r} is the money of the row"
        return [Assumption(text, "source.columns.quantity: COLUMN")]
    if {"amount", "quantity", "unit_price"} <= set(columns):
        amount, quantity, price = (short(names[columns[role]]) for role in ("amount", "quantity", "unit_price"))
        text = f"the money of a row is {amount!r}, not {quantity!r} × {price!r}"
        return [Assumption(text, "rename or drop the column, or give the roles in source.columns")]
    return []


def _values(rows: ir.Table, reading: Reading, source: Source) -> dict[str, Any]:
    """Return ``value_ROLE``: what the text of each role's column means."""
    values: dict[str, Any] = {}
    for role, place in reading.roles.columns.items():
        text = rows[f"c{place}"]
        typed = f"n{place}" in rows.columns
        if role == "time":
            value: Any = read_dates(rows[f"n{place}"] if typed else text, reading.dates, source.timezone)
        elif role in NUMERIC and typed and rows[f"n{place}"].type().is_numeric():
            value = rows[f"n{place}"].cast("float64")
        elif typed and rows[f"n{place}"].type().is_integer():
            value = text  # whole numbers are tidy
        elif role in NUMERIC and place in reading.numbers.plain:
            value = text.try_cast("float64")
        elif role in NUMERIC:
            value = read_numbers(filled(text), reading.numbers)
        elif role == "description" or (place in reading.tidy and role not in reading.float_ids):
            value = text  # a description is only shown, and tidied once per product (features.purchases)
        else:
            value = filled(text, contents.NOTHING_COUNTRY if role == "country" else contents.NOTHING)
            value = value.re_replace(r"\.0$", "") if role in reading.float_ids else value
        values[f"value_{role}"] = value
    return values


def _limited(rows: ir.Table, reading: Reading, source: Source) -> dict[str, Any]:
    """Return the values of ``_values`` that can be true: years of four digits, finite numbers."""
    import ibis

    del source
    limited = {
        "value_time": ibis.ifelse(rows.value_time >= ibis.timestamp(EARLIEST), rows.value_time, ibis.null("timestamp"))
    }
    for role in NUMERIC & set(reading.roles.columns):
        value = rows[f"value_{role}"]
        limited[f"value_{role}"] = ibis.ifelse(value.between(-LIMIT, LIMIT), value, ibis.null("float64"))
    return limited


def filled(text: ir.StringValue, nothing: str = contents.NOTHING) -> ir.StringValue:
    """Return *text* without blanks around it, null where it matches *nothing*: the words for a missing value."""
    import ibis

    at_end = [text.endswith(blank) for blank in (" ", "\t", NO_BREAK)]
    # Nearly every value is tidy: it begins in ASCII, ends in no blank, and is longer than any word for nothing.
    tidy = ibis.and_(text.length() > 4, text >= "!", text < "\x7f", *(~blank for blank in at_end))
    padded = ibis.or_(text < "!", text.startswith(NO_BREAK), *at_end)
    bare = text.re_replace(contents.BLANKS_AROUND, "")
    bare = ibis.ifelse(bare.re_search(nothing), ibis.null("string"), bare)
    # A CASE looks no further where a condition holds: trimming and matching, the costly part, meet few values.
    return ibis.cases((tidy, text), (padded, bare), (text.re_search(nothing), ibis.null("string")), else_=text)


def assemble(rows: ir.Table, width: int, texts: dict[str, ir.StringValue], source: Source) -> ir.Table:
    """Return the canonical table: the columns of ``TRANSACTIONS``, then ``c0 … cN``.

    *rows* has ``row_id, source_file, source_line, problem, row_key, c0 … cN``, and ``value_ROLE`` for each role of
    *texts*, which holds what the value was read from, to be shown where it could not be read.
    """
    import ibis

    roles = frozenset(texts)

    def value(role: str, kind: str = "string") -> Any:
        return rows[f"value_{role}"] if role in roles else ibis.null(kind)

    amount = _amount(rows, roles)
    canonical: dict[str, Any] = {
        "row_id": rows.row_id,
        "source_file": rows.source_file,
        "source_line": rows.source_line,
        "customer_id": value("customer"),
        "order_id": _order(rows, roles, source),
        "time": value("time", "timestamp"),
        "quantity": value("quantity", "float64"),
        "unit_price": value("unit_price", "float64"),
        "amount": amount,
        "product": value("product"),
        "description": value("description"),
        "category": value("category"),
        "country": value("country"),
        "unparsed": _unparsed(rows, texts, amount),
        "row_key": rows.row_key,
    }
    return rows.select(**canonical, **{f"c{place}": rows[f"c{place}"] for place in range(width)})


def _amount(rows: ir.Table, roles: frozenset[str]) -> Any:
    """Return the money of a row to four decimals: rounding makes the product of two floats exact to that many."""
    if "amount" in roles:
        money = rows.value_amount
    elif "quantity" in roles:
        money = rows.value_quantity * rows.value_unit_price
    else:
        money = rows.value_unit_price
    return money.round(4).try_cast("decimal(18,4)")


def _order(rows: ir.Table, roles: frozenset[str], source: Source) -> Any:
    if "order" in roles:
        return rows.value_order
    if source.no_order == "row":
        return rows.row_id.cast("string")
    return rows.value_customer + "|" + rows.value_time.date().cast("string")


def _unparsed(rows: ir.Table, texts: dict[str, ir.StringValue], amount: Any) -> Any:
    """Return in words what could not be read in a row, null when all could."""
    import ibis

    money = ["amount"] if "amount" in texts else [role for role in ("quantity", "unit_price") if role in texts]
    needed = ["time", *money]
    looked_at = [role for role in ("time", "quantity", "unit_price", "amount") if role in texts]
    faults = [_fault(role, rows[f"value_{role}"], texts[role], needed=role in needed) for role in looked_at]
    faults.insert(0, rows.problem)
    too_large = ibis.and_(amount.isnull(), *(rows[f"value_{role}"].notnull() for role in money))
    faults.append(ibis.ifelse(too_large, "amount too large", ibis.null("string")))
    fine = ibis.and_(rows.problem.isnull(), amount.notnull(), *(rows[f"value_{role}"].notnull() for role in looked_at))
    # Asked first, so that an engine puts into words only the few rows where something is wrong.
    return ibis.ifelse(fine, ibis.null("string"), ibis.literal("; ").join(faults).nullif(""))


def _fault(role: str, value: Any, text: ir.StringValue, *, needed: bool) -> Any:
    """Return what is wrong with the *value* of a role: unreadable, or, where it is *needed*, empty."""
    import ibis

    title = role.replace("_", " ")
    empty = f"{title} is empty" if needed else ibis.null("string")
    bare = text.re_replace(contents.BLANKS_AROUND, "")  # not strip(): on Spark it takes letters away too
    shown = ibis.ifelse(bare.length() > SHOWN, bare.substr(0, SHOWN) + "…", bare)
    unreadable = ibis.literal(f"{title} '") + shown + "'"
    nothing = text.isnull() | text.re_search(contents.NOTHING_BUT_BLANKS)
    return ibis.cases((value.notnull(), ibis.null("string")), (nothing, empty), else_=unreadable)


def add_view(statements: list[str], engine: Engine, name: str, table: ir.Table) -> ir.Table:
    """Add the statement that makes *table* the view *name*, and return the view: what is built on it stays short."""
    import ibis

    statements.append(f"CREATE OR REPLACE VIEW {name} AS {engine.compiled(table)}")
    return ibis.table(table.schema(), name=name)
