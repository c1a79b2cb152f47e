"""An engine elsewhere, with the methods of the one inside: queries run there, and only results come over."""

from __future__ import annotations

import re
import weakref
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from ..core.addresses import masked, without_secrets
from ..core.errors import EngineError, Refused, SourceError, SourceNotFound, did_you_mean
from .abilities import Abilities
from .engine import Engine, Query, Rows
from .local import open_local
from .parquet import copy_to_parquet, plain_array, quoted, scratch, write_rows

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[Any]]

T = TypeVar("T")
OURS = ("customer_id", "segment", "run_id")  # a table with these columns is one that a run wrote
SHOWN = 12


class RemoteEngine(Engine):
    """A database or cluster seen through Ibis, with an engine inside beside it.

    Queries are sent there as SQL. What comes back is handed over by DuckDB, so that a column is the same kind of array
    from every engine; what was collected is derived from in the engine inside. Kinds of engines differ in the few
    methods below the line, and in their ``abilities``.

    What is stored is temporary: it is gone once the engine is closed.
    """

    has_hashes = False  # they differ from engine to engine, in value and in width

    def __init__(self, address: str, abilities: Abilities) -> None:
        super().__init__(open_local())
        self.abilities = abilities
        self.address = address
        self._inside = Engine(self.connection)
        self._lock = RLock()  # one connection: its statements take turns
        self._ending: weakref.finalize[..., RemoteEngine] | None = None

    # ---- what stages ask for

    def sql(self, query: Query, *, step: str, condition: str = "") -> str:
        """Return the SQL text of *query*; none is kept from run to run, since it belongs to the tables found there."""
        del condition
        expression = query() if callable(query) else query
        return self._run(step, "", lambda: self.compiled(expression))

    def script(self, statements: Callable[[], list[str]], *, step: str) -> None:
        """Run SQL *statements* there."""
        for sql in statements():
            self._run(step, sql, lambda sql=sql: self._execute(sql))  # type: ignore[misc]

    def store(self, query: Query, name: str, *, step: str, condition: str = "") -> None:
        """Run *query* once and keep its rows there as the temporary table *name*."""
        expression = query() if callable(query) else query
        sql = self.sql(expression, step=step, condition=condition)
        self._run(step, sql, lambda: self._keep(expression, sql, name))

    def view(self, query: Query, name: str, *, step: str, condition: str = "") -> None:
        """Give *query* the *name* there, under which other queries read its rows anew each time."""
        expression = query() if callable(query) else query
        sql = self.sql(expression, step=step, condition=condition)
        self._run(step, sql, lambda: self._name(expression, sql, name))

    def hold(self, columns: Columns, name: str, *, step: str) -> None:
        """Send NumPy *columns* (text as objects) there, as the temporary table *name*."""
        self._run(step, f"hold {name}", lambda: self._send(columns, name))

    def rows(self, query: Query, *, step: str, condition: str = "") -> list[dict[str, Any]]:
        """Return the rows of a small result; decimals stay exact."""
        with self._result(query, step=step, condition=condition) as (cursor, selected):
            found = cursor.execute(selected).fetchall()
            names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found]

    def columns(self, query: Query, *, step: str, condition: str = "") -> dict[str, NDArray[Any]]:
        """Return each column as a NumPy array, as the engine inside does."""
        with self._result(query, step=step, condition=condition) as (cursor, selected):
            found = cursor.execute(selected).fetchnumpy()
        return {name: plain_array(values) for name, values in found.items()}

    def derive(
        self, columns: Columns, query: Callable[[ir.Table], ir.Table], *, step: str, condition: str
    ) -> dict[str, NDArray[Any]]:
        """Return the columns of *query*, asked of NumPy *columns*: they are here already, so it runs inside."""
        return self._inside.derive(columns, query, step=step, condition=condition)

    def write_parquet(self, query: Query, path: Path, *, step: str, condition: str = "") -> None:
        """Write the rows of *query* to *path*, in the order it asks for. Raises OutputError."""
        with self._result(query, step=step, condition=condition) as (cursor, selected):
            copy_to_parquet(cursor, selected, path, step=step)

    def write(
        self, query: Query, path: Path, *, step: str, condition: str = "", words: Mapping[str, Mapping[Any, str]]
    ) -> None:
        """Write the rows of *query*, in its order, to *path*, Parquet or CSV, as the engine inside does."""
        with self._result(query, step=step, condition=condition) as (cursor, selected):
            write_rows(cursor, selected, path, step=step, words=words)

    def leave_cores(self, count: int) -> None:
        """Do nothing: its cores are its own."""

    # ---- tables that are there, or will be

    def table(self, name: str | None, files: Sequence[str] = ()) -> tuple[str, ir.Table]:
        """Return the table called *name* (``sales`` or ``shop.sales``), or the only one, or the Parquet *files* that
        the engine reads; and what it is called.

        Raises SourceNotFound with the nearest name, and SourceError where none is given and there are several.
        """
        if files:
            return ", ".join(files), self._run("find files", ", ".join(files), lambda: self._files(files))
        known = self._run("find tables", "", self._tables)
        where = masked(self.address)
        if name is None and len(known) != 1:
            raise SourceError(
                f"{where} has {len(known)} tables.", possible=listed(known), action="Say which: source.table."
            )
        wanted = known[0] if name is None else name
        place = place_of(wanted)
        # A table of another schema may be there without being listed.
        if not self._columns_of(*place):
            raise SourceNotFound(
                f"{where} has no table {wanted!r}.", possible=listed(known), action=did_you_mean(wanted, known)
            )
        return wanted, self._run("open the table", wanted, lambda: self._opened(*place))

    def replace_table(self, rows: Rows, name: str, *, step: str) -> None:
        """Write *rows*, NumPy columns or a query, as the table *name*, in place of one that an earlier run wrote there.

        Nobody ever sees half a table. Raises Refused for a table that no run wrote.
        """
        schema, table = place_of(name)
        there = self._columns_of(schema, table)
        refuse_foreign(there, name, masked(self.address))
        given = rows if isinstance(rows, Mapping) else self.sql(rows, step=step)
        names = list(rows) if isinstance(rows, Mapping) else list(rows.columns)
        self._run(step, f"write {name}", lambda: self._replace(given, names, (schema, table), list(there)))

    def close(self) -> None:
        """Drop what was stored and let go of the connection; the same happens once nobody holds the engine."""
        if self._ending is not None:
            self._ending()

    # ---- what kinds of engines do in their own ways

    @abstractmethod
    def _execute(self, sql: str) -> None:
        """Run a statement."""

    @abstractmethod
    def _keep(self, expression: ir.Table, sql: str, name: str) -> None:
        """Keep the rows of *expression*, in SQL *sql*, as the temporary table *name*."""

    @abstractmethod
    def _name(self, expression: ir.Table, sql: str, name: str) -> None:
        """Make the temporary view *name* of *expression*, in SQL *sql*."""

    @abstractmethod
    def _send(self, columns: Columns, name: str) -> None:
        """Bring *columns* there as the temporary table *name*."""

    @abstractmethod
    def _fetched(self, expression: ir.Table, sql: str) -> AbstractContextManager[Any]:
        """Give what DuckDB can select from, an Arrow object or SQL: the rows of *expression*, in SQL *sql*, in order,
        values as such or as text.
        """

    @abstractmethod
    def _replace(self, rows: Columns | str, names: list[str], place: tuple[str | None, str], there: list[str]) -> None:
        """Put *rows*, columns or SQL that gives columns of these *names*, in the *place* (schema and name) of a table
        that has the columns *there* (none: there is no table).
        """

    def _tables(self) -> list[str]:
        """Return the names of the tables of the usual schema."""
        return sorted(self.backend.list_tables())

    def _files(self, files: Sequence[str]) -> ir.Table:
        """Return Parquet *files* as a table."""
        raise NotImplementedError

    def _opened(self, schema: str | None, table: str) -> ir.Table:
        """Return a table that is there, as queries are to see it."""
        return self._bound(schema, table)

    def _bound(self, schema: str | None, table: str) -> ir.Table:
        return self.backend.table(table, database=schema)

    def _columns_of(self, schema: str | None, table: str) -> tuple[str, ...]:
        """Return the columns of a table, none where there is no such table."""
        try:
            return tuple(self._bound(schema, table).columns)
        except Exception:  # noqa: BLE001 -- what a missing table raises is each driver's own
            return ()

    # ---- shared

    def _at_the_end(self, action: Callable[[], object]) -> None:
        """Take *action* once the engine is closed, or nobody holds it; it must not hold the engine itself."""

        def quietly() -> None:
            with suppress(Exception):  # it is going anyway
                action()

        self._ending = weakref.finalize(self, quietly)

    @contextmanager
    def _result(self, query: Query, *, step: str, condition: str) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        """Give a cursor inside, and what to select there, for the rows of *query*, typed as its expression says.

        Rows are sorted here: engines order texts by rules of their own.
        """
        expression, order = unsorted(query() if callable(query) else query)
        sql = self.sql(expression, step=step, condition=condition)
        kinds = expression.schema()
        typed = [
            f"c{place}::{duckdb_type(kind)} AS {quoted(title)}" for place, (title, kind) in enumerate(kinds.items())
        ]
        aliases = ", ".join(f"c{place}" for place in range(len(typed)))
        try:
            with (
                self._lock,
                self._fetched(expression, sql) as rows,
                self.connection.cursor() as cursor,
            ):
                name = rows if isinstance(rows, str) else "fetched"
                if not isinstance(rows, str):
                    cursor.register(name, rows)
                yield cursor, f"SELECT {', '.join(typed)} FROM {name} AS t({aliases}){order}"
        except duckdb.Error as error:
            raise EngineError(step, sql, str(error)) from error
        except Exception as error:
            raise self._failure(step, sql, error) from error

    def _run(self, step: str, sql: str, action: Callable[[], T]) -> T:
        try:
            with self._lock:
                return action()
        except Exception as error:
            raise self._failure(step, sql, error) from error

    def _failure(self, step: str, sql: str, error: Exception) -> Exception:
        """Return what to raise for an *error* of a driver, of which there are many kinds: nothing secret is in it."""
        from ..core.errors import SegmentryError

        if isinstance(error, SegmentryError):
            return error
        return EngineError(step, sql, without_secrets(brief(error), self.address))


def unsorted(expression: ir.Table) -> tuple[ir.Table, str]:
    """Return *expression* without its last sorting by columns, and that as an ORDER BY of DuckDB; else as it is."""
    import ibis.expr.operations as ops

    asked = expression.op()
    if not isinstance(asked, ops.Sort) or not all(isinstance(key.arg, ops.Field) for key in asked.keys):
        return expression, ""
    keys = [
        f"{quoted(key.arg.name)} {'ASC' if key.ascending else 'DESC'} NULLS {'FIRST' if key.nulls_first else 'LAST'}"
        for key in asked.keys
    ]
    return asked.parent.to_expr(), f" ORDER BY {', '.join(keys)}"


def place_of(name: str) -> tuple[str | None, str]:
    """Return schema and table of *name*; a part in double quotes may hold a point.

    >>> place_of("sales"), place_of("shop.sales"), place_of('shop."Q1.sales"')
    ((None, 'sales'), ('shop', 'sales'), ('shop', 'Q1.sales'))
    """
    parts = [quoted or plain for quoted, plain in re.findall(r'"([^"]+)"|([^."]+)', name)]
    return (".".join(parts[:-1]) or None, parts[-1]) if parts else (None, name)


def refuse_foreign(there: Sequence[str], name: str, where: str) -> None:
    """Raise Refused where a table that has the columns *there* was written by no run: it is not ours to replace."""
    if there and not set(OURS) <= set(there):
        raise Refused(
            f"{where} has a table {name!r} already, which no run wrote: "
            f"it has no column {', '.join(one for one in OURS if one not in there)}.",
            action="Choose another name: publish.table, or --to-table.",
        )


def listed(known: Sequence[str]) -> str:
    """Return the names of tables in words, the first dozen."""
    shown = ", ".join(map(repr, known[:SHOWN])) + (", …" if len(known) > SHOWN else "")
    return f"Tables: {shown}." if known else "It has no tables."


def brief(error: Exception, *, longest: int = 400) -> str:
    """Return the first sentence of what a driver says."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = lines[0] if lines else type(error).__name__
    return text if len(text) <= longest else text[: longest - 1] + "…"


def duckdb_type(kind: dt.DataType) -> str:
    """Return how DuckDB calls an Ibis type: what has no like there is text."""
    if kind.is_integer():
        return "BIGINT" if not kind.is_unsigned_integer() else "UBIGINT"
    if kind.is_decimal():
        return f"DECIMAL({kind.precision or 38}, {kind.scale})" if kind.scale is not None else "DOUBLE"
    if kind.is_timestamp():
        return "TIMESTAMP" if kind.timezone is None else "TIMESTAMPTZ"
    names = {"Floating": "DOUBLE", "Boolean": "BOOLEAN", "Date": "DATE"}
    return next((name for word, name in names.items() if getattr(kind, f"is_{word.lower()}")()), "VARCHAR")


@contextmanager
def as_relation(
    columns: Columns, connection: duckdb.DuckDBPyConnection | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a cursor with a view ``columns`` of *columns* under their names: days are dates, NaN and None are null."""
    given = {
        f"c{place}": values.astype("datetime64[s]") if values.dtype.kind == "M" else values
        for place, values in enumerate(columns.values())
    }
    casts = {"M": "::DATE", "O": "::VARCHAR"}
    selected = ", ".join(
        f"c{place}{casts.get(values.dtype.kind, '')} AS {quoted(name)}"
        for place, (name, values) in enumerate(columns.items())
    )
    with (connection or scratch()).cursor() as cursor:
        cursor.register("given", given)
        cursor.execute(f"CREATE OR REPLACE TEMP VIEW columns AS SELECT {selected} FROM given")
        yield cursor
