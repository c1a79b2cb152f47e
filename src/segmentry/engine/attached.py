"""A DuckDB file as an engine: the engine inside with the file attached, which is only read."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from ..core.errors import EngineError, OutputError, SourceError, SourceNotFound, did_you_mean
from .abilities import ENGINES
from .engine import Engine, Rows
from .local import open_local
from .parquet import quoted
from .remote import as_relation, listed, place_of, refuse_foreign

if TYPE_CHECKING:
    import ibis.expr.types as ir

ALIAS = "attached"
MAIN = "main"  # the schema of a file that has one


class AttachedEngine(Engine):
    """The engine inside over a DuckDB file: its tables are read where they are, what is stored is in memory."""

    def __init__(self, address: str) -> None:
        super().__init__(open_local())
        self.abilities = ENGINES["duckdb"]
        path = address.removeprefix("duckdb://").split("?", 1)[0]
        # duckdb:///shop.duckdb is a path from here, as everywhere; duckdb:////data/shop.duckdb one from the root.
        self._path = Path(path.removeprefix("/") or path).expanduser()
        if not self._path.exists():
            raise SourceNotFound(f"There is no file {str(self._path)!r}.", action="Give it as duckdb:///FILE.")
        self._attach(read_only=True)

    def table(self, name: str | None, files: Sequence[str] = ()) -> tuple[str, ir.Table]:
        """Return the table called *name* (``sales`` or ``shop.sales``), or the only one, and what it is called.

        Raises SourceNotFound and SourceError.
        """
        del files
        known = self._tables()
        where = repr(str(self._path))
        if name is None and len(known) != 1:
            raise SourceError(
                f"{where} has {len(known)} tables.", possible=listed(known), action="Say which: source.table."
            )
        wanted = known[0] if name is None else name
        if place_of(wanted) not in map(place_of, known):
            raise SourceNotFound(
                f"{where} has no table {wanted!r}.", possible=listed(known), action=did_you_mean(wanted, known)
            )
        schema, table = place_of(wanted)
        return wanted, self.backend.table(table, database=(ALIAS, schema or MAIN))

    def replace_table(self, rows: Rows, name: str, *, step: str) -> None:
        """Write *rows*, NumPy columns or a query, as the table *name* of the file, in place of one that an earlier run
        wrote there.

        Raises Refused for a table that no run wrote, and OutputError where the file cannot be written.
        """
        schema, table = place_of(name)
        prefix = f"{ALIAS}.{quoted(schema or MAIN)}."
        beside = quoted(f"{table[:40]}_{uuid.uuid4().hex[:12]}")
        there = self.connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = ? AND schema_name = ? AND table_name = ?",
            [ALIAS, schema or MAIN, table],
        ).fetchall()
        refuse_foreign([str(column) for (column,) in there], name, repr(str(self._path)))
        source = "SELECT * FROM columns" if isinstance(rows, Mapping) else self.sql(rows, step=step)
        statements = [f"CREATE TABLE {prefix}{beside} AS {source}"]
        statements += [f"DROP TABLE {prefix}{quoted(table)}"] * bool(there)
        statements += [f"ALTER TABLE {prefix}{beside} RENAME TO {quoted(table)}"]
        ready = as_relation(rows, self.connection) if isinstance(rows, Mapping) else self.connection.cursor()
        with self._writable(), ready as inside:
            try:
                inside.execute("BEGIN")
                for sql in statements:
                    inside.execute(sql)
                inside.execute("COMMIT")
            except duckdb.Error as error:
                raise EngineError(step, sql, str(error)) from error

    def _tables(self) -> list[str]:
        """Return tables and views, those of another schema than ``main`` with its name."""
        found = self.connection.execute(
            """SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = $1 AND NOT internal
               UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = $1 AND NOT internal
               ORDER BY ALL""",
            [ALIAS],
        ).fetchall()
        return [table if schema == MAIN else f"{schema}.{table}" for schema, table in found]

    @contextmanager
    def _writable(self) -> Iterator[None]:
        """Open the file for writing meanwhile; whoever else has it open keeps it from us."""
        self.connection.execute(f"DETACH {ALIAS}")
        try:
            self._attach(read_only=False)
            try:
                yield
            finally:
                self.connection.execute(f"DETACH {ALIAS}")
        finally:
            self._attach(read_only=True)

    def _attach(self, *, read_only: bool) -> None:
        path = str(self._path).replace("'", "''")
        try:
            self.connection.execute(f"ATTACH '{path}' AS {ALIAS}{' (READ_ONLY)' * read_only}")
        except duckdb.Error as error:
            kind = SourceError if read_only else OutputError
            raise kind(f"{str(self._path)!r} cannot be opened by DuckDB: {error}.") from error
