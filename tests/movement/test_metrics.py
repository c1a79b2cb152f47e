"""Losses and calibration against scikit-learn, and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, log_loss

from segmentry.movement.metrics import (
    EVERY,
    LIKELIEST,
    accuracy,
    brier_score,
    calibration,
    log_losses,
    share_errors,
)


def drawn(seed: int, n: int = 500, k: int = 4):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(k, 0.6), n)
    after = np.array([rng.choice(k, p=row) for row in probabilities])
    return probabilities, after


@given(st.integers(0, 10_000))
def test_losses_are_those_of_scikit_learn(seed):
    probabilities, after = drawn(seed, n=60)
    assert log_losses(probabilities, after).mean() == pytest.approx(log_loss(after, probabilities, labels=range(4)))
    assert accuracy(probabilities, after) == accuracy_score(after, probabilities.argmax(axis=1))


def test_brier_score_by_hand():
    """0.3² + 0.3² for the first, 0.8² + 0.8² for the second; their mean."""
    assert brier_score(np.array([[0.7, 0.3], [0.8, 0.2]]), np.array([0, 1])) == pytest.approx((0.18 + 1.28) / 2)


def test_errors_of_sizes_and_money_by_hand():
    probabilities, after = np.array([[0.7, 0.3], [0.5, 0.5], [0.1, 0.9]]), np.array([0, 1, 1])
    assert share_errors(probabilities, after, np.ones(3)) == pytest.approx([(1.3 - 1) / 3, (1.7 - 2) / 3])
    money = np.array([10.0, 0.0, 30.0])
    assert share_errors(probabilities, after, money) == pytest.approx([(10 - 10) / 40, (30 - 30) / 40])


@pytest.mark.parametrize("seed", range(5))
def test_calibration_is_that_of_scikit_learn(seed):
    probabilities, after = drawn(seed)
    found = calibration(probabilities, after)
    cases = {
        LIKELIEST: (probabilities.argmax(axis=1) == after, probabilities.max(axis=1)),
        EVERY: (np.eye(4)[after].ravel(), probabilities.ravel()),
    }
    for of, (happened, predicted) in cases.items():
        observed, mean = calibration_curve(happened, predicted, n_bins=10, strategy="quantile")
        own = [row for row in found if row.of == of]
        assert [row.observed for row in own] == pytest.approx(observed.tolist())
        assert [row.predicted for row in own] == pytest.approx(mean.tolist())
        assert sum(row.cases for row in own) == len(predicted)
        assert all(row.gap == row.predicted - row.observed for row in own)


def test_equal_probabilities_are_one_tenth():
    found = calibration(np.full((40, 2), 0.5), np.arange(40) % 2)
    assert [(row.of, row.predicted, row.observed, row.cases) for row in found] == [
        (LIKELIEST, 0.5, 0.5, 40),
        (EVERY, 0.5, 0.5, 80),
    ]
