"""The k-means kernel: as good as ten full scikit-learn runs, at rest, and the same everywhere."""

import numpy as np
import pytest
import sklearn.cluster
from threadpoolctl import threadpool_limits

from segmentry.cluster.assign import assign, nearest
from segmentry.cluster.lloyd import iterate, means, points, settle
from segmentry.cluster.reference import reference_drops
from segmentry.cluster.search import solve
from segmentry.cluster.stability import stability
from segmentry.core.seeds import generator


@pytest.fixture(autouse=True)
def one_thread():
    with threadpool_limits(1):  # on a busy machine waiting threads make scikit-learn many times slower
        yield


def purchases(n, seed=3):
    """Scaled log recency, frequency and spend of customers who buy the more the better they are."""
    rng = np.random.default_rng(seed)
    worth = rng.normal(size=n)
    orders = np.maximum(1, np.floor(np.exp(1 + worth + 0.4 * rng.normal(size=n))))
    spend = np.exp(6 + worth + 0.5 * rng.normal(size=n))
    table = np.log1p(np.column_stack([rng.exponential(90, n) * np.exp(-0.4 * worth), orders, spend]))
    return (table - table.mean(axis=0)) / table.std(axis=0)


def groups(n, d=4, k=6, seed=0):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(n, d))
        + rng.uniform(-6, 6, (k, d))[rng.choice(k, n, p=np.arange(1, k + 1) / (k * (k + 1) / 2))]
    )


def test_inertia_is_that_of_ten_full_scikit_learn_runs():
    """Both are heuristics: one k in twenty may be a little worse, most are as good, some are better."""
    excess = []
    sets = (purchases(1800), purchases(1500, seed=5), groups(2000), groups(1500, seed=4), groups(900, d=2, k=9, seed=1))
    for matrix in sets:
        found = solve(matrix, list(range(2, 13)), starts=10, rng=generator(7, "test"))
        for k in range(2, 13):
            theirs = sklearn.cluster.KMeans(k, n_init=10, random_state=0).fit(matrix).inertia_
            excess.append(found[k].inertia / theirs - 1)
    assert np.mean(np.array(excess) <= 0.001) >= 0.95
    assert np.max(excess) < 0.01
    assert np.mean(excess) <= 0


def test_a_sample_of_rows_for_the_starts_loses_nothing():
    matrix = purchases(15_000)
    found = solve(matrix, [3, 4], starts=5, rng=generator(7, "test"))
    for k in (3, 4):
        theirs = sklearn.cluster.KMeans(k, n_init=5, random_state=0).fit(matrix).inertia_
        assert found[k].inertia <= theirs * 1.001


def test_solutions_are_at_rest():
    matrix = purchases(1500)
    for k, solution in solve(matrix, [2, 5, 9], starts=3, rng=generator(1, "test")).items():
        assert len(np.unique(solution.labels)) == k
        np.testing.assert_array_equal(assign(matrix, solution.centroids).labels, solution.labels)
        expected = [matrix[solution.labels == j].mean(axis=0) for j in range(k)]
        np.testing.assert_allclose(solution.centroids, expected, atol=1e-12)
        assert solution.inertia == pytest.approx(float(((matrix - solution.centroids[solution.labels]) ** 2).sum()))


def test_one_fast_iteration_is_lloyds():
    matrix = groups(400)
    begin = matrix[[3, 77, 200, 390]]
    data = points(matrix)
    moved, inertia = iterate(data, (begin - data.centre).astype(np.float32)[None], 1)
    distance = ((matrix[:, None] - begin) ** 2).sum(axis=2)
    labels = distance.argmin(axis=1)
    assert inertia[0] == pytest.approx(distance.min(axis=1).sum(), rel=1e-5)
    expected = [matrix[labels == j].mean(axis=0) for j in range(4)]
    np.testing.assert_allclose(moved[0] + data.centre, expected, atol=1e-4)


def test_weights_count_like_repeated_rows():
    matrix = groups(300)
    weights = np.random.default_rng(0).integers(0, 4, 300)
    begin = matrix[:5]
    data = points(matrix)
    repeated = points(np.repeat(matrix, weights, axis=0))
    ours, inertia = iterate(data, (begin - data.centre).astype(np.float32)[None], 6, weights[None].astype(np.float32))
    theirs, expected = iterate(repeated, (begin - repeated.centre).astype(np.float32)[None], 6)
    np.testing.assert_allclose(ours[0] + data.centre, theirs[0] + repeated.centre, atol=1e-4)
    assert inertia[0] == pytest.approx(expected[0], rel=1e-5)


def test_a_group_that_runs_empty_moves_to_the_farthest_row():
    matrix = np.array([[0.0], [1.0], [10.0]])
    labels, distance = nearest(matrix, np.array([[0.0], [50.0], [1.0]]))
    assert labels.tolist() == [0, 2, 2]
    assert means(matrix, labels, 3, distance)[:, 0].tolist() == [0.0, 10.0, 5.5]
    centroids, labels = settle(matrix, np.array([[0.0], [50.0], [60.0]]))
    assert sorted(centroids[:, 0].tolist()) == [0.0, 1.0, 10.0]
    data = points(matrix)
    moved, _ = iterate(data, (np.array([[[0.0], [50.0], [1.0]]]) - data.centre).astype(np.float32), 5)
    assert sorted((moved[0, :, 0] + data.centre[0]).round(5).tolist()) == [0.0, 1.0, 10.0]


def test_a_row_is_assigned_the_same_alone_and_among_others():
    matrix = purchases(1000)
    centroids = matrix[:7]
    together = assign(matrix, centroids)
    for row in range(0, 1000, 37):
        alone = assign(matrix[row : row + 1], centroids)
        assert alone.labels[0] == together.labels[row]
        assert alone.nearest_other[0] == together.nearest_other[row]
        assert alone.confidence[0] == together.confidence[row]


def test_assign_against_sorting_all_distances():
    matrix, centroids = groups(500), groups(6, seed=9)
    distance = np.sqrt(((matrix[:, None] - centroids) ** 2).sum(axis=2))
    order = distance.argsort(axis=1, kind="stable")
    found = assign(matrix, centroids)
    np.testing.assert_array_equal(found.labels, order[:, 0])
    np.testing.assert_array_equal(found.nearest_other, order[:, 1])
    ranked = np.sort(distance, axis=1)
    np.testing.assert_allclose(found.confidence, 1 - ranked[:, 0] / ranked[:, 1], atol=1e-12)


def test_assign_breaks_ties_by_the_lowest_label_and_knows_one_centroid():
    half_way = assign(np.array([[1.0]]), np.array([[2.0], [0.0], [2.0]]))
    assert (half_way.labels[0], half_way.nearest_other[0], half_way.confidence[0]) == (0, 1, 0.0)
    twice = assign(np.array([[2.0]]), np.array([[2.0], [2.0]]))
    assert (twice.labels[0], twice.nearest_other[0], twice.confidence[0]) == (0, 1, 0.0)
    alone = assign(np.array([[1.0], [5.0]]), np.array([[2.0]]))
    assert (alone.labels.tolist(), alone.nearest_other.tolist(), alone.confidence.tolist()) == ([0, 0], [0, 0], [1, 1])


def test_stability_is_high_for_real_groups_and_low_for_cuts_through_one():
    rng = np.random.default_rng(0)
    real = np.vstack([rng.normal(centre, 1, (150, 2)) for centre in ((0, 0), (9, 0), (0, 9))])
    blob = rng.normal(size=(450, 5))
    for matrix, low, high in ((real, 0.97, 1.0), (blob, 0.0, 0.5)):
        labels = {k: s.labels for k, s in solve(matrix, [3], starts=5, rng=rng).items()}
        assert low <= stability(matrix, labels, np.random.default_rng(1))[3] <= high


def test_the_reference_of_one_uniform_feature_is_the_exact_quantizer():
    # k equal intervals leave 1/k² of the variance of a uniform distribution
    matrix = np.random.default_rng(2).normal(5, 3, (4000, 1))
    drops = reference_drops(matrix, [2, 3, 4], np.random.default_rng(1)).mean(axis=0)
    np.testing.assert_allclose(drops, -2 * np.log([2, 3, 4]), atol=0.03)
