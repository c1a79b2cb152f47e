"""A model as a query, and k-means polished there: in each engine what Python finds, to the last label."""

from __future__ import annotations

import ibis
import numpy as np
import pytest
import shop

from segmentry.cluster.lloyd import inertia_of, settle
from segmentry.cluster.polish import polish
from segmentry.core.recipe import parse_recipe
from segmentry.engine.layers import stacked
from segmentry.flow import find_segments, score
from segmentry.flow.statements import Given, model_sql
from segmentry.runs.expressions import SAID, model_layers, names_in_query

FEATURES = [
    "recency_days", "frequency", "monetary", "total_quantity", "return_rate", "products_per_order", "days_between_orders_mean",
]  # fmt: skip


@pytest.fixture(scope="module")
def book(shop_file):
    """Settings for the shop as a file, without what no single statement says."""
    return {
        "source": {"path": str(shop_file), "table": "Shop.Sales", "columns": shop.ROLES},
        "clean": {"non_product": {"pattern": shop.NON_PRODUCT}},
        "features": FEATURES,
        "cluster": {"k": 4},
    }


@pytest.fixture(scope="module", params=["log1p", "yeo_johnson"])
def model(request, book):
    transform = {request.param: FEATURES[:4]}
    outliers = {"policy": "drop" if request.param == "log1p" else "clip", "threshold": 1.5}
    prepare = {"transform": transform, "outliers": outliers, "impute": {"flags": True}}
    return find_segments(parse_recipe(book | {"prepare": prepare})).model.model


def statement_for(place, model):
    """Return the statement and what has to be run before it."""
    table, before = "Shop.Sales", ""
    if place.name == "spark":
        place.ask(f"CREATE OR REPLACE TEMPORARY VIEW sales AS SELECT * FROM parquet.`{place.source['path']}`")
        table = "sales"
    if place.name == "duckdb":
        before = "SET TimeZone = 'UTC';\n"
    return before + model_sql(model, Given(table), dialect=place.name)


def test_standalone_sql_labels_customers_as_scoring_does(place, connected, model, shop_file):
    expected = score(model, shop_file).columns
    rows = place.ask(statement_for(place, model))
    ours = {row[0]: row[1:] for row in rows}
    assert len(rows) == len(ours) == len(expected["customer_id"])
    names = list(expected)
    for place_of, customer in enumerate(expected["customer_id"]):
        for name, value in zip(names[1:], ours[customer], strict=True):
            wanted = expected[name][place_of]
            if isinstance(wanted, float | np.floating):
                assert (np.nan if value is None else float(value)) == pytest.approx(wanted, abs=1e-8, nan_ok=True), name
            else:
                assert value == wanted, name


def test_a_query_labels_customers_there_as_python_does(connected, model, shop_file):
    customers = find_segments(model.recipe).book.customers
    columns = {f"v{place}": name for place, name in enumerate(model.features)}
    connected.hold(
        {"customer_id": customers.ids, **{column: customers.values[name] for column, name in columns.items()}},
        "scored_customers",
        step="test",
    )
    kinds = {"customer_id": "string", **dict.fromkeys(columns, "float64")}
    table = ibis.table(kinds, name="scored_customers")
    names = names_in_query(model, list(kinds))
    layers = model_layers(model, {name: column for column, name in columns.items()}, carried=list(kinds))
    query = stacked(table, layers, fenced=connected.merges_subqueries)
    found = connected.columns(query.order_by("customer_id"), step="test")
    expected = model.label(customers)
    for name, values in zip(
        SAID, (expected.labels, expected.nearest_other, expected.confidence, expected.is_outlier), strict=True
    ):
        np.testing.assert_allclose(found[names[name]].astype(float), values.astype(float), rtol=0, atol=1e-8)
    np.testing.assert_array_equal(found[names["label"]], expected.labels)


def test_centres_polished_there_are_those_of_the_local_iteration(connected):
    random = np.random.default_rng(5)
    matrix = np.concatenate([random.normal(random.normal(0, 3, 2), 1.0, (150, 2)) for _ in range(3)])
    connected.hold({"a": matrix[:, 0], "label": matrix[:, 1]}, "prepared_customers", step="test")
    table = ibis.table({"a": "float64", "label": "float64"}, name="prepared_customers")
    for start in (matrix[[0, 200, 400]], np.array([[0.0, 0.0], [1.0, 1.0], [1e4, 1e4]])):  # the last loses everyone
        centres, labels = settle(matrix, start.copy())
        found = polish(connected, table, ["a", "label"], start)
        assert found.is_settled
        np.testing.assert_allclose(found.centres, centres, atol=1e-6)
        np.testing.assert_array_equal(found.sizes, np.bincount(labels, minlength=3))
        assert found.inertia == pytest.approx(inertia_of(matrix, centres, labels), rel=1e-9)
