"""Parquet, JSON lines and DuckDB files into the raw table: every value as the text that stands for it exactly."""

from __future__ import annotations

import glob
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ..core.errors import SourceError, SourceNotFound, did_you_mean
from ..core.recipe import Source
from .facts import Raw, short, unique_names
from .files import DataFile
from .rows import create_raw, key_sql

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_parquet(files: list[DataFile], source: Source, connection: duckdb.DuckDBPyConnection, name: str) -> Raw:
    """Load Parquet files with equal columns into the table *name*."""
    del source
    return _read_each(files, connection, name, "read_parquet(?)", "Parquet")


def read_json(files: list[DataFile], source: Source, connection: duckdb.DuckDBPyConnection, name: str) -> Raw:
    """Load files of JSON objects, one a line or in one array, into the table *name*; missing keys are missing."""
    del source
    # Depth 1: DuckDB finds the keys and leaves the values alone, or "007" might come out as a number.
    every_key = "sample_size = -1, map_inference_threshold = -1, field_appearance_threshold = 0"
    relation = f"read_json(?, maximum_depth = 1, {every_key})"
    return _read_each(files, connection, name, relation, "JSON lines", as_text="c{place} ->> '$'")


def read_duckdb(files: list[DataFile], source: Source, connection: duckdb.DuckDBPyConnection, name: str) -> Raw:
    """Copy a table of a DuckDB file, which is only read, into the table *name*. Raises when it is not clear which."""
    file = files[0]
    path = str(file.path)
    alias = f"file_{name}"
    try:
        # ATTACH takes no parameters: the path is quoted here.
        connection.execute(f"ATTACH '{path.replace(chr(39), chr(39) * 2)}' AS {alias} (READ_ONLY)")
    except duckdb.Error as error:
        raise SourceError(f"{path!r} cannot be opened by DuckDB: {_reason(error)}.") from error
    try:
        schema, table = _table(connection, alias, source.table, path)
        relation = ".".join('"' + part.replace('"', '""') + '"' for part in (alias, schema, table))
        names = _names(connection, relation, [])
        _check_columns(names, path)
        create_raw(connection, name, len(names))
        rows = _append(connection, name, relation, values=[], width=len(names), file=table, lines=False)
    finally:
        connection.execute(f"DETACH {alias}")
    return finish(
        connection, name, names, rows, where=f"{file.name}, table {table}", files=(table,), description="DuckDB table"
    )


def _table(connection: duckdb.DuckDBPyConnection, alias: str, wanted: str | None, path: str) -> tuple[str, str]:
    found = connection.execute(
        """SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1 AND NOT internal
           UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $1 AND NOT internal
           ORDER BY ALL""",
        [alias],
    ).fetchall()
    names = [table for _, table in found]
    shown = f"Tables: {', '.join(repr(short(table)) for table in names[:12])}{', …' if len(names) > 12 else ''}."
    if wanted is not None:
        matches = [(schema, table) for schema, table in found if wanted in {table, f"{schema}.{table}"}]
        if len(matches) == 1:
            return matches[0]
        raise SourceNotFound(f"{path!r} has no table {wanted!r}.", possible=shown, action=did_you_mean(wanted, names))
    if not found:
        raise SourceError(f"{path!r} holds no table.")
    if len(found) > 1:
        raise SourceError(f"{path!r} holds {len(found)} tables.", possible=shown, action="Say which: source.table.")
    return found[0]


def _read_each(
    files: list[DataFile],
    connection: duckdb.DuckDBPyConnection,
    name: str,
    relation: str,
    title: str,
    *,
    as_text: str = "",
) -> Raw:
    names: tuple[str, ...] = ()
    rows = 0
    digests = []
    for file in files:
        path = glob.escape(str(file.path))
        try:
            here = _names(connection, relation, [path])
            if not names:
                names = here
                _check_columns(names, str(file.path))
                create_raw(connection, name, len(names))
            order = _order(here, names, file.name, files[0].name)
            numbered = title != "Parquet" and _one_a_line(file.path)
            rows += _append(
                connection, name, relation, values=[path], width=len(names), file=file.name,
                order=order, as_text=as_text, lines=numbered, first_row=rows,
            )  # fmt: skip
        except duckdb.Error as error:
            raise SourceError(
                f"{str(file.path)!r} cannot be read as {title}: {_reason(error)}.", action="Write the file again."
            ) from error
        with file.path.open("rb") as stream:
            digests.append(hashlib.file_digest(stream, "sha256").digest())
    where = files[0].name if len(files) == 1 else f"{len(files)} files"
    digest = digests[0] if len(digests) == 1 else hashlib.sha256(b"".join(sorted(digests))).digest()
    return finish(
        connection,
        name,
        names,
        rows,
        where=where,
        files=tuple(file.name for file in files),
        description=title,
        fingerprint=digest.hex(),
    )


def _one_a_line(path: Path) -> bool:
    """Whether a plain JSON file has an object on each line, so that rows have lines."""
    with path.open("rb") as stream:
        return stream.read(1) == b"{" and b"\n\n" not in stream.read(1 << 16)


def _names(connection: duckdb.DuckDBPyConnection, relation: str, values: list[object]) -> tuple[str, ...]:
    found = connection.execute(f"SELECT * FROM {relation} LIMIT 0", values).description
    return tuple(str(column[0]) for column in found or ())


def _check_columns(names: Sequence[str], path: str) -> None:
    if not names:
        raise SourceError(f"{path!r} has no columns.")


def _order(here: tuple[str, ...], names: tuple[str, ...], file: str, first: str) -> list[int]:
    if sorted(here) != sorted(names):
        odd = min(set(here) ^ set(names))
        raise SourceError(
            f"{file!r} has other columns than {first!r}: only one of them has {short(odd)!r}.",
            action="Give files with the same columns, or one of them.",
        )
    return [here.index(column) for column in names]


def _append(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    relation: str,
    *,
    values: list[object],
    width: int,
    file: str,
    lines: bool,
    order: list[int] | None = None,
    as_text: str = "",
    first_row: int = 0,
) -> int:
    """Append the rows of *relation*, its columns taken by position, as text; return how many."""
    aliases = ", ".join(f"c{place}" for place in range(width))
    text = as_text or "c{place}::VARCHAR"
    picked = [f"nullif({text.format(place=place)}, '')" for place in (order or range(width))]
    shift = 1 - first_row if lines else None
    columns = f"{', '.join(picked)}, ?, ?::BIGINT, NULL, {key_sql(picked)}"
    sql = f"INSERT INTO {name} SELECT {columns} FROM {relation} AS t({aliases})"
    found = connection.execute(sql, [file, shift, *values]).fetchall()
    return int(found[0][0])


def finish(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    names: Sequence[str],
    rows: int,
    *,
    where: str,
    files: tuple[str, ...],
    description: str,
    fingerprint: str = "",
) -> Raw:
    """Return the raw table *name*, filled by now. Raises SourceError when it has no rows."""
    if rows == 0:
        raise SourceError(f"{where!r} has columns but no rows.", action="Export it again, with its data.")
    columns, notes = unique_names(list(names))
    return Raw(
        where=where,
        columns=columns,
        rows=rows,
        files=files,
        description=description,
        fingerprint=fingerprint or content_fingerprint(connection, name, columns),
        assumptions=notes,
        connection=connection,
        name=name,
        has_header=True,
    )


def content_fingerprint(connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str]) -> str:
    """Return a digest of the rows of *name*, in any order, and of the column names."""
    hashed = ", ".join(f"c{place}" for place in range(len(columns)))
    found = connection.execute(
        f"SELECT count(*), sum(hash({hashed})::HUGEINT), bit_xor(hash({hashed}, 1)) FROM {name}"
    ).fetchall()
    return hashlib.sha256(repr((list(columns), found)).encode()).hexdigest()


def _reason(error: duckdb.Error) -> str:
    """Return the first line of what DuckDB says, without its kind of error."""
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    return short(first.split(":", 1)[-1].strip().rstrip("."), 160)
