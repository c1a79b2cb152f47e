"""A generated table of recency, frequency and monetary value: four kinds of customers, as marketers teach them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.seeds import generator
from .groups import shared_out

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Group:
    """Customers who behave alike: their share, and mean and standard deviation of recency, orders and spend."""

    name: str
    share: float
    recency: tuple[float, float]
    orders: tuple[float, float]
    spend: tuple[float, float]


GROUPS = (
    Group("High-Value Loyal", 0.24, (25, 18), (22, 5), (2400, 550)),
    Group("At-Risk High-Value", 0.18, (215, 50), (17, 4.5), (2050, 500)),
    Group("New/Potential", 0.26, (32, 22), (3.5, 1.6), (380, 190)),
    Group("Low-Value/Churned", 0.32, (275, 55), (2.5, 1.2), (240, 130)),
)
LONGEST = 365  # days: the table looks back a year


def generate_rfm(path: Path, *, customers: int = 10_000, seed: int = 7) -> dict[str, str]:
    """Write one line a customer (customer_id, recency_days, frequency, monetary) to the CSV file *path* and return each
    customer's true group.
    """
    random = generator(seed, "rfm customers")
    groups = shared_out([group.share for group in GROUPS], customers, random)

    def drawn(name: str) -> Floats:
        mean, spread = np.array([getattr(group, name) for group in GROUPS])[groups].T
        values: Floats = random.gamma((mean / spread) ** 2, spread**2 / mean)
        return values

    recency = np.clip(np.round(drawn("recency")), 1, LONGEST).astype(np.int64)
    orders = np.maximum(1, np.round(drawn("orders"))).astype(np.int64)
    spend = np.maximum(1.0, drawn("spend"))
    ids = [f"C{number:05d}" for number in range(1, customers + 1)]
    rows = zip(ids, recency.tolist(), orders.tolist(), spend.tolist(), strict=True)
    lines = [f"{who},{days},{count},{money:.2f}" for who, days, count, money in rows]
    path.write_text("\n".join(["customer_id,recency_days,frequency,monetary", *lines, ""]), encoding="utf-8")
    return {who: GROUPS[group].name for who, group in zip(ids, groups.tolist(), strict=True)}
