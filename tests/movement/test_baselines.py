"""Persistence and Markov chains: shares counted by hand and by pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.movement.baselines import fit_markov, fit_markov_idle, fit_persistence

NOW = np.array([0, 0, 0, 1, 1, 2])
AFTER = np.array([0, 0, 1, 1, 2, 0])


def test_persistence_by_hand():
    """Three of six stay; with one imaginary customer who does and one who does not: 4 of 8."""
    fitted = fit_persistence(NOW, AFTER, 3)
    assert fitted.probabilities(np.array([0, 2])).tolist() == [[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]]


def test_markov_by_hand():
    """From 0: 2, 1, 0 of 3; from 1: 0, 1, 1 of 2; from 2: 1, 0, 0 of 1; one more in each cell."""
    fitted = fit_markov(NOW, AFTER, 3)
    np.testing.assert_allclose(fitted.matrix, [[3 / 6, 2 / 6, 1 / 6], [1 / 5, 2 / 5, 2 / 5], [2 / 4, 1 / 4, 1 / 4]])
    assert fitted.probabilities(np.array([2, 0])).tolist() == fitted.matrix[[2, 0]].tolist()


def test_the_idle_chain_by_hand():
    """Three customers: two in 0 who would fall to 1, of whom one does; one in 1 who would stay there and does.

    Two of three go where idleness leads, with one imaginary customer for and one against: 3 of 5. Two imaginary
    customers are added to a pair: 1.2 of them go where idleness leads, 0.8 to the other class.
    """
    fitted = fit_markov_idle(np.array([0, 0, 1]), np.array([1, 1, 1]), np.array([1, 0, 1]), 2)
    assert fitted.seen.tolist() == [[0, 2], [0, 1]]
    expected = [[[0.6, 0.4], [1.8 / 4, 2.2 / 4]], [[0.6, 0.4], [0.8 / 3, 2.2 / 3]]]
    np.testing.assert_allclose(fitted.shares, expected)
    assert fitted.probabilities(np.array([1, 0]), np.array([0, 1])).tolist() == fitted.shares[[1, 0], [0, 1]].tolist()


def test_a_class_that_nobody_was_in_goes_anywhere():
    assert fit_markov(np.array([0]), np.array([0]), 4).matrix[3].tolist() == [0.25] * 4


def test_one_class_is_certain():
    nobody = np.zeros(3, dtype=np.intp)
    assert fit_persistence(nobody, nobody, 1).probabilities(nobody).tolist() == [[1.0]] * 3
    assert fit_markov(nobody, nobody, 1).probabilities(nobody).tolist() == [[1.0]] * 3
    assert fit_markov_idle(nobody, nobody, nobody, 1).probabilities(nobody, nobody).tolist() == [[1.0]] * 3


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_shares_are_those_of_pandas_and_add_up(moves):
    now, after = np.array(moves, dtype=np.intp).T
    markov, persistence = fit_markov(now, after, 5), fit_persistence(now, after, 5)
    everywhere = np.arange(5)
    for model in (markov, persistence):
        found = model.probabilities(everywhere)
        assert (found > 0).all()
        np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    counts = pd.crosstab(now, after).reindex(index=everywhere, columns=everywhere, fill_value=0) + 1
    np.testing.assert_allclose(markov.matrix, counts.div(counts.sum(axis=1), axis=0), rtol=1e-12)
    assert persistence.stay == pytest.approx((sum(a == b for a, b in moves) + 1) / (len(moves) + 2), rel=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60))
def test_shares_of_pairs_are_those_of_pandas_and_add_up(moves):
    now, idle, after = np.array(moves, dtype=np.intp).T
    fitted = fit_markov_idle(now, idle, after, 4)
    assert np.isfinite(fitted.shares).all()
    assert (fitted.shares > 0).all()
    np.testing.assert_allclose(fitted.shares.sum(axis=2), 1, rtol=1e-12)
    table = pd.DataFrame(moves, columns=["now", "idle", "after"])
    follow = ((table["idle"] == table["after"]).sum() + 1) / (len(table) + 2)
    for (first, second), group in table.groupby(["now", "idle"]):
        for place in range(4):
            imaginary = 4 * (follow if place == second else (1 - follow) / 3)
            share = ((group["after"] == place).sum() + imaginary) / (len(group) + 4)
            assert fitted.shares[first, second, place] == pytest.approx(share, rel=1e-12)
    order = np.random.default_rng(0).permutation(len(moves))
    again = fit_markov_idle(now[order], idle[order], after[order], 4)
    np.testing.assert_array_equal(again.shares, fitted.shares)
