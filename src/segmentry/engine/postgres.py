"""PostgreSQL: temporary tables, COPY in both directions, and tables that are replaced in one transaction."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .abilities import ENGINES
from .parquet import quoted
from .remote import RemoteEngine, as_relation

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import psycopg
    from ibis.backends.postgres import Backend
    from numpy.typing import NDArray

    from .remote import Columns

# How COPY writes CSV; a row may be long, which the reader has to be told.
AS_WRITTEN = (
    "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', nullstr = '', "
    "allow_quoted_nulls = false, new_line = '\\n', max_line_size = 67108864"
)
CHUNK = 2**20
# Results do not depend on what a server, or a user, has set.
SETTINGS = ("TimeZone TO 'UTC'", "DateStyle TO 'ISO, YMD'", "extra_float_digits TO 1", "client_encoding TO 'UTF8'")


class PostgresEngine(RemoteEngine):
    """A PostgreSQL database.

    What is stored is in temporary tables of the one connection: they need no right to create tables, and are gone with
    it. They are analysed at once, since the server's own housekeeping never sees them.
    """

    merges_subqueries = True

    def __init__(self, address: str) -> None:
        import psycopg

        super().__init__(address, ENGINES["postgres"])
        self._server: psycopg.Connection[Any] = psycopg.connect(address, autocommit=True, application_name="segmentry")
        self._at_the_end(self._server.close)
        for setting in SETTINGS:
            self._execute(f"SET {setting}")

    @cached_property
    def backend(self) -> Backend:
        """The Ibis backend over the connection; imports Ibis."""
        import ibis

        return ibis.postgres.from_connection(self._server)

    def _execute(self, sql: str) -> None:
        self._server.execute(sql.encode())

    def _keep(self, expression: ir.Table, sql: str, name: str) -> None:
        del expression
        self._execute(f"DROP TABLE IF EXISTS pg_temp.{quoted(name)} CASCADE")
        self._execute(f"CREATE TEMPORARY TABLE {quoted(name)} AS {sql}")
        self._execute(f"ANALYZE pg_temp.{quoted(name)}")

    def _name(self, expression: ir.Table, sql: str, name: str) -> None:
        del expression
        self._execute(f"DROP VIEW IF EXISTS pg_temp.{quoted(name)} CASCADE")
        self._execute(f"CREATE TEMPORARY VIEW {quoted(name)} AS {sql}")

    def _send(self, columns: Mapping[str, NDArray[Any]], name: str) -> None:
        self._execute(f"DROP TABLE IF EXISTS pg_temp.{quoted(name)} CASCADE")
        self._execute(f"CREATE TEMPORARY TABLE {quoted(name)} ({_definitions(columns)})")
        self._copy_in(columns, f"pg_temp.{quoted(name)}")
        self._execute(f"ANALYZE pg_temp.{quoted(name)}")

    @contextmanager
    def _fetched(self, expression: ir.Table, sql: str) -> Iterator[str]:
        with tempfile.TemporaryDirectory(prefix="segmentry-") as folder:
            path = Path(folder) / "rows.csv"
            # NULL is nothing at all, an empty text is a pair of quotes: the reader below tells them apart too.
            asked = f"COPY ({sql}) TO STDOUT (FORMAT csv)".encode()
            with self._server.cursor() as cursor, path.open("wb") as file, cursor.copy(asked) as copy:
                for block in copy:
                    file.write(block)
            names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(expression.columns)))
            yield f"read_csv('{path}', columns = {{{names}}}, {AS_WRITTEN})"

    def _replace(self, rows: Columns | str, names: list[str], place: tuple[str | None, str], there: list[str]) -> None:
        schema, table = place
        prefix = f"{quoted(schema)}." if schema else ""
        target, beside = prefix + quoted(table), quoted(f"{table[:40]}_{uuid.uuid4().hex[:12]}")
        with self._server.transaction():
            if isinstance(rows, str):
                self._execute(f"CREATE TABLE {prefix}{beside} AS {rows}")
            else:
                self._execute(f"CREATE TABLE {prefix}{beside} ({_definitions(rows)})")
                self._copy_in(rows, prefix + beside)
            if sorted(there) == sorted(names):
                # Rights, indexes and views of the table stay, and whoever reads it sees the old rows until the end.
                listed = ", ".join(map(quoted, names))
                self._execute(f"DELETE FROM {target}")
                self._execute(f"INSERT INTO {target} ({listed}) SELECT {listed} FROM {prefix}{beside}")
                self._execute(f"DROP TABLE {prefix}{beside}")
                return
            self._execute(f"DROP TABLE IF EXISTS {target}")
            self._execute(f"ALTER TABLE {prefix}{beside} RENAME TO {quoted(table)}")

    def _opened(self, schema: str | None, table: str) -> ir.Table:
        """Return the table as a temporary view that compares texts by their bytes, whatever collation they have: blanks
        and capitals count in some and not in others, and results would depend on it.
        """
        there = self._bound(schema, table).schema()
        name = f"{table[:40]}_{uuid.uuid4().hex[:12]}"
        columns = ", ".join(
            f'{quoted(column)} COLLATE "C" AS {quoted(column)}' if kind.is_string() else quoted(column)
            for column, kind in there.items()
        )
        place = f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)
        self._execute(f"CREATE TEMPORARY VIEW {quoted(name)} AS SELECT {columns} FROM {place}")
        return self.backend.table(name)

    def _copy_in(self, columns: Mapping[str, NDArray[Any]], target: str) -> None:
        with tempfile.TemporaryDirectory(prefix="segmentry-") as folder:
            path = Path(folder) / "rows.csv"
            with as_relation(columns) as inside:
                inside.execute(f"COPY (SELECT * FROM columns) TO '{path}' (FORMAT csv, HEADER false)")
            given = f"COPY {target} FROM STDIN (FORMAT csv)".encode()
            with self._server.cursor() as cursor, path.open("rb") as file, cursor.copy(given) as copy:
                while block := file.read(CHUNK):
                    copy.write(block)

    def _tables(self) -> list[str]:
        """Return tables and views that may be read: those of the search path by name, others with their schema."""
        found = self._server.execute(
            "SELECT CASE WHEN pg_table_is_visible(c.oid) THEN relname ELSE nspname || '.' || relname END"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT relispartition AND nspname <> 'information_schema'"
            " AND nspname !~ '^pg_' AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"
        )
        return [str(row[0]) for row in found]


def _definitions(columns: Mapping[str, NDArray[Any]]) -> str:
    kinds = {"i": "bigint", "u": "bigint", "b": "boolean", "f": "double precision", "M": "date"}
    return ", ".join(f"{quoted(name)} {kinds.get(values.dtype.kind, 'text')}" for name, values in columns.items())
