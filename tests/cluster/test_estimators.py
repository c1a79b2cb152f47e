"""K-means as a scikit-learn estimator."""

import numpy as np
import sklearn.cluster
from sklearn.datasets import make_blobs
from sklearn.utils.estimator_checks import parametrize_with_checks

from segmentry import cluster


@parametrize_with_checks([cluster.KMeans(k=3, k_range=(2, 4), starts=2), cluster.KMeans(k_range=(2, 4), starts=2)])
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_agrees_with_scikit_learns_k_means():
    X, _ = make_blobs(600, 3, centers=4, random_state=2)
    ours = cluster.KMeans(k=4).fit(X)
    theirs = sklearn.cluster.KMeans(4, n_init=10, random_state=0).fit(X)
    assert abs(ours.inertia_ / theirs.inertia_ - 1) < 1e-6
    assert cluster.adjusted_rand(ours.labels_, theirs.labels_.astype(np.int64)) > 0.999
    np.testing.assert_allclose(
        ours.transform(X).min(axis=1) ** 2, ((X - ours.cluster_centers_[ours.labels_]) ** 2).sum(1)
    )
    assert ours.score(X) == -ours.inertia_
    assert list(ours.get_feature_names_out()) == ["kmeans0", "kmeans1", "kmeans2", "kmeans3"]


def test_groups_are_ordered_by_size():
    X, _ = make_blobs([50, 200, 100], 2, centers=[(0, 0), (20, 0), (0, 20)], random_state=0)
    assert np.bincount(cluster.KMeans().fit_predict(X)).tolist() == [200, 100, 50]
