"""A table of a company's database, left where it is: typed columns become canonical ones, lazily."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import ibis

from ..core.errors import SourceError
from ..core.recipe import Source
from .canonical import assemble, filled, money_notes, order_notes, originals
from .customer_table import LARGEST, find_id
from .facts import Customers, Facts, Raw, Transactions, short, unique_names
from .functions import at_zone, md5
from .roles import NUMERIC, Content, find_roles, require

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..engine import Engine


def from_table(table: ir.Table, source: Source, engine: Engine) -> Raw:
    """Return *table*, of a database that *engine* opened, as a raw source; its rows are counted but not fetched."""
    columns, notes = unique_names(list(table.columns))
    rows, fingerprint = _fingerprint(table, engine)
    name = source.table or table.get_name()
    if rows == 0:
        raise SourceError(f"Table {name!r} has no rows.")
    return Raw(
        where=f"table {name}",
        columns=columns,
        rows=rows,
        files=(name,),
        description="database table",
        fingerprint=fingerprint,
        assumptions=notes,
        has_header=True,
        lazy=table,
    )


def _fingerprint(table: ir.Table, engine: Engine) -> tuple[int, str]:
    """Return the number of rows, and a digest of that, of names and types, and of count, smallest and largest value of
    each column: no row is fetched.
    """
    measures: dict[str, Any] = {"rows": table.count()}
    for place, name in enumerate(table.columns):
        column = table[name]
        if column.type().is_numeric() or column.type().is_temporal() or column.type().is_string():
            ends = {f"a{place}": column.min().cast("string"), f"z{place}": column.max().cast("string")}
            measures |= {f"n{place}": column.count(), **ends}
    (found,) = engine.rows(table.agg(**measures), step="look at the table")
    return int(found["rows"]), hashlib.sha256(repr((table.schema(), found)).encode()).hexdigest()


def typed_transactions(raw: Raw, source: Source, engine: Engine) -> Transactions:
    """Return the canonical transactions of a lazy table of *engine*."""
    assert raw.lazy is not None  # noqa: S101 -- for mypy
    where = repr(raw.where)
    seen = _contents(raw.lazy)
    roles = find_roles(raw.columns, seen, source.columns.given(), where=where)
    require(roles, raw.columns, where=where)
    rows = _rows(raw, apart=engine.abilities.works_apart)
    zone_function = engine.abilities.zone_function
    rows = rows.mutate(
        **{
            f"value_{role}": _value(rows, raw, role, place, source, zone_function=zone_function)
            for role, place in roles.columns.items()
        }
    )
    texts = {role: rows[f"c{place}"].cast("string") for role, place in roles.columns.items()}
    notes = (*raw.assumptions, *order_notes(roles.columns, source), *money_notes(raw.columns, roles.columns))
    table = assemble(rows, len(raw.columns), texts, source)
    return Transactions(
        lambda: table,
        originals(raw),
        _facts(raw, roles.columns, roles.reasons, notes),
    )


def typed_customers(raw: Raw, source: Source) -> Customers:
    """Return the customer table of a lazy table."""
    assert raw.lazy is not None  # noqa: S101 -- for mypy
    place, reason, notes = find_id(raw.columns, _contents(raw.lazy), source, where=raw.where)
    rows = _rows(raw)
    others = [other for other in range(len(raw.columns)) if other != place]
    numeric = [other for other in others if rows[f"c{other}"].type().is_numeric()]
    texts = [other for other in others if other not in numeric]
    table = rows.select(
        row_id=rows.row_id,
        source_file=rows.source_file,
        source_line=rows.source_line,
        customer_id=(rows.row_id + 1).cast("string") if place is None else _as_id(rows[f"c{place}"]),
        **{f"v{number}": _finite(rows[f"c{other}"].cast("float64")) for number, other in enumerate(numeric)},
        **{f"t{number}": rows[f"c{other}"].cast("string") for number, other in enumerate(texts)},
    )
    columns, reasons = ({}, {}) if place is None else ({"customer": place}, {"customer": reason})
    return Customers(
        table,
        {f"v{number}": raw.columns[other] for number, other in enumerate(numeric)},
        {f"t{number}": raw.columns[other] for number, other in enumerate(texts)},
        _facts(raw, columns, reasons, (*raw.assumptions, *notes)),
    )


def _facts(raw: Raw, columns: dict[str, int], reasons: dict[str, str], notes: tuple[Any, ...]) -> Facts:
    roles = {role: raw.columns[place] for role, place in columns.items()}
    return Facts(raw.description, raw.files, raw.rows, raw.columns, roles, dict(reasons), notes, raw.fingerprint)


def _contents(table: ir.Table) -> list[Content]:
    """Return what the types of the columns say about their content."""

    def content(kind: Any) -> Content:
        fractions = float(kind.is_floating() or kind.is_decimal())
        return Content(1, float(kind.is_numeric()), float(kind.is_temporal()), fractions, 1.0)

    return [content(table[name].type()) for name in table.columns]


def _rows(raw: Raw, *, apart: bool = False) -> ir.Table:
    """Return the table with columns by position, and a key and a position that depend on content only.

    Positions have no gaps, unless processes number their rows *apart*.
    """
    assert raw.lazy is not None  # noqa: S101 -- for mypy
    table = raw.lazy.select(**{f"c{place}": raw.lazy[name] for place, name in enumerate(raw.lazy.columns)})
    # Unit and record separators keep ("a", "b c") and ("a b", "c") apart, and a missing value from an empty one.
    texts = [table[name].cast("string").fill_null("\x1e") for name in table.columns]
    keyed = table.mutate(row_key=ibis.literal("\x1f").join(texts), source_file=ibis.literal(raw.files[0]))
    keyed = keyed.mutate(source_line=ibis.null("int64"), problem=ibis.null("string"))
    if not apart:
        return keyed.mutate(row_id=ibis.row_number().over(order_by=keyed.row_key))
    # The order of all rows would be the work of one process. The digest says by which one a row is numbered.
    hexadecimal = ibis.literal("0123456789abcdef")
    digits = [hexadecimal.find(md5(keyed.row_key).substr(place, 1)) for place in range(3)]
    keyed = keyed.mutate(bucket=(digits[0] * 16 + digits[1]) * 16 + digits[2])
    place = ibis.row_number().over(group_by="bucket", order_by=keyed.row_key)
    return keyed.mutate(row_id=(place * 16**3 + keyed.bucket).cast("int64")).drop("bucket")


def _value(rows: ir.Table, raw: Raw, role: str, place: int, source: Source, *, zone_function: str | None) -> Any:
    column: Any = rows[f"c{place}"]
    kind = column.type()
    if role == "time":
        if kind.is_timestamp() and kind.timezone is not None:
            return at_zone(source.timezone, column, function=zone_function)
        if not kind.is_timestamp() and not kind.is_date():
            raise _wrong_type(raw, place, kind, "a date or timestamp", role)
        return column.cast("timestamp")
    if role in NUMERIC:
        if not kind.is_numeric():
            raise _wrong_type(raw, place, kind, "a number", role)
        return _finite(column.cast("float64"))
    return _as_id(column)


def _wrong_type(raw: Raw, place: int, kind: Any, needed: str, role: str) -> SourceError:
    return SourceError(
        f"Column {short(raw.columns[place])!r} of {raw.where} is of type {kind}, not {needed}.",
        action=f"Cast it in a view and name that, or choose another column: source.columns.{role}.",
    )


def _as_id(column: Any) -> Any:
    """Return ids as text: whole numbers without a point, text without blanks around it."""
    kind = column.type()
    if kind.is_floating() or kind.is_decimal():
        return ibis.ifelse(column == column.floor(), column.cast("int64").cast("string"), column.cast("string"))
    return filled(column) if kind.is_string() else column.cast("string")


def _finite(value: Any) -> Any:
    return ibis.ifelse(value.between(-LARGEST, LARGEST), value, ibis.null("float64"))
