"""From raw rows to a table of customers: ids as text, columns of numbers, columns of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.recipe import Source
from ..engine import Engine
from . import contents
from .canonical import NUMBERS, add_view, filled, float_ids
from .facts import Assumption, Customers, Facts, Raw, short
from .numbers import NumberFormat, find_numbers, read_numbers
from .roles import Content, find_roles, folded
from .rows import raw_rows, rows_view

if TYPE_CHECKING:
    import ibis.expr.types as ir

# A column is one of numbers when at least this share of a sample is; the rest is missing, and said so.
MOSTLY = 0.9
LARGEST = 1e60  # beyond, fourth powers (kurtosis) are too large for a float; nothing of a customer is
SELF_IDS = ("id", "customerid", "custid", "accountid", "uid", "uuid", "guid", "key")


def customers(raw: Raw, source: Source, engine: Engine) -> Customers:
    """Return the customer table of *raw*: ``row_id``, where the row stands, ``customer_id``, numbers and texts.

    Without a column of ids, customers are numbered in the order of the rows, which is stated.
    """
    if raw.lazy is not None:
        from .database import typed_customers

        return typed_customers(raw, source)
    values = contents.sample(raw)
    seen = [contents.describe(column) for column in values]
    place, reason, notes = find_id(raw.columns, seen, source, where=raw.where)
    others = [other for other in range(len(raw.columns)) if other != place]
    numeric = [
        other for other in others if seen[other].filled and seen[other].numbers >= MOSTLY and seen[other].dates < MOSTLY
    ]
    numeric += [other for other in others if not seen[other].filled and other not in numeric]
    numbers = find_numbers(
        raw, [other for other in numeric if raw.kinds.get(other) not in NUMBERS], source.format.decimal
    )
    was_float = place is not None and bool(float_ids(raw, {"customer": place}, values))
    if engine.plan is not None:
        written = (place, numeric, was_float, numbers.decimal, numbers.given, sorted(numbers.plain))
        engine.plan.condition = repr((raw.name, raw.position, raw.columns, written, tuple(raw.kinds.items())))
    engine.script(lambda: [rows_view(raw)], step="rows")
    rows = raw_rows(raw)
    columns = _columns(rows, place, numeric, numbers, was_float=was_float)
    read = _view(engine, f"read_{raw.name}", rows.mutate(**columns))
    notes += _unread_numbers(raw, engine, read, numeric)
    table = _view(engine, f"customers_{raw.name}", _selected(read, others, numeric, numbered=place is None))
    texts = [other for other in others if other not in numeric]
    facts = Facts(
        description=raw.description + (", decimal comma" if numbers.decimal == "," else ""),
        files=raw.files,
        rows=raw.rows,
        columns=raw.columns,
        roles={} if place is None else {"customer": raw.columns[place]},
        role_reasons={} if place is None else {"customer": reason},
        assumptions=(*raw.assumptions, *notes, *numbers.assumptions),
        fingerprint=raw.fingerprint,
    )
    return Customers(
        table,
        {f"v{number}": raw.columns[other] for number, other in enumerate(sorted(numeric))},
        {f"t{number}": raw.columns[other] for number, other in enumerate(texts)},
        facts,
    )


def find_id(
    names: tuple[str, ...], seen: list[Content], source: Source, *, where: str
) -> tuple[int | None, str, list[Assumption]]:
    """Return the position of the column of ids (none: there is none), why it was chosen, and what is assumed."""
    given = {role: name for role, name in source.columns.given().items() if role == "customer"}
    by_name = [place for place, name in enumerate(names) if folded(name) in SELF_IDS and seen[place].distinct > 0.9]
    roles = find_roles(names, seen, given, where=repr(where))
    if given:
        return roles.columns["customer"], "given", []
    if by_name:
        return by_name[0], "name and content", []
    guess = roles.columns.get("customer")
    if guess is not None and seen[guess].distinct > 0.9:
        return guess, "name and content", []
    text = "no column of customer ids: customers are numbered as they stand in the file, from 1"
    return None, "", [Assumption(text, "source.columns.customer: COLUMN")]


def _view(engine: Engine, name: str, table: ir.Table) -> ir.Table:
    statements: list[str] = []
    view = add_view(statements, engine, name, table)
    engine.script(lambda: statements, step=name)
    return view


def _columns(
    rows: ir.Table, place: int | None, numeric: list[int], numbers: NumberFormat, *, was_float: bool
) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if place is not None:
        text = filled(rows[f"c{place}"])
        columns["value_customer"] = text.re_replace(r"\.0$", "") if was_float else text
    for other in numeric:
        if f"n{other}" in rows.columns and rows[f"n{other}"].type().is_numeric():
            columns[f"n{other}"] = rows[f"n{other}"].cast("float64")
            continue
        text = rows[f"c{other}"]
        plain = other in numbers.plain
        columns[f"n{other}"] = text.try_cast("float64") if plain else read_numbers(filled(text), numbers)
    return columns


def _unread_numbers(raw: Raw, engine: Engine, read: ir.Table, numeric: list[int]) -> list[Assumption]:
    """Return a note for each column of numbers in which some values are words."""
    if not numeric:
        return []
    counted = read.agg(
        **{f"n{p}": (_finite(read[f"n{p}"]).isnull() & filled(read[f"c{p}"]).notnull()).sum() for p in numeric}
    )
    found = engine.rows(counted, step="unread numbers")[0].values()
    return [
        Assumption(
            f"{int(unread):,} values of {short(raw.columns[place])!r} are not numbers and count as missing",
            "correct them in the file",
        )
        for place, unread in zip(numeric, found, strict=True)
        if unread
    ]


def _selected(read: ir.Table, others: list[int], numeric: list[int], *, numbered: bool) -> ir.Table:
    texts = [place for place in others if place not in numeric]
    return read.select(
        row_id=read.row_id,
        source_file=read.source_file,
        source_line=read.source_line,
        customer_id=(read.row_id + 1).cast("string") if numbered else read.value_customer,
        **{f"v{number}": _finite(read[f"n{place}"]) for number, place in enumerate(sorted(numeric))},
        **{f"t{number}": filled(read[f"c{place}"]) for number, place in enumerate(texts)},
    )


def _finite(value: Any) -> Any:
    import ibis

    return ibis.ifelse(value.isnan() | (value.abs() > LARGEST), ibis.null("float64"), value)
