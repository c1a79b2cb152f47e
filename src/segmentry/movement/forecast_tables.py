"""A forecast as tables: customers, segments, and whom to save, with the names of segments in place of ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .forecast import Forecast
from .history import ABSENT
from .lifetimes import Lifetimes
from .tables import namer

GONE = "(no customer)"  # what the place of those is called who have left the window
PROBABILITY = "probability_"


def forecast_columns(forecast: Forecast, expected: Lifetimes | None) -> dict[str, NDArray[Any]]:
    """Return the table ``forecast.parquet``: one row per customer, as NumPy columns.

    ``customer_id, segment, next_date, next_segment, next_probability``, the probability of each segment
    (``probability_0`` … by the ids that tables show, ``probability_gone``), ``risk_of_leaving`` the valuable segments
    and ``value_at_risk``; where purchases tell, ``probability_alive`` and ``expected_purchase_days`` until then.
    """
    named = namer({**forecast.history.names, ABSENT: GONE})
    count = len(forecast.ids)
    columns = {
        "customer_id": forecast.ids,
        "segment": named(forecast.segment),
        "next_date": np.full(count, forecast.date, dtype="datetime64[D]"),
        "next_segment": named(forecast.next_segment),
        "next_probability": forecast.probability,
        **{
            f"{PROBABILITY}{'gone' if label == ABSENT else label}": forecast.probabilities[:, place]
            for place, label in enumerate(forecast.classes.tolist())
        },
        "risk_of_leaving": forecast.risk_of_leaving,
        "value_at_risk": forecast.value_at_risk,
    }
    if expected is not None:
        columns |= {"probability_alive": expected.alive, "expected_purchase_days": expected.purchase_days}
    return columns


def expected_columns(forecasts: Sequence[Forecast]) -> dict[str, list[Any]]:
    """Return the table ``forecast.csv``: one row per date and segment, customers and money with 80 % intervals."""
    names = {**forecasts[0].history.names, ABSENT: GONE}
    rows = [(one.date, expected) for one in forecasts for expected in one.expected()]
    labels = forecasts[0].segment
    now = {label: int((labels == label).sum()) for label in names}
    figures = ("size", "size_low", "size_high", "money", "money_low", "money_high")
    titles = ("customers", "customers_low", "customers_high", "money", "money_low", "money_high")
    return {
        "date": [day for day, _ in rows],
        "segment": [names[one.segment] for _, one in rows],
        "customers_now": [now[one.segment] for _, one in rows],
        **{
            title: [round(getattr(one, figure), 2) for _, one in rows]
            for title, figure in zip(titles, figures, strict=True)
        },
    }


def saving_columns(forecast: Forecast) -> dict[str, list[Any]]:
    """Return the table ``worth_saving.csv``: customers of valuable segments, those with most value at risk first."""
    names = {**forecast.history.names, ABSENT: GONE}
    rows = forecast.worth_saving()
    return {
        "customer_id": [row.customer_id for row in rows],
        "segment": [names[row.segment] for row in rows],
        "next_segment": [names[row.next_segment] for row in rows],
        "risk_of_leaving": [round(row.risk, 4) for row in rows],
        "money": [round(row.money, 2) for row in rows],
        "value_at_risk": [round(row.value_at_risk, 2) for row in rows],
    }
