"""Run Ibis expressions: comes in an expression, goes out a stored table, plain rows or NumPy columns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
from numpy.typing import NDArray

from ..core.errors import EngineError
from .parquet import copy_to_parquet, plain_array

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

T = TypeVar("T")


class Engine:
    """A DuckDB connection seen through Ibis. It only runs things; what to run is the stages' business.

    Its tables are plain ones of an in-memory database, so that queries may run on several threads: each has a cursor of
    its own, and temporary tables belong to one cursor. Results come over DuckDB's own NumPy bridge: going through Ibis would import pandas and PyArrow, 0.6 s.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.connection: duckdb.DuckDBPyConnection = backend.con

    def sql(self, expression: ir.Expr) -> str:
        """Return the SQL text that *expression* stands for in this engine."""
        return str(self.backend.compile(expression))

    def store(self, expression: ir.Table, name: str, *, step: str) -> ir.Table:
        """Run *expression* once, keep its rows as the table *name*, and return that table."""
        sql = self.sql(expression)
        self._run(step, sql, lambda: self.connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS {sql}'))
        import ibis

        # The schema is known; asking the engine for it would import PyArrow.
        return ibis.table(expression.schema(), name=name)

    def rows(self, expression: ir.Table, *, step: str) -> list[dict[str, Any]]:
        """Return the rows of a small result; decimals stay exact."""
        sql = self.sql(expression)
        found = self._run(step, sql, lambda: self._cursor().execute(sql).fetchall())
        names = expression.columns
        return [dict(zip(names, row, strict=True)) for row in found]

    def columns(self, expression: ir.Table, *, step: str) -> dict[str, NDArray[Any]]:
        """Return each column as a NumPy array: text as objects (None = missing), numbers as float64 (NaN = missing)."""
        sql = self.sql(expression)
        found = self._run(step, sql, lambda: self._cursor().execute(sql).fetchnumpy())
        return {name: plain_array(values) for name, values in found.items()}

    def write_parquet(self, expression: ir.Table, path: Path, *, step: str) -> None:
        """Write the rows of *expression* to *path*. Raises OutputError where that is impossible."""
        copy_to_parquet(self._cursor(), self.sql(expression), path, step=step)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        return self.connection.cursor()

    def _run(self, step: str, sql: str, action: Callable[[], T]) -> T:
        try:
            return action()
        except duckdb.Error as error:
            raise EngineError(step, sql, str(error)) from error
