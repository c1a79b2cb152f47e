"""Sources that have types of their own (Parquet, DuckDB, frames): a view of them as they are.

Every value is there as text, made where it is asked for, since ids are text and people write numbers as text; and what
is a number or a moment already is there as such, so that nothing is written as text to be read again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

WHOLE = re.compile(r"U?(TINY|SMALL|BIG)?INT(EGER)?")
NUMBER = re.compile(r"FLOAT|DOUBLE|U?HUGEINT|DECIMAL\(.*\)")
MOMENT = re.compile(r"DATE|TIMESTAMP(_S|_MS|_NS)?")
ZONED = "TIMESTAMP WITH TIME ZONE"


@dataclass(frozen=True)
class Relation:
    """Something that DuckDB can read: its SQL, and SQL for a row's position, and the name of its file.

    The position grows, and is the same in every query: by it rows are found again.
    """

    sql: str
    position: str
    file: str


def typed_columns(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    """Return the columns of *relation* with DuckDB's names of their types. Raises duckdb.Error when it is none."""
    return {
        str(name): str(kind) for name, kind, *_ in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    }


def copied(connection: duckdb.DuckDBPyConnection, name: str, relation: str, *, file: str | None = None) -> Relation:
    """Return a copy of *relation*, whose rows then have lasting numbers; *file* is what they came from."""
    connection.execute(f"CREATE TABLE copy_of_{name} AS SELECT * FROM {relation}")
    return Relation(
        f"copy_of_{name}", "rowid", "NULL::VARCHAR" if file is None else "'" + file.replace("'", "''") + "'"
    )


def create_view(
    connection: duckdb.DuckDBPyConnection, name: str, relation: Relation, columns: Mapping[str, str]
) -> dict[int, str]:
    """Make the view *name* of *relation*, as ``facts.Raw`` describes it, and return the kinds of its columns."""
    picked: list[str] = []
    kinds = {place: kind for place, each in enumerate(columns.values()) if (kind := kind_of(each)) is not None}
    for place, (title, each) in enumerate(columns.items()):
        column = '"' + title.replace('"', '""') + '"'
        picked.append(f"{_as_text(column, each)} AS c{place}")
        if place in kinds:
            picked.append(f"{_as_value(column, each, kinds[place])} AS n{place}")
    connection.execute(
        f"CREATE VIEW {name} AS SELECT {', '.join(picked)}, {relation.file} AS source_file,"
        f" NULL::BIGINT AS line_shift, NULL::VARCHAR AS problem, {relation.position} AS position FROM {relation.sql}"
    )
    return kinds


def kind_of(each: str) -> str | None:
    """Return what columns of DuckDB's type *each* hold: None for words, and for what is read as words.

    >>> [kind_of(each) for each in ("BIGINT", "DECIMAL(18,2)", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "VARCHAR")]
    ['whole', 'number', 'moment', 'zoned', None]
    """
    if WHOLE.fullmatch(each):
        return "number" if each == "UBIGINT" else "whole"
    if NUMBER.fullmatch(each):
        return "number"
    if MOMENT.fullmatch(each):
        return "moment"
    return "zoned" if each == ZONED else None


def _as_text(column: str, each: str) -> str:
    if each in {"FLOAT", "DOUBLE"}:  # NaN, which pandas keeps for a missing number, is missing
        return f"CASE WHEN NOT isnan({column}) THEN {column}::VARCHAR END"
    return f"nullif({column}, '')" if each == "VARCHAR" else f"{column}::VARCHAR"


def _as_value(column: str, each: str, kind: str) -> str:
    if each == "FLOAT":  # 2.61 stands for 2.61: as DOUBLE it would be 2.6099998950958252
        return f"try_cast(nullif({column}::VARCHAR, 'nan') AS DOUBLE)"
    if each == "DOUBLE":
        return f"CASE WHEN NOT isnan({column}) THEN {column} END"
    target = {"whole": "BIGINT", "number": "DOUBLE", "moment": "TIMESTAMP", "zoned": ZONED}[kind]
    return f"{column}::{target}"
