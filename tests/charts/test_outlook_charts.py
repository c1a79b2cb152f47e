"""The numbers in the charts of what is to come and of drift, against scikit-learn, NumPy and hand-worked cases."""

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.charts.calibration import calibration, error
from segmentry.charts.drift import SHARES, drift, verdict
from segmentry.charts.expected_sizes import Expected, expected_sizes
from segmentry.charts.worth_saving import largest, worth_saving
from segmentry.movement.metrics import Calibration

NAMES = {0: "Champions", 1: "At Risk", 2: "Hibernating"}
COLOUR = dict(zip(NAMES, ("#0b7a5b", "#b85c00", "#878e98"), strict=True))
NOW, NEXT = date(2011, 12, 9), date(2012, 1, 9)
LIMITS = {"warn": 0.1, "refit": 0.25}


# How many on the next date


def test_expected_sizes_stand_beside_the_present_ones():
    expected = [Expected(0, 826, 789.6, 760.2, 822.4), Expected(1, 400, 431.2, 390, 470), Expected(2, 0, 0.3, 0, 1)]
    chart = expected_sizes(expected, NAMES, COLOUR, as_of=NOW, on=NEXT)
    assert chart.title == "Champions are expected to shrink from 826 to 790 by 2012-01-09"
    assert "1,226 customers" in chart.subtitle
    assert chart.table[1] == [
        ("Champions", "826", "790", "760–822", "−36"),
        ("At Risk", "400", "431", "390–470", "+31"),
        ("Hibernating", "0", "0", "0–1", "0"),
    ]
    marks = chart.spec["data"]["values"]
    assert [(mark["now"], mark["low"], mark["expected"], mark["high"]) for mark in marks] == [
        (826, 760.2, 789.6, 822.4),
        (400, 390, 431.2, 470),
        (0, 0, 0.3, 1),
    ]
    assert marks[0]["aside"] == "826 → 790 (760–822)"


def test_a_change_within_the_interval_is_no_finding():
    chart = expected_sizes([Expected(1, 400, 431.2, 390, 470)], NAMES, COLOUR, as_of=NOW, on=NEXT)
    assert chart.title == "No segment's size is expected to change by 2012-01-09 by more than chance explains"
    assert expected_sizes([], NAMES, COLOUR, as_of=NOW, on=NEXT) is None


# Do predictions come true?


def tenth(predicted: float, observed: float) -> Calibration:
    return Calibration("", predicted, observed, 10)


def test_the_chosen_model_comes_first_and_the_best_other_is_named():
    models = {name: [tenth(predicted, 0.3)] for name, predicted in (("Everybody stays", 0), ("Rates", 0.25))}
    models["Markov chain"] = [tenth(0.32, 0.3)]
    chart = calibration(models, chosen="Markov chain", event="leaving")
    assert chart.title == (
        "Predictions of Markov chain are off by 2.0 percentage points on average, those of Rates by 5.0 percentage points"
    )
    assert [row[0] for row in chart.table[1]] == ["Markov chain", "Everybody stays", "Rates"]
    assert chart.table[1][0] == ("Markov chain", "10", "32.0 %", "30.0 %")
    first, *_ = chart.spec["concat"]
    assert [(one["predicted"], one["observed"]) for one in first["data"]["values"]] == [(0.32, 0.3)]
    assert "10 predictions" in chart.subtitle


def test_one_model_and_no_customers():
    chart = calibration({"a": [tenth(0.0, 0.0)]}, chosen="a", event="leaving")
    assert chart.title == "Predictions of a are off by 0.0 percentage points on average"
    assert "concat" not in chart.spec
    assert calibration({"a": []}, chosen="a", event="leaving") is None


def test_the_error_weighs_tenths_by_their_predictions():
    groups = [tenth(0.2, 0.3), Calibration("", 0.9, 0.6, 30)]
    assert error(groups) == pytest.approx((10 * 0.1 + 30 * 0.3) / 40)


# Drift


@pytest.mark.parametrize(
    ("index", "said"), [(0.0, "steady"), (0.0999, "steady"), (0.1, "warn"), (0.2499, "warn"), (0.25, "refit")]
)
def test_verdicts_are_by_the_usual_limits(index, said):
    assert verdict(index, (0.1, 0.25)) == said


def test_indexes_are_bars_shares_first_then_the_largest():
    indexes = {"Frequency": 0.099, "Recency": 0.31, "Days": math.nan, "Monetary": 0.12}
    chart = drift(indexes, 0.148, since=NOW, on=NEXT, customers=4338, **LIMITS)
    assert chart.table[1] == [
        (SHARES, "0.148", "warn"),
        ("Recency", "0.310", "refit"),
        ("Monetary", "0.120", "warn"),
        ("Frequency", "0.099", "steady"),
        ("Days", "–", "unknown"),
    ]
    assert [mark["value"] for mark in chart.spec["data"]["values"]] == [0.148, 0.31, 0.12, 0.099, 0.0]
    assert [mark["colour"] for mark in chart.spec["data"]["values"]] == [
        "#d98200",
        "#b3261e",
        "#d98200",
        "#8397a8",
        "#9aa3ae",
    ]
    limits = [layer["data"]["values"] for layer in chart.spec["layer"] if "data" in layer]
    assert [limit["value"] for values in limits for limit in values] == [0.1, 0.25] * 2
    assert chart.title == "Recency drifted most since 2011-12-09: 0.310, enough to refit"


def test_bars_that_are_too_long_are_cut_and_said_to_be():
    chart = drift({"Recency": 9.3, "Frequency": math.inf}, 0.0, since=NOW, on=NEXT, customers=1, **LIMITS)
    assert [(mark["value"], mark["aside"]) for mark in chart.spec["data"]["values"]] == [
        (0.0, "0.000"), (1.0, "∞"), (1.0, "9.300"),
    ]  # fmt: skip
    assert "longer bars end at 1" in chart.spec["layer"][0]["encoding"]["x"]["axis"]["title"]


def test_limits_of_the_recipe_are_those_drawn_however_high():
    chart = drift({"Recency": 1.7}, 0.3, since=NOW, on=NEXT, customers=9, warn=0.4, refit=2.0)
    assert chart.table[1] == [(SHARES, "0.300", "steady"), ("Recency", "1.700", "warn")]
    assert chart.spec["data"]["values"][1]["value"] == 1.7
    assert chart.spec["layer"][0]["encoding"]["x"]["scale"]["domain"][1] > 2
    assert "limits: 0.4 warn, 2 refit" in chart.subtitle


def test_the_title_says_what_to_do():
    def titled(*indexes):
        known = {f"f{place}": index for place, index in enumerate(indexes)}
        return drift(known, math.nan, since=NOW, on=NEXT, customers=5, **LIMITS).title

    assert titled(0.02, math.nan) == "The customers are as they were on 2011-12-09: no index reaches 0.1"
    assert titled(0.02, 0.2) == "f1 drifted most since 2011-12-09: 0.200, enough to watch, not to refit"
    assert titled() == "Nothing can be compared with 2011-12-09"
    assert drift({}, 0.0, since=NOW, on=NEXT, customers=0, **LIMITS) is None


# Whom to save


@given(st.lists(st.one_of(st.sampled_from([math.nan, 0.0, -5.0, 7.0]), st.floats(0.01, 1e9)), max_size=40))
def test_the_largest_positive_values_are_shown(values):
    ids = np.array([f"c{place:02}" for place in range(len(values))], dtype=object)
    rows = largest(ids, np.array(values, dtype=float))
    wanted = sorted((-value, name) for value, name in zip(values, ids, strict=True) if value > 0)[:15]
    assert [(-values[row], ids[row]) for row in rows] == wanted


def test_customers_hold_a_share_of_all_that_is_at_risk():
    at_risk = np.array([100.0, 3.0, math.nan, 0.0, *[1.0] * 20])
    ids = np.array([f"{place:05}" for place in range(24)], dtype=object)
    labels = np.arange(24) % 3
    chart = worth_saving(ids, at_risk, labels, NAMES, COLOUR)
    assert chart.title == f"15 customers hold {(103 + 13) / 123 * 100:.1f} % of the 123 at risk"
    assert chart.table[1][:3] == [("00000", "Champions", "100"), ("00001", "At Risk", "3"), ("00004", "At Risk", "1")]
    marks = chart.spec["data"]["values"]
    assert [mark["value"] for mark in marks] == [100, 3, *[1] * 13]
    assert [mark["colour"] for mark in marks] == [COLOUR[mark["segment"]] for mark in marks]
    assert marks[1]["aside"] == "3 · At Risk"
    assert "22 customers with value at risk" in chart.subtitle
    assert worth_saving(ids, np.full(24, math.nan), labels, NAMES, COLOUR) is None
