"""The table of raw rows: how it is made, and how Ibis sees it, with position, line and key of every row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .facts import Raw

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir

MOST_TELLING = 3  # columns of which a key is made where they suffice
NEARLY_ALL = 0.99


def create_raw(connection: duckdb.DuckDBPyConnection, name: str, width: int) -> None:
    """Create the empty table *name* for rows of *width* columns, as ``facts.Raw`` describes it."""
    columns = ", ".join(f"c{place} VARCHAR" for place in range(width))
    connection.execute(
        f"CREATE TABLE {name} ({columns}, source_file VARCHAR, line_shift BIGINT, problem VARCHAR, row_key UBIGINT)"
    )


def key_sql(columns: Sequence[str], telling: Sequence[int] = ()) -> str:
    """Return SQL for the ``row_key`` of a row whose original columns, all text, are the expressions *columns*.

    Only those at the places *telling* are looked at, where some are given: long texts take long to hash.
    """
    return f"hash({', '.join(columns[place] for place in telling) if telling else ', '.join(columns)})"


def telling_columns(records: Sequence[Sequence[str]]) -> tuple[int, ...]:
    """Return the places of up to three columns that tell nearly all of the different *records* apart; none if none do.

    >>> telling_columns([("1", "a", "x"), ("1", "b", "x"), ("2", "a", "x"), ("2", "b", "x")])
    (0, 1)
    """
    columns = list(zip(*records, strict=True))
    different = len(set(records))
    chosen: list[int] = []
    while len(chosen) < MOST_TELLING:
        found = {
            place: len(set(zip(*(columns[one] for one in (*chosen, place)), strict=True)))
            for place in range(len(columns))
        }
        chosen.append(max(found, key=found.__getitem__))
        if found[chosen[-1]] >= NEARLY_ALL * different:
            return tuple(sorted(chosen))
    return ()


def raw_rows(raw: Raw) -> ir.Table:
    """Return ``row_id, source_file, source_line, problem, row_key, c0 … cN`` of *raw*: a view yet to be made."""
    import ibis

    kinds = {"row_id": "int64", "source_file": "string", "source_line": "int64", "problem": "string"}
    kinds |= {"row_key": "uint64"} | {f"c{place}": "string" for place in range(len(raw.columns))}
    return ibis.table(kinds, name=_view(raw))


def rows_view(raw: Raw) -> str:
    """Return the SQL that makes the view which ``raw_rows`` stands for."""
    columns = ", ".join(f"c{place}" for place in range(len(raw.columns)))
    return (
        f"CREATE OR REPLACE VIEW {_view(raw)} AS SELECT rowid AS row_id, source_file,"
        f" rowid + line_shift AS source_line, problem, row_key, {columns} FROM {raw.name}"
    )


def _view(raw: Raw) -> str:
    return f"rows_{raw.name}"
