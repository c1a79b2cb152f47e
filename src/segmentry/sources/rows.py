"""The raw rows: how their table is made, and how Ibis sees it, with position, line and key of every row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .facts import Raw

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir

# What Ibis calls the kinds of columns that a source keeps in types of its own.
IBIS = {"whole": "int64", "number": "float64", "moment": "timestamp", "zoned": "timestamp('UTC')"}


def create_raw(connection: duckdb.DuckDBPyConnection, name: str, width: int) -> None:
    """Create the empty table *name* for rows of *width* columns of text, as ``facts.Raw`` describes it."""
    columns = ", ".join(f"c{place} VARCHAR" for place in range(width))
    connection.execute(f"CREATE TABLE {name} ({columns}, source_file VARCHAR, line_shift BIGINT, problem VARCHAR)")


def key_sql(width: int) -> str:
    """Return SQL for a 64-bit hash of the texts of a raw row of *width* columns."""
    return f"hash({', '.join(f'c{place}' for place in range(width))})"


def raw_rows(raw: Raw) -> ir.Table:
    """Return ``row_id, source_file, source_line, problem, row_key, c0 … cN`` of *raw*, and ``nI`` for each column I
    that is there in a type of its own: a view yet to be made.
    """
    import ibis

    kinds = {"row_id": "int64", "source_file": "string", "source_line": "int64", "problem": "string"}
    kinds |= {"row_key": "uint64"} | {f"c{place}": "string" for place in range(len(raw.columns))}
    return ibis.table(kinds | {f"n{place}": IBIS[kind] for place, kind in raw.kinds.items()}, name=_view(raw))


def rows_view(raw: Raw) -> str:
    """Return the SQL that makes the view which ``raw_rows`` stands for."""
    columns = [f"c{place}" for place in range(len(raw.columns))] + [f"n{place}" for place in raw.kinds]
    return (
        f"CREATE OR REPLACE VIEW {_view(raw)} AS SELECT {raw.position} AS row_id, source_file,"
        f" {raw.position} + line_shift AS source_line, problem, {key_sql(len(raw.columns))} AS row_key,"
        f" {', '.join(columns)} FROM {raw.name}"
    )


def _view(raw: Raw) -> str:
    return f"rows_{raw.name}"
