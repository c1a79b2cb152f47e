"""Any other engine that Ibis knows, by what all of them have in common."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .abilities import Abilities
from .remote import RemoteEngine, as_relation

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from .remote import Columns


class AnyEngine(RemoteEngine):
    """An engine without a class of its own: Ibis makes its temporary tables, and hands results over as Arrow."""

    def __init__(self, address: str, abilities: Abilities) -> None:
        super().__init__(address, abilities)
        self._kept: set[str] = set()
        self._at_the_end(self.backend.disconnect)  # and whether it can be reached shows now

    @cached_property
    def backend(self) -> Any:
        """The Ibis backend."""
        import ibis

        return ibis.connect(self.address)

    def _execute(self, sql: str) -> None:
        self.backend.raw_sql(sql)

    def _keep(self, expression: ir.Table, sql: str, name: str) -> None:
        del sql
        self._make(expression, name)

    def _name(self, expression: ir.Table, sql: str, name: str) -> None:
        # Few engines have temporary views: a table is the same to whoever reads it.
        self._keep(expression, sql, name)

    def _send(self, columns: Mapping[str, NDArray[Any]], name: str) -> None:
        self._make(_arrow(columns), name)

    def _make(self, rows: Any, name: str) -> None:
        # Not overwrite=True: with some versions of sqlglot Ibis 12 then drops a table without a name.
        if name in self._kept:
            self._execute(f"DROP TABLE {self._written(None, name)}")
        self._kept.add(name)
        self.backend.create_table(name, obj=rows, temp=True)

    def _written(self, schema: str | None, table: str) -> str:
        """Return a table's name in the SQL of the engine."""
        from sqlglot import exp

        return str(exp.table_(table, db=schema, quoted=True).sql(self.backend.compiler.dialect))

    @contextmanager
    def _fetched(self, expression: ir.Table, sql: str) -> Iterator[Any]:
        del sql
        yield self.backend.to_pyarrow_batches(expression)

    def _replace(self, rows: Columns | str, names: list[str], place: tuple[str | None, str], there: list[str]) -> None:
        del names
        schema, table = place
        beside = f"{table[:40]}_{uuid.uuid4().hex[:12]}"
        given = self.backend.sql(rows) if isinstance(rows, str) else _arrow(rows)
        self.backend.create_table(beside, obj=given, database=schema)
        if there:
            self._execute(f"DROP TABLE {self._written(schema, table)}")
        self._execute(f"ALTER TABLE {self._written(schema, beside)} RENAME TO {self._written(None, table)}")


def _arrow(columns: Mapping[str, NDArray[Any]]) -> Any:
    with as_relation(columns) as inside:
        return inside.sql("SELECT * FROM columns").to_arrow_table()
