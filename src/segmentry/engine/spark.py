"""Spark: cached views, Arrow in both directions, Parquet read where it lies."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ..core.errors import RecipeError
from .abilities import ENGINES
from .remote import RemoteEngine, as_relation

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.pyspark import Backend
    from numpy.typing import NDArray
    from pyspark.sql import DataFrame, SparkSession

    from .remote import Columns


class SparkEngine(RemoteEngine):
    """A Spark cluster.

    What is stored is a temporary view of cached rows, in memory and beyond it on the executors' disks.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address, ENGINES["pyspark"])
        self._session, is_own = _session(address)
        self._kept: dict[str, DataFrame] = {}
        self._named: list[str] = []
        self._at_the_end(partial(_forget, self._session, self._kept, self._named, is_own=is_own))

    @cached_property
    def backend(self) -> Backend:
        """The Ibis backend over the session; imports Ibis."""
        import ibis

        return ibis.pyspark.connect(self._session)

    def _execute(self, sql: str) -> None:
        self._session.sql(sql)

    def _keep(self, expression: ir.Table, sql: str, name: str) -> None:
        del expression
        rows = self._session.sql(sql).persist()
        rows.count()  # computes them; otherwise every query that reads them would begin anew
        self._show(rows, name)

    def _name(self, expression: ir.Table, sql: str, name: str) -> None:
        del expression
        self._session.sql(sql).createOrReplaceTempView(name)
        self._named.append(name)

    def _send(self, columns: Mapping[str, NDArray[Any]], name: str) -> None:
        self._show(self._frame(columns), name)

    def _show(self, rows: DataFrame, name: str) -> None:
        rows.createOrReplaceTempView(name)
        if earlier := self._kept.pop(name, None):
            earlier.unpersist()
        self._kept[name] = rows

    def _frame(self, columns: Mapping[str, NDArray[Any]]) -> DataFrame:
        with as_relation(columns) as inside:
            return self._session.createDataFrame(inside.sql("SELECT * FROM columns").to_arrow_table())

    @contextmanager
    def _fetched(self, expression: ir.Table, sql: str) -> Iterator[Any]:
        del expression
        yield self._session.sql(sql).toArrow()

    def _files(self, files: Sequence[str]) -> ir.Table:
        return self._seen(self._session.read.parquet(*files))

    def _opened(self, schema: str | None, table: str) -> ir.Table:
        return self._seen(self._session.table(_place(schema, table)))

    def _seen(self, rows: DataFrame) -> ir.Table:
        """Return *rows* as a table whose moments have a zone: Ibis takes both of Spark's kinds for clocks without."""
        import ibis
        from pyspark.sql.types import TimestampType

        name = f"source_{uuid.uuid4().hex[:12]}"
        self._show(rows, name)
        schema = dict(self.backend.table(name).schema().items())
        moments = {field.name: "timestamp('UTC')" for field in rows.schema if isinstance(field.dataType, TimestampType)}
        return ibis.table(schema | moments, name=name)

    def _replace(self, rows: Columns | str, names: list[str], place: tuple[str | None, str], there: list[str]) -> None:
        del names
        schema, table = place
        target, beside = _place(schema, table), _place(schema, f"{table[:40]}_{uuid.uuid4().hex[:12]}")
        try:
            frame = self._session.sql(rows) if isinstance(rows, str) else self._frame(rows)
            frame.write.saveAsTable(beside)
            if there:
                self._execute(f"DROP TABLE {target}")
            self._execute(f"ALTER TABLE {beside} RENAME TO {target}")
        finally:
            self._execute(f"DROP TABLE IF EXISTS {beside}")


def _forget(session: SparkSession, kept: dict[str, DataFrame], named: list[str], *, is_own: bool) -> None:
    if is_own:
        session.stop()
        return
    for name in (*kept, *named):
        session.catalog.dropTempView(name)
    for rows in kept.values():
        rows.unpersist()


def _session(address: str) -> tuple[SparkSession, bool]:
    """Return a session of its own on the cluster at *address*, and whether Spark was started for it.

    ``spark://`` alone is the Spark that runs in this process already, or that ``spark-submit`` describes; what stands
    behind ``?`` are settings of Spark.
    """
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    # Errors come as exceptions; logged, they would be pages of JSON.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    place, _, settings = address.partition("?")
    host = place.split("://", 1)[1].strip("/")
    master = {"": "", "local": "local[*]", "yarn": "yarn"}.get(host, f"spark://{host}")
    running = SparkContext._active_spark_context  # noqa: SLF001 -- there is no public way to ask without starting one
    if running is not None and master and running.master != master:
        raise RecipeError(
            f"source.connection: this process uses the Spark of {running.master} already, and there is one for each.",
            action="Write spark:// for that one, or stop it first.",
        )
    builder = SparkSession.builder.appName("segmentry")
    if running is None:
        builder = builder.master(master) if master else builder
        defaults = {"spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
        for name, value in {**defaults, **dict(parse_qsl(settings))}.items():
            builder = builder.config(name, value)
    session = builder.getOrCreate()
    # Settings and views of a session that others use stay as they are.
    return (session if running is None else session.newSession()), running is None


def _place(schema: str | None, table: str) -> str:
    parts = [*(schema or "").split("."), table]
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts if part)
