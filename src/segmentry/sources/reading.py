"""Open a source: which reader fits its files, and one DuckDB table of text as the outcome."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from ..core.errors import SourceError
from ..core.progress import Progress, Silent
from ..core.recipe import Source
from .facts import Raw
from .files import DataFile, find_files
from .staging import unzip
from .texts import prepare

if TYPE_CHECKING:
    import duckdb

    Connect: TypeAlias = Callable[[], duckdb.DuckDBPyConnection]


def read(source: Source, connect: Connect, *, progress: Progress | None = None) -> Raw:
    """Read the files of *source* into a new table, every value as text, of the database that *connect* opens.

    It is opened once the first file is unpacked, so that DuckDB can be imported meanwhile. Needs no Ibis. Raises
    SourceNotFound and SourceError, with the file and what to do.
    """
    files = find_files(_paths(source))
    with tempfile.TemporaryDirectory(prefix="segmentry-") as temporary:
        folder = Path(temporary)
        files = [unzip(file, _new_folder(folder)) if file.kind == "zip" else file for file in files]
        return _read_kind(files, source, connect, folder=folder, progress=progress or Silent())


def _read_kind(files: list[DataFile], source: Source, connect: Connect, *, folder: Path, progress: Progress) -> Raw:
    kind = files[0].kind
    if kind in {"parquet", "duckdb", "json"}:
        from . import columnar

        readers = {"parquet": columnar.read_parquet, "duckdb": columnar.read_duckdb, "json": columnar.read_json}
        return _into_new_table(connect(), lambda connection, name: readers[kind](files, source, connection, name))
    if kind == "excel":
        from .workbook import read_workbook

        return _into_new_table(
            connect(), lambda connection, name: read_workbook(files[0], source, connection, name, folder)
        )
    first = prepare(files[0], source.format, folder)
    from .delimited import read_delimited

    return _into_new_table(
        connect(),
        lambda connection, name: read_delimited(
            first, files[1:], source.format, connection, name, folder=folder, progress=progress.advance
        ),
    )


def _into_new_table(
    connection: duckdb.DuckDBPyConnection, reader: Callable[[duckdb.DuckDBPyConnection, str], Raw]
) -> Raw:
    name = free_name(connection)
    try:
        return reader(connection, name)
    except SourceError:
        if connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name]).fetchall():
            connection.execute(f"DROP TABLE {name}")
        raise


def _paths(source: Source) -> str | list[str]:
    """Return the files of *source*; what an engine has is read where it is (:mod:`.database`)."""
    if source.path is not None:
        return source.path
    raise SourceError("No data is given.", action="Give a file: segmentry run DATA.csv, or source.path in a recipe.")


def _new_folder(parent: Path) -> Path:
    folder = parent / f"zip-{len(list(parent.iterdir()))}"
    folder.mkdir()
    return folder


def free_name(connection: duckdb.DuckDBPyConnection) -> str:
    """Return a name for a raw table that *connection* does not have yet."""
    taken = {row[0] for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    number = 0
    while f"raw_{number}" in taken:
        number += 1
    return f"raw_{number}"
