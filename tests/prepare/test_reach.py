"""Where a rising function reaches a value: checked by asking the function just before and at the answer."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.prepare.reach import highest_within, lowest_within
from segmentry.prepare.transform import Transformation

FUNCTIONS = [
    Transformation("log1p", (0.0,)).forward,
    Transformation("log1p", (2.5,)).forward,
    Transformation("yeo-johnson", (-0.7,)).forward,
    Transformation("yeo-johnson", (0.0,)).forward,
    Transformation("yeo-johnson", (1.8,)).forward,
    Transformation("none").forward,
]


def at(function, x):
    return float(function(np.array([x]))[0])


@pytest.mark.parametrize("function", FUNCTIONS)
@given(st.floats(-20, 20))
def test_the_answer_is_the_first_and_the_last_float_within(function, limit):
    low, high = lowest_within(function, limit), highest_within(function, limit)
    if low is not None and abs(low) < 1e60:
        assert at(function, low) >= limit > at(function, float(np.nextafter(low, -np.inf)))
    if high is not None and abs(high) < 1e60:
        assert at(function, high) <= limit < at(function, float(np.nextafter(high, np.inf)))


def test_without_a_limit_every_value_is_within():
    assert lowest_within(np.arctan, -np.inf) is None
    assert highest_within(np.arctan, np.inf) is None
    assert lowest_within(np.arctan, -2.0) is None  # nothing is as low


def test_a_limit_that_a_value_has_exactly_is_within_whatever_the_last_bit_of_its_logarithm():
    forward = Transformation("log1p", (0.0,)).forward
    for value in (1.0, 3.0, 373.0, 0.1, 1e6 + 1 / 3):
        limit = at(forward, value)
        assert lowest_within(forward, limit) <= value <= highest_within(forward, limit)
