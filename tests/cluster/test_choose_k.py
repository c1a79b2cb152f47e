"""The rule for the number of groups, on hand-made scores."""

import math

import numpy as np
import pytest

from segmentry.cluster.choose_k import decide, find_knee
from segmentry.cluster.result import KScore
from segmentry.cluster.separation import boundary_share


def score(k, inertia, *, reference=None, silhouette=0.35, stability=0.9, share=0.1):
    return KScore(k, inertia, silhouette, 100.0, 1.0, stability, share, reference if reference is not None else inertia)


def verdict(scores, boundaries=None, **given):
    options = {"total": 1000.0, "noise": 0.01, "min_share": 0.02} | given
    return decide(scores, boundaries or {s.k: 0.11 for s in scores}, **options)


CURVE = {2: 600.0, 3: 420.0, 4: 300.0, 5: 280.0, 6: 265.0, 7: 255.0}  # the knee is at 4


def test_the_knee_is_the_point_farthest_below_the_chord():
    assert find_knee(list(CURVE), list(CURVE.values())) == 4
    assert find_knee([2, 3, 4, 5], [100.0, 75.0, 50.0, 25.0]) is None  # a straight line has none
    assert find_knee([2, 3], [9.0, 1.0]) is None
    assert find_knee([2, 3, 4], [5.0, 5.0, 5.0]) is None


def test_a_continuum_gives_the_smallest_stable_k_past_the_knee_and_says_so():
    scores = [score(k, inertia, stability=0.7 if k == 4 else 0.9) for k, inertia in CURVE.items()]
    found = verdict(scores)
    assert (found.k, found.knee, found.structure) == (5, 4, "none")
    assert found.reason == (
        "smallest k past the knee that is stable, 0.90 under resampling; no cluster structure: the segments cut a continuum"
    )


def test_without_a_stable_k_past_the_knee_the_last_one_before_it_counts():
    scores = [score(k, inertia, stability=0.8 if k == 3 else 0.5) for k, inertia in CURVE.items()]
    assert verdict(scores).k == 3
    assert "before the knee" in verdict(scores).reason
    scores = [score(k, inertia, stability={5: 0.6}.get(k, 0.5)) for k, inertia in CURVE.items()]
    assert verdict(scores).k == 5
    assert "no k is stable" in verdict(scores).reason


def test_two_groups_only_when_the_range_ends_there():
    scores = [score(k, 1000 / k**2, silhouette=0.9 if k == 2 else 0.2) for k in (2, 3, 4, 5)]
    assert verdict(scores).k >= 3
    assert verdict(scores[:1]).k == 2


def test_groups_below_the_useful_size_are_passed_over():
    scores = [score(k, inertia, share=0.01 if k in {4, 5} else 0.1) for k, inertia in CURVE.items()]
    assert verdict(scores).k == 6
    tiny = [score(k, inertia, share=0.01 / k) for k, inertia in CURVE.items()]
    assert verdict(tiny).k == 3
    assert "at 3 the smallest has 0.3 % of customers" in verdict(tiny).reason


def test_groups_that_stand_apart_decide_before_the_knee_does():
    gained = [score(k, inertia, reference=inertia * 2, silhouette=0.6) for k, inertia in CURVE.items()]
    valleys = {2: 0.01, 3: 0.0, 4: 0.02, 5: 0.01, 6: 0.12, 7: 0.13}
    found = verdict(gained, valleys)
    assert (found.k, found.structure) == (5, "strong")
    assert "stand apart" in found.reason
    assert "valleys" in found.structure_reason
    assert "50 % less" in found.structure_reason
    # valleys without a gain over the reference are chance
    assert verdict([score(k, inertia) for k, inertia in CURVE.items()], valleys).structure == "none"


def test_two_groups_that_stand_apart_are_named_but_cut_finer():
    gained = [score(k, inertia, reference=inertia * 2, silhouette=0.45) for k, inertia in CURVE.items()]
    found = verdict(gained, {2: 0.0, 3: 0.11, 4: 0.11, 5: 0.11, 6: 0.11, 7: 0.11})
    assert (found.k, found.structure) == (4, "moderate")
    assert "two groups" in found.reason


@pytest.mark.parametrize(
    ("gain", "noise", "silhouette", "word"),
    [
        (0.05, 0.01, 0.4, "none"),
        (0.15, 0.01, 0.4, "weak"),
        (0.15, 0.06, 0.4, "none"),
        (0.15, 0.01, 0.2, "none"),
        (0.3, 0.01, 0.4, "moderate"),
    ],
)
def test_words_for_structure_without_valleys(gain, noise, silhouette, word):
    scores = [
        score(k, inertia, reference=inertia * math.exp(gain), silhouette=silhouette) for k, inertia in CURVE.items()
    ]
    assert verdict(scores, noise=noise).structure == word


def test_an_inertia_of_zero_is_no_error():
    scores = [score(2, 10.0, reference=20.0), score(3, 0.0, reference=5.0)]
    assert verdict(scores).k == 3


def test_boundary_share_of_one_and_of_two_normal_groups():
    rng = np.random.default_rng(0)
    one = rng.normal(size=(20_000, 3))
    split = (one[:, 0] > 0).astype(int)
    centroids = np.array([one[split == j].mean(axis=0) for j in (0, 1)])
    assert boundary_share(one, split, centroids) == pytest.approx(0.127, abs=0.01)  # ±0.2 · E|z| around 0 of N(0, 1)
    two = one + np.array([6.0, 0, 0]) * split[:, None] * 0
    two[:10_000, 0] += 6
    labels = (two[:, 0] > 3).astype(int)
    centroids = np.array([two[labels == j].mean(axis=0) for j in (0, 1)])
    assert boundary_share(two, labels, centroids) == pytest.approx(0.0069, abs=0.003)  # P(2.4 < z < 3.6)
    assert boundary_share(one, np.zeros(20_000, dtype=int), one[:1]) == 0
