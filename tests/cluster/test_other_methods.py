"""The other methods against plain scikit-learn, and the labels they give to new customers against their definition."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import cluster as peers
from sklearn import metrics
from sklearn.datasets import make_blobs, make_moons
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from segmentry import cluster
from segmentry.cluster import assigner_from, find_groups, other_methods
from segmentry.cluster.choose_components import decide_components
from segmentry.cluster.methods.dbscan import knee_distance
from segmentry.cluster.neighbours import Neighbours
from segmentry.cluster.result import KScore
from segmentry.core.errors import DataError, ModelError
from segmentry.core.recipe import Cluster, Prepare
from segmentry.core.tables import Column, CustomerTable
from segmentry.prepare import prepare
from segmentry.prepare.result import Prepared

METHODS = ("minibatch", "mixture", "hierarchical", "dbscan", "hdbscan")


def prepared_of(matrix):
    none = np.zeros(len(matrix), dtype=bool)
    return Prepared(matrix, tuple(map(str, range(matrix.shape[1]))), ~none, none, {}, (), pipeline=None)


def found_in(matrix, value=None, **given):
    return find_groups(
        prepared_of(matrix), Cluster(**given), value=matrix[:, 0] if value is None else np.asarray(value, float)
    )


def same_partition(ours, theirs):
    """Whether the labels are the same but for their names; noise is noise in both."""
    pairs = {(int(a), int(b)) for a, b in zip(ours, theirs, strict=True)}
    return (
        len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
        and all((a == -1) == (b == -1) for a, b in pairs)
    )  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def credit_card(real_data):
    frame = pd.read_csv(real_data / "credit_card.csv").drop(columns="CUST_ID").iloc[::7]
    ids = np.array([f"{i:05d}" for i in range(len(frame))], dtype=object)
    names = list(frame)[:6]
    table = CustomerTable(ids, {name: frame[name].to_numpy(float) for name in names}, tuple(map(Column, names)))
    prepared = prepare(table, names, Prepare())
    return prepared.matrix[prepared.fitted_on]


@pytest.fixture(scope="module")
def blobs():
    matrix, _ = make_blobs(
        [300, 250, 200, 150], 3, centers=[(0, 0, 0), (9, 0, 0), (0, 9, 0), (0, 0, 9)], random_state=3
    )
    return matrix


@pytest.fixture(params=["credit card", pytest.param("blobs", id="blobs")])
def matrix(request):
    return request.getfixturevalue({"credit card": "credit_card", "blobs": "blobs"}[request.param])


def test_minibatch_is_scikit_learns(matrix):
    ours = found_in(matrix, method="minibatch", k=4, k_range=(4, 4))
    theirs = peers.MiniBatchKMeans(4, n_init=10, random_state=7).fit(matrix)
    assert same_partition(ours.labels, theirs.labels_)
    assert same_partition(ours.labels, theirs.predict(matrix))


@pytest.mark.parametrize("covariance", ["full", "tied", "diag", "spherical"])
def test_mixture_is_scikit_learns_with_its_posteriors_and_its_bic(matrix, covariance):
    ours = found_in(matrix, method="mixture", k=4, k_range=(4, 4), covariance=covariance, starts=2)
    theirs = GaussianMixture(4, covariance_type=covariance, n_init=2, random_state=7).fit(matrix)
    assert same_partition(ours.labels, theirs.predict(matrix))
    posterior = theirs.predict_proba(matrix)
    order = [int(theirs.predict(matrix)[ours.labels == j][0]) for j in range(4)]
    np.testing.assert_allclose(ours.memberships, posterior[:, order], atol=1e-9)
    highest = np.sort(posterior, axis=1)[:, ::-1]
    np.testing.assert_allclose(ours.confidence, 1 - highest[:, 1] / highest[:, 0], atol=1e-9)
    assert ours.choice.bics == pytest.approx((theirs.bic(matrix),))


def test_the_chosen_mixture_has_all_starts(credit_card):
    ours = found_in(credit_card, method="mixture", k=3, k_range=(2, 3), starts=5)
    theirs = GaussianMixture(3, n_init=5, random_state=7).fit(credit_card)
    assert same_partition(ours.labels, theirs.predict(credit_card))
    assert ours.choice.bics[1] == pytest.approx(theirs.bic(credit_card))
    score = ours.choice.scores[1]
    assert score.silhouette == pytest.approx(metrics.silhouette_score(credit_card, ours.labels), abs=1e-5)
    assert score.davies_bouldin == pytest.approx(metrics.davies_bouldin_score(credit_card, ours.labels))


def test_hierarchical_is_scikit_learns(matrix):
    for k in (2, 5):
        ours = found_in(matrix, method="hierarchical", k=k, k_range=(2, 2))
        assert same_partition(ours.labels, peers.AgglomerativeClustering(k).fit_predict(matrix))
        assert ours.agreement == 1
    assert len(ours.tree.heights) == len(matrix) - 1


@pytest.mark.parametrize(("eps", "needed"), [(0.5, 5), (1.2, 10)])
def test_dbscan_is_scikit_learns_but_for_customers_on_the_border_of_two_groups(matrix, eps, needed):
    ours = found_in(matrix, method="dbscan", eps=eps, min_samples=needed)
    peer = peers.DBSCAN(eps=eps, min_samples=needed).fit(matrix)
    cores = peer.core_sample_indices_
    distances = np.linalg.norm(matrix[:, None] - matrix[cores], axis=2)
    groups_in_reach = [set(peer.labels_[cores][row <= eps]) for row in distances]
    clear = np.array([len(groups) < 2 for groups in groups_in_reach])
    assert same_partition(ours.labels[clear], peer.labels_[clear])
    assert clear.mean() > 0.98
    named = {int(theirs): int(mine) for theirs, mine in zip(peer.labels_[cores], ours.labels[cores], strict=True)}
    for row in np.flatnonzero(~clear):
        assert ours.labels[row] == named[int(peer.labels_[cores[distances[row].argmin()]])]


def test_dbscan_with_eps_from_the_knee_of_online_retail_is_scikit_learns(real_data):
    from segmentry.flow import find_segments
    from segmentry.flow.running import as_recipe

    recipe = as_recipe(
        {"source": {"path": str(real_data / "online_retail.csv.gz")}, "cluster": {"method": "dbscan"}, "describe": []}
    )
    found = find_segments(recipe)
    matrix = found.prepared.matrix[found.prepared.fitted_on]
    used = found.clustering.k_distances
    peer = peers.DBSCAN(eps=used.eps, min_samples=used.rank).fit(matrix)
    assert same_partition(found.clustering.labels[found.prepared.fitted_on], peer.labels_)
    assert found.profiles[-1].name == "Noise"
    assert found.profiles[-1].tone == "noise"
    brute = np.sort(np.linalg.norm(matrix[:200, None] - matrix, axis=2), axis=1)[:, used.rank - 1]
    assert np.isin(brute.round(9), used.curve.round(9)).all()


def test_hdbscan_is_scikit_learns(matrix):
    ours = found_in(matrix, method="hdbscan", min_cluster_size=30, min_samples=8)
    peer = peers.HDBSCAN(min_cluster_size=30, min_samples=8, copy=True).fit(matrix)
    assert same_partition(ours.labels, peer.labels_)
    np.testing.assert_allclose(ours.confidence[ours.labels >= 0], peer.probabilities_[peer.labels_ >= 0])


def by_definition(points, labels, reach, x):
    """The nearest point decides, within its reach; the lower label on a tie; noise decides on its own surroundings."""
    distances = np.linalg.norm(points - x, axis=1)
    best = min(range(len(points)), key=lambda i: (distances[i], labels[i] if labels[i] >= 0 else 10**6))
    return labels[best] if distances[best] <= reach[best] else -1


def test_new_customers_get_dbscans_definition_by_brute_force(blobs):
    peer = peers.DBSCAN(eps=0.8, min_samples=8).fit(blobs)
    ours = cluster.DBSCAN(eps=0.8, min_samples=8).fit(blobs)
    new = np.random.default_rng(0).uniform(-3, 12, size=(600, 3))
    cores = peer.core_sample_indices_
    labels = ours.labels_[cores]
    expected = [by_definition(blobs[cores], labels, np.full(len(cores), 0.8), x) for x in new]
    assert ours.predict(new).tolist() == expected
    assert -1 in expected
    assert max(expected) >= 1


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 4), st.booleans())
def test_neighbours_are_their_definition(seed, groups, with_noise):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(30, 2))
    labels = rng.integers(-1 if with_noise else 0, groups, 30)
    labels[:groups] = np.arange(groups)
    reach = rng.uniform(0, 1.5, 30)
    model = Neighbours(points, labels, reach, np.ones(30), core=False)
    new = np.vstack([rng.normal(size=(20, 2)) * 1.5, points])
    found = model.assign(new)
    assert found.labels.tolist() == [by_definition(points, labels, reach, x) for x in new]
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert (found.confidence[found.labels < 0] == 0).all()
    assert (found.nearest_other >= 0).all()
    order = rng.permutation(groups)
    renamed = np.append(np.argsort(order), -1)[found.labels]
    assert model.reordered(order).assign(new).labels.tolist() == renamed.tolist()
    one_by_one = [int(model.assign(x[None]).labels[0]) for x in new]
    assert one_by_one == found.labels.tolist()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_labels_its_own_customers_again_from_what_is_saved(blobs, method):
    found = found_in(blobs, method=method, **({"k": 4, "k_range": (4, 4)} if "scan" not in method else {}))
    assert found.choice.k == 4
    saved = found.assigner
    again = assigner_from(saved.kind, saved.parameters(), saved.tables())
    assigned = again.assign(blobs)
    np.testing.assert_array_equal(assigned.labels, found.labels)
    np.testing.assert_array_equal(assigned.confidence, found.confidence)
    alone = [int(again.assign(row[None]).labels[0]) for row in blobs[:40]]
    assert alone == found.labels[:40].tolist()
    assert found.agreement == 1
    means = [blobs[found.labels == j].mean(axis=0) for j in range(4)]
    np.testing.assert_allclose(found.centroids, means)


@pytest.mark.parametrize("method", METHODS)
def test_groups_come_in_order_of_value_whatever_the_order_of_rows(blobs, method):
    value = np.where(blobs[:, 1] > 5, 100.0, blobs[:, 2])
    given = {} if "scan" in method else {"k": 4, "k_range": (4, 4)}
    found = found_in(blobs, value, method=method, **given)
    means = [value[found.labels == j].mean() for j in range(4)]
    assert means == sorted(means, reverse=True)
    turn = np.random.default_rng(1).permutation(len(blobs))
    other = found_in(blobs[turn], value[turn], method=method, **given)
    if method != "minibatch":  # batches are drawn by row number: rows come sorted by customer id
        assert (other.labels == found.labels[turn]).mean() > 0.995


@pytest.mark.parametrize("method", ["minibatch", "mixture", "hierarchical"])
def test_the_number_of_separate_groups_is_found(blobs, method):
    starts = {} if method == "hierarchical" else {"starts": 2}
    found = found_in(blobs, method=method, k_range=(2, 6), **starts)
    assert found.choice.k == 4
    assert found.choice.structure == "strong"
    assert [score.k for score in found.choice.scores] == [2, 3, 4, 5, 6]
    one = found_in(blobs, method=method, k=1, k_range=(2, 2))
    assert set(one.labels) == {0}


def test_hdbscan_finds_groups_of_any_shape():
    moons, truth = make_moons(600, noise=0.05, random_state=1)
    assert cluster.adjusted_rand(cluster.HDBSCAN().fit(moons).labels_ + 1, truth + 1) > 0.97


def test_noise_can_join_the_nearest_group(blobs):
    far = np.vstack([blobs, [[40.0, 0.0, 0.0], [0.0, 0.0, 30.0]]])
    for method in ("dbscan", "hdbscan"):
        apart = found_in(far, method=method)
        joined = found_in(far, method=method, noise="join")
        held = apart.labels >= 0
        assert (apart.labels[-2:] == -1).all()
        assert (apart.confidence[~held] == 0).all()
        assert (joined.labels >= 0).all()
        assert same_partition(joined.labels[held], apart.labels[held])
        inner = np.linalg.norm(blobs - [9, 0, 0], axis=1).argmin()
        assert joined.labels[-2] == joined.labels[inner]
        assert "noise joins" in joined.choice.reason


def test_no_dense_region_is_an_error_that_says_what_to_do(blobs):
    with pytest.raises(DataError, match=r"DBSCAN finds no dense region \(eps 0\.001 .*larger cluster\.eps"):
        found_in(blobs, method="dbscan", eps=0.001)
    assert set(cluster.DBSCAN(eps=0.001).fit(blobs).predict(blobs)) == {-1}


def test_many_customers_are_sampled_and_all_are_assigned(blobs, monkeypatch):
    monkeypatch.setattr(other_methods, "ALL_ROWS", 400)
    monkeypatch.setattr(other_methods, "TREE_ROWS", 400)
    for method in METHODS:
        found = found_in(blobs, method=method, **({"k": 4, "k_range": (4, 4)} if "scan" not in method else {}))
        assert found.choice.k == 4
        assert (found.labels >= 0).mean() > 0.9
        assert ("400 of 900 customers" in found.note) == (method != "minibatch")
    assert found_in(blobs, method="hierarchical", k=3, k_range=(3, 3)).tree.labels.shape == (400,)


def test_the_knee_and_the_bic_by_hand():
    assert knee_distance(np.array([10.0, 2.0, 1.9, 1.8, 1.7, 1.6])) == 2.0
    assert knee_distance(np.array([1.0, 0.0, 0.0, 0.0])) == 1.0

    def score(k, steady=0.9):
        return KScore(k, 0.0, 0.3, 1.0, 1.0, steady, 0.1, 1.0)

    turning = decide_components(
        [score(k) for k in (2, 3, 4, 5)], {2: 90.0, 3: 50.0, 4: 40.0, 5: 45.0}, bic_of_one=100.0, min_share=0.02
    )
    assert (turning.k, turning.structure) == (4, "moderate")
    assert turning.reason.startswith("the lowest BIC, 0.90 under resampling")
    falling = decide_components(
        [score(k) for k in (2, 3, 4, 5, 6)],
        {2: 100.0, 3: 40.0, 4: 30.0, 5: 20.0, 6: 10.0},
        bic_of_one=5.0,
        min_share=0.02,
    )
    assert (falling.k, falling.knee, falling.structure) == (3, 3, "none")


def test_damaged_parts_are_said():
    with pytest.raises(ModelError, match="labels customers by 'magic'"):
        assigner_from("magic", {}, {})
    with pytest.raises(ModelError, match="'neighbours' is damaged"):
        assigner_from("neighbours", {}, {"points": {"x0": np.zeros(2)}})
    with pytest.raises(ModelError, match="'posterior' is damaged"):
        assigner_from("posterior", {}, {"means": {"x0": np.zeros(2), "weight": np.ones(2)}, "factors": {}})
