"""Principal components: scikit-learn's up to sign, there and back, saved and loaded, and asked for by a recipe."""

import json

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

import segmentry.prepare as stage
from segmentry import cluster
from segmentry.core.errors import ModelError, RecipeError
from segmentry.core.recipe import Prepare, parse_recipe
from segmentry.core.tables import Column, CustomerTable
from segmentry.prepare.pca import fit_components


@pytest.fixture
def matrix():
    rng = np.random.default_rng(3)
    return rng.normal(size=(400, 3)) @ rng.normal(size=(3, 7)) + 0.2 * rng.normal(size=(400, 7)) + 5


@pytest.fixture
def table(matrix):
    values = {f"f{j}": column.copy() for j, column in enumerate(matrix.T)}
    values["f2"][[4, 40]] = np.nan
    ids = np.array([f"c{number:04d}" for number in range(len(matrix))], dtype=object)
    return CustomerTable(ids, values, tuple(Column(name) for name in values))


def settings(**pca):
    return Prepare.model_validate({"impute": {"flags": True}, "outliers": {"method": "none"}, "pca": pca})


@pytest.mark.parametrize("components", [1, 3, 7])
def test_equals_scikit_learns_up_to_sign(matrix, components):
    ours, theirs = fit_components(matrix, components=components), PCA(components).fit(matrix)
    signs = np.sign((ours.loadings * theirs.components_).sum(axis=1))
    np.testing.assert_allclose(ours.loadings, theirs.components_ * signs[:, None], atol=1e-9)
    np.testing.assert_allclose(ours.explained, theirs.explained_variance_ratio_, rtol=1e-9)
    np.testing.assert_allclose(ours.forward(matrix), theirs.transform(matrix) * signs, atol=1e-9)
    np.testing.assert_allclose(ours.inverse(ours.forward(matrix)), theirs.inverse_transform(theirs.transform(matrix)))


@pytest.mark.parametrize("variance", [0.3, 0.9, 0.99])
def test_a_share_of_variance_takes_as_few_as_reach_it(matrix, variance):
    ours, theirs = fit_components(matrix, variance=variance), PCA(variance).fit(matrix)
    assert len(ours.axes) == theirs.n_components_
    assert sum(ours.explained) >= variance > sum(ours.explained[:-1])


def test_all_of_the_variance_leaves_out_directions_without_any():
    flat = np.outer(np.arange(9.0), [1.0, 2.0, -1.0])
    assert len(fit_components(flat, variance=1.0).axes) == 1


def test_signs_do_not_depend_on_the_order_of_rows_or_on_where_the_data_point(matrix):
    ours = fit_components(matrix)
    again = fit_components(matrix[np.random.default_rng(0).permutation(len(matrix))])
    np.testing.assert_allclose(again.loadings, ours.loadings, atol=1e-9)
    assert (ours.loadings[np.arange(7), np.abs(ours.loadings).argmax(axis=1)] > 0).all()


def test_the_pipeline_rotates_goes_back_saves_and_loads(table):
    plain = stage.prepare(
        table, list(table.values), Prepare.model_validate({"impute": {"flags": True}, "outliers": {"method": "none"}})
    )
    found = stage.prepare(table, list(table.values), settings(components=8))
    assert found.names == tuple(f"component {number}" for number in range(1, 9))
    assert found.deciding == plain.names == (*table.values, "f2_missing")
    np.testing.assert_allclose(
        found.matrix,
        PCA(8).fit_transform(plain.matrix) * np.sign(found.matrix[0] / PCA(8).fit_transform(plain.matrix)[0]),
        atol=1e-8,
    )
    back = found.pipeline.to_real(found.matrix[:3])
    assert tuple(back) == found.deciding
    np.testing.assert_allclose(back["f0"], table.values["f0"][:3], rtol=1e-8)
    loaded = stage.Pipeline.from_dict(json.loads(json.dumps(found.pipeline.to_dict())))
    assert loaded == found.pipeline
    np.testing.assert_array_equal(loaded.transform(table), found.matrix)


def test_few_components_come_back_near_what_they_came_from(table):
    found = stage.prepare(table, list(table.values), settings(variance=0.95))
    assert found.matrix.shape[1] < 8
    back = found.pipeline.to_real(found.matrix)["f0"]
    assert np.corrcoef(back, table.values["f0"])[0, 1] > 0.9


def test_a_model_written_before_there_were_components_loads(table):
    pipeline = stage.prepare(table, list(table.values), Prepare()).pipeline
    document = pipeline.to_dict()
    del document["components"]
    assert stage.Pipeline.from_dict(document) == pipeline


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d["axes"][0].pop(),
        lambda d: d["centre"].append(0.0),
        lambda d: d.pop("axes"),
        lambda d: d["explained"].pop(),
    ],
)
def test_damaged_components_are_refused(table, damage):
    document = stage.prepare(table, list(table.values), settings(components=2)).pipeline.to_dict()
    document = json.loads(json.dumps(document))
    damage(document["components"])
    with pytest.raises(ModelError, match="damaged"):
        stage.Pipeline.from_dict(document)


def test_more_components_than_columns_are_an_error(table):
    with pytest.raises(RecipeError, match=r"prepare.pca.components is 9, but 8 columns decide.*1 to 8"):
        stage.prepare(table, list(table.values), settings(components=9))


@pytest.mark.parametrize("pca", [{}, {"components": 2, "variance": 0.9}])
def test_one_of_components_and_variance_is_asked_for(pca):
    with pytest.raises(RecipeError, match="either components"):
        parse_recipe({"prepare": {"pca": pca}})


def test_outliers_take_no_part_in_the_components_of_a_scikit_learn_pipeline(matrix):
    spoilt = np.vstack([matrix, np.full((1, 7), 1e6)])
    pipe = make_pipeline(stage.Outliers(threshold=5.0), stage.Scale(), stage.Pca(2), cluster.KMeans(k=3)).fit(spoilt)
    clean = make_pipeline(stage.Scale(), stage.Pca(2)).fit(matrix)
    np.testing.assert_allclose(pipe[2].components_.loadings, clean[1].components_.loadings, atol=1e-12)
    assert list(pipe[2].get_feature_names_out()) == ["pca0", "pca1"]
    assert len(pipe[-1].labels_) == 401
    np.testing.assert_allclose(stage.Pca().fit(matrix).inverse_transform(stage.Pca().fit_transform(matrix)), matrix)
    with pytest.raises(ValueError, match="both given"):
        stage.Pca(2, variance=0.5).fit(matrix)


def test_a_customer_alone_comes_out_as_among_others_to_the_last_bit():
    matrix = np.random.default_rng(0).normal(size=(3000, 17))
    fitted = fit_components(matrix)
    together = fitted.forward(matrix)
    alone = np.vstack([fitted.forward(matrix[row : row + 1]) for row in range(200)])
    assert (alone == together[:200]).all()
    np.testing.assert_allclose(together, (matrix - matrix.mean(axis=0)) @ fitted.loadings.T, atol=1e-12)
