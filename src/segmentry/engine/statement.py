"""One SQL statement for an engine that need not be there: comes in named queries, goes out text with a CTE for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..core.errors import RecipeError, did_you_mean
from .layers import Layer

if TYPE_CHECKING:
    import ibis.expr.types as ir

# What people call a dialect, and what Ibis calls its compiler.
DIALECTS = {
    "duckdb": "duckdb", "postgres": "postgres", "spark": "pyspark", "snowflake": "snowflake", "bigquery": "bigquery",
    "mssql": "mssql", "clickhouse": "clickhouse", "trino": "trino", "athena": "athena", "databricks": "databricks",
}  # fmt: skip
# Engines that write a CTE into the query that reads it, and again wherever it uses a column: an offset forbids it.
MERGING = {"postgres"}
ALSO_CALLED = {"postgresql": "postgres", "pyspark": "spark", "sqlserver": "mssql", "tsql": "mssql", "presto": "trino"}

Parts = list[tuple[str, "ir.Table"]]


def dialect_named(name: str) -> str:
    """Return the dialect that *name* means. Raises RecipeError.

    >>> dialect_named("PostgreSQL")
    'postgres'
    """
    folded = name.casefold()
    found = ALSO_CALLED.get(folded, folded)
    if found not in DIALECTS:
        raise RecipeError(
            f"--dialect: {name!r} is not a dialect of SQL that Segmentry writes.",
            possible=f"Dialects: {', '.join(DIALECTS)}.",
            action=did_you_mean(folded, [*DIALECTS, *ALSO_CALLED]),
        )
    return found


def named(table: ir.Table, name: str) -> ir.Table:
    """Return a reference by *name* to what will have the columns of *table*."""
    import ibis

    return ibis.table(table.schema(), name=name)


def layer_parts(start: ir.Table, layers: Sequence[Layer]) -> Parts:
    """Return *layers* as parts, each reading the one before by its name; the first reads *start*."""
    parts: Parts = []
    for layer in layers:
        made = layer.build(start)
        parts.append((layer.name, made))
        start = named(made, layer.name)
    return parts


def statement(parts: Parts, dialect: str, *, header: Sequence[str] = ()) -> str:
    """Return the statement whose last part is the result, and whose other parts are CTEs under their names.

    A part may read those before it. *header* is put above it as comments.
    """
    import sqlglot as sg

    compiler = _compiler(dialect)
    queries: list[tuple[str, Any]] = []
    for name, part in parts:
        query = _compiled(part, compiler, dialect)
        queries += [*_taken_out(query, name), (name, query)]
    *before, (_, whole) = _needed(queries)
    for name, query in before:
        kept_apart = query.offset(0) if dialect in MERGING else query
        whole = whole.with_(sg.to_identifier(name, quoted=compiler.quoted), as_=kept_apart, copy=False)
    text: str = whole.sql(dialect=compiler.dialect, pretty=True)
    return "".join(f"-- {line}".rstrip() + "\n" for line in header) + text + "\n"


def _compiled(part: ir.Table, compiler: Any, dialect: str) -> Any:
    """Return *part* in the words of *dialect*. Raises RecipeError where it has none for it."""
    import ibis.common.exceptions as failures
    import sqlglot.expressions as sge

    try:
        query = compiler.to_sqlglot(part)
    except (failures.OperationNotDefinedError, failures.UnsupportedOperationError) as error:
        raise RecipeError(
            f"{dialect} has no words for a part of the model's query: {error}.",
            possible=f"Dialects: {', '.join(DIALECTS)}.",
            action="Choose another --dialect, or score with segmentry score.",
        ) from error
    for trim in query.find_all(sge.Trim):
        trim.set("expression", None)  # blanks alone: a list with tabs and line ends would tear the text apart
    if query.args.get("distinct") and isinstance(query.args["from_"].this, sge.Table):
        query.set("expressions", [sge.Star()])  # rows that are equal in every column of the table, known or not
    return query


def _needed(queries: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Return the last of *queries* and those it reads, by way of others or not, in order."""
    import sqlglot.expressions as sge

    kept: list[tuple[str, Any]] = []
    wanted: set[str] = {queries[-1][0]}
    for name, query in reversed(queries):
        if name in wanted:
            kept.insert(0, (name, query))
            wanted |= {table.name for table in query.find_all(sge.Table)}
    return kept


def _taken_out(query: Any, name: str) -> list[tuple[str, Any]]:
    """Take the CTEs of *query* out of it and return them, under names of their own: they are not to be nested."""
    import sqlglot.expressions as sge

    found = query.args.get("with_") or query.args.get("with")
    if found is None:
        return []
    found.pop()
    renamed: Mapping[str, str] = {cte.alias: f"{name}_{cte.alias}" for cte in found.expressions}
    parts = [cte.this for cte in found.expressions]
    for part in (*parts, query):
        for table in part.find_all(sge.Table):
            if table.name in renamed:
                table.this.set("this", renamed[table.name])
    return list(zip(renamed.values(), parts, strict=True))


def _compiler(dialect: str) -> Any:
    """Return Ibis's compiler for *dialect*, which needs neither the engine nor its driver."""
    import ibis

    name = DIALECTS[dialect]
    if name == "pyspark" and ibis.options.pyspark is None:
        # Set when the backend is loaded, which needs Spark; the compiler only asks it whether NaN is to be null.
        from ibis.config import Config

        class Spark(Config):  # type: ignore[misc] # Ibis has no types
            treat_nan_as_null: bool = False

        ibis.options.pyspark = Spark()
    return import_module(f"ibis.backends.sql.compilers.{name}").compiler
