"""Forecasts: the right model is chosen, probabilities and sizes add up, and what is at stake is worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.core.errors import DataError
from segmentry.movement import ABSENT, Forecast, forecasts
from segmentry.movement import boosting as trees
from segmentry.movement.expected import expected
from segmentry.movement.forecast import valuable_segments
from segmentry.movement.models import fit_models
from segmentry.movement.trends import past_of

NEXT = [date(2025, 1, 31)]
CHAIN = np.array([[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.1, 0.2, 0.7]])
NAMES = {0: "Champions", 1: "Regular buyers", 2: "Sleeping"}


def by_markov(n=2000, dates=8, seed=0):
    """Labels that follow a Markov chain, and nothing else."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, (n, dates))
    for place in range(1, dates):
        cut = CHAIN.cumsum(axis=1)[labels[:, place - 1]]
        labels[:, place] = (rng.random((n, 1)) > cut).sum(axis=1).clip(max=2)
    return labels


def by_rule(n=900, dates=8):
    """Two dates in each segment, then on to the next: from today's segment alone it could be either."""
    steps = np.arange(dates) + np.random.default_rng(0).integers(0, 6, n)[:, np.newaxis]
    return steps % 6 // 2


def noise(labels, seed=1):
    return np.random.default_rng(seed).lognormal(3, 1, np.shape(labels))


@pytest.fixture(scope="module")
def markov(history):
    labels = by_markov()
    idle = np.random.default_rng(3).integers(0, 3, labels.shape)  # says nothing
    made = history(labels, idle, noise(labels), names=NAMES, frequency=noise(labels, 2))
    return forecasts(made, NEXT, seed=7)[0]


@pytest.fixture(scope="module")
def rule(history):
    labels = by_rule()
    return forecasts(history(labels, labels, noise(labels), names=NAMES), NEXT, seed=7)[0]


def test_trees_are_not_chosen_where_a_markov_chain_is_all_there_is(markov):
    assert markov.model == "markov"
    assert "did not do better" in markov.why
    assert "so the forecast is the Markov chain" in markov.why
    np.testing.assert_allclose(markov.probabilities, CHAIN[markov.segment], atol=0.02)


def by_idleness(n=1500, dates=7, seed=0):
    """Labels and what they would be idle: by chance; who is idle, three of four, goes there, others to the first."""
    rng = np.random.default_rng(seed)
    idle = rng.integers(0, 3, (n, dates))
    labels = rng.integers(0, 3, (n, dates))
    labels[:, 1:] = np.where(rng.random((n, dates - 1)) < 0.75, idle[:, :-1], 0)
    return labels, idle


def test_the_idle_chain_is_chosen_where_it_is_the_truth(history):
    labels, idle = by_idleness()
    found = forecasts(history(labels, idle, noise(labels), names=NAMES), NEXT, seed=7)[0]
    assert found.model == "markov_idle"
    assert "so the forecast is the idle Markov chain" in found.why
    truth = 0.75 * np.eye(3)[idle[:, -1]] + 0.25 * np.eye(3)[np.zeros(len(idle), dtype=int)]
    np.testing.assert_allclose(found.probabilities, truth, atol=0.03)
    losses = {name: score.log_loss for name, score in found.backtest.overall.items()}
    assert losses["markov_idle"] + 0.3 < min(losses["markov"], losses["persistence"])


def test_who_will_be_idle_for_longer_than_anybody_was_is_expected_where_that_leads(history):
    """Nobody has come to the last segment before the date held out; trees alone would give it next to nothing."""
    labels = np.minimum(np.arange(6) // 2, 2) * np.ones((300, 1), dtype=int)  # 0, 0, 1, 1, 2, 2
    labels[::3] = np.where(np.arange(6) % 2, 1, 0)  # one of three buys in turns
    idle = np.minimum((np.arange(6) + 1) // 2, 2) * np.ones((300, 1), dtype=int)
    past = past_of(history(labels, idle, noise(labels), names=NAMES))
    found = fit_models(past, 3, ahead=1, seed=7).probabilities(past, 3)
    never = idle[:, 3] == 2
    assert never.all()
    for model in ("markov_idle", "boosted"):
        assert found[model][1::3, 2].min() > 0.6
    assert found["markov"][:, 2].max() < 0.01


def test_trees_are_chosen_where_they_see_a_rule(rule):
    assert rule.model == "boosted"
    assert rule.why.startswith("Boosted trees did better than all three baselines in a backtest from 3 dates")
    assert all(margin.high < 0 for margin in rule.backtest.margins)
    assert rule.next_segment.tolist() == by_rule(dates=9)[:, 8].tolist()
    assert rule.probability.min() > 0.9


@pytest.mark.parametrize("which", ["markov", "rule"])
def test_probabilities_and_sizes_add_up(which, request):
    found = request.getfixturevalue(which)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, rtol=1e-12)
    assert (found.probabilities > 0).all()
    rows = found.expected()
    assert [row.segment for row in rows] == found.classes.tolist()
    assert sum(row.size for row in rows) == pytest.approx(len(found.ids))
    assert sum(row.money for row in rows) == pytest.approx(found.money.sum())
    for row in rows:
        assert 0 <= row.size_low <= row.size <= row.size_high <= len(found.ids)
        assert 0 <= row.money_low <= row.money <= row.money_high <= found.money.sum()


def test_two_dates_ahead_has_models_of_its_own(history):
    labels = by_rule(dates=9)
    made = history(labels, labels, noise(labels), names=NAMES)
    first, second = forecasts(made, [*NEXT, date(2025, 2, 28)], seed=7)
    assert (first.date, second.date) == (date(2025, 1, 31), date(2025, 2, 28))
    later = by_rule(dates=11)
    assert first.next_segment.tolist() == later[:, 9].tolist()
    assert second.next_segment.tolist() == later[:, 10].tolist()
    assert second.backtest.overall["markov"].log_loss < 0.1  # two dates on, everybody is in the next segment


def test_order_of_customers_does_not_matter(history):
    labels = by_rule(n=400)
    money, mixed = noise(labels), np.random.default_rng(3).permutation(400)
    first = forecasts(history(labels, labels, money, names=NAMES), NEXT, seed=7)[0]
    second = forecasts(history(labels[mixed], labels[mixed], money[mixed], names=NAMES), NEXT, seed=7)[0]
    np.testing.assert_allclose(second.probabilities, first.probabilities[mixed], atol=1e-6)


@given(st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_any_history_gives_probabilities(history, seed):
    rng = np.random.default_rng(seed)
    labels = rng.choice([ABSENT, -1, 0, 1, 2], (rng.integers(2, 80), rng.integers(2, 7)), p=[0.2, 0.1, 0.2, 0.2, 0.3])
    labels[:2, -2:] = 0
    labels[:, :-2][:2] = 0
    idle = np.where(rng.random(labels.shape) < 0.6, labels, ABSENT)
    found = forecasts(history(labels, idle, noise(labels)), NEXT, seed=seed)[0]
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, rtol=1e-12)
    assert (found.probabilities > 0).all()
    assert len(found.probabilities) == (labels[:, -1] != ABSENT).sum()
    assert sum(row.size for row in found.expected()) == pytest.approx(len(found.ids))
    assert found.model in {"persistence", "markov", "markov_idle", "boosted"}


def test_too_short_a_history_is_not_tested_and_says_so(history):
    labels = by_markov(dates=3)
    found = forecasts(history(labels, names=NAMES), NEXT, seed=7)[0]
    assert (found.model, found.backtest) == ("markov_idle", None)
    assert found.why == "A backtest needs 4 dates and there are 3: the forecast is the idle Markov chain, untested."
    assert sum(row.size for row in found.expected()) == pytest.approx(2000)


def test_one_date_is_an_error(history):
    with pytest.raises(DataError, match="learns from 2 dates"):
        forecasts(history(np.zeros((5, 1), dtype=int)), NEXT, seed=7)
    with pytest.raises(DataError, match="learns from 3 dates"):
        forecasts(history(np.zeros((5, 2), dtype=int)), [*NEXT, date(2025, 2, 28)], seed=7)


def test_nobody_moves(history):
    found = forecasts(history(np.zeros((50, 6), dtype=int), names={0: "All"}), NEXT, seed=7)[0]
    assert found.model in {"persistence", "markov", "markov_idle"}
    assert found.why.startswith("Too few customers moved")
    assert found.probabilities.tolist() == [[1.0]] * 50


def by_hand(history, probabilities, labels, money):
    made = history(np.array(labels)[:, np.newaxis], money=np.array(money)[:, np.newaxis])
    return Forecast(made, NEXT[0], np.array([0, 1, 2, -1]), np.array(probabilities), "markov", "", None, (0,))


def test_risk_and_value_by_hand(history):
    """Leaving Champions is going to 1 or 2; being set apart is none; others have no risk."""
    found = by_hand(
        history,
        [[0.5, 0.2, 0.2, 0.1], [0.1, 0.6, 0.3, 0.0], [0.2, 0.3, 0.4, 0.1], [0.6, 0.1, 0.3, 0.0]],
        [0, 1, 0, 0],
        [100.0, 900.0, 40.0, 70.0],
    )
    assert found.next_segment.tolist() == [0, 1, 2, 0]
    assert found.probability.tolist() == [0.5, 0.6, 0.4, 0.6]
    np.testing.assert_allclose(found.risk_of_leaving, [0.4, np.nan, 0.7, 0.4])
    np.testing.assert_allclose(found.value_at_risk, [40, np.nan, 28, 28])
    rows = found.worth_saving()
    assert [row.customer_id for row in rows] == ["c00000", "c00002", "c00003"]  # ties by id
    assert rows[0] == ("c00000", 0, 0, pytest.approx(0.4), 100.0, pytest.approx(40.0))
    assert found.worth_saving(1) == rows[:1]


def test_valuable_segments(history):
    labels = [[0], [1], [1], [2], [2], [2], [-1]]
    money = np.array([[100.0], [80], [80], [50], [50], [50], [9000]])
    assert valuable_segments(history(labels, money=money)) == (0,)
    without = history(labels, money=money, tones={0: "fading", 1: "fading", 2: "fading", -1: "noise"})
    assert valuable_segments(without) == (0, 1)  # 100 of 410 is less than half, 260 is more


def test_intervals_by_hand():
    """Two customers; t with two degrees of freedom reaches 1.8856 standard deviations for 80 %."""
    probabilities, money, classes = np.array([[0.9, 0.1], [0.4, 0.6]]), np.array([10.0, 20.0]), np.array([0, 1])
    row = expected(classes, probabilities, money, errors=(None, None))[1]
    half = 1.2815516 * np.sqrt(0.09 + 0.24)
    assert row.size == pytest.approx(0.7)
    assert (row.size_low, row.size_high) == (max(0.7 - half, 0), pytest.approx(0.7 + half))
    half = 1.2815516 * np.sqrt(100 * 0.09 + 400 * 0.24)
    assert (row.money, row.money_low, row.money_high) == (
        pytest.approx(13),
        max(13 - half, 0),
        pytest.approx(13 + half),
    )
    sizes, moneys = np.array([[0.0, 0.0], [0.5, -0.5]]), np.array([[0.01, -0.01], [0.01, -0.01]])
    row = expected(classes, probabilities, money, errors=(sizes, moneys))[0]
    half = 1.8856181 * np.sqrt((0.5**2 / 2) * 2**2)  # the backtest's error is above the binomial one
    assert (row.size_low, row.size_high) == (pytest.approx(max(1.3 - half, 0)), pytest.approx(min(1.3 + half, 2)))
    half = 1.8856181 * np.sqrt(105)  # the binomial one is above 30 × 0.01
    assert row.money_high == pytest.approx(min(17 + half, 30))


def test_intervals_hold_four_of_five_times(history):
    """A Markov chain, and what it does next, 300 times: 80 % of sizes are inside (four standard errors allowed)."""
    labels = by_markov(n=400, dates=7)
    rng = np.random.default_rng(5)
    probabilities = CHAIN[labels[:, -1]]
    rows = expected(np.arange(3), probabilities, np.ones(400), errors=(None, None))
    inside = []
    for _ in range(300):
        after = (rng.random((400, 1)) > probabilities.cumsum(axis=1)).sum(axis=1)
        inside += [row.size_low <= np.sum(after == row.segment) <= row.size_high for row in rows]
    assert abs(np.mean(inside) - 0.8) < 4 * np.sqrt(0.16 / 300)


def test_a_sample_is_learned_from_above_a_number_of_rows(history, monkeypatch):
    labels = by_rule(n=900)
    made = history(labels, labels, noise(labels), names=NAMES)
    monkeypatch.setattr(trees, "TRAINING_ROWS", 2000)
    fitted = trees.fit_boosted(past_of(made), 7, 1, 7)
    assert fitted.rows == 2000
    found = forecasts(made, NEXT, seed=7)[0]
    assert found.next_segment.tolist() == by_rule(dates=9)[:, 8].tolist()


def test_features_that_are_not_known_do_no_harm(history):
    labels = by_rule(n=300)
    made = history(labels, labels, np.full(labels.shape, np.nan), names=NAMES)
    found = forecasts(made, NEXT, seed=7)[0]
    assert found.money.tolist() == [0.0] * 300
    assert replace(found, model="boosted").expected()[0].money == 0
