"""The scikit-learn layer of prepare: scikit-learn's own checks, and agreement with its own transformers."""

import numpy as np
import pytest
from sklearn import preprocessing
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

import segmentry.prepare as stage
from segmentry import cluster


@parametrize_with_checks(
    [
        stage.Impute(),
        stage.Impute("mean", flags=True),
        stage.Outliers(),
        stage.Outliers("iqr", threshold=1.5, policy="clip"),
        stage.Transform(),
        stage.Transform("quantile"),
        stage.Scale(),
        stage.Scale("robust"),
        stage.Pca(),
        stage.Pca(variance=0.9),
    ]
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.fixture
def matrix():
    rng = np.random.default_rng(5)
    return np.column_stack([rng.normal(50, 9, 700), rng.lognormal(3, 1, 700), rng.gamma(2, 30, 700) - 40])


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (stage.Scale("standard"), preprocessing.StandardScaler()),
        (stage.Scale("minmax"), preprocessing.MinMaxScaler()),
        (stage.Scale("robust"), preprocessing.RobustScaler()),
        (stage.Transform("log1p"), preprocessing.FunctionTransformer(np.log1p)),
    ],
    ids=str,
)
def test_equals_scikit_learns_transformer(matrix, ours, theirs):
    positive = np.abs(matrix)
    np.testing.assert_allclose(ours.fit_transform(positive), theirs.fit_transform(positive), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ours.inverse_transform(ours.transform(positive)), positive, rtol=1e-10)


def test_yeo_johnson_equals_scikit_learns_power_transformer(matrix):
    ours = stage.Transform("yeo-johnson").fit(matrix)
    theirs = preprocessing.PowerTransformer("yeo-johnson", standardize=False).fit(matrix)
    powers = [one.numbers[0] for one in ours.transformations_]
    np.testing.assert_allclose(powers, theirs.lambdas_, atol=1e-4)
    np.testing.assert_allclose(ours.transform(matrix), theirs.transform(matrix), rtol=2e-3, atol=1e-6)
    np.testing.assert_allclose(ours.inverse_transform(ours.transform(matrix)), matrix, rtol=1e-9)


def test_impute_flags_and_names_columns():
    X = np.array([[1.0, np.nan], [3.0, 4.0], [8.0, 6.0]])
    impute = stage.Impute(flags=True).fit(X)
    assert impute.transform(X).tolist() == [[1, 5, 1], [3, 4, 0], [8, 6, 0]]
    assert impute.get_feature_names_out(["a", "b"]).tolist() == ["a", "b", "b_missing"]


def test_set_output_pandas_keeps_names(matrix):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(matrix, columns=["a", "b", "c"])
    out = make_pipeline(stage.Transform(), stage.Scale()).set_output(transform="pandas").fit_transform(frame)
    assert list(out.columns) == ["a", "b", "c"]


def test_a_pipeline_fits_without_the_outliers_and_keeps_every_row():
    rng = np.random.default_rng(1)
    usual = np.vstack([rng.normal(centre, 1, (120, 2)) for centre in ((0, 0), (12, 0), (0, 12))])
    X = np.vstack([usual, [[400.0, 400.0]]])
    pipe = make_pipeline(stage.Outliers(policy="fit_without"), stage.Scale("robust"), cluster.KMeans(k="auto"))
    labels = pipe.fit_predict(X)
    assert len(labels) == len(X)
    scale, kmeans = pipe[1], pipe[2]
    np.testing.assert_allclose(scale.scaling_.centre, np.median(usual, axis=0))
    assert kmeans.k_choice_.k == 3
    assert np.abs(kmeans.cluster_centers_).max() < 5  # the far row pulled no centroid
    # the mark is what does it: without the first step the far row takes part
    assert not np.allclose(stage.Scale("robust").fit(X).scaling_.centre, np.median(usual, axis=0))


def test_the_mark_does_not_outlive_its_rows(matrix):
    out = stage.Outliers(threshold=2).fit_transform(matrix)
    assert out.is_outlier.sum() > 0
    assert out[:10].is_outlier is None
    assert (out + 1).is_outlier is None


def test_clip_pulls_to_the_limits(matrix):
    clip = stage.Outliers("percentile", threshold=5, policy="clip").fit(matrix)
    expected = np.clip(matrix, np.percentile(matrix, 5, axis=0), np.percentile(matrix, 95, axis=0))
    np.testing.assert_allclose(clip.transform(matrix), expected)
    assert clip.flag(matrix).sum() == ((matrix != expected).any(axis=1)).sum()


@pytest.mark.parametrize("estimator", [stage.Scale("log"), stage.Outliers("sd"), stage.Outliers(policy="drop")])
def test_an_unknown_option_is_an_error_that_names_it(matrix, estimator):
    with pytest.raises(ValueError, match="is not known"):
        estimator.fit(matrix)
