"""Parquet, JSON lines and DuckDB files: a view of what has types of its own; JSON into a raw table of text."""

from __future__ import annotations

import glob
import hashlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ..core.errors import SourceError, SourceNotFound, did_you_mean
from ..core.recipe import Source
from ..engine import quoted
from .facts import Raw, short, unique_names
from .files import DataFile
from .fingerprints import all_together, fingerprint_of
from .rows import create_raw
from .typed import Relation, copied, create_view, typed_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def read_parquet(files: list[DataFile], source: Source, connection: duckdb.DuckDBPyConnection, name: str) -> Raw:
    """Make the view *name* of Parquet files with equal columns, which are read where they lie, when they are needed."""
    del source
    columns: dict[str, str] = {}
    for file in files:
        with _explained(file, "Parquet"):
            here = typed_columns(connection, f"read_parquet({_literal(file.path)})")
        columns = columns or here
        _order(tuple(here), tuple(columns), file.name, files[0].name)
    _check_columns(tuple(columns), str(files[0].path))
    listed = ", ".join(_literal(file.path) for file in files)
    relation = f"read_parquet([{listed}], union_by_name = true)"
    with _explained(files[0], "Parquet"):
        columns = typed_columns(connection, relation) if len(files) > 1 else columns
        # A column of that name hides what DuckDB would say of a row.
        if {"filename", "file_index", "file_row_number"} & {title.casefold() for title in columns}:
            source_rows = copied(connection, name, relation)
            digests = []  # rows do not tell their file, so that a file's own digest would promise too much
        else:
            position = "file_index::BIGINT * 1099511627776 + file_row_number"
            source_rows = Relation(relation, position, "parse_filename(filename)")
            digests = _digests_of(files)
        kinds = create_view(connection, name, source_rows, columns)
        rows = int(connection.execute(f"SELECT count(*) FROM {source_rows.sql}").fetchall()[0][0])
    return finish(
        connection, name, tuple(columns), rows, where=_where(files), files=tuple(file.name for file in files),
        description="Parquet", digests=digests, kinds=kinds, types=tuple(columns.values()),
    )  # fmt: skip


def read_json(files: list[DataFile], source: Source, connection: duckdb.DuckDBPyConnection, name: str) -> Raw:
    """Load files of JSON objects, one a line or in one array, into the table *name*; missing keys are missing."""
    del source
    names: tuple[str, ...] = ()
    rows = 0
    # Depth 1: DuckDB finds the keys and leaves the values alone, or "007" might come out as a number.
    every_key = "sample_size = -1, map_inference_threshold = -1, field_appearance_threshold = 0"
    for file in files:
        relation = f"read_json({_literal(file.path)}, maximum_depth = 1, {every_key})"
        with _explained(file, "JSON lines"):
            here = tuple(typed_columns(connection, relation))
            if not names:
                names = here
                _check_columns(names, str(file.path))
                create_raw(connection, name, len(names))
            order = _order(here, names, file.name, files[0].name)
            shift = 1 - rows if _one_a_line(file.path) else None
            rows += _append(connection, name, relation, order=order, file=file.name, shift=shift)
    return finish(
        connection, name, names, rows, where=_where(files), files=tuple(file.name for file in files),
        description="JSON lines", digests=_digests_of(files),
    )  # fmt: skip


def read_duckdb(files: list[DataFile], source: Source, connection: duckdb.DuckDBPyConnection, name: str) -> Raw:
    """Make the view *name* of a copy of a table of a DuckDB file. Raises when it is not clear which.

    It is copied because rows of a view have no numbers that last from one query to the next, and so that nobody finds
    the file locked once it is read.
    """
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
        there = ".".join(quoted(part) for part in (alias, schema, table))
        columns = typed_columns(connection, there)
        _check_columns(tuple(columns), path)
        relation = copied(connection, name, there, file=table)
    finally:
        connection.execute(f"DETACH {alias}")
    kinds = create_view(connection, name, relation, columns)
    rows = int(connection.execute(f"SELECT count(*) FROM {relation.sql}").fetchall()[0][0])
    return finish(
        connection, name, tuple(columns), rows, where=f"{file.name}, table {table}", files=(table,),
        description="DuckDB table", kinds=kinds,
    )  # fmt: skip


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


@contextmanager
def _explained(file: DataFile, title: str) -> Iterator[None]:
    """Turn what DuckDB says of a damaged *file* into a SourceError."""
    try:
        yield
    except duckdb.Error as error:
        raise SourceError(
            f"{str(file.path)!r} cannot be read as {title}: {_reason(error)}.", action="Write the file again."
        ) from error


def _where(files: list[DataFile]) -> str:
    return files[0].name if len(files) == 1 else f"{len(files)} files"


def _digests_of(files: list[DataFile]) -> list[bytes]:
    return [fingerprint_of(file.path) for file in files]


def _literal(path: Path) -> str:
    """Return *path* as an SQL text, brackets and stars in it taken for what they are."""
    return "'" + glob.escape(str(path)).replace("'", "''") + "'"


def _one_a_line(path: Path) -> bool:
    """Whether a plain JSON file has an object on each line, so that rows have lines."""
    with path.open("rb") as stream:
        return stream.read(1) == b"{" and b"\n\n" not in stream.read(1 << 16)


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
    connection: duckdb.DuckDBPyConnection, name: str, relation: str, *, order: list[int], file: str, shift: int | None
) -> int:
    """Append the rows of the JSON *relation*, its columns taken by position, as text; return how many."""
    aliases = ", ".join(f"c{place}" for place in range(len(order)))
    picked = ", ".join(f"nullif(c{place} ->> '$', '')" for place in order)
    sql = f"INSERT INTO {name} SELECT {picked}, ?, ?::BIGINT, NULL FROM {relation} AS t({aliases})"
    return int(connection.execute(sql, [file, shift]).fetchall()[0][0])


def finish(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    names: Sequence[str],
    rows: int,
    *,
    where: str,
    files: tuple[str, ...],
    description: str,
    digests: Sequence[bytes] = (),
    kinds: Mapping[int, str] | None = None,
    types: tuple[str, ...] = (),
) -> Raw:
    """Return the raw table *name*, filled by now, or the view of *kinds*. Raises SourceError when it has no rows."""
    if rows == 0:
        raise SourceError(f"{where!r} has columns but no rows.", action="Export it again, with its data.")
    columns, notes = unique_names(list(names))
    return Raw(
        where=where,
        columns=columns,
        rows=rows,
        files=files,
        description=description,
        fingerprint=all_together(digests) if digests else content_fingerprint(connection, name, columns),
        assumptions=notes,
        connection=connection,
        name=name,
        has_header=True,
        kinds=kinds or {},
        position="rowid" if kinds is None else "position",
        digests=tuple(one.hex() for one in digests),
        types=types,
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
