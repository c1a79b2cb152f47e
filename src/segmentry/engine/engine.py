"""Run Ibis expressions: comes in an expression, goes out a stored table, plain rows or NumPy columns."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import duckdb
import numpy as np

from ..core.errors import EngineError, OutputError
from .abilities import ENGINES, Abilities
from .parquet import copy_to_parquet, plain_array, quoted, write_rows
from .plan import Plan

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend
    from numpy.typing import NDArray

# An expression, or what builds it: then it is built only where the plan does not know its SQL.
Query: TypeAlias = "ir.Table | Callable[[], ir.Table]"
# What a table is made of: NumPy columns, or a query of the engine that gets the table.
Rows: TypeAlias = "Mapping[str, NDArray[Any]] | ir.Table"
T = TypeVar("T")


class Engine:
    """A DuckDB connection seen through Ibis. It only runs things; what to run is the stages' business.

    Every query has a *step*, its name in errors and in the *plan*, and a *condition*: what its text depends on beyond
    the recipe, such as the as-of date.

    Its tables are plain ones of an in-memory database, so that queries may run on several threads: each has a cursor of
    its own, and temporary tables belong to one cursor. Results come over DuckDB's own NumPy bridge: going through Ibis
    would import pandas and PyArrow, 0.6 s.
    """

    merges_subqueries = False  # whether it writes a subquery into the query around it, once for each use of a column
    has_hashes = True  # whether it knows ``functions.hashed`` and ``functions.bits``

    def __init__(self, connection: duckdb.DuckDBPyConnection, plan: Plan | None = None) -> None:
        self.connection = connection
        self.plan = plan
        self.abilities: Abilities = ENGINES["duckdb"]
        self._compiling = Lock()

    @cached_property
    def backend(self) -> Backend:
        """The Ibis backend over the connection; imports Ibis."""
        import ibis

        return ibis.duckdb.from_connection(self.connection)

    def compiled(self, expression: ir.Expr) -> str:
        """Return the SQL text that *expression* stands for in this engine."""
        return str(self.backend.compile(expression))

    def sql(self, query: Query, *, step: str, condition: str = "") -> str:
        """Return the SQL text of *query*, from the plan where it knows it."""
        if not callable(query):
            return self.compiled(query)

        def text() -> str:
            with self._compiling:
                return self.compiled(query())

        return text() if self.plan is None else self.plan.text(step, text, condition=condition)

    def script(self, statements: Callable[[], list[str]], *, step: str) -> None:
        """Run SQL *statements*, which are put together only where the plan does not know them."""

        def text() -> str:
            return ";\n".join(statements())

        sql = text() if self.plan is None else self.plan.text(step, text)
        self._run(step, sql, lambda: self.connection.cursor().execute(sql))

    def view(self, query: Query, name: str, *, step: str, condition: str = "") -> None:
        """Give *query* the *name*, under which other queries read its rows anew each time."""
        sql = self.sql(query, step=f"{step} view", condition=condition)
        self._run(
            step, sql, lambda: self.connection.cursor().execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS {sql}")
        )

    def store(self, query: Query, name: str, *, step: str, condition: str = "") -> None:
        """Run *query* once and keep its rows as the table *name*, in no particular order, which is faster."""
        sql = self.sql(query, step=step, condition=condition)
        cursor = self.connection.cursor()  # other threads may be asking the engine too
        cursor.execute("SET preserve_insertion_order = false")
        self._run(step, sql, lambda: cursor.execute(f"CREATE OR REPLACE TABLE {quoted(name)} AS {sql}"))

    def hold(self, columns: Mapping[str, NDArray[Any]], name: str, *, step: str) -> None:
        """Keep NumPy *columns* (text as objects) as the table *name*."""
        sql = f"CREATE OR REPLACE TABLE {quoted(name)} AS SELECT * FROM held"
        cursor = self.connection.cursor()
        cursor.register("held", dict(columns))
        self._run(step, sql, lambda: cursor.execute(sql))
        cursor.unregister("held")

    def rows(self, query: Query, *, step: str, condition: str = "") -> list[dict[str, Any]]:
        """Return the rows of a small result; decimals stay exact."""
        sql = self.sql(query, step=step, condition=condition)
        cursor = self.connection.cursor()
        found = self._run(step, sql, lambda: cursor.execute(sql).fetchall())
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found]

    def columns(self, query: Query, *, step: str, condition: str = "") -> dict[str, NDArray[Any]]:
        """Return each column as a NumPy array: text as objects (None = missing), numbers as float64 (NaN = missing)."""
        sql = self.sql(query, step=step, condition=condition)
        found = self._run(step, sql, lambda: self.connection.cursor().execute(sql).fetchnumpy())
        return {name: plain_array(values) for name, values in found.items()}

    def derive(
        self, columns: Mapping[str, NDArray[Any]], query: Callable[[ir.Table], ir.Table], *, step: str, condition: str
    ) -> dict[str, NDArray[Any]]:
        """Return the columns of *query*, asked of a table with NumPy *columns*, in the order of their rows.

        A column's name has to be plain; text is objects, NaN and None are missing. The query keeps the column ``row``,
        the number of each row, by which what comes back is sorted.
        """
        texts = {name: values.dtype == object for name, values in columns.items()}

        def sorted_query() -> ir.Table:
            import ibis

            kinds = {name: "string" if is_text else "float64" for name, is_text in texts.items()}
            return query(ibis.table({"row": "int64", **kinds}, name="given")).order_by("row")

        sql = self.sql(sorted_query, step=step, condition=f"{condition} {texts}")
        # A column without any text has no type of its own, and what is registered is known to this cursor only.
        typed = ", ".join(f"{name}::{'VARCHAR' if is_text else 'DOUBLE'} AS {name}" for name, is_text in texts.items())
        rows = np.arange(len(next(iter(columns.values()))))
        with self.connection.cursor() as cursor:
            cursor.register("registered", {"row": rows, **columns})
            cursor.execute(f"CREATE OR REPLACE TEMP VIEW given AS SELECT row, {typed} FROM registered")
            found = self._run(step, sql, lambda: cursor.execute(sql).fetchnumpy())
        return {name: plain_array(values) for name, values in found.items()}

    def write_parquet(self, query: Query, path: Path, *, step: str, condition: str = "") -> None:
        """Write the rows of *query* to *path*. Raises OutputError where that is impossible."""
        sql = self.sql(query, step=step, condition=condition)
        copy_to_parquet(self.connection.cursor(), sql, path, step=step)

    def replace_table(self, rows: Rows, name: str, *, step: str) -> None:
        """Raise OutputError: a table of this database would be gone with it. Other engines write one that stays."""
        del rows, step
        raise OutputError(f"{name!r} cannot be written: the engine inside keeps no tables.")

    def close(self) -> None:
        """Let go of the connection."""
        self.connection.close()

    def write(
        self, query: Query, path: Path, *, step: str, condition: str = "", words: Mapping[str, Mapping[Any, str]]
    ) -> None:
        """Write the rows of *query*, in its order, to *path*, Parquet or CSV: whole, or not at all.

        *words* are what the numbers of some columns stand for. Raises OutputError where it cannot be written.
        """
        sql = self.sql(query, step=step, condition=condition)
        write_rows(self.connection.cursor(), sql, path, step=step, words=words)

    def leave_cores(self, count: int) -> None:
        """Run further queries on *count* cores less, since other work is done beside them."""
        self.connection.cursor().execute(f"SET threads = {max(1, (os.cpu_count() or 1) - count)}")

    def _run(self, step: str, sql: str, action: Callable[[], T]) -> T:
        try:
            return action()
        except duckdb.Error as error:
            raise EngineError(step, sql, str(error)) from error
