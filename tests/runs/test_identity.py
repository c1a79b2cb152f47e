"""Who is who after a refit: planted changes, by hand, and 200 refits of the same data."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import jaccard_score

from segmentry.core.errors import DataError
from segmentry.runs import Profiles, match_segments, renumbered
from segmentry.runs.identity import profile_distances

CENTRES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0], [20.0, 5.0]])
NAMES = ("Champions", "Loyal", "New", "Fading", "Lost")


def blobs(random, sizes, centres=CENTRES):
    where = np.repeat(np.arange(len(sizes)), sizes)
    return centres[where] + random.normal(size=(len(where), 2)), where


def profiles(matrix, labels):
    ids = [int(label) for label in np.unique(labels) if label >= 0]
    means = np.array([matrix[labels == label].mean(axis=0) for label in ids])
    return Profiles(tuple(ids), tuple(int((labels == label).sum()) for label in ids), means)


def matched(matrix, before, now):
    return match_segments(before, now, profiles(matrix, before), profiles(matrix, now), scale=matrix.std(axis=0))


def partners(matching):
    return {pair.old: pair.new for pair in matching.pairs}


def test_one_pair_by_hand():
    before = np.array([0, 0, 0, 0, 1, 1, 1, -1])
    now = np.array([7, 7, 7, 3, 3, 3, -1, 7])
    old = Profiles((0, 1), (4, 3), np.array([[1.0, 100.0], [3.0, 50.0]]))
    new = Profiles((3, 7), (3, 9), np.array([[3.0, 50.0], [1.5, 120.0]]))
    found = match_segments(before, now, old, new, scale=np.array([1.0, 50.0]))
    first, second = found.pairs
    assert (first.old, first.new, second.old, second.new) == (0, 7, 1, 3)
    assert first.overlap == 3 / 5  # three in both; five in either: four of segment 0, and one that had been set apart
    assert (first.share_of_old, first.share_of_new) == (3 / 4, 3 / 4)
    assert first.distance == pytest.approx(np.sqrt((0.5**2 + 0.4**2) / 2))
    assert first.strength == pytest.approx(0.5 * 0.6 + 0.5 * (1 - np.sqrt(0.205)))
    assert (second.overlap, second.share_of_old, second.share_of_new) == (2 / 4, 2 / 3, 2 / 3)
    assert (second.distance, second.strength) == (0, 0.75)
    assert (found.known, found.births, found.deaths, found.splits, found.merges) == (7, (), (), (), ())
    assert not found.needs_confirmation
    assert found.sentences({0: "Champions", 1: "Lost"}, {})[1] == (
        "Lost goes on: 66.7 % of its customers stay, they are 66.7 % of it now, and its profile moved by 0.00 standard "
        "deviations."
    )


def test_a_feature_that_never_varies_is_left_out():
    assert profile_distances(np.array([[1.0, 5.0]]), np.array([[3.0, 6.0]]), np.array([2.0, 0.0])).tolist() == [[1.0]]
    assert profile_distances(np.array([[5.0]]), np.array([[5.0]]), np.array([0.0])).tolist() == [[0.0]]


def test_names_survive_refits_with_other_seeds_on_resampled_customers(capsys):
    random = np.random.default_rng(1)
    matrix, _ = blobs(random, (300, 200, 150, 120, 80))
    first = KMeans(5, n_init=5, random_state=0).fit(matrix)
    kept = 0
    for seed in range(200):
        sample = np.unique(random.integers(0, len(matrix), len(matrix)))
        refit = KMeans(5, n_init=5, random_state=seed + 1).fit(matrix[sample])
        relabelled = random.permutation(5)[refit.predict(matrix)]
        found = matched(matrix, first.labels_, relabelled)
        ids = renumbered(found, range(5))
        # Independent: each blob is where it was, so the stable id of a customer is the label of the first fit.
        stable = np.array([ids[label] for label in relabelled.tolist()])
        kept += int(not found.needs_confirmation and (stable == first.labels_).mean() > 0.99)
    with capsys.disabled():
        print(f"\nnames kept in {kept} of 200 refits")  # noqa: T201 -- the figure is the point
    assert kept >= 190


def test_overlap_is_that_of_scikit_learn_and_the_assignment_that_of_scipy():
    random = np.random.default_rng(2)
    for _ in range(50):
        n, j, k = random.integers(40, 200), random.integers(2, 6), random.integers(2, 6)
        matrix = random.normal(size=(n, 3))
        before, now = random.integers(0, j, n), (random.integers(0, k, n) + matrix[:, 0].round().astype(int)) % k
        found = matched(matrix, before, now)
        old, new = profiles(matrix, before), profiles(matrix, now)
        strength = np.zeros((len(old.ids), len(new.ids)))
        for row, one in enumerate(old.ids):
            for column, other in enumerate(new.ids):
                apart = (old.means[row] - new.means[column]) / matrix.std(axis=0)
                likeness = max(0.0, 1 - np.linalg.norm(apart) / np.sqrt(3))
                strength[row, column] = (jaccard_score(before == one, now == other) + likeness) / 2
        strength[strength < 0.25] = 0
        best = strength[linear_sum_assignment(strength, maximize=True)].sum()
        assert sum(pair.strength for pair in found.pairs) == pytest.approx(best)
        for pair in found.pairs:
            assert pair.overlap == pytest.approx(jaccard_score(before == pair.old, now == pair.new))


def test_a_planted_split_is_said():
    matrix, before = blobs(np.random.default_rng(3), (300, 200, 150, 120, 80))
    now = np.where((before == 0) & (matrix[:, 0] > 0.2), 9, before)
    found = matched(matrix, before, now)
    [split] = found.splits
    assert split.id == 0
    assert dict(split.shares) == {label: ((now == label) & (before == 0)).sum() / 300 for label in (0, 9)}
    assert partners(found) == {label: label for label in range(5)}
    assert [(birth.id, birth.other, birth.share) for birth in found.births] == [(9, 0, 1.0)]
    assert (found.merges, found.deaths) == ((), ())
    said = found.sentences(dict(enumerate(NAMES)), dict(enumerate(NAMES)) | {9: "Promising"})
    shares = [f"{100 * share:.1f} %" for _, share in split.shares]
    assert f"Champions has split into Champions ({shares[0]}) and Promising ({shares[1]})." in said
    assert (
        "Promising is new, with " + f"{(now == 9).sum()} customers; of those known before, 100.0 % come from Champions."
        in said
    )
    assert renumbered(found, range(7))[9] == 7


def test_a_planted_merge_is_said():
    matrix, before = blobs(np.random.default_rng(4), (300, 200, 150, 120, 80))
    now = np.where(before == 3, 1, before)
    found = matched(matrix, before, now)
    [merge] = found.merges
    assert (merge.id, merge.shares) == (1, ((1, 200 / 320), (3, 120 / 320)))
    assert [(death.id, death.customers, death.other, death.share) for death in found.deaths] == [(3, 120, 1, 1.0)]
    assert (found.splits, found.births) == ((), ())
    assert not found.needs_confirmation
    said = found.sentences(dict(enumerate(NAMES)), dict(enumerate(NAMES)))
    assert "Loyal (62.5 %) and Fading (37.5 %) have merged into Loyal." in said
    assert "Fading, which had 120 customers, is gone; of those still known, 100.0 % are in Loyal." in said


def test_a_planted_birth_of_customers_nobody_knew():
    random = np.random.default_rng(5)
    matrix, labels = blobs(random, (300, 200, 150, 120, 80))
    known = labels != 4
    old, new = profiles(matrix[known], labels[known]), profiles(matrix, labels)
    found = match_segments(labels[known], labels[known], old, new, scale=matrix.std(axis=0))
    [birth] = found.births
    assert (birth.id, birth.customers, birth.known, birth.other, birth.share) == (4, 80, 0, None, 0.0)
    assert partners(found) == {label: label for label in range(4)}
    assert not found.needs_confirmation
    assert found.sentences(dict(enumerate(NAMES)), dict(enumerate(NAMES)))[-1] == (
        "Lost is new, with 80 customers, none of whom was in one of the segments before."
    )


def test_a_planted_death_of_customers_who_left():
    matrix, labels = blobs(np.random.default_rng(6), (300, 200, 150, 120, 80))
    still = labels != 2
    found = match_segments(
        labels[still],
        labels[still],
        profiles(matrix, labels),
        profiles(matrix[still], labels[still]),
        scale=matrix.std(axis=0),
    )
    assert [(death.id, death.customers, death.known, death.other) for death in found.deaths] == [(2, 150, 0, None)]
    assert partners(found) == {0: 0, 1: 1, 3: 3, 4: 4}
    assert not found.needs_confirmation
    assert found.sentences(dict(enumerate(NAMES)), dict(enumerate(NAMES)))[-1] == (
        "New, which had 150 customers, is gone; none of them is in one of the segments now."
    )


def test_customers_who_moved_on_leave_their_segment_its_name():
    """The new customers of the month before are loyal now, and others are new: the profiles say who is who."""
    matrix, where = blobs(np.random.default_rng(7), (300, 200, 150))
    _, moved_to = blobs(np.random.default_rng(7), (300, 200, 150))
    moved_to[where == 2] = 1
    old = profiles(matrix, where)
    new = Profiles((0, 1, 2), (300, 350, 90), old.means + 0.05)
    found = match_segments(where, moved_to, old, new, scale=matrix.std(axis=0))
    assert partners(found) == {0: 0, 1: 1, 2: 2}
    assert [pair.old for pair in found.weak] == [2]  # nobody of it stayed: somebody should look
    said = found.sentences(dict(enumerate(NAMES)), dict(enumerate(NAMES)))
    assert said[2].startswith("New goes on, but the match is weak (0.4")


@pytest.mark.parametrize("k", [2, 3, 5])
def test_a_random_partition_has_to_be_confirmed(k):
    random = np.random.default_rng(k)
    weak = 0
    for _ in range(50):
        matrix, before = blobs(random, (300, 200, 150, 120, 80)[:k])
        found = matched(matrix, before, random.integers(0, k, len(before)))
        weak += len(found.weak)
        assert found.needs_confirmation
        assert all(pair.is_weak for pair in found.pairs)
    assert weak > 0


def test_nobody_in_common_has_to_be_confirmed():
    same = Profiles((0, 1), (5, 5), np.array([[0.0], [9.0]]))
    nobody = np.array([], dtype=np.int64)
    found = match_segments(nobody, nobody, same, same, scale=np.ones(1))
    assert [pair.strength for pair in found.pairs] == [0.5, 0.5]
    assert found.needs_confirmation


def test_ids_are_never_used_twice():
    matrix, before = blobs(np.random.default_rng(8), (300, 200, 150))
    now = np.where((before == 0) & (matrix[:, 0] > 0.2), 5, before)
    assert renumbered(matched(matrix, before, now), used=[0, 1, 2, 3, 11]) == {0: 0, 1: 1, 2: 2, 5: 12}
    assert renumbered(matched(matrix, before, now), used=[])[5] == 3
    merged = np.where(before == 2, 1, before)
    assert renumbered(matched(matrix, before, merged), used=[]) == {0: 0, 1: 1}


def test_labels_of_other_customers_are_an_error():
    one = Profiles((0,), (2,), np.zeros((1, 1)))
    with pytest.raises(DataError, match="2 labels before and 1 now"):
        match_segments(np.zeros(2, int), np.zeros(1, int), one, one, scale=np.ones(1))
    with pytest.raises(DataError, match=r"labels \[4\], but the profiles are of \[0\]"):
        match_segments(np.array([0, 4]), np.zeros(2, int), one, one, scale=np.ones(1))
