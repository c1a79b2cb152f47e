"""Histories made by hand, or by chance: who was where on which date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from segmentry.core.tables import CustomerTable
from segmentry.movement import ABSENT, History, Snapshot, snapshot_dates

NAMES = {0: "Champions", 1: "Regular buyers", 2: "Sleeping", -1: "Set apart"}
TONES = {0: "valuable", 1: "promising", 2: "fading", -1: "noise"}


def snapshot(ids: Any, labels: Any, features: Any, as_of: date) -> Snapshot:
    """The snapshot of one date, from what is known of all customers (ABSENT: no customer then)."""
    rows = np.flatnonzero(labels != ABSENT)
    values = {name: values[rows] for name, values in features.items()}
    return Snapshot(CustomerTable(ids[rows], values, (), as_of), rows, labels[rows])


@pytest.fixture(scope="session")
def history() -> Callable[..., History]:
    """Build a history from labels, shape (customers, dates); *idle* are those of the same customers one date later had
    they done nothing, *money* what they had spent; *more* features have the same shape.
    """

    def build(
        labels: Any,
        idle: Any = None,
        money: Any = None,
        *,
        names: dict[int, str] = NAMES,
        tones: dict[int, str] = TONES,
        every: str = "month",
        **more: Any,
    ) -> History:
        labels = np.array(labels, dtype=np.int64)
        idle = labels if idle is None else np.array(idle, dtype=np.int64)
        money = np.ones(labels.shape) if money is None else np.array(money, dtype=np.float64)
        ids = np.array([f"c{place:05d}" for place in range(len(labels))], dtype=object)
        count = labels.shape[1]
        dates = snapshot_dates(date(2024, 12, 31), "month", count, ahead=1)
        features = [
            {"monetary": money[:, place], **{name: more[name][:, place] for name in more}} for place in range(count)
        ]
        return History(
            ids,
            tuple(snapshot(ids, labels[:, place], features[place], dates[place]) for place in range(count)),
            tuple(snapshot(ids, idle[:, place], features[place], dates[place + 1]) for place in range(count)),
            names,
            tones,
            every,
        )

    return build


@pytest.fixture(params=[1, 2, 3])
def by_chance(request, history) -> tuple[Any, Any, Any, History]:
    """Labels, what they would be without doing anything, money, and the history of these: 120 customers, 6 dates."""
    rng = np.random.default_rng(request.param)
    labels = rng.choice([ABSENT, -1, 0, 1, 2], (120, 6), p=[0.2, 0.1, 0.2, 0.2, 0.3])
    labels[:, 1:] = np.where(rng.random((120, 5)) < 0.5, labels[:, :-1], labels[:, 1:])  # many stay
    idle = np.where(rng.random((120, 6)) < 0.6, labels, rng.choice([ABSENT, 0, 1, 2], (120, 6)))
    idle[labels == ABSENT] = ABSENT  # who is not there does nothing
    money = rng.integers(1, 10_000, (120, 6)) / 100
    return labels, idle, money, history(labels, idle, money)
