"""Statistics per segment against pandas, NumPy and SciPy-free definitions."""

import math

import numpy as np
import pandas as pd
import pytest

from segmentry.core.errors import DataError, UnknownColumn
from segmentry.profile import profile
from segmentry.profile.statistics import group_rows, sort_within, standing, summarise


@pytest.fixture
def random_book(table):
    generator = np.random.default_rng(11)
    n = 3_000
    values = {
        "recency_days": generator.integers(1, 400, n).astype(float),
        "frequency": generator.geometric(0.4, n).astype(float),
        "monetary": np.round(generator.lognormal(5, 1.5, n), 2),
        "return_rate": np.where(generator.random(n) < 0.3, np.nan, generator.random(n)),
        "balance_change": generator.normal(-5, 20, n),
    }
    return table(**values), generator.integers(-1, 5, n)


def test_statistics_are_those_of_pandas(random_book):
    customers, labels = random_book
    segments = profile(customers, labels, features=["recency_days", "frequency", "monetary"])
    frame = pd.DataFrame(customers.values)
    assert [segment.id for segment in segments] == [0, 1, 2, 3, 4, -1]
    for segment in segments:
        own = frame[labels == segment.id]
        assert segment.customers == len(own)
        assert segment.share == len(own) / len(frame)
        assert segment.revenue == pytest.approx(own["monetary"].sum(), rel=1e-12)
        assert segment.revenue_share == pytest.approx(own["monetary"].sum() / frame["monetary"].sum(), rel=1e-12)
        assert list(segment.features) == list(frame)
        for name, summary in segment.features.items():
            assert summary.mean == pytest.approx(own[name].mean(), rel=1e-12)
            assert summary.median == pytest.approx(own[name].median(), rel=1e-12)
            assert summary.lower_quartile == pytest.approx(own[name].quantile(0.25), rel=1e-12)
            assert summary.upper_quartile == pytest.approx(own[name].quantile(0.75), rel=1e-12)
            if name == "balance_change":  # a mean below zero is nothing to be a ratio of
                assert math.isnan(summary.index)
            else:
                assert summary.index == pytest.approx(100 * own[name].mean() / frame[name].mean(), rel=1e-12)


def test_quartiles_worked_by_hand(table):
    customers = table(spend=[4, 1, 3, 2, 10, 7])
    summary = profile(customers, np.array([0, 0, 0, 0, 1, 1]), features=["spend"])[0].features["spend"]
    assert (summary.lower_quartile, summary.median, summary.upper_quartile) == (1.75, 2.5, 3.25)
    assert summary.index == pytest.approx(100 * 2.5 / 4.5)


def test_a_feature_that_is_missing_throughout_has_no_statistics(table):
    customers = table(monetary=[np.nan, np.nan, 5, 7], visits=[np.nan] * 4)
    first, second = profile(customers, np.array([0, 0, 1, 1]), features=["monetary", "visits"])
    assert math.isnan(first.features["monetary"].mean)
    assert math.isnan(first.features["visits"].index)
    assert (first.revenue, first.revenue_share) == (0.0, 0.0)
    assert (second.revenue, second.revenue_share) == (12.0, 1.0)


def test_infinite_values_count_as_missing(table):
    customers = table(spend=[np.inf, 4, 6, -np.inf])
    first, second = profile(customers, np.array([0, 0, 1, 1]), features=["spend"])
    assert (first.features["spend"].mean, second.features["spend"].upper_quartile) == (4, 6)
    assert second.features["spend"].index == 120


def test_a_table_without_money_has_no_revenue(table):
    segments = profile(table(visits=[1, 2, 3, 4]), np.array([0, 0, 1, 1]), features=["visits"])
    assert {(segment.revenue, segment.revenue_share) for segment in segments} == {(None, None)}


def test_money_that_sums_to_nothing_has_no_shares(table):
    segments = profile(table(monetary=[5, -5, 2, -2]), np.array([0, 0, 1, 1]), features=["monetary"])
    assert [segment.revenue_share for segment in segments] == [None, None]


def test_ranks_are_the_chance_of_being_above_a_random_customer():
    values = np.array([1.0, 2, 2, 3, np.nan, 2, 9, 1])
    labels = np.array([0, 0, 0, 0, 0, 1, 1, 1])
    groups = group_rows(labels)
    found = standing(sort_within(values, groups), groups)
    present = values[~np.isnan(values)]
    for position, label in enumerate((0, 1)):
        own = values[(labels == label) & ~np.isnan(values)]
        wins = (own[:, None] > present).mean() + (own[:, None] == present).mean() / 2
        assert found.rank[position] == pytest.approx(wins, abs=1e-15)
    ranks = pd.Series(present).rank() / len(present)  # mid-ranks; their spread is that of the percentiles
    assert found.deviation[1] == pytest.approx((found.rank[1] - 0.5) / ranks.std(ddof=0), rel=1e-12)
    assert found.overall_median == 2.0


def test_a_constant_feature_deviates_nowhere():
    groups = group_rows(np.array([0, 1, 1]))
    assert standing(sort_within(np.full(3, 7.0), groups), groups).deviation.tolist() == [0, 0]
    assert summarise(sort_within(np.full(3, 7.0), groups), groups).index.tolist() == [100, 100]


def test_labels_that_do_not_fit_are_refused(table):
    customers = table(visits=[1, 2, 3])
    for labels in (np.array([0, 1]), np.array([0.0, 1.0, 1.0]), np.array([0, -2, 1])):
        with pytest.raises(DataError):
            profile(customers, labels, features=["visits"])
    with pytest.raises(UnknownColumn, match="Did you mean 'visits'"):
        profile(customers, np.array([0, 1, 1]), features=["visit"])


def test_no_customers_no_segments(table):
    assert profile(table(visits=[]), np.array([], dtype=int), features=["visits"]) == ()
