"""From an address to an engine: what is wrong is said with what to do, before any work, and no secret is shown."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import traceback

import duckdb
import ibis
import numpy as np
import pytest
import servers
import shop

import segmentry
from segmentry.core.addresses import filled_in, is_address, masked
from segmentry.core.errors import EngineError, RecipeError, Refused, SourceError, SourceNotFound
from segmentry.core.progress import Silent
from segmentry.core.recipe import load_recipe, parse_recipe
from segmentry.engine import ENGINES, connect
from segmentry.engine.abilities import NEEDS, check, lacks, missing_operations
from segmentry.engine.anywhere import AnyEngine
from segmentry.flow.purchases import transactions_book
from segmentry.sources import from_table

SECRET = "hunter2"
TESTED = [name for name, one in ENGINES.items() if one.tested]


@pytest.mark.parametrize("name", TESTED)
def test_engines_of_the_tests_lack_nothing(name):
    assert missing_operations(name) == {} == lacks(name)


def test_what_other_engines_lack_is_what_ibis_cannot_write_for_them():
    """The operations are asked of Ibis's compilers: an expression with one of them fails where it is said to."""
    table = ibis.table({"g": "string", "x": "float64"}, name="t")
    median = table.group_by("g").agg(m=table.x.median())
    for name, one in ENGINES.items():
        if name in {"pyspark", "databricks", "impala", "athena", "exasol"}:  # need a connection even to write SQL
            continue
        expected = any("Median" in missing for missing in missing_operations(name).values())
        try:
            ibis.to_sql(median, dialect=name)
        except ibis.common.exceptions.OperationNotDefinedError:
            assert expected, one.title
        else:
            assert not expected, one.title


def test_missing_abilities_are_refused_before_anything_is_opened():
    def recipe(address, **settings):
        return parse_recipe({"source": {"connection": address, "table": "t"}, **settings})

    bigquery = ENGINES["bigquery"]
    with pytest.raises(RecipeError, match=r"features: days_between_orders_mean.*BigQuery cannot.*Median.*PostgreSQL"):
        check(recipe("bigquery://x", features=["recency_days", "own_rhythm_recency"]), bigquery)
    with pytest.raises(RecipeError, match="describe"):  # every feature is asked for where none is named
        check(recipe("bigquery://x"), bigquery)
    check(recipe("bigquery://x", describe=["tenure_days"]), bigquery)
    with pytest.raises(RecipeError, match=r"source.timezone: BigQuery"):
        check(
            parse_recipe({"source": {"connection": "bigquery://x", "timezone": "Asia/Tokyo"}, "describe": []}), bigquery
        )
    with pytest.raises(RecipeError, match=r"SQLite cannot do it .it has no TryCast"):
        segmentry.run(recipe("sqlite:///nowhere.db"))
    with pytest.raises(RecipeError, match="Trino has no temporary tables"):
        segmentry.run(recipe("trino://nowhere"))
    with pytest.raises(RecipeError, match="books of accounts are read from files"):
        segmentry.run({"source": {"connection": "postgres://nowhere/x", "kind": "accounts"}})
    with pytest.raises(RecipeError, match=r"source.path stands beside source.connection.*PostgreSQL reads tables only"):
        segmentry.run({"source": {"connection": "postgres://nowhere/x", "path": "x.parquet"}})
    assert {what for name in ENGINES for what in missing_operations(name)} <= set(NEEDS)


def test_an_address_that_cannot_be_says_what_could():
    with pytest.raises(RecipeError, match=r"'postgras' is no engine.*Did you mean 'postgres'\?"):
        connect("postgras://h/db")
    with pytest.raises(RecipeError, match="no '://'"):
        connect("shop.duckdb")
    with pytest.raises(SourceNotFound, match=r"no file 'nowhere.duckdb'"):
        connect("duckdb:///nowhere.duckdb")


def test_a_driver_that_is_not_installed_is_named_with_its_command():
    with pytest.raises(SourceError, match=r'Snowflake needs.*pip install "ibis-framework\[snowflake\]"'):
        connect("snowflake://user:s3cret@account/db")
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from segmentry.engine import connect\n"
        "try: connect('postgres://h/db')\nexcept Exception as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 'pip install "segmentry[postgres]"' in done.stdout


def test_a_server_that_does_not_answer():
    port = servers.free_port()
    with pytest.raises(SourceError, match=r"postgres://ann:\*\*\*@127.0.0.1:\d+/db cannot be reached") as caught:
        connect(f"postgres://ann:{SECRET}@127.0.0.1:{port}/db")
    assert "refused" in str(caught.value)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.postgres
def test_a_wrong_password_is_not_shown(postgres_url):
    address = postgres_url("postgres").replace("s3cret", "wr0ng")
    with pytest.raises(SourceError, match="password authentication failed") as caught:
        connect(address)
    shown = "".join(traceback.format_exception(caught.value))
    assert "wr0ng" not in shown
    with pytest.raises(SourceError, match=r"cannot be reached.*does not exist"):
        connect(postgres_url("nowhere"))


@pytest.mark.postgres
def test_a_secret_comes_from_the_environment(postgres_url, monkeypatch):
    address = postgres_url("postgres").replace("s3cret%2Fpass%20word", "${SHOP_PASSWORD}")
    with pytest.raises(RecipeError, match=r"'SHOP_PASSWORD' from the environment.*export SHOP_PASSWORD=…"):
        connect(address)
    monkeypatch.setenv("SHOP_PASSWORD", servers.PASSWORD)
    engine = connect(address)
    assert engine.rows(ibis.table({"datname": "string"}, name="pg_database").count().as_table(), step="test")
    engine.close()


def test_secrets_are_masked_and_variables_are_not():
    assert masked("postgres://a:p@ss:w@h:5/db?sslpassword=x&sslmode=require") == (
        "postgres://a:***@h:5/db?sslpassword=***&sslmode=require"
    )
    assert masked("postgres://a:${SECRET}@h/db") == "postgres://a:${SECRET}@h/db"
    assert masked("duckdb:///shop.duckdb") == "duckdb:///shop.duckdb"
    assert filled_in("${WHOLE}", {"WHOLE": "postgres://a:p%2Fq@h/db"}) == "postgres://a:p%2Fq@h/db"
    assert filled_in("x://${HOST}/db?token=${T}", {"HOST": "h:5", "T": "a&b"}) == "x://h:5/db?token=a%26b"
    with pytest.raises(RecipeError, match=r"secret of .*was not kept"):
        filled_in("postgres://a:***@h/db")
    assert not is_address("C:\\data\\sales.csv")


def test_recipes_keep_no_secret_wherever_they_are_written(tmp_path):
    document = {
        "source": {"connection": "postgres://ann:s3cret@h/db", "table": "t"},
        "publish": [{"table": "x", "connection": "postgres://ann:s3cret@h/other"}],
    }
    recipe = parse_recipe(document)
    recipe.save(tmp_path / "recipe.yaml")
    for text in (recipe.model_dump_json(), repr(recipe), str(recipe), (tmp_path / "recipe.yaml").read_text("utf-8")):
        assert "s3cret" not in text
    assert recipe.source.connection == document["source"]["connection"]  # to connect with
    with pytest.raises(RecipeError) as caught:
        parse_recipe({"publish": [{"tables": "x", "connection": "postgres://ann:s3cret@h/other"}]})
    assert "s3cret" not in str(caught.value)


def test_paths_of_a_recipe_are_relative_to_it_and_addresses_are_not(tmp_path):
    (tmp_path / "recipe.yaml").write_text(
        "source: {connection: 'duckdb:///shop.duckdb', table: t, path: 's3://bucket/sales'}", encoding="utf-8"
    )
    source = load_recipe(tmp_path / "recipe.yaml").source
    assert source.connection == f"duckdb:///{tmp_path}/shop.duckdb"
    assert source.path == "s3://bucket/sales"


def test_tables_that_cannot_be_written_are_refused_before_anything_is_read(tmp_path):
    with pytest.raises(RecipeError, match=r"of no database: the rows come from files.*publish.0.connection"):
        segmentry.run({"source": {"path": str(tmp_path / "nowhere.csv")}, "publish": [{"table": "x"}]})
    with pytest.raises(RecipeError, match="'t' is the table that the rows come from"):
        segmentry.run({"source": {"connection": "postgres://nowhere/x", "table": "t"}, "publish": [{"table": "t"}]})


def test_a_table_that_is_not_ours_leaves_no_run(tmp_path):
    segmentry.sources.generate_retail(tmp_path / "sales.csv", customers=60)
    with duckdb.connect(tmp_path / "crm.duckdb") as file:
        file.execute("CREATE TABLE people AS SELECT 1 AS customer_id")
    target = {"table": "people", "connection": f"duckdb:///{tmp_path}/crm.duckdb"}
    document = {"source": {"path": str(tmp_path / "sales.csv")}, "publish": [target]}
    with pytest.raises(Refused, match=r"no run wrote.*segment, run_id"):
        segmentry.run(document, out=tmp_path / "runs", report=False)
    assert not (tmp_path / "runs").exists()


@pytest.mark.postgres
def test_a_reader_needs_no_more_than_to_read(postgres_url, load_postgres, recipe_of, tmp_path):
    """A user who may connect, use temporary tables and read one table: nothing is left behind, nothing else is made."""
    import psycopg

    load_postgres("readable", "LOCALE 'C.UTF-8'")
    with psycopg.connect(postgres_url("readable"), autocommit=True) as server:
        server.execute("CREATE USER reader PASSWORD 'reader'")
        server.execute('GRANT USAGE ON SCHEMA "Shop" TO reader; GRANT SELECT ON "Shop"."Sales" TO reader')
    address = re.sub(r"segmentry:[^@]*@", "reader:reader@", postgres_url("readable"))
    recipe = recipe_of({"connection": address, "table": "Shop.Sales"})
    found = segmentry.run(recipe, out=tmp_path, report=False)
    with psycopg.connect(postgres_url("readable")) as server:
        ours = "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname {} 'pg_temp%'"
        assert server.execute(ours.format("LIKE")).fetchone()[0] > 0
        found.book.engine.close()
        for _ in range(100):  # the server forgets a little after its client has gone
            if server.execute(ours.format("LIKE")).fetchone()[0] == 0:
                break
            time.sleep(0.1)
        assert server.execute(ours.format("LIKE")).fetchone()[0] == 0
        tables = "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('public', 'Shop')"
        assert {name for (name,) in server.execute(tables)} == {"Sales", "saleskeeper"}
    with pytest.raises(EngineError, match="permission denied for table saleskeeper"):
        segmentry.run({"source": {"connection": address, "table": "Shop.saleskeeper"}}, out=tmp_path)


def test_a_file_can_be_published_to_a_database(tmp_path):
    segmentry.sources.generate_retail(tmp_path / "sales.csv", customers=120)
    duckdb.connect(tmp_path / "crm.duckdb").close()
    target = {"table": "customer_segments", "connection": f"duckdb:///{tmp_path}/crm.duckdb"}
    for _ in range(2):
        found = segmentry.run(
            {"source": {"path": str(tmp_path / "sales.csv")}, "publish": [target]}, out=tmp_path / "runs", report=False
        )
    with duckdb.connect(tmp_path / "crm.duckdb", read_only=True) as file:
        rows = file.execute("SELECT customer_id, segment, as_of, run_id FROM customer_segments ORDER BY 1").fetchall()
        assert file.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (1,)
    customers = found.customers
    assert [row[:2] for row in rows] == list(zip(customers.customer_id, customers.segment, strict=True))
    assert {row[2:] for row in rows} == {(found.book.customers.as_of, found.path.name)}


@pytest.mark.postgres
def test_any_engine_of_ibis_goes_the_common_way(postgres_url, load_postgres, recipe_of, understood):
    """A real server through the class for engines without one of their own: the same figures."""
    load_postgres("common", "LOCALE 'C.UTF-8'")
    engine = AnyEngine(postgres_url("common"), ENGINES["postgres"])
    name, table = engine.table("Shop.Sales")
    settings = parse_recipe(recipe_of({"table": name}))
    book = transactions_book(settings, from_table(table, settings.source, engine), engine, Silent())
    assert name == "Shop.Sales"
    assert {line.reason: line.rows for line in (*book.ledger.set_aside, book.ledger.kept)} == {
        reason: rows for reason, (rows, *_) in shop.ledger(understood).items() if reason != "all"
    }
    expected = shop.features(understood)
    customers = book.described()
    assert customers.ids.tolist() == list(expected)
    for feature, values in customers.values.items():
        wanted = np.array([own[feature] for own in expected.values()], dtype=np.float64)
        np.testing.assert_allclose(values, wanted, rtol=1e-14, equal_nan=True, err_msg=feature)
    book.bought.label(customers.ids, np.zeros(len(customers), dtype=np.int64))
    bought = book.bought.by_segment()
    assert bought.baskets["orders"].tolist() == [len({line.order for line in understood if line.reason == "kept"})]
    assert book.bought.by_segment().products is not None  # again
    for run in ("first", "second"):
        ids = {"customer_id": customers.ids, "segment": customers.ids, "run_id": np.full(len(customers), run, object)}
        engine.replace_table(ids, "segments", step="test")
    written = ibis.table({"run_id": "string"}, name="segments")
    assert engine.rows(written.group_by("run_id").agg(n=written.count()), step="test") == [
        {"run_id": "second", "n": len(customers)}
    ]
    engine.close()
