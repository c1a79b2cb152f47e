"""Drift against plain NumPy, hand-worked cases and simulation; every way to keep, warn and refit; hysteresis by hand."""

import json
import math
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import chi2

from segmentry.clean import Ledger, LedgerLine
from segmentry.core.errors import DataError
from segmentry.core.recipe import Refresh, parse_recipe
from segmentry.movement import ABSENT
from segmentry.runs import (
    BookDrift,
    CohortShift,
    Drift,
    FeatureShift,
    Histogram,
    QualityChanges,
    ReasonChange,
    ShareShift,
    decide,
    far_distance,
    far_share,
    psi,
    psi_by_chance,
    quality_changes,
    shift_of_cohorts,
    shift_of_features,
    shift_of_shares,
    steady,
)

NAMES = {0: "Champions", 1: "Lost"}


def by_loop(histogram, values):
    bins = [0] * len(histogram.shares)
    for value in values:
        place = sum(value > edge for edge in histogram.edges) if math.isfinite(value) else len(bins) - 1
        bins[place] += 1
    total = 0.0
    for then, customers in zip(histogram.shares, bins, strict=True):
        before, now = max(then, 0.0001), max(customers / len(values), 0.0001)
        total += (now - before) * math.log(now / before)
    return total


def test_the_index_of_a_plain_loop():
    random = np.random.default_rng(0)
    for columns in (random.normal(size=(2, 3000)), random.poisson(1.0, (2, 3000)).astype(float)):
        reference, values = columns[0], columns[1] * 1.3 + 0.2
        reference[::7], values[::5] = np.nan, np.nan
        histogram = Histogram.of(reference)
        assert psi(histogram, values) == pytest.approx(by_loop(histogram, values.tolist()), abs=1e-12)
        assert psi(histogram, values) > 0.01


def test_the_index_by_hand():
    # Ten deciles of 1 … 100 have 0.1 each; of the new values, half are in the first and half in the last.
    histogram = Histogram.of(np.arange(1.0, 101.0))
    assert histogram.edges == (10, 20, 30, 40, 50, 60, 70, 80, 90)
    assert histogram.shares == (0.1,) * 10 + (0.0,)
    expected = 2 * (0.5 - 0.1) * math.log(0.5 / 0.1) + 8 * (0.0001 - 0.1) * math.log(0.0001 / 0.1)
    assert psi(histogram, np.array([3.0, 97.0])) == pytest.approx(expected)


def test_equal_values_share_a_bin_and_many_have_it_to_themselves():
    values = np.array([0.0] * 60 + [1.0, 2.0, 3.0, 4.0] * 10)
    histogram = Histogram.of(values)
    below = float(np.nextafter(0.0, -np.inf))
    # Deciles are 0 six times, 1, 2, 3: more than a tenth are 0, and only 0 has a bin without neighbours.
    assert histogram.edges == (below, 0, 1, 2, 3)
    assert histogram.shares == (0.0, 0.6, 0.1, 0.1, 0.1, 0.1, 0.0)
    constant = Histogram.of(np.full(50, 5.0))
    assert psi(constant, np.full(20, 5.0)) == 0
    assert psi(constant, np.full(20, 4.0)) == psi(constant, np.full(20, 6.0)) > 0.25


def test_missing_values_are_a_bin():
    histogram = Histogram.of(np.array([1.0, 2.0, np.nan, np.nan]))
    assert histogram.shares[-1] == 0.5
    assert psi(histogram, np.array([1.0, 2.0, np.nan, np.nan])) == 0
    gone = psi(histogram, np.array([1.0, 2.0]))
    assert gone == pytest.approx(2 * 0.25 * math.log(2) + (0.0001 - 0.5) * math.log(0.0001 / 0.5))
    nothing = Histogram.of(np.full(4, np.nan))
    assert (nothing.edges, nothing.shares) == ((), (0.0, 1.0))
    assert psi(nothing, np.full(3, np.nan)) == 0


def test_a_histogram_survives_json_to_the_last_bit():
    values = np.random.default_rng(1).exponential(size=500).round(1)
    histogram = Histogram.of(values)
    again = Histogram.from_dict(json.loads(json.dumps(histogram.to_dict(), allow_nan=False)))
    assert again == histogram
    assert psi(again, values) == 0


def test_nobody_is_an_error():
    with pytest.raises(DataError, match="no customers"):
        Histogram.of(np.array([]))
    with pytest.raises(DataError, match="no customers"):
        psi(Histogram.of(np.ones(3)), np.array([]))
    with pytest.raises(DataError, match="no customers"):
        shift_of_shares({0: 5}, {0: 0})


def test_chance_is_the_quantile_of_chi_square():
    histogram = Histogram.of(np.arange(1000.0))
    expected = (1 / 1000 + 1 / 400) * chi2(9).ppf(0.99)
    assert psi_by_chance(histogram, 400) == pytest.approx(expected, rel=2e-3)
    assert psi_by_chance(Histogram.of(np.ones(9)), 400) == 0


@pytest.mark.parametrize(("before", "now"), [(100, 100), (500, 300), (3000, 3000)])
def test_chance_holds_in_simulation(before, now, capsys):
    random = np.random.default_rng(before)
    passed = []
    for _ in range(1000):
        histogram = Histogram.of(random.exponential(size=before))
        passed.append(psi(histogram, random.exponential(size=now)) > psi_by_chance(histogram, now))
    with capsys.disabled():
        print(f"\n{before} and {now} customers: {np.mean(passed):.1%} false alarms")  # noqa: T201 -- the figure is the point
    assert np.mean(passed) < 0.03


def test_every_feature_is_compared_with_itself():
    values = {"frequency": np.arange(100.0), "monetary": np.arange(100.0) ** 2}
    histograms = {name: Histogram.of(one) for name, one in values.items()}
    found = shift_of_features(histograms, values | {"monetary": np.zeros(100)})
    assert [(shift.feature, shift.psi > 1) for shift in found] == [("frequency", False), ("monetary", True)]
    assert found[1].chance == psi_by_chance(histograms["monetary"], 100)


def test_shares_by_hand():
    found = shift_of_shares({0: 50, 1: 30, 2: 20}, {0: 80, 1: 60, 3: 60})
    least = 0.0001
    expected = (
        (0.4 - 0.5) * math.log(0.4 / 0.5)
        + 0
        + (least - 0.2) * math.log(least / 0.2)
        + (0.3 - least) * math.log(0.3 / least)
    )
    assert found.psi == pytest.approx(expected)
    assert (found.segment, found.points) == (3, 30.0)
    assert shift_of_shares({4: 10, 2: 20}, {2: 40, 4: 20}) == ShareShift(0.0, 2, 0.0)
    assert shift_of_shares({0: 50, 1: 50}, {0: 45, 1: 55}) == ShareShift(
        pytest.approx(0.1 * math.log(11 / 9) / 2), 0, -5.0
    )


def test_one_in_a_hundred_is_far_at_the_fit_and_more_after():
    distances = np.arange(1.0, 1001.0)
    far = far_distance(distances)
    assert far == np.percentile(distances, 99)
    assert far_share(distances, far) == 0.01
    assert far_share(distances + 90, far) == 0.1


def line(reason, rows, customers=0):
    return LedgerLine(reason, rows, rows, customers, Decimal(0))


def ledger(total, customers, **aside):
    kept = total - sum(aside.values())
    return Ledger(
        tuple(line(reason, rows) for reason, rows in aside.items()),
        line("kept", kept, customers),
        line("total", total, customers),
    )


def test_quality_by_hand():
    old, new = ledger(1000, 200, duplicate=20, cancellation=50), ledger(500, 180, duplicate=10, no_date=40)
    found = quality_changes(old, new)
    assert (found.rows_before, found.rows_after, found.customers_before, found.customers_after) == (1000, 500, 200, 180)
    assert found.reasons == (
        ReasonChange("no_date", 0.0, 0.08),
        ReasonChange("cancellation", 0.05, 0.0),
        ReasonChange("duplicate", 0.02, 0.02),
    )
    assert [change.points for change in found.reasons] == [8.0, -5.0, 0.0]
    assert [change.is_new for change in found.reasons] == [True, False, False]


def drift(*, psi=0.0, chance=0.0, points=0.0, far=0.01, rows=1000, customers=200, **reasons):
    return Drift(
        (FeatureShift("frequency", 0.0, 0.01), FeatureShift("monetary", psi, chance)),
        ShareShift(0.0, 1, points),
        far,
        QualityChanges(
            1000, rows, 200, customers, tuple(ReasonChange(why, *shares) for why, shares in reasons.items())
        ),
    )


@pytest.mark.parametrize(
    ("found", "action", "said"),
    [
        (drift(), "keep", None),
        (drift(psi=0.099), "keep", None),
        (
            drift(psi=0.1),
            "warn",
            "monetary is distributed differently: population stability index 0.10 (warn from 0.1).",
        ),
        (
            drift(psi=0.249),
            "warn",
            "monetary is distributed differently: population stability index 0.25 (warn from 0.1).",
        ),
        (
            drift(psi=0.25),
            "refit",
            "monetary is distributed differently: population stability index 0.25 (refit from 0.25).",
        ),
        (drift(psi=0.4, chance=0.43), "keep", None),
        (drift(points=4.9), "keep", None),
        (
            drift(points=5.0),
            "warn",
            "Lost has 5.0 percentage points more of all customers than in the run before (warn from 5).",
        ),
        (
            drift(points=-60.0),
            "warn",
            "Lost has 60.0 percentage points fewer of all customers than in the run before (warn from 5).",
        ),
        (drift(far=0.049), "keep", None),
        (
            drift(far=0.05),
            "warn",
            "5.0 % of customers are farther from every segment than 99 % were at the fit (warn from 5.0 %).",
        ),
        (
            drift(far=0.2),
            "refit",
            "20.0 % of customers are farther from every segment than 99 % were at the fit (refit from 15.0 %).",
        ),
        (drift(rows=701), "keep", None),
        (
            drift(rows=700),
            "warn",
            "The data have 700 rows, and had 1,000 in the run before (warn from a change of 30.0 %).",
        ),
        (
            drift(customers=300),
            "warn",
            "The data have 300 customers, and had 200 in the run before (warn from a change of 30.0 %).",
        ),
        (drift(duplicate=(0.01, 0.0299)), "keep", None),
        (
            drift(duplicate=(0.01, 0.03)),
            "warn",
            "3.0 % of rows are set aside (duplicate), and 1.0 % were before (warn from 2 percentage points).",
        ),
        (
            drift(no_date=(0, 0.5)),
            "warn",
            "50.0 % of rows are set aside (no_date), and none were before (warn from 2 percentage points).",
        ),
    ],
)
def test_decisions(found, action, said):
    decision = decide(found, Refresh(), names=NAMES)
    assert decision.action == action
    assert decision.reasons == (() if said is None else (said,))


def test_reasons_for_a_refit_come_first():
    decision = decide(drift(psi=0.12, points=9, far=0.3), Refresh(), names=NAMES)
    assert decision.action == "refit"
    assert [reason.split()[0] for reason in decision.reasons] == ["30.0", "monetary", "Lost"]


def test_of_a_book_each_cohort_is_named_and_what_is_of_all_is_said_once():
    part = replace(drift(psi=0.12, points=9, far=0.3), quality=None)
    book = BookDrift({"active": part, "inactive": replace(drift(), quality=None)}, CohortShift(0.1, "inactive", -7.5),
                     drift(rows=500).quality)  # fmt: skip
    decision = decide(book, Refresh(), names=NAMES)
    assert decision.action == "refit"
    assert decision.reasons == (
        "active: 30.0 % of customers are farther from every segment than 99 % were at the fit (refit from 15.0 %).",
        "active: monetary is distributed differently: population stability index 0.12 (warn from 0.1).",
        "active: Lost has 9.0 percentage points more of all active accounts than in the run before (warn from 5).",
        "The cohort inactive has 7.5 percentage points fewer of all accounts than in the run before (warn from 5).",
        "The data have 500 rows, and had 1,000 in the run before (warn from a change of 30.0 %).",
    )


def test_the_shift_of_cohorts_by_hand():
    found = shift_of_cohorts({"active": 60, "inactive": 40}, {"active": 45, "nonactive": 30, "inactive": 25})
    shares = np.array([[0.6, 0.4, 0.0001], [0.45, 0.25, 0.3]])
    assert found.psi == pytest.approx(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    assert (found.cohort, found.points) == ("nonactive", 30.0)


def test_thresholds_are_the_recipes():
    found = parse_recipe({"refresh": {"psi_warn": 0.3, "psi_refit": 0.5}}).refresh
    assert decide(drift(psi=0.29), found, names=NAMES).action == "keep"
    assert decide(drift(psi=0.49), found, names=NAMES).action == "warn"
    with pytest.raises(ValidationError, match=r"psi_warn has to be at most psi_refit \(0.25\), not 0.3"):
        Refresh(psi_warn=0.3)
    with pytest.raises(ValidationError, match=r"far_warn has to be at most far_refit \(0.02\), not 0.05"):
        Refresh(far_refit=0.02)


def test_customers_move_when_they_are_sure_and_have_stayed():
    before = np.array([0, 0, 0, 0, ABSENT, 0, -1])
    now = np.array([1, 1, 1, 0, 1, -1, 2])
    sure = np.array([0.3, 0.29, 0.9, 0.0, 0.0, np.nan, 0.5])
    stays = np.array([2, 2, 1, 2, 0, 2, 2])
    assert steady(before, now, sure, stays, margin=0.3, min_stay=2).tolist() == [1, 0, 0, 0, 1, -1, 2]
    assert steady(before, now, sure, stays, margin=0.0, min_stay=0).tolist() == now.tolist()
