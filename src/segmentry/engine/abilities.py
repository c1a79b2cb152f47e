"""What each engine can do, as data: which add-on it takes, how a table is replaced there, and what it lacks.

What an engine lacks is not a list kept by hand: a setting needs operations, and Ibis knows which operations it can
write for which engine, without the engine's driver. Importing this module imports no Ibis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from shutil import which
from typing import TYPE_CHECKING, Any

from ..core.errors import RecipeError, did_you_mean

if TYPE_CHECKING:
    from ..core.recipe import Recipe


@dataclass(frozen=True)
class Abilities:
    """One kind of engine.

    Attributes
    ----------
    name
        What Ibis calls it.
    title
        What people call it.
    schemes
        How its addresses begin, the first being the usual one.
    package
        What to install for it; empty: it is always there.
    module
        The driver's module, by which an installation is seen.
    tested
        Whether Segmentry's own tests run on a real one.
    replaces
        How a table takes the place of the earlier one there.
    zone_function
        Its function for the clock in a zone; none: the zone has to be UTC.
    reads_files
        Whether it reads Parquet files by itself.
    keeps
        Whether it has temporary tables, in which the work is done.
    works_apart
        Whether many processes share the work, so that what needs the order of all rows is the work of one; it has the
        function ``md5`` then.
    program
        A program that the driver needs on this machine.
    """

    name: str
    title: str
    schemes: tuple[str, ...]
    package: str
    module: str
    tested: bool = False
    replaces: str = "with a moment between in which there is none"
    zone_function: str | None = None
    reads_files: bool = False
    keeps: bool = True
    works_apart: bool = False
    program: str = ""

    @property
    def missing(self) -> str:
        """What is not installed, and how to have it; empty where everything is here."""
        top = self.module.split(".", maxsplit=1)[0]  # a package has to be there before one asks what is in it
        if find_spec(top) is None or find_spec(self.module) is None:
            return f"pip install {self.package}"
        if self.program and which(self.program) is None:
            return f"install {self.program}"
        return ""


ONE_STEP = "in one step"


def _ibis(name: str, title: str, module: str, *, keeps: bool = True) -> Abilities:
    return Abilities(name, title, (name,), f'"ibis-framework[{name}]"', module, keeps=keeps)


ENGINES: dict[str, Abilities] = {
    one.name: one
    for one in (
        Abilities(
            "duckdb", "DuckDB", ("duckdb",), "", "duckdb", tested=True, replaces=ONE_STEP,
            zone_function="timezone",
        ),
        Abilities(
            "postgres", "PostgreSQL", ("postgres", "postgresql"), '"segmentry[postgres]"', "psycopg", tested=True,
            replaces=ONE_STEP, zone_function="timezone",
        ),
        Abilities(
            "pyspark", "Spark", ("spark", "pyspark"), '"segmentry[spark]"', "pyspark", tested=True,
            zone_function="from_utc_timestamp", reads_files=True, works_apart=True, program="java",
        ),
        _ibis("athena", "Amazon Athena", "pyathena", keeps=False),
        _ibis("bigquery", "BigQuery", "google.cloud.bigquery"),
        _ibis("clickhouse", "ClickHouse", "clickhouse_connect"),
        _ibis("databricks", "Databricks", "databricks.sql", keeps=False),
        _ibis("exasol", "Exasol", "pyexasol", keeps=False),
        _ibis("impala", "Impala", "impala", keeps=False),
        _ibis("mssql", "SQL Server", "pyodbc", keeps=False),
        _ibis("mysql", "MySQL", "MySQLdb"),
        _ibis("oracle", "Oracle", "oracledb"),
        _ibis("risingwave", "RisingWave", "psycopg2", keeps=False),
        _ibis("snowflake", "Snowflake", "snowflake.connector"),
        _ibis("sqlite", "SQLite", "regex"),
        _ibis("trino", "Trino", "trino", keeps=False),
    )
}  # fmt: skip

# What needs which operations of Ibis. The first is needed by every run.
READING = "reading, cleaning and features"
NETTING = "clean.cancellations.net"
RHYTHM = "features: days_between_orders_mean, days_between_orders_median, own_rhythm_recency"
GOODS = "what segments buy"
NEEDS: dict[str, tuple[str, ...]] = {
    READING: ("CountDistinct", "DateDelta", "RegexReplace", "RegexSearch", "RowNumber", "StringJoin", "TryCast"),
    NETTING: ("Lead", "WindowFunction"),
    RHYTHM: ("Lag", "Median"),
    GOODS: ("Median",),
}
WAYS_ON = {
    NETTING: "Set it to false.",
    RHYTHM: "Name the features to compute, without these: features and describe.",
}
MEDIAN_FEATURES = frozenset(("days_between_orders_mean", "days_between_orders_median", "own_rhythm_recency"))


def engine_of(address: str) -> Abilities:
    """Return which engine *address* leads to, by its beginning. Raises RecipeError for an unknown one."""
    scheme = address.split("://", 1)[0].lower()
    known = {scheme: one for one in ENGINES.values() for scheme in one.schemes}
    if "://" not in address or scheme not in known:
        raise RecipeError(
            f"source.connection: {scheme!r} is no engine that can be asked." if "://" in address
            else "source.connection is no address of an engine: it has no '://'.",
            possible=f"Addresses begin with {', '.join(f'{name}://' for name in known)}.",
            action=did_you_mean(scheme, known),
        )  # fmt: skip
    return known[scheme]


@cache
def lacks(name: str) -> Mapping[str, tuple[str, ...]]:
    """Return what the engine called *name* cannot do, and the operations that it lacks for it.

    Those that the tests run on lack nothing; for others Ibis is asked, and imported.
    """
    if ENGINES[name].tested:
        return {}
    return missing_operations(name)


def missing_operations(name: str) -> dict[str, tuple[str, ...]]:
    """Return the keys of NEEDS that the engine called *name* cannot do, with the operations it lacks for them."""
    from ibis.backends.sql import compilers
    from ibis.expr import operations

    compiler = getattr(compilers, name).compiler
    return {
        what: missing
        for what, needed in NEEDS.items()
        if (missing := tuple(one for one in needed if not _writes(compiler, getattr(operations, one))))
    }


def _writes(compiler: Any, operation: Any) -> bool:
    """Return whether *compiler* can write *operation*: what ``Backend.has_operation`` says, which needs a driver."""
    if operation in compiler.extra_supported_ops:
        return True
    method = getattr(compiler, f"visit_{operation.__name__}", None)
    return method not in {None, compiler.visit_Undefined, compiler.visit_Unsupported}


def check(recipe: Recipe, engine: Abilities) -> None:
    """Raise RecipeError, naming the setting, where *recipe* asks for what *engine* cannot do: before any work."""
    if recipe.source.kind == "accounts":
        raise RecipeError(
            "source.connection: books of accounts are read from files, not from a database.",
            action="Export trades, accounts and values as Parquet, and set source.path.",
        )
    if recipe.source.path is not None and not engine.reads_files:
        raise RecipeError(
            f"source.path stands beside source.connection, but {engine.title} reads tables only.",
            action="Leave one of them out.",
        )
    if not engine.keeps:
        raise RecipeError(
            f"source.connection: {engine.title} has no temporary tables to work in.",
            possible=f"Engines that have: {', '.join(one.title for one in ENGINES.values() if one.keeps)}.",
            action="Export the table as Parquet and set source.path.",
        )
    missing = lacks(engine.name)
    for setting in _asked(recipe):
        if setting in missing:
            raise RecipeError(
                f"{setting}: {engine.title} cannot do it (it has no {', '.join(missing[setting])}).",
                possible=f"Engines that can: {', '.join(_able(setting))}.",
                action=WAYS_ON.get(setting, "Export the table as Parquet and set source.path."),
            )
    if engine.zone_function is None and recipe.source.timezone != "UTC":
        raise RecipeError(
            f"source.timezone: {engine.title} is asked for UTC only, not {recipe.source.timezone!r}.",
            action="Convert the column in a view, and name that: source.table.",
        )


def _asked(recipe: Recipe) -> Iterator[str]:
    """Yield the keys of NEEDS that *recipe* asks for."""
    settings = recipe.clean.cancellations
    yield READING
    if settings != "keep" and settings.net:
        yield NETTING
    computed = {*(recipe.features or ()), *(MEDIAN_FEATURES if recipe.describe is None else recipe.describe)}
    if recipe.source.kind == "transactions" and MEDIAN_FEATURES & computed:
        yield RHYTHM


def _able(setting: str) -> list[str]:
    return [one.title for one in ENGINES.values() if setting not in lacks(one.name)]
