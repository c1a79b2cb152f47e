"""From the prepared matrix to groups in order of value."""

import numpy as np
import pytest
from sklearn import metrics

from segmentry.cluster import adjusted_rand, assign, find_groups
from segmentry.core.errors import DataError
from segmentry.core.recipe import Cluster, Prepare
from segmentry.core.tables import Column, CustomerTable
from segmentry.prepare import prepare


def prepared_of(matrix, **given):
    names = [f"f{j}" for j in range(matrix.shape[1])]
    ids = np.array([f"{i:05d}" for i in range(len(matrix))], dtype=object)
    table = CustomerTable(ids, dict(zip(names, matrix.T, strict=True)), tuple(map(Column, names)))
    options = {"transform": "none", "outliers": {"method": "none"}} | given
    return prepare(table, names, Prepare.model_validate(options))


@pytest.fixture(scope="module")
def triple():
    rng = np.random.default_rng(2)
    return np.vstack([rng.normal(c, 1, (n, 2)) for c, n in (((0, 0), 60), ((9, 0), 150), ((0, 9), 90))])


def test_groups_come_in_order_of_value_with_everything_measured(triple):
    value = np.repeat([10.0, 1.0, 100.0], [60, 150, 90])
    found = find_groups(prepared_of(triple), Cluster(), value=value)
    assert found.choice.k == 3
    assert found.choice.structure == "strong"
    assert "stand apart" in found.choice.reason
    assert np.bincount(found.labels).tolist() == [90, 60, 150]
    prepared = prepared_of(triple)
    again = assign(prepared.matrix, found.centroids)
    np.testing.assert_array_equal(again.labels, found.labels)
    np.testing.assert_array_equal(again.confidence, found.confidence)
    np.testing.assert_array_equal(again.nearest_other, found.nearest_other)
    score = next(one for one in found.choice.scores if one.k == 3)
    expected = metrics.silhouette_samples(prepared.matrix, found.labels)
    np.testing.assert_allclose(found.silhouettes, expected, atol=1e-5)
    assert found.silhouette_rows.tolist() == list(range(300))
    assert score.silhouette == pytest.approx(expected.mean(), abs=1e-6)
    assert score.calinski_harabasz == pytest.approx(metrics.calinski_harabasz_score(prepared.matrix, found.labels))
    assert score.davies_bouldin == pytest.approx(metrics.davies_bouldin_score(prepared.matrix, found.labels))
    assert score.smallest_share == pytest.approx(0.2)
    assert [one.k for one in found.choice.scores] == list(range(2, 11))
    assert not found.choice.asked


def test_equal_values_are_ordered_by_size(triple):
    found = find_groups(prepared_of(triple), Cluster(k=3), value=np.ones(300))
    assert np.bincount(found.labels).tolist() == [150, 90, 60]


def test_unknown_values_do_not_count(triple):
    value = np.repeat([10.0, 1.0, 100.0], [60, 150, 90])
    value[::2] = np.nan
    found = find_groups(prepared_of(triple), Cluster(k=3), value=value)
    assert np.bincount(found.labels).tolist() == [90, 60, 150]


def test_an_asked_k_is_obeyed_and_compared_with_the_rule(triple):
    found = find_groups(prepared_of(triple), Cluster(k=5), value=np.ones(300))
    assert (found.choice.k, found.choice.asked, len(found.centroids)) == (5, True, 5)
    assert found.choice.reason.startswith("as asked; the rule would take 3: ")
    found = find_groups(prepared_of(triple), Cluster(k=14), value=np.ones(300))
    assert [one.k for one in found.choice.scores] == [*range(2, 11), 14]
    assert len(set(found.labels)) == 14


def test_one_group(triple):
    found = find_groups(prepared_of(triple), Cluster(k=1), value=np.ones(300))
    assert set(found.labels) == {0}
    np.testing.assert_allclose(found.centroids, [[0, 0]], atol=1e-12)
    assert set(found.confidence) == {1.0}
    assert set(found.nearest_other) == {0}
    assert found.choice.k == 1


def test_the_seed_decides_and_nothing_else(triple):
    once, again = (find_groups(prepared_of(triple), Cluster(k_range=(2, 5)), value=np.ones(300)) for _ in range(2))
    assert once.choice == again.choice
    np.testing.assert_array_equal(once.centroids, again.centroids)


@pytest.mark.parametrize("policy", ["fit_without", "drop"])
def test_outliers_are_assigned_or_set_apart_but_never_lost(triple, policy):
    far = np.vstack([triple, [[60.0, 60.0], [-70.0, 4.0]]])
    prepared = prepared_of(far, outliers={"policy": policy, "threshold": 5})
    found = find_groups(prepared, Cluster(k=3), value=np.ones(302))
    assert prepared.is_outlier.sum() == 2
    assert len(found.labels) == 302
    assert 300 not in found.silhouette_rows
    nearest = assign(prepared.matrix, found.centroids)
    if policy == "drop":
        assert found.labels[300:].tolist() == [-1, -1]
        assert found.confidence[300:].tolist() == [0, 0]
        np.testing.assert_array_equal(found.nearest_other[300:], nearest.labels[300:])
    else:
        np.testing.assert_array_equal(found.labels, nearest.labels)
    # the far customers pull no centroid
    without = find_groups(prepared_of(triple), Cluster(k=3), value=np.ones(300))
    assert adjusted_rand(found.labels[:300], without.labels) == 1


def test_k_beyond_the_distinct_customers_is_an_error():
    matrix = np.repeat([[0.0], [1.0], [2.0]], 4, axis=0)
    with pytest.raises(
        DataError, match=r"cluster\.k is 4, but 12 customers take part .*, 3 of them different\. At most 3"
    ):
        find_groups(prepared_of(matrix), Cluster(k=4), value=np.ones(12))
    with pytest.raises(DataError, match=r"cluster\.k_range begins at 5, but 12 customers"):
        find_groups(prepared_of(matrix), Cluster(k_range=(5, 9)), value=np.ones(12))
    found = find_groups(prepared_of(matrix), Cluster(k=3), value=np.ones(12))
    assert np.bincount(found.labels).tolist() == [4, 4, 4]


@pytest.mark.parametrize("n", range(2, 11))
def test_very_few_customers(n):
    matrix = np.random.default_rng(n).normal(size=(n, 2))
    found = find_groups(prepared_of(matrix), Cluster(), value=matrix[:, 0])
    assert len(found.labels) == n
    assert 2 <= found.choice.k <= max(2, n - 1)
    assert f"only up to {max(2, n - 1)} segments were tried" in found.choice.reason
    assert np.isfinite([found.silhouettes.mean(), found.confidence.min()]).all()
    assert all(np.isfinite(list(vars(one).values())).all() for one in found.choice.scores)


def test_two_groups_when_the_range_ends_at_two(triple):
    assert find_groups(prepared_of(triple), Cluster(k_range=(2, 2)), value=np.ones(300)).choice.k == 2


def test_progress_is_told(triple):
    class Listener:
        seen = ()

        def step(self, name, detail=""):
            pass

        def advance(self, done, total):
            self.seen = (*self.seen, (done, total))

    listener = Listener()
    find_groups(prepared_of(triple), Cluster(k_range=(2, 4)), value=np.ones(300), progress=listener)
    assert listener.seen == ((1, 3), (2, 3), (3, 3))
