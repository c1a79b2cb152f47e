"""Silhouettes of a sample: near the exact mean, with an error that says how near."""

import numpy as np
import pytest

from segmentry.cluster import sampling
from segmentry.cluster.crew import crew
from segmentry.cluster.quality import silhouettes
from segmentry.cluster.sampling import measure, sampled


def customers(n, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    places = np.array([[0, 0, 0], [3, 0, 1], [0, 4, 0], [5, 5, 0]])
    labels = rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05])
    matrix = places[labels] + spread * rng.standard_t(5, size=(n, 3))
    squares = ((matrix[:, None] - places) ** 2).sum(axis=2)
    return matrix, squares.argmin(axis=1), (squares[:, :2].argmin(axis=1))


@pytest.fixture(scope="module")
def many():
    matrix, fine, coarse = customers(21_000)
    with crew() as workers:
        exact = [float(one.mean()) for one in silhouettes(matrix, [fine, coarse], workers)]
    return matrix, fine, coarse, exact


def test_the_exact_mean_lies_within_the_stated_error(many):
    matrix, fine, coarse, exact = many
    found = measure(matrix, fine, lambda rows: [fine[rows], coarse[rows]], np.random.default_rng(1))
    assert sampling.SAMPLE <= len(found.rows) < 16_000
    for mean, error, true in zip(found.means, found.errors, exact, strict=True):
        assert 0 < error <= sampling.ERROR
        assert abs(mean - true) <= 3 * error


def test_the_error_is_the_spread_over_many_samples(many, monkeypatch):
    matrix, fine, coarse, exact = many
    monkeypatch.setattr(sampling, "SAMPLE", 600)
    monkeypatch.setattr(sampling, "LARGEST", 600)
    drawn = [
        measure(matrix, fine, lambda rows: [fine[rows], coarse[rows]], np.random.default_rng(seed))
        for seed in range(80)
    ]
    for place in range(2):
        means = np.array([one.means[place] for one in drawn])
        stated = np.mean([one.errors[place] for one in drawn])
        assert stated == pytest.approx(means.std(ddof=1), rel=0.3)
        assert means.mean() == pytest.approx(exact[place], abs=0.005)


def test_a_wide_spread_takes_a_larger_sample(many, monkeypatch):
    matrix, fine, *_ = many
    monkeypatch.setattr(sampling, "SAMPLE", 500)
    monkeypatch.setattr(sampling, "ERROR", 0.006)
    found = measure(matrix, fine, lambda rows: [fine[rows]], np.random.default_rng(3))
    assert 1_000 < len(found.rows) < 8_000
    assert found.errors[0] <= sampling.ERROR


def test_few_customers_are_all_measured():
    matrix, fine, _ = customers(3_000)
    found = measure(matrix, fine, lambda rows: [fine[rows]], np.random.default_rng(0))
    assert len(found.rows) == 3_000
    assert found.errors == [0.0]
    assert found.means[0] == pytest.approx(float(silhouettes(matrix, [fine])[0].mean()))


def test_every_stratum_has_its_share():
    strata = np.repeat([0, 1, 2], [60_000, 39_990, 10])
    rows = sampled(strata, np.random.default_rng(0), 1_000)
    assert np.bincount(strata[rows]).tolist() == [600, 400, 1]
    assert (np.diff(rows) > 0).all()
    assert sampled(strata[:500], np.random.default_rng(0)).tolist() == list(range(500))
