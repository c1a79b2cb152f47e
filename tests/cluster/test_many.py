"""Many customers: the same groups as the full computation, from samples and from rows near a border."""

import numpy as np
import pytest
import sklearn.cluster
from sklearn import metrics
from threadpoolctl import threadpool_limits

from segmentry.cluster import adjusted_rand, assign, find_groups, groups
from segmentry.cluster.blocks import ROWS, blocks_of
from segmentry.cluster.border import labels_of, nearest_squares, polish
from segmentry.cluster.crew import crew
from segmentry.cluster.lloyd import settle
from segmentry.cluster.many import solve_many
from segmentry.cluster.rest import settle_all
from segmentry.core.recipe import Cluster
from segmentry.core.seeds import generator
from segmentry.prepare.result import Prepared


def purchases(n, d=3, seed=3):
    """Scaled features of customers who buy the more the better they are; the second one is a whole number's log."""
    rng = np.random.default_rng(seed)
    worth = rng.normal(size=n)
    table = [worth * rng.uniform(-1, 1) + rng.normal(size=n) * rng.uniform(0.3, 1) for _ in range(d)]
    table[1] = np.log1p(np.maximum(1, np.floor(np.exp(1 + worth + 0.4 * rng.normal(size=n)))))
    matrix = np.column_stack(table)
    return (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)


def apart(n, d=4, k=5, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) + rng.uniform(-9, 9, (k, d))[rng.choice(k, n)]


def prepared_of(matrix, fitted=None):
    fitted = np.ones(len(matrix), dtype=bool) if fitted is None else fitted
    return Prepared(matrix, tuple(map(str, range(matrix.shape[1]))), fitted, ~fitted, {}, (), pipeline=None)


def starting(matrix, ks, size=None, seed=1):
    with crew(size) as workers:
        data = blocks_of(matrix, workers)
        rng = generator(seed, "test")
        return solve_many(data, ks, starts=10, rng=rng, crew=workers, advance=lambda *_: None), data.centre


@pytest.mark.parametrize("matrix", [purchases(40_000), apart(40_000, d=8, k=7), purchases(120_000, d=5, seed=8)])
def test_inertia_is_that_of_ten_full_scikit_learn_runs(matrix):
    found, centre = starting(matrix, [2, 3, 5, 8])
    with threadpool_limits(1):
        for k, ours in found.items():
            theirs = sklearn.cluster.KMeans(k, n_init=10, random_state=0).fit(matrix).inertia_
            assert ours.inertia <= theirs * 1.001
            labels = assign(matrix, ours.centres + centre).labels
            exact = ((matrix - (ours.centres + centre)[labels]) ** 2).sum()
            assert ours.inertia == pytest.approx(exact, rel=2e-6)
            np.testing.assert_allclose(ours.counts, np.bincount(labels, minlength=k), rtol=1e-3)


def test_looking_at_rows_near_a_border_only_is_lloyds_iteration():
    matrix = purchases(2 * ROWS + 500, d=4)
    begin = matrix[[5, 700, 1500, 9000, 20_000]]
    exact, labels = settle(matrix, begin)
    with crew(1) as workers:
        data = blocks_of(matrix, workers)
        found = polish(data, begin - data.centre, rounds=300, settled=1e-9)
        squares = nearest_squares(data, found.centres)
        np.testing.assert_array_equal(labels_of(data, exact - data.centre)[::97], assign(matrix[::97], exact).labels)
    inertia = ((matrix - exact[labels]) ** 2).sum()
    assert found.at_rest
    assert found.inertia == pytest.approx(inertia, rel=1e-4)
    assert found.inertia == pytest.approx(squares.sum(dtype=np.float64), rel=1e-5)
    assert found.counts.sum() == len(matrix)


@pytest.mark.parametrize("matrix", [purchases(30_000), np.round(purchases(30_000, d=2)), apart(30_000)])
def test_the_chosen_solution_is_at_rest_with_means_for_centroids(matrix):
    found, centre = starting(matrix, [4])
    with crew() as workers:
        data = blocks_of(matrix, workers)
        centroids = settle_all(matrix, data, found[4].centres + centre, workers)
    labels = assign(matrix, centroids).labels
    means = np.array([matrix[labels == j].mean(axis=0) for j in range(4)])
    np.testing.assert_allclose(centroids, means, atol=1e-9)
    inertia = ((matrix - centroids[labels]) ** 2).sum()
    assert inertia <= found[4].inertia * (1 + 1e-6)


def test_a_start_without_rows_ends_with_rows_in_every_group():
    matrix = apart(25_000, d=2, k=4)
    begin = np.array([[0.0, 0.0], [500.0, 500.0], [600.0, 500.0], [500.0, 600.0]])
    with crew(1) as workers:
        data = blocks_of(matrix, workers)
        centroids = settle_all(matrix, data, begin, workers)
    assert (np.bincount(assign(matrix, centroids).labels, minlength=4) > 0).all()


def test_the_number_of_threads_changes_nothing():
    matrix = purchases(45_000, d=4)
    results = []
    for size in (1, 2, 3):
        found, centre = starting(matrix, [3, 6], size)
        with crew(size) as workers:
            data = blocks_of(matrix, workers)
            settled = settle_all(matrix, data, found[6].centres + centre, workers)
        results.append([found[3].centres, found[6].centres, np.array([found[3].inertia, found[6].inertia]), settled])
    for other in results[1:]:
        for one, two in zip(results[0], other, strict=True):
            np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    "matrix", [apart(20_500), apart(20_500, d=3, k=3, seed=4), purchases(20_500), purchases(20_500, d=6, seed=2)]
)
def test_the_choice_is_that_of_the_full_computation(matrix, monkeypatch):
    value = matrix[:, 1]
    settings = Cluster(k_range=(2, 6), starts=4)
    many = find_groups(prepared_of(matrix), settings, value=value)
    monkeypatch.setattr(groups, "ALL_ROWS", 50_000)
    full = find_groups(prepared_of(matrix), settings, value=value)
    assert many.choice.k == full.choice.k
    assert many.choice.structure == full.choice.structure
    assert adjusted_rand(many.labels, full.labels) > 0.9  # a continuum has more than one good cut
    for ours, exact in zip(many.choice.scores, full.choice.scores, strict=True):
        assert ours.inertia <= exact.inertia * 1.001
        assert ours.silhouette == pytest.approx(exact.silhouette, abs=4 * ours.silhouette_error + 0.005)
        assert ours.smallest_share == pytest.approx(exact.smallest_share, abs=0.02)
        assert ours.calinski_harabasz >= exact.calinski_harabasz * 0.998


def test_everything_is_measured_and_says_on_whom():
    matrix = apart(26_000, d=3, k=4)
    fitted = np.ones(len(matrix), dtype=bool)
    fitted[::100] = False
    value = -matrix[:, 0]
    found = find_groups(prepared_of(matrix, fitted), Cluster(k_range=(2, 6)), value=value)
    choice = found.choice
    assert choice.k == 4
    own = next(score for score in choice.scores if score.k == 4)
    inside, labels = matrix[fitted], found.labels[fitted]
    again = assign(matrix, found.centroids)
    np.testing.assert_array_equal(found.labels, again.labels)
    np.testing.assert_array_equal(found.confidence, again.confidence)
    means = [value[found.labels == j].mean() for j in range(4)]
    assert means == sorted(means, reverse=True)
    np.testing.assert_allclose(found.centroids, [inside[labels == j].mean(axis=0) for j in range(4)], atol=1e-9)
    assert own.inertia == pytest.approx(((inside - found.centroids[labels]) ** 2).sum(), rel=1e-5)
    assert own.calinski_harabasz == pytest.approx(metrics.calinski_harabasz_score(inside, labels), rel=1e-4)
    assert own.davies_bouldin == pytest.approx(metrics.davies_bouldin_score(inside, labels), rel=0.02)
    assert own.smallest_share == pytest.approx(np.bincount(labels).min() / len(labels), abs=1e-4)
    rows = found.silhouette_rows
    assert fitted[rows].all()
    expected = metrics.silhouette_samples(matrix[rows], found.labels[rows])
    np.testing.assert_allclose(found.silhouettes, expected, atol=2e-3)
    assert 0 < own.silhouette_error <= 0.0025
    assert choice.silhouette_customers == len(rows)
    assert choice.customers == 25_740
    assert choice.reason.endswith(
        f"; silhouette {own.silhouette:.3f} ± {own.silhouette_error:.3f} (a sample of {len(rows):,} of 25,740 customers)"
    )


def test_few_different_customers_among_many():
    matrix = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [3.0, 3.0], [9.0, 9.0]], 6_000, axis=0)
    found = find_groups(prepared_of(matrix), Cluster(), value=matrix[:, 0])
    assert "only up to 4 segments were tried, for there are 5 distinct customers" in found.choice.reason
    asked = find_groups(prepared_of(matrix), Cluster(k=5), value=matrix[:, 0])
    assert np.bincount(asked.labels).tolist() == [6_000] * 5


def test_the_order_of_rows_within_blocks_is_the_only_order_there_is():
    matrix = purchases(30_000)
    once, again = (find_groups(prepared_of(matrix), Cluster(k_range=(2, 4)), value=matrix[:, 0]) for _ in range(2))
    assert once.choice == again.choice
    np.testing.assert_array_equal(once.centroids, again.centroids)


def test_the_inertia_that_is_stated_is_that_of_the_labels():
    matrix = purchases(30_000)
    found = find_groups(prepared_of(matrix), Cluster(k_range=(3, 6)), value=matrix[:, 0])
    stated = next(score.inertia for score in found.choice.scores if score.k == found.choice.k)
    distances = ((matrix - found.centroids[found.labels]) ** 2).sum()
    assert stated == pytest.approx(distances, rel=1e-12)
