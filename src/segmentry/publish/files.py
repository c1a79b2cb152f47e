"""Tables as files: Parquet as they are, CSV safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..clean import KEPT, Marked
from ..clean.marking import PLACE, ROWS, table
from ..core.errors import OutputError
from ..engine import Engine, write_columns
from ..sources import Customers, Transactions

if TYPE_CHECKING:
    import ibis.expr.types as ir

# A cell that starts with one of these runs as a formula in a spreadsheet (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


ASIDE = "rows_set_aside"


def write_customers(table: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write the customers *table* to *path*, as Parquet or, when it ends in ``.csv``, as CSV."""
    if path.suffix == ".csv":
        _write_csv(table, path)
        return
    write_columns(table, path, step="write customers")


def write_segments(table: Mapping[str, Sequence[Any]], path: Path) -> None:
    """Write the segments *table* to *path* as CSV."""
    _write_csv(table, path)


def write_mismatches(table: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write the *table* of customers whom the rules misplace to *path* as CSV."""
    _write_csv(table, path)


def write_rejected(
    engine: Engine, marked: Marked, source: Transactions, path: Path, *, most: int | None = None
) -> None:
    """Write every transaction that was set aside, or the first *most* of them, to the Parquet file *path*.

    Columns: the original ones, then ``rejected_reason``, ``rejected_detail``, ``source_file`` and ``source_line``.
    """
    condition = repr((marked.name, marked.has_aside, most))
    origin = source.as_table
    if source.among is not None and not marked.has_aside:
        engine.store(lambda: _set_aside(marked.lines).select("row_id"), ASIDE, step=ASIDE, condition=condition)
        origin = source.among(ASIDE)

    def rejected() -> ir.Table:
        if marked.has_aside:
            kinds = {name: source.table.schema()[name] for name in (*PLACE, *source.originals)}
            aside = table(ROWS | kinds, f"aside_of_{marked.name}")
        else:
            fates = _set_aside(marked.lines).select("row_id", "reason")
            aside = fates.inner_join(origin().select("row_id", "unparsed", *PLACE, *source.originals), "row_id")
        listed = _with_fates(aside.mutate(detail=aside.unparsed), source.originals)
        return listed if most is None else listed.limit(most)

    engine.write_parquet(rejected, path, step="write rejected rows", condition=condition)


def _set_aside(rows: ir.Table) -> ir.Table:
    return rows.filter(rows.reason != KEPT)


def write_rejected_customers(engine: Engine, marked: ir.Table, source: Customers, path: Path) -> None:
    """Write every row of a customer table that was set aside to *path*, as :func:`write_rejected` does."""
    import ibis

    fate = marked.filter(marked.reason != KEPT).mutate(detail=ibis.null("string"))
    engine.write_parquet(_with_fates(fate, source.numbers | source.texts), path, step="write rejected rows")


def _with_fates(rows: ir.Table, originals: Mapping[str, str]) -> ir.Table:
    """Return *rows* in order, the original columns under their names, then why and where from."""
    taken = {title.casefold() for title in originals.values()}
    ours = {f"rejected_{name}": rows[name] for name in ("reason", "detail")}
    ours |= {name: rows[name] for name in ("source_file", "source_line")}
    columns = {title: rows[name] for name, title in originals.items()}
    columns |= {_free(title, taken): column for title, column in ours.items()}
    return rows.order_by("row_id").select(**columns)


def _free(title: str, taken: set[str]) -> str:
    while title.casefold() in taken:
        title += "_"
    return title


def _write_csv(table: Mapping[str, Any], path: Path) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(_cell(name) for name in table)
            writer.writerows([_cell(value) for value in row] for row in zip(*table.values(), strict=True))
    except OSError as error:
        raise OutputError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from error


def safe_in_spreadsheets(table: ir.Table) -> ir.Table:
    """Return *table* for a CSV file: an apostrophe before text that would run as a formula."""
    import ibis

    def guarded(text: ir.StringValue) -> ir.StringValue:
        return ibis.ifelse(text.substr(0, 1).isin(FORMULA_STARTS), ibis.literal("'") + text, text)

    return table.mutate(**{name: guarded(table[name]) for name, kind in table.schema().items() if kind.is_string()})


def safe(text: str) -> str:
    """Return *text* as a cell of a CSV file."""
    return str(_cell(text))


def as_written(cell: str) -> str:
    """Return the text that a *cell* of these CSV files stands for: without the apostrophe before a formula's start."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def _cell(value: Any) -> Any:
    if value is None or value is np.ma.masked or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
