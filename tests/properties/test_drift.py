"""What must hold of drift and hysteresis for any data."""

import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from segmentry.core.recipe import Refresh
from segmentry.movement import ABSENT
from segmentry.runs import Drift, FeatureShift, Histogram, QualityChanges, ReasonChange, ShareShift, decide, psi, steady

# few different values make ties common
values = st.integers(-3, 3).map(float) | st.floats(width=64) | st.just(float("nan"))
columns = arrays(np.float64, st.integers(1, 60), elements=values)
share = st.floats(0, 1)


@settings(deadline=None)
@given(columns, st.data())
def test_the_same_data_in_any_order_have_not_drifted(column, data):
    histogram = Histogram.from_dict(json.loads(json.dumps(Histogram.of(column).to_dict(), allow_nan=False)))
    shuffled = column[data.draw(st.permutations(range(len(column))))]
    assert psi(histogram, shuffled) == 0
    assert psi(histogram, np.concatenate([shuffled, column])) == 0
    assert Histogram.of(shuffled) == histogram


@settings(deadline=None)
@given(columns, columns)
def test_the_index_is_never_negative_and_shares_add_up(column, other):
    histogram = Histogram.of(column)
    assert psi(histogram, other) >= 0
    assert abs(sum(histogram.shares) - 1) < 1e-9
    assert len(histogram.shares) == len(histogram.edges) + 2
    assert list(histogram.edges) == sorted(set(histogram.edges))


@settings(deadline=None)
@given(st.integers(200, 2000), st.floats(0.01, 1000))
def test_the_index_grows_with_the_shift(n, spread):
    """Of even quantiles of a normal distribution: a random sample has gaps, which a small shift may fall into."""
    column = spread * norm.ppf((np.arange(n) + 0.5) / n)
    histogram = Histogram.of(column)
    shifted = [psi(histogram, column + step * spread) for step in (0, 0.25, 0.5, 1, 2)]
    assert shifted == sorted(shifted)
    assert shifted[0] == 0
    assert shifted[2] > 0.1


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(-100, 100), share, st.tuples(share, share), st.integers(0, 3))
def test_more_drift_is_never_less_to_do(index, points, far, aside, worse):
    levels = ["keep", "warn", "refit"]

    def found(times):
        return Drift(
            (FeatureShift("monetary", index * times, 0.0),),
            ShareShift(0.0, 0, points * times),
            far * times,
            QualityChanges(100, 100, 10, 10, (ReasonChange("duplicate", *aside),)),
        )

    now, then = (decide(found(times), Refresh(), names={0: "Lost"}) for times in (1, 1 + worse))
    assert levels.index(then.action) >= levels.index(now.action)
    assert bool(now.reasons) == (now.action != "keep")


def labels(n):
    return arrays(np.int64, n, elements=st.integers(-1, 3))


@settings(deadline=None)
@given(st.integers(0, 30), st.data())
def test_who_moves(n, data):
    before = data.draw(arrays(np.int64, n, elements=st.sampled_from([ABSENT, -1, 0, 1, 2])))
    now, stays = data.draw(labels(n)), data.draw(arrays(np.int64, n, elements=st.integers(0, 5)))
    sure = data.draw(arrays(np.float64, n, elements=st.floats(0, 1) | st.just(float("nan"))))
    margin, min_stay = data.draw(st.floats(0, 1)), data.draw(st.integers(0, 5))
    found = steady(before, now, sure, stays, margin=margin, min_stay=min_stay)
    for was, said, confidence, stay, got in zip(before, now, sure, stays, found, strict=True):
        held = was != ABSENT and (confidence < margin or stay < min_stay)
        assert got == (was if held else said)
    assert steady(before, now, sure, stays, margin=0.0, min_stay=0).tolist() == now.tolist()


@settings(deadline=None)
@given(st.integers(2, 40), st.integers(1, 8), st.integers(0, 1000))
def test_customers_on_a_border_do_not_flap(refreshes, min_stay, seed):
    """Proposed segments alternate at every refresh, none of them with confidence, or all of them with it."""
    random = np.random.default_rng(seed)
    unsure, sure = np.array([0]), np.array([0])
    stays, moves = np.array([0]), 0
    for turn in range(1, refreshes + 1):
        proposed = np.array([turn % 2])
        unsure = steady(unsure, proposed, random.uniform(0, 0.099, 1), np.array([turn]), margin=0.1, min_stay=0)
        assert unsure.tolist() == [0]
        stays += 1
        found = steady(sure, proposed, np.ones(1), stays, margin=0.1, min_stay=min_stay)
        if found != sure:
            moves, stays = moves + 1, np.array([0])
        sure = found
    assert moves <= refreshes // min_stay
