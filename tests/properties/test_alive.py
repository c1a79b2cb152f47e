"""BG/NBD: what must hold for any model and any history."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.movement import Alive, fit_alive

positive = st.floats(0.01, 100)
models = st.builds(Alive, positive, positive, positive, positive)
shares = st.floats(0, 1)
repeats_made = st.integers(0, 5) | st.integers(0, 5000)


@st.composite
def histories(draw, least: int = 0):
    """Repeats, last and age of one customer, in days."""
    x, age = draw(repeats_made.filter(lambda number: number >= least)), draw(st.floats(0, 2000))
    return float(x), draw(shares) * age if x else 0.0, age


def columns_of(rows):
    return [np.array(column) for column in zip(*rows, strict=True)]


@given(models, st.lists(histories(), min_size=1, max_size=20), st.floats(0, 3000))
def test_probabilities_are_probabilities_and_expectations_are_counts(model, rows, ahead):
    columns = columns_of(rows)
    probability = model.probability_alive(*columns)
    expected = model.expected_purchases(*columns, ahead=ahead)
    assert ((probability >= 0) & (probability <= 1)).all()
    assert (probability[columns[0] == 0] == 1).all()
    # no more than without any leaving: rate (r + x) / (α + age)
    most = (model.r + columns[0]) / (model.alpha + columns[2]) * ahead
    assert (expected >= 0).all()
    assert (expected <= most * probability * (1 + 1e-9) + 1e-300).all()  # below, numbers have fewer digits


@given(models, st.lists(histories(), min_size=1, max_size=20), st.floats(0.1, 500))
def test_days_and_weeks_say_the_same(model, rows, ahead):
    x, last, age = columns_of(rows)
    weekly = Alive(model.r, model.alpha / 7, model.a, model.b)
    last_week = np.minimum(last / 7, age / 7)
    np.testing.assert_allclose(
        weekly.probability_alive(x, last_week, age / 7), model.probability_alive(x, last, age), rtol=1e-9, atol=1e-300
    )
    np.testing.assert_allclose(
        weekly.expected_purchases(x, last_week, age / 7, ahead=ahead / 7),
        model.expected_purchases(x, last, age, ahead=ahead),
        rtol=1e-9,
        atol=1e-300,
    )
    assert weekly.expected_of_new(ahead / 7) == pytest.approx(model.expected_of_new(ahead), rel=1e-9)


@given(models, st.lists(histories(), min_size=2, max_size=20), st.randoms())
def test_row_order_changes_no_bit(model, rows, random):
    order = random.sample(range(len(rows)), len(rows))
    columns = columns_of(rows)
    shuffled = [column[order] for column in columns]
    assert model.log_likelihood(*shuffled) == model.log_likelihood(*columns)
    assert model.probability_alive(*shuffled).tolist() == model.probability_alive(*columns)[order].tolist()
    expected = model.expected_purchases(*columns, ahead=90)
    assert model.expected_purchases(*shuffled, ahead=90).tolist() == expected[order].tolist()


@given(models, histories(least=1), shares)
def test_a_later_last_purchase_never_lowers_the_probability(model, history, share):
    x, last, age = history
    later = last + share * (age - last)
    earlier_one, later_one = model.probability_alive([x, x], [last, min(later, age)], [age, age])
    assert later_one >= earlier_one * (1 - 1e-12)


@given(models, histories(), st.floats(0.1, 1000), st.floats(1.01, 3))
def test_more_time_ahead_brings_more_purchases(model, history, ahead, factor):
    columns = [[number] for number in history]
    sooner, further = (model.expected_purchases(*columns, ahead=time)[0] for time in (ahead, ahead * factor))
    assert further > sooner or further == sooner == 0 or further == pytest.approx(sooner, rel=1e-12)
    assert model.expected_of_new(ahead * factor) >= model.expected_of_new(ahead) * (1 - 1e-12)
    assert model.expected_purchases(*columns, ahead=0).tolist() == [0]


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.floats(0.2, 3), st.floats(1, 200))
def test_a_fit_knows_neither_row_order_nor_unit(seed, r, alpha):
    rng = np.random.default_rng(seed)
    age = rng.integers(100, 700, 600).astype(float)
    life = rng.exponential(400, 600)
    x = rng.poisson(rng.gamma(r, 1 / alpha, 600) * np.minimum(age, life)).astype(float) + (rng.random(600) < 0.3)
    last = np.where(x > 0, np.ceil(np.minimum(age, life) * rng.random(600)), 0)
    found = fit_alive(x, last, age)
    order = rng.permutation(600)
    assert fit_alive(x[order], last[order], age[order]) == found
    # weeks: other roundings on the way, and so other last digits of numbers that the data hardly tell
    weekly = fit_alive(x, last / 7, age / 7)
    again = Alive(weekly.r, weekly.alpha * 7, weekly.a, weekly.b)
    assert again.log_likelihood(x, last, age) == pytest.approx(found.log_likelihood(x, last, age), rel=1e-8)
    np.testing.assert_allclose(again.probability_alive(x, last, age), found.probability_alive(x, last, age), atol=1e-4)
    assert all(np.isfinite(astuple(found)))
