"""The forecast on real books: ahead of both baselines by a margin with its interval, and probabilities that come true."""

from __future__ import annotations

import numpy as np
import pytest

from segmentry.core.recipe import parse_recipe
from segmentry.flow import find_segments
from segmentry.movement import Forecast

POINTS = 0.05  # a tenth's mean probability may be off by so much


@pytest.fixture(
    scope="module", params=[("online_retail.csv.gz", 12), ("cdnow_master.txt", 18)], ids=lambda book: book[0]
)
def found(request: pytest.FixtureRequest, real_data) -> Forecast:
    name, months = request.param
    recipe = {
        "source": {"path": str(real_data / name)}, "snapshots": {"every": "month", "count": months}, "forecast": {},
    }  # fmt: skip
    return find_segments(parse_recipe(recipe)).forecast


def test_the_model_is_ahead_of_both_baselines_with_the_whole_interval(found):
    assert found.model == "boosted"
    assert found.backtest is not None
    margins = {one.against: one for one in found.backtest.margins}
    assert margins.keys() == {"persistence", "markov"}
    for margin in margins.values():
        assert margin.low < margin.mean < margin.high < -0.05


def test_every_tenth_of_probabilities_comes_true_within_five_points(found):
    gaps = [abs(one.gap) for one in found.backtest.calibration["boosted"]]
    assert max(gaps) <= POINTS


def test_expected_sizes_are_sums_of_probabilities_and_hold_everybody(found):
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)
    sizes = found.expected()
    np.testing.assert_allclose([one.size for one in sizes], found.probabilities.sum(axis=0))
    assert sum(one.size for one in sizes) == pytest.approx(len(found.ids))
    assert all(one.size_low <= one.size <= one.size_high for one in sizes)
