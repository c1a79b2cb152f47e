"""The backtest: nothing from after an origin reaches its forecasts, and its figures are those of plain NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import log_loss

from segmentry.movement import ABSENT
from segmentry.movement.backtest import Margin, backtest, fewest_dates, origins, resampled_means
from segmentry.movement.models import fit_models
from segmentry.movement.temperature import best_temperature
from segmentry.movement.trends import past_of

MODELS = ("persistence", "markov", "markov_idle", "boosted")


@pytest.fixture(scope="module")
def wandering(history):
    """500 customers on 7 dates, who stay with 0.6, from a few days after the first one on."""
    rng = np.random.default_rng(4)
    labels = rng.integers(0, 3, (500, 7))
    for place in range(1, 7):
        labels[:, place] = np.where(rng.random(500) < 0.6, labels[:, place - 1], labels[:, place])
    labels[:60, 0] = ABSENT
    money = rng.integers(1, 500, (500, 7)).astype(float)
    return labels, money, history(labels, labels, money)


@pytest.mark.parametrize(
    ("dates", "ahead", "expected"),
    [(4, 1, [1, 2]), (5, 1, [1, 2, 3]), (12, 1, [8, 9, 10]), (6, 2, [2, 3]), (12, 3, [6, 7, 8]), (12, 5, [5, 6])],
)
def test_origins_roll_over_the_last_dates(history, dates, ahead, expected):
    past = past_of(history(np.zeros((3, dates), dtype=int)))
    assert list(origins(past, ahead)) == expected
    assert fewest_dates(ahead) <= dates


@pytest.mark.parametrize("ahead", [1, 2])
def test_what_comes_after_an_origin_changes_nothing(wandering, history, ahead):
    labels, money, whole = wandering
    past, origin = past_of(whole), 4
    changed = labels.copy()
    changed[:, origin + 1 :] = (changed[:, origin + 1 :] + 1) % 3
    more = np.where(np.arange(7) > origin, 3 * money + 1, money)
    other = past_of(history(changed, changed, more))
    before, after = (fit_models(one, origin, ahead=ahead, seed=7).probabilities(one, origin) for one in (past, other))
    assert list(before) == [*MODELS]
    for model in MODELS:
        np.testing.assert_array_equal(before[model], after[model])
    first = [score for score in backtest(past, ahead=1, seed=7).scores if score.origin == whole.dates[3]]
    same = [score for score in backtest(other, ahead=1, seed=7).scores if score.origin == whole.dates[3]]
    assert first == same != []


def test_the_baselines_are_those_of_moves_over_by_the_origin(wandering):
    labels, _, whole = wandering
    past = past_of(whole)
    counts = np.ones((3, 4))[:, :3]
    for place in range(3):
        there = labels[:, place] != ABSENT
        np.add.at(counts, (labels[there, place], labels[there, place + 1]), 1)
    counts = np.column_stack([counts, np.ones(3)])  # set apart, where nobody is
    expected = counts / counts.sum(axis=1, keepdims=True)
    assert past.classes.tolist() == [0, 1, 2, -1]
    np.testing.assert_allclose(
        fit_models(past, 3, ahead=1, seed=7).probabilities(past, 3)["markov"], expected[labels[:, 3]]
    )


def test_scores_are_those_of_plain_numpy(wandering):
    labels, money, whole = wandering
    past = past_of(whole)
    found = backtest(past, ahead=1, seed=7)
    assert [score.origin for score in found.scores[::4]] == [*whole.dates[3:6], None]
    losses, sizes = {model: [] for model in MODELS}, {model: [] for model in MODELS}
    for place, origin in enumerate(range(3, 6)):
        after = labels[:, origin + 1]
        for model, probabilities in fit_models(past, origin, ahead=1, seed=7).probabilities(past, origin).items():
            score = next(one for one in found.scores if (one.model, one.origin) == (model, whole.dates[origin]))
            real = np.array([np.mean(after == label) for label in past.classes])
            assert score.customers == 500
            assert score.log_loss == pytest.approx(log_loss(after, probabilities, labels=range(len(past.classes))))
            assert score.accuracy == pytest.approx(np.mean(past.classes[probabilities.argmax(axis=1)] == after))
            assert score.size_error == pytest.approx(np.abs(probabilities.mean(axis=0) - real).mean())
            spent = np.array([money[after == label, origin].sum() for label in past.classes]) / money[:, origin].sum()
            wrong = money[:, origin] @ probabilities / money[:, origin].sum() - spent
            assert found.money_errors[model][place] == pytest.approx(wrong)
            losses[model].append(-np.log(probabilities[np.arange(500), after]))
            sizes[model].append(score.size_error)
    for model in MODELS:
        assert found.overall[model].log_loss == pytest.approx(np.mean(losses[model]))
        assert found.overall[model].size_error == pytest.approx(np.mean(sizes[model]))
        assert found.overall[model].customers == 1500
    for margin in found.margins:
        by_customer = (np.array(losses["boosted"]) - np.array(losses[margin.against])).mean(axis=0)
        assert margin.mean == pytest.approx(by_customer.mean())
        # customers are the units, and there are many: the interval is close to that of the normal distribution
        error = by_customer.std(ddof=1) / np.sqrt(500)
        assert margin.low == pytest.approx(margin.mean - 1.96 * error, abs=0.2 * error)
        assert margin.high == pytest.approx(margin.mean + 1.96 * error, abs=0.2 * error)


def test_customers_are_resampled_as_a_whole():
    """Ten customers seen 100 times each, always with the same value: as uncertain as ten values."""
    values = np.repeat(np.arange(10.0), 100)
    means = resampled_means(values[:, np.newaxis], np.repeat(np.arange(10), 100), np.random.default_rng(1))
    assert means.std() == pytest.approx(np.arange(10).std() / np.sqrt(10), rel=0.1)


def test_no_margins_where_nothing_can_be_learned(history):
    found = backtest(past_of(history(np.zeros((30, 6), dtype=int))), ahead=1, seed=7)
    assert found.margins == ()
    assert {*found.overall} == {"persistence", "markov", "markov_idle"}
    assert isinstance(found.overall["markov"].log_loss, float)


def test_same_seed_same_numbers(wandering):
    past = past_of(wandering[2])
    first, second = (backtest(past, ahead=1, seed=3) for _ in range(2))
    assert first.scores == second.scores
    assert first.margins == second.margins
    assert all(isinstance(margin, Margin) for margin in first.margins)


def test_the_temperature_is_half_of_the_way_to_the_best_of_the_forecast_before(wandering):
    past = past_of(wandering[2])
    before = replace(fit_models(past, 3, ahead=1, seed=7), temperature=1.0)
    best = best_temperature(before.probabilities(past, 3)["boosted"], past.later(3, 1))
    assert fit_models(past, 4, ahead=1, seed=7).temperature == pytest.approx(best**0.5)
    assert fit_models(past, 1, ahead=1, seed=7).temperature == 1  # no forecast could be checked


def test_trees_are_fitted_once_and_are_the_same_then(wandering):
    past, trees = past_of(wandering[2]), {}
    backtest(past, ahead=1, seed=7, trees=trees)
    assert sorted(trees) == [2, 3, 4, 5]
    kept = dict(trees)
    shared = fit_models(past, 6, ahead=1, seed=7, trees=trees)
    assert all(trees[date] is one for date, one in kept.items())
    alone = fit_models(past, 6, ahead=1, seed=7)
    np.testing.assert_array_equal(shared.probabilities(past, 6)["boosted"], alone.probabilities(past, 6)["boosted"])
