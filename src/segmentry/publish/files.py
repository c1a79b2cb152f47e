"""Tables as files: Parquet as they are, CSV safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ..clean import KEPT, Marked
from ..engine import Engine, write_columns

if TYPE_CHECKING:
    import ibis.expr.types as ir

# A cell that starts with one of these runs as a formula in a spreadsheet (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_customers(table: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write the customers *table* to *path*, as Parquet or, when it ends in ``.csv``, as CSV."""
    if path.suffix == ".csv":
        _write_csv(table, path)
        return
    write_columns(table, path, step="write customers")


def write_segments(table: Mapping[str, Sequence[Any]], path: Path) -> None:
    """Write the segments *table* to *path* as CSV."""
    _write_csv(table, path)


def write_rejected(
    engine: Engine, transactions: ir.Table, originals: Mapping[str, str], marked: Marked, path: Path
) -> None:
    """Write every row that was set aside to the Parquet file *path*: original columns, reason, detail, source line."""
    fate = marked.rows.filter(marked.rows.reason != KEPT).select("row_id", "reason", detail=marked.rows.unparsed)
    origin = transactions.select("row_id", "source_file", "source_line", *originals)
    rows = fate.inner_join(origin, "row_id").order_by("row_id")
    taken = {title.casefold() for title in originals.values()}
    ours = {
        "rejected_reason": "reason",
        "rejected_detail": "detail",
        "source_file": "source_file",
        "source_line": "source_line",
    }
    selected = {_free(title, taken): rows[column] for title, column in ours.items()}
    engine.write_parquet(
        rows.select(**{title: rows[name] for name, title in originals.items()}, **selected),
        path,
        step="write rejected rows",
    )


def _free(title: str, taken: set[str]) -> str:
    while title.casefold() in taken:
        title += "_"
    return title


def _write_csv(table: Mapping[str, Any], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_cell(name) for name in table)
        writer.writerows([_cell(value) for value in row] for row in zip(*table.values(), strict=True))


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
