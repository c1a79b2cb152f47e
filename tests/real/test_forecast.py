"""The forecast on real books: ahead of all baselines by a margin with its interval, and probabilities that come true."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from segmentry.core.recipe import parse_recipe
from segmentry.flow import find_segments
from segmentry.movement import Forecast
from segmentry.movement.backtest import Backtest, backtest
from segmentry.movement.metrics import EVERY, log_losses
from segmentry.movement.models import fit_models
from segmentry.movement.trends import past_of

POINTS = 0.05  # a tenth's mean probability may be off by so much
BOOKS = {"online_retail.csv.gz": 12, "cdnow_master.txt": 18}  # months


@pytest.fixture(scope="module", params=BOOKS)
def book(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def found(book, real_data) -> Forecast:
    recipe = {
        "source": {"path": str(real_data / book)}, "snapshots": {"every": "month", "count": BOOKS[book]}, "forecast": {},
    }  # fmt: skip
    return find_segments(parse_recipe(recipe)).forecast


@pytest.fixture(scope="module")
def three_before(found) -> Backtest:
    """The backtest of somebody who stood three months earlier: on the three dates before the last three."""
    history = found.history
    earlier = replace(history, snapshots=history.snapshots[:-3], idle=history.idle[:-3])
    return backtest(past_of(earlier), ahead=1, seed=7)


def test_the_model_is_ahead_of_all_baselines_with_the_whole_interval(found, book):
    assert found.model == "boosted"
    assert "better than all three baselines" in found.why
    margins = {one.against: one for one in found.backtest.margins}
    assert margins.keys() == {"persistence", "markov", "markov_idle"}
    nearest = {"online_retail.csv.gz": -0.04, "cdnow_master.txt": -0.006}[book]
    for margin in margins.values():
        assert margin.low < margin.mean < margin.high < nearest
    assert margins["markov"].high < -0.1


def test_it_was_ahead_three_months_earlier(three_before):
    for margin in three_before.margins:
        assert margin.high < 0


def test_every_tenth_of_probabilities_comes_true_within_five_points(found, three_before):
    for tested in (found.backtest, three_before):
        assert max(abs(one.gap) for one in tested.calibration["boosted"]) <= POINTS
        every = [abs(one.gap) for one in tested.calibration["boosted"] if one.of == EVERY]
        assert max(every) <= 0.04


def test_figures_of_the_documentation(found, three_before, book):
    expected = {
        "online_retail.csv.gz": [(0.309, 0.358, 0.516, 0.602), (0.245, 0.294, 0.549, 0.579)],
        "cdnow_master.txt": [(0.080, 0.087, 0.202, 0.235), (0.098, 0.108, 0.243, 0.272)],
    }[book]
    for tested, figures in zip((found.backtest, three_before), expected, strict=True):
        losses = [tested.overall[model].log_loss for model in ("boosted", "markov_idle", "markov", "persistence")]
        assert losses == pytest.approx(figures, abs=0.001)
    margins = {
        "online_retail.csv.gz": [(-0.049, -0.054, -0.043), (-0.048, -0.054, -0.042)],
        "cdnow_master.txt": [(-0.008, -0.009, -0.007), (-0.010, -0.011, -0.008)],
    }[book]
    for tested, figures in zip((found.backtest, three_before), margins, strict=True):
        nearest = next(one for one in tested.margins if one.against == "markov_idle")
        assert (nearest.mean, nearest.low, nearest.high) == pytest.approx(figures, abs=0.001)


@pytest.mark.parametrize("book", ["online_retail.csv.gz"], indirect=True, scope="module")
def test_a_segment_that_nobody_has_come_to_yet_is_expected_by_trees_and_chain_together(found):
    """In the fifth month of Online Retail the first customers become Lost, which trees alone rule out."""
    past = past_of(found.history)
    models, after = fit_models(past, 4, ahead=1, seed=7), past.later(4, 1)
    alone = log_losses(models.boosted.probabilities(past.known(4)), after).mean()
    together = log_losses(models.probabilities(past, 4)["boosted"], after).mean()
    assert alone == pytest.approx(1.125, abs=0.01)
    assert together == pytest.approx(0.304, abs=0.005)


def test_the_backtest_is_that_of_plain_numpy_for_the_idle_chain(found):
    """The mean log loss of the idle chain over the last three dates, counted here customer by customer."""
    history = found.history
    ids = found.classes.tolist()
    labels = np.array([history.labels(one) for one in history.snapshots])
    idle = np.array([history.labels(one) for one in history.idle])
    losses = []
    for origin in range(len(labels) - 4, len(labels) - 1):
        moves = [
            (labels[date][row], idle[date][row], labels[date + 1][row])
            for date in range(origin)
            for row in history.snapshots[date].rows
        ]
        follow = (sum(where == then for _, where, then in moves) + 1) / (len(moves) + 2)
        pairs, whole = Counter(move[:2] for move in moves), Counter(moves)
        for row in history.snapshots[origin].rows:
            now, where, then = labels[origin][row], idle[origin][row], labels[origin + 1][row]
            prior = follow if then == where else (1 - follow) / (len(ids) - 1)
            share = (whole[now, where, then] + len(ids) * prior) / (pairs[now, where] + len(ids))
            losses.append(-np.log(share))
    assert found.backtest.overall["markov_idle"].log_loss == pytest.approx(np.mean(losses), rel=1e-9)


def test_expected_sizes_are_sums_of_probabilities_and_hold_everybody(found):
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)
    sizes = found.expected()
    np.testing.assert_allclose([one.size for one in sizes], found.probabilities.sum(axis=0))
    assert sum(one.size for one in sizes) == pytest.approx(len(found.ids))
    assert all(one.size_low <= one.size <= one.size_high for one in sizes)
