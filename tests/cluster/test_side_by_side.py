"""The table over methods against scikit-learn and a plain loop; the recommendation by hand."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics
from sklearn.datasets import make_blobs
from sklearn.tree import DecisionTreeClassifier

from segmentry.cluster import compare_methods, find_groups
from segmentry.cluster.methods import TITLES
from segmentry.cluster.recommend import overall, recommend
from segmentry.cluster.resampling import RESAMPLES, resamples
from segmentry.cluster.side_by_side import ALL_METHODS, HEADS, MethodRow, cells
from segmentry.core.recipe import Cluster
from segmentry.prepare.result import Prepared

SETTINGS = Cluster(k=3, k_range=(3, 3), starts=2)


@pytest.fixture(scope="module")
def prepared():
    matrix, _ = make_blobs([200, 150, 120], 2, centers=[(0, 0), (6, 0), (0, 6)], cluster_std=1.2, random_state=5)
    none = np.zeros(len(matrix), dtype=bool)
    return Prepared(matrix, ("a", "b"), ~none, none, {}, (), pipeline=None)


@pytest.fixture(scope="module")
def table(prepared):
    return compare_methods(prepared, SETTINGS, value=prepared.matrix[:, 0] + 10)


def test_every_method_is_a_row_and_its_figures_are_scikit_learns(prepared, table):
    assert [row.method for row in table.rows] == list(ALL_METHODS)
    for row in table.rows:
        found = find_groups(prepared, SETTINGS.with_method(row.method), value=prepared.matrix[:, 0] + 10)
        held = found.labels >= 0
        inside, labels = prepared.matrix[held], found.labels[held]
        assert row.segments == len(set(labels))
        assert row.noise_share == pytest.approx(1 - held.mean())
        value = prepared.matrix[:, 0] + 10
        assert row.noise_value == pytest.approx(value[~held].sum() / value.sum())
        assert row.smallest_share == pytest.approx(np.bincount(labels).min() / len(held))
        assert row.silhouette_customers == held.sum()
        if row.segments > 1:
            assert row.silhouette == pytest.approx(metrics.silhouette_score(inside, labels), abs=1e-5)
            assert row.davies_bouldin == pytest.approx(metrics.davies_bouldin_score(inside, labels))
            assert row.calinski_harabasz == pytest.approx(metrics.calinski_harabasz_score(inside, labels))
        tree = DecisionTreeClassifier(max_depth=4, random_state=0).fit(prepared.matrix, found.labels)
        assert row.imitation == pytest.approx(tree.score(prepared.matrix, found.labels))
        assert row.rules == tree.get_n_leaves()
        assert row.seconds > 0
        assert len(cells(row)) == len(HEADS)


def test_stability_is_the_mean_rand_index_over_the_same_resamples(prepared, table):
    from sklearn.cluster import AgglomerativeClustering

    rows, drawn = resamples(len(prepared.matrix), SETTINGS.seed)
    assert rows.tolist() == list(range(470))
    assert len(drawn) == RESAMPLES
    assert {len(one) for one in drawn} == {376}
    whole = AgglomerativeClustering(3).fit_predict(prepared.matrix)
    expected = []
    for positions in drawn:
        part = prepared.matrix[positions]
        labels = AgglomerativeClustering(3).fit_predict(part)
        nearest = np.linalg.norm(prepared.matrix[:, None] - part, axis=2).argmin(axis=1)
        expected.append(metrics.adjusted_rand_score(whole, labels[nearest]))
    row = next(row for row in table.rows if row.method == "hierarchical")
    assert row.stability == pytest.approx(np.mean(expected))


def test_the_recommendation_names_a_method_and_every_method_has_a_reason(table):
    assert table.recommended == "kmeans"
    assert table.recommendation.startswith("Take K-means: 3 segments, silhouette 0.")
    assert set(table.reasons) == set(ALL_METHODS)


ROW = MethodRow("kmeans", "K-means", 4, 0.0, 0.0, 0.2, 0.4, 900, 0.9, 500.0, 0.9, 0.8, 12, 1.0, 0.5, "words")


def row_of(method, **changes):
    return replace(ROW, method=method, title=TITLES[method], **changes)


def test_recommendations_by_hand():
    assert overall(ROW) == pytest.approx(0.7)
    close = row_of("mixture", stability=0.98)
    chosen, words, _ = recommend([ROW, close], min_share=0.02)
    assert chosen == "kmeans"
    assert "Gaussian mixture is about as good, and less simple." in words
    better = row_of("mixture", stability=1.0, silhouette=0.5)
    noisy = row_of("hdbscan", noise_share=0.2, noise_value=0.4, segments=13, smallest_share=0.01)
    shaky = row_of("hierarchical", stability=0.5)
    chosen, words, reasons = recommend([ROW, better, noisy, shaky], min_share=0.02)
    assert chosen == "mixture"
    assert words.startswith(
        "Take Gaussian mixture: 4 segments, silhouette 0.50, found again under resampling with 1.00"
    )
    assert "(0.77): K-means (0.70)." in words
    assert "Not Hierarchical (Ward): resampled customers give other segments (0.50)." in words
    assert reasons["hdbscan"] == (
        "13 segments are more than people can keep apart, it leaves 20.0 % of customers with 40.0 % of the value without a "
        "segment and its smallest segment has 1.0 % of customers."
    )
    chosen, words, _ = recommend([noisy, shaky], min_share=0.02)
    assert chosen == "hierarchical"
    assert words.startswith("No method is without faults. Hierarchical (Ward) comes nearest")
    nothing = row_of("dbscan", segments=0)
    assert recommend([nothing], min_share=0.02)[:2] == (None, "No method finds segments in these customers.")
    two = row_of("kmeans", segments=2)
    assert recommend([two], min_share=0.02)[1].endswith("but it finds 2 segments only.")
    assert recommend([two], min_share=0.02, fewest=2)[1].startswith("Take K-means")


def test_a_method_that_finds_nothing_is_a_row_of_missing_figures(prepared):
    settings = Cluster(method="dbscan", eps=1e-6)
    found = compare_methods(prepared, settings, ["kmeans"], value=prepared.matrix[:, 0])
    assert [row.method for row in found.rows] == ["kmeans", "dbscan"]
    assert found.rows[1].segments == 0
    assert "no dense region" in found.rows[1].words
    assert cells(found.rows[1])[4:8] == ["–"] * 4
    assert found.recommended == "kmeans"
