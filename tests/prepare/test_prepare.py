"""From a customer table to the matrix: order of the steps, policies, features that are left out, errors."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentry.core.errors import DataError, ModelError, RecipeError, UnknownColumn
from segmentry.core.recipe import Prepare
from segmentry.core.tables import Column, CustomerTable
from segmentry.prepare import Pipeline, prepare


def table(**values):
    arrays = {name: np.asarray(column, dtype=np.float64) for name, column in values.items()}
    n = len(next(iter(arrays.values())))
    return CustomerTable(np.array([f"{i:05d}" for i in range(n)], dtype=object), arrays, tuple(map(Column, arrays)))


@pytest.fixture
def customers():
    rng = np.random.default_rng(8)
    spend = rng.lognormal(5, 1.2, 400)
    return table(
        recency=rng.uniform(1, 370, 400), frequency=rng.poisson(2, 400) + 1, monetary=spend, profit=spend - 200
    )


def settings(**given):
    return Prepare.model_validate(given)


def test_the_published_preparation_is_scikit_learns(customers):
    recipe = settings(transform={"log1p": ["frequency", "monetary"]}, outliers={"method": "none"})
    prepared = prepare(customers, ["recency", "frequency", "monetary"], recipe)
    frame = pd.DataFrame({name: customers.values[name] for name in prepared.names})
    frame[["frequency", "monetary"]] = make_pipeline(FunctionTransformer(np.log1p)).transform(
        frame[["frequency", "monetary"]]
    )
    np.testing.assert_allclose(prepared.matrix, StandardScaler().fit_transform(frame), rtol=1e-12, atol=1e-12)
    assert prepared.fitted_on.all()
    assert not prepared.is_outlier.any()


def test_auto_says_what_it_did_and_why(customers):
    prepared = prepare(customers, ["recency", "monetary", "profit"], settings())
    chosen = {one.feature: one for one in prepared.skewness}
    assert [one.transform for one in prepared.skewness] == ["none", "log1p", "yeo-johnson"]
    for name, one in chosen.items():
        assert one.before == pytest.approx(stats.skew(customers.values[name]))
        assert abs(one.after) <= abs(one.before)
    assert "within ±1" in chosen["recency"].reason
    assert "long upper tail" in chosen["monetary"].reason
    assert f"λ = {prepared.pipeline.transformations[2].numbers[0]:.2f}" in chosen["profit"].reason


def test_auto_leaves_lumps_alone():
    rng = np.random.default_rng(0)
    lumps = np.concatenate([rng.normal(10, 1, 850), rng.normal(40, 1, 150)])
    [one] = prepare(table(x=lumps), ["x"], settings()).skewness
    assert stats.skew(lumps) > 1
    assert one.transform == "none"
    assert "lumps" in one.reason


@pytest.mark.parametrize("on", ["transformed", "original"])
def test_fit_without_leaves_outliers_out_of_the_fit_and_keeps_them_in_the_table(customers, on):
    recipe = settings(outliers={"threshold": 2.0, "measured": on})
    prepared = prepare(customers, ["recency", "monetary"], recipe)
    seen = customers.matrix(["recency", "monetary"])
    if on == "transformed":
        seen[:, 1] = np.log1p(seen[:, 1])
    expected = (np.abs(stats.zscore(seen)) > 2).any(axis=1)
    assert 0 < expected.sum() < 60
    np.testing.assert_array_equal(prepared.is_outlier, expected)
    np.testing.assert_array_equal(prepared.fitted_on, ~expected)
    assert len(prepared.matrix) == 400
    np.testing.assert_allclose(prepared.matrix[~expected].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(prepared.matrix[~expected].std(axis=0), 1)
    np.testing.assert_array_equal(prepared.pipeline.flag(customers), expected)


@pytest.mark.parametrize("on", ["transformed", "original"])
def test_clip_is_winsorising(customers, on):
    recipe = settings(
        outliers={"method": "percentile", "threshold": 5, "policy": "clip", "measured": on},
        transform={"log1p": ["monetary"]},
        scale="none",
    )
    prepared = prepare(customers, ["monetary"], recipe)
    monetary = customers.values["monetary"]
    expected = np.clip(monetary, *np.percentile(monetary, [5, 95]))
    inside = np.abs(monetary - expected) == 0
    np.testing.assert_allclose(np.expm1(prepared.matrix[inside, 0]), monetary[inside])
    np.testing.assert_allclose(np.expm1(prepared.matrix[:, 0]), expected, rtol=2e-3)
    assert prepared.fitted_on.all()
    np.testing.assert_array_equal(prepared.is_outlier, ~inside)
    np.testing.assert_array_equal(prepared.pipeline.flag(customers), ~inside)


def test_iqr_limits_are_tukeys(customers):
    prepared = prepare(
        customers, ["monetary"], settings(outliers={"method": "iqr", "threshold": 1.5}, transform="none")
    )
    series = pd.Series(customers.values["monetary"])
    lower, upper = series.quantile(0.25), series.quantile(0.75)
    width = 1.5 * (upper - lower)
    np.testing.assert_array_equal(prepared.is_outlier, ~series.between(lower - width, upper + width))


@pytest.mark.parametrize(("policy", "inside"), [("keep", 5), ("drop", 4), ("fit_without", 4)])
def test_policies_say_who_takes_part(policy, inside):
    recipe = settings(outliers={"method": "iqr", "threshold": 1.5, "policy": policy}, transform="none")
    prepared = prepare(table(x=[1, 2, 3, 4, 100]), ["x"], recipe)
    assert prepared.is_outlier.tolist() == [False, False, False, False, True]
    assert prepared.fitted_on.sum() == inside
    assert prepared.pipeline.policy == policy


def test_missing_values_are_replaced_and_flagged():
    customers = table(a=[1, np.nan, 5, 9, np.inf], b=[1, 2, 3, 4, 5])
    prepared = prepare(customers, ["a", "b"], settings(impute={"flags": True}, transform="none", scale="none"))
    assert prepared.names == ("a", "b", "a_missing")
    assert prepared.matrix[:, 0].tolist() == [1, 5, 5, 9, 5]
    assert prepared.matrix[:, 2].tolist() == [0, 1, 0, 0, 1]
    new = table(a=[np.nan, 7], b=[np.nan, 1])
    assert prepared.pipeline.transform(new).tolist() == [[5, 3, 1], [7, 1, 0]]


def test_features_that_tell_nothing_are_left_out_with_the_reason():
    customers = table(a=[1, 2, 3], b=[7, 7, np.nan], c=[np.nan] * 3)
    prepared = prepare(customers, ["a", "b", "c"], settings())
    assert prepared.names == ("a",)
    assert prepared.left_out == {"b": "the same for every customer (7)", "c": "missing for every customer"}


def test_a_feature_that_only_outliers_vary_in_is_left_out_and_flags_no_one():
    rng = np.random.default_rng(3)
    rare = np.zeros(1000)
    rare[7] = 1e6
    prepared = prepare(table(a=rng.normal(size=1000), rare=rare), ["a", "rare"], settings(outliers={"threshold": 6}))
    assert prepared.names == ("a",)
    assert prepared.left_out == {"rare": "the same for every customer but the 1 beyond the outlier limits"}
    assert not prepared.is_outlier.any()


@pytest.mark.parametrize("scale", ["standard", "minmax", "robust", "none"])
@pytest.mark.parametrize("method", ["log1p", "yeo_johnson", "quantile"])
def test_the_way_back_leads_to_real_units(customers, scale, method):
    recipe = settings(transform={method: ["monetary"]}, scale=scale)
    prepared = prepare(customers, ["monetary", "recency"], recipe)
    real = prepared.pipeline.to_real(prepared.matrix)
    for name in ("monetary", "recency"):
        np.testing.assert_allclose(real[name], customers.values[name], rtol=1e-9)


def test_a_pipeline_survives_json_to_the_last_bit(customers):
    recipe = settings(
        transform={"log1p": ["frequency"], "yeo_johnson": ["profit"], "quantile": ["monetary"]},
        impute={"flags": True},
        outliers={"policy": "clip"},
        scale="robust",
    )
    customers.values["recency"][3] = np.nan
    prepared = prepare(customers, list(customers.values), recipe)
    again = Pipeline.from_dict(json.loads(json.dumps(prepared.pipeline.to_dict())))
    assert again == prepared.pipeline
    np.testing.assert_array_equal(again.transform(customers), prepared.matrix)


def test_infinite_limits_survive_strict_json(customers):
    prepared = prepare(customers, ["monetary"], settings(outliers={"method": "none"}))
    text = json.dumps(prepared.pipeline.to_dict(), allow_nan=False)
    assert Pipeline.from_dict(json.loads(text)) == prepared.pipeline


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.pop("fills"),
        lambda d: d["low"].append(1.0),
        lambda d: d["scaling"].update(centre="x"),
        lambda d: d["transformations"].__setitem__(0, 3),
    ],
)
def test_a_damaged_pipeline_is_refused(customers, damage):
    document = prepare(customers, ["monetary"], settings()).pipeline.to_dict()
    damage(document)
    with pytest.raises(ModelError, match="damaged"):
        Pipeline.from_dict(document)


def test_new_values_below_the_fitted_ones_do_not_break_log1p(customers):
    pipeline = prepare(customers, ["frequency"], settings(transform={"log1p": ["frequency"]}, scale="none")).pipeline
    assert pipeline.transform(table(frequency=[-5.0, 1.0, 3.0]))[:, 0].tolist() == [
        np.log1p(1),
        np.log1p(1),
        np.log1p(3),
    ]


@pytest.mark.parametrize(
    ("kwargs", "features", "error", "words"),
    [
        ({}, ["monetry"], UnknownColumn, "Did you mean 'monetary'"),
        ({}, [], RecipeError, "features is empty"),
        ({"transform": {"log1p": ["monetry"]}}, ["monetary"], RecipeError, "Did you mean 'monetary'"),
        ({"transform": {"log1p": ["monetary"], "quantile": ["monetary"]}}, ["monetary"], RecipeError, "twice"),
        (
            {"transform": {"log1p": ["profit"]}},
            ["profit"],
            RecipeError,
            "prepare.transform.log1p does not suit 'profit'",
        ),
        ({"outliers": {"method": "percentile", "threshold": 50}}, ["monetary"], RecipeError, "below 50"),
    ],
)
def test_settings_that_cannot_be_followed(customers, kwargs, features, error, words):
    with pytest.raises(error, match=words):
        prepare(customers, features, settings(**kwargs))


def test_one_customer_and_constant_customers_are_errors():
    with pytest.raises(DataError, match="one customer"):
        prepare(table(a=[1.0]), ["a"], settings())
    with pytest.raises(
        DataError, match=r"No feature tells the 3 customers apart: a is the same for every customer \(2\)"
    ):
        prepare(table(a=[2.0, 2.0, 2.0]), ["a"], settings())


def test_a_rule_that_flags_everyone_is_an_error():
    recipe = settings(outliers={"method": "percentile", "threshold": 49}, transform="none")
    with pytest.raises(DataError, match=r"flags all 4 customers.*threshold"):
        prepare(table(a=[1, 2, 3, 4], b=[2, 1, 4, 3]), ["a", "b"], recipe)
