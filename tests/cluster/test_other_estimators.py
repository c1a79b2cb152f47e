"""The other methods as scikit-learn estimators: scikit-learn's own checks, and scikit-learn's own labels."""

from sklearn.utils.estimator_checks import parametrize_with_checks

from segmentry import cluster


@parametrize_with_checks(
    [
        cluster.MiniBatchKMeans(k=3, starts=2, k_range=(2, 4)),
        cluster.Mixture(k=3, starts=2, k_range=(2, 4)),
        cluster.Hierarchical(k=3, k_range=(2, 4)),
        cluster.DBSCAN(min_samples=4),
        cluster.HDBSCAN(min_cluster_size=5, min_samples=4),
    ]
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)
