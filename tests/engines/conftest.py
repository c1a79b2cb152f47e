"""One test body, every engine: a DuckDB file, a PostgreSQL server, a Spark cluster of two workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import pytest
import servers
import shop

import segmentry

# Settings of Spark that suit small data and a short life.
SPARK = {
    "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
    "spark.driver.memory": "900m", "spark.executor.memory": "800m", "spark.sql.shuffle.partitions": "2",
    "spark.driver.extraJavaOptions": servers.QUICK_START, "spark.executor.extraJavaOptions": servers.QUICK_START,
    "spark.sql.catalogImplementation": "in-memory",
}  # fmt: skip
MARKS = {"duckdb": [], "postgres": [pytest.mark.postgres], "spark": [pytest.mark.spark]}
ENGINES = [pytest.param(name, marks=marks, id=name) for name, marks in MARKS.items()]


@dataclass(frozen=True)
class Place:
    """An engine with the table of the shop: its name, how a recipe gets there, and how to ask it without our code."""

    name: str
    source: dict[str, Any]
    ask: Callable[[str], list[tuple[Any, ...]]]

    @property
    def secret(self) -> str | None:
        return servers.PASSWORD if self.name == "postgres" else None

    def quoted(self, table: str) -> str:
        return f"`{table}`" if self.name == "spark" else f'"{table}"'


@pytest.fixture(scope="session")
def lines() -> list[tuple[Any, ...]]:
    return shop.rows()


@pytest.fixture(scope="session")
def shop_file(lines, tmp_path_factory) -> Path:
    """The shop as a DuckDB file, the table ``Shop.Sales``."""
    path = tmp_path_factory.mktemp("duckdb") / "file.duckdb"
    with duckdb.connect(path) as file:
        columns = ", ".join(f"{_quoted(name)} {kind}" for name, kind in shop.COLUMNS.items())
        file.execute('CREATE SCHEMA "Shop"')
        file.execute(f'CREATE TABLE "Shop"."Sales" ({columns})')
        file.executemany(f'INSERT INTO "Shop"."Sales" VALUES ({", ".join("?" * len(shop.COLUMNS))})', lines)
        file.execute('CREATE TABLE "Shop"."saleskeeper" (name VARCHAR)')
    return path


@pytest.fixture(scope="session")
def postgres_port(without) -> Iterator[int]:
    """The port of a running PostgreSQL."""
    if servers.postgres_programs() is None:
        without("PostgreSQL")
    with servers.postgres() as port:
        yield port


@pytest.fixture(scope="session")
def postgres_url(postgres_port) -> Callable[[str], str]:
    """The URL of a database of it."""
    return lambda database: (
        f"postgres://segmentry:{quote(servers.PASSWORD, safe='')}@127.0.0.1:{postgres_port}/{database}"
    )


@pytest.fixture(scope="session")
def spark_url(without, tmp_path_factory) -> Iterator[str]:
    """The URL of a running Spark cluster."""
    if not servers.has_spark():
        without("Java or Spark")
    folder = tmp_path_factory.mktemp("spark")
    with servers.spark_cluster() as master:
        settings = SPARK | {"spark.sql.warehouse.dir": f"file:{folder}/warehouse", "spark.local.dir": str(folder)}
        yield f"{master}?{'&'.join(f'{name}={quote(value)}' for name, value in settings.items())}"


def _duckdb(shop_file: Path) -> Place:
    def ask(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(shop_file, read_only=True) as file:
            return file.execute(sql).fetchall()

    return Place("duckdb", {"connection": f"duckdb:///{shop_file}", "table": "Shop.Sales"}, ask)


@pytest.fixture(scope="session")
def load_postgres(postgres_url, lines) -> Callable[[str, str], None]:
    """Make a database with the table ``Shop.Sales``, by the server's own COPY."""
    import psycopg

    def load(database: str, locale: str) -> None:
        with psycopg.connect(postgres_url("postgres"), autocommit=True) as server:
            server.execute(f"CREATE DATABASE {database} TEMPLATE template0 {locale}")
        kinds = {"VARCHAR": "text", "TIMESTAMPTZ": "timestamptz"}
        columns = ", ".join(f"{_quoted(name)} {kinds.get(kind, kind)}" for name, kind in shop.COLUMNS.items())
        with psycopg.connect(postgres_url(database), autocommit=True) as server:
            server.execute('CREATE SCHEMA "Shop"')
            server.execute(f'CREATE TABLE "Shop"."Sales" ({columns})')
            server.execute('CREATE TABLE "Shop"."saleskeeper" (name text)')
            with server.cursor().copy('COPY "Shop"."Sales" FROM STDIN') as copy:
                for line in lines:
                    copy.write_row(line)

    return load


def _postgres(url: Callable[[str], str], load: Callable[[str, str], None]) -> Place:
    import psycopg

    # A collation of people, not of bytes: what is sorted or compared must not depend on it.
    load("shop", "LOCALE_PROVIDER icu ICU_LOCALE 'de-AT'")

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(url("shop"), options="-c TimeZone=UTC") as server:
            return server.execute(sql).fetchall()

    return Place("postgres", {"connection": url("shop"), "table": "Shop.Sales"}, ask)


def _spark(url: str, shop_file: Path, folder: Path) -> Place:
    with duckdb.connect(shop_file, read_only=True) as file:
        file.execute(
            f'COPY "Shop"."Sales" TO \'{folder}\' (FORMAT parquet, PARTITION_BY (branch), OVERWRITE_OR_IGNORE)'
        )

    def ask(sql: str) -> list[tuple[Any, ...]]:
        from pyspark.sql import SparkSession

        return [tuple(row) for row in SparkSession.getActiveSession().sql(sql).collect()]

    return Place("spark", {"connection": url, "path": str(folder)}, ask)


@pytest.fixture(scope="session", params=ENGINES)
def place(request, shop_file, tmp_path_factory) -> Place:
    """Each engine in turn, with the shop in it."""
    if request.param == "postgres":
        return _postgres(request.getfixturevalue("postgres_url"), request.getfixturevalue("load_postgres"))
    if request.param == "spark":
        return _spark(request.getfixturevalue("spark_url"), shop_file, tmp_path_factory.mktemp("parquet"))
    return _duckdb(shop_file)


@pytest.fixture(scope="session")
def recipe_of() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Give a recipe for a source that uses all rules of cleaning, all features, and rules."""
    return lambda source: {
        "source": {**source, "columns": shop.ROLES, "timezone": shop.ZONE.key},
        "clean": {
            "cancellations": {"net": True},
            "non_product": {"pattern": shop.NON_PRODUCT},
            "dates": {"earliest": shop.AS_OF_LIMIT, "latest": "2030-01-01"},
        },
        "cluster": {"k": 3},
        "rules": {"conditions": [{"segment": "Often", "when": "frequency >= 3"}, {"segment": "Rest"}]},
    }


@pytest.fixture(scope="session")
def recipe(place, recipe_of) -> dict[str, Any]:
    """That recipe for each engine, with a table to write to."""
    return recipe_of(place.source) | {"publish": [{"table": "customer_segments"}]}


@pytest.fixture(scope="session")
def found(recipe, tmp_path_factory) -> Any:
    """What a whole run finds there."""
    return segmentry.run(recipe, out=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def connected(found) -> Any:
    """The engine of that run."""
    return found.book.engine


@pytest.fixture(scope="session")
def understood(lines) -> list[shop.Line]:
    """The rows with their reasons, computed in plain Python."""
    return shop.understood(lines)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
