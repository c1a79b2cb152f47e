"""Every metric against scikit-learn's on the same groups."""

import numpy as np
import pytest
from sklearn import metrics

from segmentry import cluster
from segmentry.cluster.agreement import adjusted_rand_of
from segmentry.cluster.quality import silhouettes


def grouped(n=700, d=4, k=5, seed=0):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, d)) + rng.normal(0, 2, (k, d))[rng.integers(0, k, n)]
    labels = rng.integers(0, k, n)
    centroids = np.array([matrix[labels == j].mean(axis=0) for j in range(k)])
    return matrix, labels, centroids


@pytest.mark.parametrize("seed", range(3))
def test_silhouette(seed):
    matrix, labels, _ = grouped(seed=seed)
    np.testing.assert_allclose(
        cluster.silhouette_samples(matrix, labels), metrics.silhouette_samples(matrix, labels), atol=1e-5
    )


def test_silhouette_of_near_duplicates_far_from_the_origin():
    rng = np.random.default_rng(4)
    matrix = np.round(rng.normal(size=(900, 3)), 0) + 1e4  # many exact duplicates: distances of exactly 0
    labels = rng.integers(0, 3, 900)
    np.testing.assert_allclose(
        cluster.silhouette_samples(matrix, labels), metrics.silhouette_samples(matrix, labels), atol=1e-5
    )


def test_several_groupings_at_once_equal_one_at_a_time():
    matrix, labels, _ = grouped(n=3000)
    groupings = [labels, labels // 2, (matrix[:, 0] > 0).astype(int)]
    for ours, grouping in zip(silhouettes(matrix, groupings), groupings, strict=True):
        np.testing.assert_allclose(ours, metrics.silhouette_samples(matrix, grouping), atol=1e-5)


def test_silhouette_of_single_rows_and_of_one_group_is_zero():
    matrix = np.array([[0.0], [1.0], [9.0]])
    labels = np.array([4, 4, 7])
    np.testing.assert_allclose(cluster.silhouette_samples(matrix, labels), metrics.silhouette_samples(matrix, labels))
    assert cluster.silhouette_samples(matrix, np.zeros(3, dtype=int)).tolist() == [0, 0, 0]
    with pytest.raises(ValueError, match="3 rows have 2 labels"):
        cluster.silhouette_samples(matrix, labels[:2])


@pytest.mark.parametrize("seed", range(3))
def test_calinski_harabasz_and_davies_bouldin(seed):
    matrix, labels, centroids = grouped(seed=seed)
    inertia = float(((matrix - centroids[labels]) ** 2).sum())
    assert cluster.calinski_harabasz(matrix, labels, centroids, inertia) == pytest.approx(
        metrics.calinski_harabasz_score(matrix, labels)
    )
    assert cluster.davies_bouldin(matrix, labels, centroids) == pytest.approx(
        metrics.davies_bouldin_score(matrix, labels)
    )


def test_metrics_of_groups_of_equal_rows_follow_scikit_learn():
    matrix, labels = np.array([[0.0], [0.0], [5.0], [5.0]]), np.array([0, 0, 1, 1])
    centroids = np.array([[0.0], [5.0]])
    assert cluster.calinski_harabasz(matrix, labels, centroids, 0.0) == metrics.calinski_harabasz_score(matrix, labels)
    assert cluster.davies_bouldin(matrix, labels, centroids) == metrics.davies_bouldin_score(matrix, labels)


@pytest.mark.parametrize("seed", range(5))
def test_adjusted_rand(seed):
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 4, 300)
    second = np.where(rng.random(300) < 0.7, first, rng.integers(0, 6, 300))
    assert cluster.adjusted_rand(first, second) == pytest.approx(metrics.adjusted_rand_score(first, second))


def test_adjusted_rand_of_trivial_groupings_is_full_agreement():
    same = np.zeros(5, dtype=int)
    assert cluster.adjusted_rand(same, same) == metrics.adjusted_rand_score(same, same) == 1
    assert cluster.adjusted_rand(np.arange(5), np.arange(5)) == 1
    assert adjusted_rand_of(np.array([[[2, 0], [0, 3]], [[1, 1], [1, 1]]])).round(3).tolist() == [1.0, -0.5]
