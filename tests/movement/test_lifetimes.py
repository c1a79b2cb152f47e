"""Lifetimes from features: the same as from the purchases themselves."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from segmentry.core.tables import Column, CustomerTable
from segmentry.movement import fit_alive, lifetimes


@pytest.fixture(scope="module")
def purchases() -> list[np.ndarray]:
    """The days with a purchase of 300 customers in a year, each at a rate of their own, some leaving early."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(300):
        first = int(rng.integers(0, 300))
        end = first + int(rng.exponential(150))
        days = first + np.cumsum(rng.exponential(rng.gamma(2.0, 20.0), size=40)).astype(int)
        found.append(np.unique([first, *days[days < min(end, 365)]]))
    return found


def table(purchases: list[np.ndarray], as_of: int = 365) -> CustomerTable:
    gaps = [np.diff(days).mean() if len(days) > 1 else np.nan for days in purchases]
    values = {
        "recency_days": np.array([as_of - days.max() for days in purchases], dtype=float),
        "tenure_days": np.array([as_of - days.min() for days in purchases], dtype=float),
        "days_between_orders_mean": np.array(gaps),
    }
    ids = np.array([f"{number:03d}" for number in range(len(purchases))], dtype=object)
    return CustomerTable(ids, values, tuple(map(Column, values)), date(2025, 1, 1))


def test_features_say_as_much_as_the_days_themselves(purchases):
    repeats = [len(days) - 1 for days in purchases]
    last = [float(days.max() - days.min()) for days in purchases]
    age = [365.0 - days.min() for days in purchases]
    model = fit_alive(repeats, last, age)
    found = lifetimes(table(purchases), ahead=30)
    assert found is not None
    np.testing.assert_allclose(found.alive, model.probability_alive(repeats, last, age), rtol=1e-6)
    np.testing.assert_allclose(found.purchase_days, model.expected_purchases(repeats, last, age, ahead=30), rtol=1e-6)


def test_who_came_on_the_as_of_date_is_not_judged(purchases):
    found = lifetimes(table([*purchases, np.array([365])]), ahead=30)
    assert found is not None
    assert np.isnan(found.alive[-1])
    assert np.isfinite(found.alive[:-1]).all()


def test_without_the_features_or_repeats_nothing_is_said(purchases):
    customers = table(purchases)
    fewer = CustomerTable(customers.ids, {"recency_days": customers.values["recency_days"]}, (), customers.as_of)
    assert lifetimes(fewer, ahead=30) is None
    assert lifetimes(table([days[:1] for days in purchases]), ahead=30) is None
    assert lifetimes(table(purchases[:50]), ahead=30) is None
