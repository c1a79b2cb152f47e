"""Standalone SQL: run by an engine that knows nothing of the model, it labels customers as scoring does."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest
import sqlglot

from segmentry.core.errors import ModelError, RecipeError
from segmentry.core.recipe import parse_recipe
from segmentry.engine.statement import DIALECTS
from segmentry.flow import find_segments, score
from segmentry.flow.statements import Given, model_sql
from segmentry.sources import generate_retail

FEATURES = ["recency_days", "frequency", "monetary", "return_rate", "products_per_order", "days_between_orders_median"]


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    """Purchases with everything that cleaning takes out, and odd names of columns."""
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    generate_retail(path, customers=300)
    frame = pd.read_csv(path, dtype=str)
    frame = pd.concat([frame, frame.iloc[::40]], ignore_index=True)
    return frame.rename(columns={frame.columns[0]: 'Order "No"', frame.columns[1]: "a code"})


@pytest.fixture(scope="module")
def typed(sales, model_of_sales):
    """The same in a database, its columns typed."""
    connection = duckdb.connect()
    roles = model_of_sales().roles
    kinds = {roles["time"]: "TIMESTAMP", roles["quantity"]: "INTEGER", roles["unit_price"]: "DECIMAL(12,2)"}
    columns = ", ".join(f"CAST({quoted(name)} AS {kinds.get(name, 'VARCHAR')}) AS {quoted(name)}" for name in sales)
    connection.register("frame", sales)
    connection.execute(f"CREATE TABLE sales AS SELECT {columns} FROM frame")
    connection.execute("CREATE SCHEMA shop; CREATE TABLE shop.marked AS SELECT * FROM sales")
    return connection


@pytest.fixture(scope="module")
def model_of_sales(sales):
    def fit(**settings):
        return find_segments(parse_recipe({"cluster": {"k": 4}, **settings}), frame=sales).model.model

    return fit


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def labels(rows):
    return dict(zip(rows["customer_id"], rows["segment"], strict=True))


def asked(connection, sql):
    return labels(connection.execute(sql).fetchnumpy())


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"features": FEATURES, "prepare": {"transform": {"yeo_johnson": FEATURES}, "impute": {"flags": True}}},
        {"window_days": 120, "clean": {"duplicates": "keep", "cancellations": "keep", "non_positive": "keep"}},
        {"features": FEATURES, "prepare": {"pca": {"components": 3}, "outliers": {"policy": "drop"}}},
        {
            "source": {"no_order": "customer-day"},
            "clean": {"missing_customer": "keep", "dates": {"earliest": "2010-01-01"}},
        },
    ],
)
def test_purchases_are_labelled_as_scoring_labels_them(settings, sales, typed, model_of_sales):
    model = model_of_sales(**settings)
    expected = labels(score(model, sales).columns)
    assert asked(typed, model_sql(model, Given("sales"))) == expected
    assert len(set(expected.values())) > 1


def test_it_looks_back_from_the_day_that_is_given(sales, typed, model_of_sales):
    model = model_of_sales(features=FEATURES)
    sizes = []
    for days in (-90, 0, 400):
        day = model.as_of + timedelta(days=days)
        expected = labels(score(model, sales, as_of=day).columns)
        assert asked(typed, model_sql(model, Given("sales"), as_of=day)) == expected
        sizes.append(len(expected))
    assert sizes[0] < sizes[1] == sizes[2]


def test_tables_and_columns_may_be_called_anything(typed, sales, model_of_sales):
    model = model_of_sales()
    expected = asked(typed, model_sql(model, Given("sales")))
    # A table in a schema, called like a part of the statement.
    assert asked(typed, model_sql(model, Given("shop.marked"))) == expected
    customer = model.roles["customer"]
    typed.execute(
        f'CREATE OR REPLACE TABLE renamed AS SELECT * RENAME ({quoted(customer)} AS "Who\'s that") FROM sales'
    )
    assert asked(typed, model_sql(model, Given("renamed", {"customer": "Who's that"}))) == expected


@pytest.fixture(scope="module")
def holders():
    random = np.random.default_rng(4)
    spend = np.round(np.exp(random.normal(5, 1, 400)), 2)
    frame = pd.DataFrame({"id": np.arange(400), "Spend": spend, "label": random.poisson(4, 400).astype(float)})
    frame.loc[5:20, "Spend"] = np.nan
    return frame


@pytest.fixture(scope="module")
def model_of_holders(holders):
    document = {"source": {"kind": "customers", "columns": {"customer": "id"}}, "cluster": {"k": 4}}
    return find_segments(parse_recipe(document), frame=holders).model.model


def test_a_customer_table_is_labelled_as_scoring_labels_it(holders, model_of_holders):
    connection = duckdb.connect()
    connection.register("customers", holders)
    sql = model_sql(model_of_holders, Given("customers"))
    expected = score(model_of_holders, holders).columns
    assert asked(connection, sql) == labels(expected)
    rows = connection.execute(f"SELECT * FROM ({sql}) ORDER BY customer_id").fetchnumpy()
    assert list(rows) == list(expected)
    np.testing.assert_allclose(rows["confidence"], expected["confidence"], atol=1e-9)
    np.testing.assert_array_equal(rows["is_outlier"], expected["is_outlier"])
    np.testing.assert_array_equal(rows["nearest_other_segment"], expected["nearest_other_segment"])
    renamed = duckdb.connect()
    renamed.register("people", holders.rename(columns={"Spend": "what they spent"}))
    assert asked(renamed, model_sql(model_of_holders, Given("people", {"Spend": "what they spent"}))) == labels(
        expected
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_gets_one_statement_of_named_parts(dialect, model_of_sales, model_of_holders):
    reader = {"mssql": "tsql", "athena": "athena"}.get(dialect, dialect)
    for model, parts in (
        (model_of_sales(), {"each_row_once", "purchases", "marked", "customers", "transformed", "distances", "labels"}),
        (model_of_holders, {"complete", "transformed", "scaled", "distances", "labels"}),
    ):
        sql = model_sql(model, Given("some_table"), dialect=dialect)
        assert sql.startswith("-- Segments of customers")
        [parsed] = sqlglot.parse(sql, dialect=reader)
        assert parts <= {cte.alias for cte in parsed.find_all(sqlglot.exp.CTE)}
        # Of a nested WITH some engines know nothing, and no number is an exact decimal.
        assert all(not cte.this.args.get("with_") for cte in parsed.find_all(sqlglot.exp.CTE))
        assert len(sql) < 40_000


def test_what_no_statement_says_is_refused_with_a_way_on(sales, model_of_sales, holders, model_of_holders):
    mixture = find_segments(parse_recipe({"cluster": {"method": "mixture", "k": 3}}), frame=sales).model.model
    with pytest.raises(ModelError, match=r"mixture.*posterior.*segmentry score"):
        model_sql(mixture, Given("sales"))
    with pytest.raises(ModelError, match="ranks"):
        model_sql(model_of_sales(prepare={"transform": {"quantile": ["monetary"]}}), Given("sales"))
    with pytest.raises(ModelError, match="net: false"):
        model_sql(model_of_sales(clean={"cancellations": {"net": True}}), Given("sales"))
    with pytest.raises(RecipeError, match=r"'oracel' is not a dialect.*duckdb, postgres"):
        model_sql(model_of_holders, Given("customers"), dialect="oracel")
    with pytest.raises(RecipeError, match=r"'spend' is nothing that the model reads.*Did you mean 'Spend'"):
        model_sql(model_of_holders, Given("customers", {"spend": "x"}))


def test_the_command_prints_it(sales, tmp_path, model_of_sales):
    from segmentry.runs import save_model

    save_model(model_of_sales(), tmp_path / "model", version="test")
    command = [
        sys.executable,
        "-m",
        "segmentry",
        "sql",
        str(tmp_path / "model"),
        "--dialect",
        "postgres",
        "--table",
        "shop.sales",
    ]
    done = subprocess.run([*command, "--column", "time=sold at"], capture_output=True, text=True, check=True)
    assert '"sold at"' in done.stdout
    assert 'FROM "shop"."sales"' in done.stdout
    assert "DOUBLE PRECISION" in done.stdout
    failed = subprocess.run([*command, "--column", "time"], capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert "ROLE=COLUMN" in failed.stderr
