"""Labels from one query are those of Python to the last one, whatever the model and the customers."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry import prepare
from segmentry.core.errors import DataError, RecipeError
from segmentry.core.recipe import Prepare, parse_recipe
from segmentry.core.tables import Column, CustomerTable
from segmentry.engine import Engine, open_local
from segmentry.engine.layers import stacked
from segmentry.runs import Model
from segmentry.runs.expressions import SAID, model_layers, names_in_query

METHODS = st.fixed_dictionaries({
    "impute": st.fixed_dictionaries({"method": st.sampled_from(["median", "mean", "constant"]), "flags": st.booleans()}),
    "outliers": st.fixed_dictionaries({
        "method": st.sampled_from(["zscore", "iqr", "percentile", "none"]), "threshold": st.sampled_from([1.0, 2.0, 3.0]),
        "policy": st.sampled_from(["fit_without", "clip", "keep", "drop"]),
        "measured": st.sampled_from(["transformed", "original"]),
    }),
    "scale": st.sampled_from(["standard", "minmax", "robust", "none"]),
    "transform": st.sampled_from(["auto", "none", "log1p", "yeo_johnson"]),
    "pca": st.sampled_from([None, None, {"components": 1}]),
})  # fmt: skip
ENGINE = Engine(open_local())


@st.composite
def tables(draw):
    """Up to four features of 60 customers, some missing; few or many different values, small and large ones."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = 60
    names = draw(
        st.lists(st.sampled_from(["a", "B b", 'say "x"', "label", "least"]), min_size=1, max_size=4, unique=True)
    )
    values = {}
    for name in names:
        shape, size = draw(st.sampled_from([0.3, 1.0, 2.0])), draw(st.sampled_from([1e-7, 1.0, 10.0, 1e4]))
        column = np.round(np.exp(random.normal(size=n) * shape) * size, draw(st.sampled_from([0, 2, 9])))
        column *= random.choice([1, -1], n) if draw(st.booleans()) else 1
        column[random.random(n) < draw(st.sampled_from([0.0, 0.1]))] = np.nan
        values[name] = column
    ids = np.array([f"c{place:02d}" for place in range(n)], dtype=object)
    return CustomerTable(ids, values, tuple(Column(name) for name in names)), random


def model_of(customers, random, document, k, centres):
    names = list(customers.values)
    transform = document["transform"]
    if transform in {"log1p", "yeo_johnson"}:
        document = document | {"transform": {transform: names}}
    prepared = prepare.prepare(customers, names, Prepare.model_validate(document))
    features = prepared.pipeline.features
    # Centres on customers and half-way between two of them: then ties are common.
    points = prepared.matrix[random.integers(0, len(customers), (k, centres))].mean(axis=1)
    columns = tuple(Column(name) for name in features)
    segments = tuple({"id": label, "name": f"S{label}"} for label in range(k))
    recipe = parse_recipe({"prepare": document})
    return Model(recipe, None, {}, features, columns, prepared.pipeline, points, segments)


def labelled_by_query(model, customers):
    frame = pd.DataFrame({"customer_id": customers.ids, **customers.values})
    ENGINE.connection.register("frame", frame)
    ENGINE.connection.execute("CREATE OR REPLACE TABLE customers AS SELECT * FROM frame")
    ENGINE.connection.unregister("frame")
    kinds = {"customer_id": "string", **dict.fromkeys(customers.values, "float64")}
    table = ibis.table(kinds, name="customers")
    whole = {name: ibis.ifelse(table[name].isnan(), ibis.null("float64"), table[name]) for name in customers.values}
    names = names_in_query(model, [*model.features, *kinds])
    layers = model_layers(model, {name: name for name in model.features}, carried=list(kinds))
    found = ENGINE.columns(stacked(table.mutate(**whole), layers).order_by("customer_id"), step="test")
    return [found[names[name]] for name in SAID]


def plainly(matrix, centres):
    """The tie rule once more, customer by customer in plain Python."""
    labels, others, confidence = [], [], []
    for row in matrix.tolist():
        distances = []
        for centre in centres.tolist():
            total = 0.0
            for value, middle in zip(row, centre, strict=True):
                total += (value - middle) * (value - middle)
            distances.append(total)
        own = next(j for j, d in enumerate(distances) if d <= min(distances) * (1 + 1e-9))
        rest = [d for j, d in enumerate(distances) if j != own]
        other = own
        if rest:
            other = next(j for j, d in enumerate(distances) if j != own and d <= min(rest) * (1 + 1e-9))
        ratio = distances[own] / distances[other] if distances[other] > 0 else 1.0
        labels.append(own)
        others.append(other)
        confidence.append(max(1 - ratio**0.5, 0.0) if rest else 1.0)
    return np.array(labels), np.array(others), np.array(confidence)


@settings(max_examples=40, deadline=None)
@given(tables(), METHODS, st.integers(1, 6), st.sampled_from([1, 2]))
def test_one_query_says_what_python_says(given_table, document, k, centres):
    customers, random = given_table
    try:
        model = model_of(customers, random, document, k, centres)
    except (DataError, RecipeError):
        return
    labels, others, confidence, outliers = labelled_by_query(model, customers)
    in_python = model.label(customers)
    np.testing.assert_array_equal(labels, in_python.labels)
    np.testing.assert_array_equal(outliers, in_python.is_outlier)
    expected = plainly(model.pipeline.transform(customers), model.centroids)
    apart = (outliers == 1) & (document["outliers"]["policy"] == "drop")
    np.testing.assert_array_equal(labels, np.where(apart, -1, expected[0]))
    np.testing.assert_array_equal(others, expected[1])
    np.testing.assert_allclose(confidence, expected[2], rtol=0, atol=1e-8)
