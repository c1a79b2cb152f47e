"""Temperatures: by hand, against scipy's minimum, and what any of them leaves as it was."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

from segmentry.movement.temperature import TEMPERATURES, best_temperature, tempered


def drawn(seed: int, temperature: float, n: int = 4000):
    """Probabilities, and what happens to customers whose chances are the same at *temperature*."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(3), n)
    chances = probabilities ** (1 / temperature)
    chances /= chances.sum(axis=1, keepdims=True)
    return probabilities, (rng.random((n, 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(max=2)


def test_tempered_by_hand():
    """At 0.5 probabilities are squared: 0.64 to 0.04; at 2 their roots are taken: 2 to 1 of 0.8 and 0.2."""
    found = tempered(np.array([[0.8, 0.2]]), 0.5)
    np.testing.assert_allclose(found, [[0.64 / 0.68, 0.04 / 0.68]])
    np.testing.assert_allclose(tempered(np.array([[0.8, 0.2]]), 2), [[2 / 3, 1 / 3]])


@pytest.mark.parametrize("temperature", [0.7, 1.0, 1.5])
def test_the_best_is_the_one_that_was_planted_and_the_minimum_of_scipy(temperature):
    probabilities, after = drawn(3, temperature)

    def loss(one: float) -> float:
        powers = probabilities ** (1 / one)
        return float(log_loss(after, powers / powers.sum(axis=1, keepdims=True)))

    found = best_temperature(probabilities, after)
    assert found == pytest.approx(temperature, rel=0.1)
    assert found == pytest.approx(minimize_scalar(loss, bounds=(0.5, 2), method="bounded").x, rel=0.02)


@given(st.integers(0, 1000), st.sampled_from(TEMPERATURES.tolist()))
def test_rows_add_up_and_the_order_of_classes_stays(seed, temperature):
    probabilities = np.random.default_rng(seed).dirichlet(np.full(4, 0.3), 20).clip(min=1e-9)
    found = tempered(probabilities, temperature)
    assert np.isfinite(found).all()
    assert (found > 0).all()
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(found.argmax(axis=1), probabilities.argmax(axis=1))


def test_certainty_that_was_right_is_made_surer_and_one_that_was_wrong_less_sure():
    sure = np.array([[0.9, 0.1]] * 10)
    assert best_temperature(sure, np.zeros(10, dtype=np.intp)) == pytest.approx(0.5)
    assert best_temperature(sure, np.arange(10) % 2) == pytest.approx(2)
