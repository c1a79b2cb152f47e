"""Lift and its interval against SciPy: the test of proportions, a constrained likelihood, and the known limit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chi2_contingency, false_discovery_control
from scipy.stats.contingency import relative_risk

from segmentry.profile.lift import Z, false_discovery, lift


def of(*counts):
    return lift(*(np.array([float(count)]) for count in counts))


def by_likelihood(buyers, size, others, rest, end):
    """An end of the interval from its definition: where the score statistic at the likeliest shares reaches 1.96²."""

    def statistic(log_ratio):
        ratio = np.exp(log_ratio)

        def misfit(p):
            q = ratio * p
            return -(
                buyers * np.log(q)
                + (size - buyers) * np.log1p(-q)
                + others * np.log(p)
                + (rest - others) * np.log1p(-p)
            )

        p = minimize_scalar(
            misfit, bounds=(1e-12, min(1, 1 / ratio) - 1e-12), method="bounded", options={"xatol": 1e-13}
        ).x
        q = ratio * p
        return (buyers / size - ratio * others / rest) ** 2 / (
            q * (1 - q) / size + ratio**2 * p * (1 - p) / rest
        ) - Z**2

    middle = np.log((buyers / size) / (others / rest))
    return np.exp(brentq(statistic, middle, middle + end * 4))


@pytest.mark.parametrize("counts", [(30, 100, 30, 300), (36, 40, 16, 80), (25, 826, 9, 3512), (20, 900, 90, 3400)])
def test_the_interval_is_the_score_interval(counts):
    found = of(*counts)
    assert found.low[0] == pytest.approx(by_likelihood(*counts, -1), rel=1e-4)
    assert found.high[0] == pytest.approx(by_likelihood(*counts, 1), rel=1e-4)
    assert found.ratio[0] == pytest.approx(relative_risk(*counts).relative_risk)
    buyers, size, others, rest = counts
    test = chi2_contingency([[buyers, size - buyers], [others, rest - others]], correction=False)
    assert found.p_value[0] == pytest.approx(test.pvalue)


def test_many_customers_give_what_katz_gives():
    found = of(3000, 10_000, 3000, 30_000)
    katz = relative_risk(3000, 10_000, 3000, 30_000).confidence_interval(0.95)
    assert (found.low[0], found.high[0]) == pytest.approx((katz.low, katz.high), rel=1e-3)


def test_nobody_else_and_nobody_at_all():
    only = of(25, 800, 0, 3000)
    assert (only.ratio[0], only.high[0]) == (np.inf, np.inf)
    assert only.low[0] > 10
    never = of(0, 800, 25, 3000)
    assert (never.ratio[0], never.low[0]) == (0, 0)
    assert 0 < never.high[0] < 1
    assert np.isnan(of(5, 10, 0, 0).ratio[0])
    everyone = of(10, 10, 20, 20)
    assert everyone.ratio[0] == 1
    assert everyone.low[0] < 1 < everyone.high[0]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 400), st.integers(0, 400), st.integers(1, 400), st.integers(0, 400))
def test_the_interval_holds_the_ratio_and_agrees_with_the_test(buyers, more, others, further):
    found = of(buyers, buyers + more + 1, others, others + further + 1)
    assert found.low[0] <= found.ratio[0] * (1 + 1e-9)
    assert found.ratio[0] <= found.high[0] * (1 + 1e-9)
    if abs(found.p_value[0] - 0.05) > 1e-6:  # the interval holds 1 exactly where the test does not reject it
        assert (found.low[0] <= 1 <= found.high[0]) == (found.p_value[0] > 0.05)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_false_discoveries_are_what_scipy_says(p_values):
    found = false_discovery(np.array(p_values))
    np.testing.assert_allclose(found, false_discovery_control(p_values), atol=1e-12)
