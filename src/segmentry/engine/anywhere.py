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
        self.backend.create_table(name, obj=expression, temp=True, overwrite=name in self._kept)
        self._kept.add(name)

    def _send(self, columns: Mapping[str, NDArray[Any]], name: str) -> None:
        self.backend.create_table(name, obj=_arrow(columns), temp=True, overwrite=name in self._kept)
        self._kept.add(name)

    @contextmanager
    def _fetched(self, expression: ir.Table, sql: str) -> Iterator[Any]:
        del sql
        yield self.backend.to_pyarrow_batches(expression)

    def _replace(self, columns: Mapping[str, NDArray[Any]], schema: str | None, table: str, there: list[str]) -> None:
        beside = f"{table[:40]}_{uuid.uuid4().hex[:12]}"
        if schema is not None:  # Ibis renames in the usual schema only
            self.backend.create_table(table, obj=_arrow(columns), database=schema, overwrite=bool(there))
            return
        self.backend.create_table(beside, obj=_arrow(columns))
        if there:
            self.backend.drop_table(table)
        self.backend.rename_table(beside, table)


def _arrow(columns: Mapping[str, NDArray[Any]]) -> Any:
    with as_relation(columns) as inside:
        return inside.sql("SELECT * FROM columns").to_arrow_table()
