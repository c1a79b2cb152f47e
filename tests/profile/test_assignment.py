"""The optimal choice of names against every choice there is, and against SciPy."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from segmentry.profile.assignment import SHARING_COST, assign, smallest_total


def test_no_choice_costs_less():
    generator = np.random.default_rng(5)
    for rows in (1, 2, 3, 4, 5):
        costs = generator.random((rows, 4)) * 3

        def total(options, costs=costs):
            shared = sum(SHARING_COST * (options.count(option) - 1) for option in set(options))
            return sum(costs[row][option] for row, option in enumerate(options)) + shared

        best = min(product(range(4), repeat=rows), key=total)
        assert total(tuple(assign(costs.tolist()))) == pytest.approx(total(best))


def test_same_total_as_scipy():
    generator = np.random.default_rng(6)
    for _ in range(20):
        costs = generator.random((7, 12))
        chosen = smallest_total(costs.tolist())
        rows, columns = linear_sum_assignment(costs)
        assert len(set(chosen)) == 7
        assert costs[np.arange(7), chosen].sum() == pytest.approx(costs[rows, columns].sum())
