"""Measures of agreement against scikit-learn; mappings against SciPy and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from sklearn import metrics

from segmentry.compare import agreement, cross_table
from segmentry.compare.agreement import expected_information
from segmentry.compare.matching import one_to_one

LABELS = st.integers(1, 60).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 4), min_size=n, max_size=n), st.lists(st.integers(0, 6), min_size=n, max_size=n)
    )
)


def table_of(first, second):
    names = {label: f"group {label}" for label in set(first)}
    declared = np.array([None if code is None else f"segment {code}" for code in second], dtype=object)
    return cross_table(np.array(first), names, declared)


def expect_scikit_learn(first, second):
    found = agreement(table_of(first, second).counts)
    assert found.adjusted_rand == pytest.approx(metrics.adjusted_rand_score(second, first), abs=1e-9)
    assert found.homogeneity == pytest.approx(metrics.homogeneity_score(second, first), abs=1e-9)
    assert found.completeness == pytest.approx(metrics.completeness_score(second, first), abs=1e-9)
    # Each customer alone on both sides is 0 / 0: scikit-learn then returns 1 or noise of either sign.
    if len(set(first)) < len(first) or len(set(second)) < len(second):
        expected = metrics.adjusted_mutual_info_score(second, first)
        assert found.adjusted_mutual_information == pytest.approx(expected, abs=1e-7)


@given(LABELS)
@settings(max_examples=120, deadline=None)
def test_measures_are_those_of_scikit_learn(labels):
    expect_scikit_learn(*labels)


@pytest.mark.parametrize("seed", range(3))
def test_measures_of_many_customers_are_those_of_scikit_learn(seed):
    random = np.random.default_rng(seed)
    declared = random.choice(11, 20_000, p=random.dirichlet(np.ones(11)))
    found = np.where(random.random(20_000) < 0.4, declared % 5, random.integers(0, 5, 20_000))
    expect_scikit_learn(found.tolist(), declared.tolist())


def test_the_expected_information_of_many_customers_leaves_nothing_out():
    """The sum is cut to counts near their mean; here it is compared with the whole sum."""
    rows, columns = np.array([7000, 2500, 500]), np.array([9000, 900, 100])
    total, logs = 10_000, [math.lgamma(n + 1) for n in range(10_001)]
    whole = 0.0
    for a in rows.tolist():
        for b in columns.tolist():
            for n in range(max(1, a + b - total), min(a, b) + 1):
                log = logs[a] + logs[b] + logs[total - a] + logs[total - b] - logs[total] - logs[n]
                log -= logs[a - n] + logs[b - n] + logs[total - a - b + n]
                whole += n / total * math.log(n * total / (a * b)) * math.exp(log)
    assert expected_information(rows, columns) == pytest.approx(whole, rel=1e-9)


@given(st.integers(1, 7), st.integers(1, 7), st.data())
@settings(max_examples=120, deadline=None)
def test_one_to_one_is_an_optimal_assignment(rows, columns, data):
    cells = data.draw(st.lists(st.integers(0, 30), min_size=rows * columns, max_size=rows * columns))
    worth = np.array(cells).reshape(rows, columns)
    partners = one_to_one(worth)
    matched = [(row, column) for row, column in enumerate(partners) if column is not None]
    assert len({column for _, column in matched}) == len(matched)
    assert sum(worth[pair] for pair in matched) == worth[linear_sum_assignment(worth, maximize=True)].sum()
    assert all(worth[pair] > 0 for pair in matched)


def test_shares_and_mappings_of_a_table_by_hand():
    first = [0] * 5 + [1] * 6 + [2] * 4
    second = ["A", "A", "A", "B", "B", *"AAAABC", *"CCB", None]
    table = cross_table(np.array(first), {0: "x", 1: "y", 2: "z"}, np.array(second, dtype=object), ["C", "B", "A", "D"])
    assert table.segments == ("C", "B", "A", "D")  # as declared, also without customers
    assert table.counts.tolist() == [[0, 2, 3, 0], [1, 1, 4, 0], [2, 1, 0, 0]]
    np.testing.assert_allclose(table.row_shares, [[0, 0.4, 0.6, 0], [1 / 6, 1 / 6, 4 / 6, 0], [2 / 3, 1 / 3, 0, 0]])
    np.testing.assert_allclose(table.column_shares, [[0, 0.5, 3 / 7, 0], [1 / 3, 0.25, 4 / 7, 0], [2 / 3, 0.25, 0, 0]])
    assert table.majority == (2, 2, 0)  # x and y both point to A
    assert table.partner == (1, 2, 0)  # one each: 2 + 4 + 2 agree; A with x would leave 3 + 1 + 2
    assert table.home == (2, 0, 1, None)
    assert table.both.tolist() == [True] * 14 + [False]


def test_customers_set_apart_are_nowhere():
    table = cross_table(np.array([-1, 2, 2]), {2: "x", -1: "apart"}, np.array(["A", "A", "B"], dtype=object))
    assert table.groups == ("x",)
    assert table.group.tolist() == [-1, 0, 0]
    assert table.counts.tolist() == [[1, 1]]


def test_the_same_grouping_under_other_names_agrees_fully():
    found = agreement(table_of([0, 0, 1, 1, 2], [5, 5, 3, 3, 1]).counts)
    assert set(found.figures().values()) == {1.0}
    assert found.in_words == "are nearly the same grouping"


def test_nobody_to_compare_is_no_disagreement():
    assert agreement(np.zeros((3, 2), dtype=np.int64)).adjusted_rand == 1.0
