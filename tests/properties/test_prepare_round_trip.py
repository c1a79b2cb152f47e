"""Preparation, whatever the numbers: there and back, no one lost, order of rows without effect."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentry.core.errors import DataError
from segmentry.core.recipe import Prepare
from segmentry.core.tables import Column, CustomerTable
from segmentry.prepare import prepare
from segmentry.prepare.scale import fit_scaling
from segmentry.prepare.transform import choose, fit_transformation

amounts = st.floats(0, 1e7).map(lambda value: round(value, 2))
numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 2))


def columns(elements):
    return st.integers(2, 40).flatmap(lambda n: arrays(np.float64, n, elements=elements))


@given(columns(amounts), st.sampled_from(["log1p", "yeo-johnson", "quantile", "none"]))
def test_a_transform_goes_there_and_back(x, method):
    transformation = fit_transformation(x, method)
    back = transformation.inverse(transformation.forward(x))
    np.testing.assert_allclose(back, x, rtol=1e-6, atol=1e-6 * max(1, np.ptp(x)))


@given(columns(numbers))
def test_the_chosen_transform_never_raises_skewness_and_keeps_the_order(x):
    transformation, reason = choose(x)
    y = transformation.forward(x)
    assert np.isfinite(y).all()
    assert (np.diff(y[np.argsort(x, kind="stable")]) >= -1e-12 * max(1, np.abs(y).max())).all()
    assert reason


@given(columns(numbers), st.sampled_from(["standard", "minmax", "robust", "none"]))
def test_a_scaling_goes_there_and_back(x, method):
    matrix = np.column_stack([x, x[::-1] * 3])
    scaling = fit_scaling(matrix, method)
    np.testing.assert_allclose(scaling.inverse(scaling.forward(matrix)), matrix, atol=1e-6)


tables = st.integers(2, 30).flatmap(lambda n: arrays(np.float64, (n, 2), elements=st.one_of(numbers, st.just(np.nan))))
recipes = st.builds(
    lambda method, policy, on, scale, flags: Prepare.model_validate(
        {
            "outliers": {"method": method, "policy": policy, "measured": on, "threshold": 1.5},
            "scale": scale,
            "impute": {"flags": flags},
        }
    ),
    st.sampled_from(["zscore", "iqr", "percentile", "none"]),
    st.sampled_from(["fit_without", "clip", "keep", "drop"]),
    st.sampled_from(["transformed", "original"]),
    st.sampled_from(["standard", "minmax", "robust", "none"]),
    st.booleans(),
)


def table_of(matrix, order):
    ids = np.array([f"{row:03d}" for row in order], dtype=object)
    values = {"a": matrix[order, 0], "b": matrix[order, 1]}
    by_id = np.argsort(ids)
    return CustomerTable(
        ids[by_id], {name: column[by_id] for name, column in values.items()}, (Column("a"), Column("b"))
    )


@settings(max_examples=60)
@given(tables, recipes, st.randoms(use_true_random=False))
def test_no_customer_is_lost_and_the_order_of_rows_changes_nothing(matrix, recipe, random):
    order = list(range(len(matrix)))
    try:
        prepared = prepare(table_of(matrix, order), ["a", "b"], recipe)
    except DataError:
        return
    assert len(prepared.matrix) == len(prepared.fitted_on) == len(prepared.is_outlier) == len(matrix)
    assert np.isfinite(prepared.matrix).all()
    assert prepared.matrix.shape[1] == len(prepared.names)
    if recipe.outliers.policy in {"clip", "keep"}:
        assert prepared.fitted_on.all()
    else:
        np.testing.assert_array_equal(prepared.fitted_on, ~prepared.is_outlier)
    random.shuffle(order)
    shuffled = prepare(table_of(matrix, order), ["a", "b"], recipe)
    np.testing.assert_array_equal(shuffled.matrix, prepared.matrix)
    assert shuffled.pipeline == prepared.pipeline
