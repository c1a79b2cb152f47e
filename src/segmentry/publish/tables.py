"""The two tables of every run as columns: one row per customer, one row per segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable
from ..profile import Segment

OWN = frozenset(
    {
        "customer_id", "cohort", "segment", "segment_id", "confidence", "nearest_other_segment", "is_outlier",
        "rule_segment", "rule_code",
    }
)  # fmt: skip
SHARES = "membership_"


def column_of(feature: str) -> str:
    """Return the column that *feature* has in the customers table: its name, unless that says what was found.

    Case does not tell columns apart: to an engine, and in a Parquet file that one wrote, they are the same.

    >>> column_of("monetary"), column_of("Segment")
    ('monetary', 'Segment_in_data')
    """
    plain = feature.casefold()
    return f"{feature}_in_data" if plain in OWN or plain.startswith(SHARES) else feature


def customers_table(
    customers: CustomerTable,
    *,
    names: Mapping[int, str],
    labels: NDArray[np.int64],
    nearest_other: NDArray[np.int64],
    confidence: NDArray[np.float64],
    is_outlier: NDArray[np.bool_],
    memberships: NDArray[np.float64] | None = None,
    declared: Mapping[str, NDArray[Any]] | None = None,
) -> dict[str, NDArray[Any]]:
    """Return one array per column: id, segment, segment id, features, confidence, next segment, outlier or not, the
    *memberships*, shape (n, k), of a mixture (``membership_0`` …, by segment id), and what rules declare.

    A feature that has the name of another column is called otherwise (``column_of``).
    """
    shares = {} if memberships is None else {f"{SHARES}{j}": share for j, share in enumerate(memberships.T)}
    name_of = np.vectorize(lambda label: names.get(label, ""), otypes=[object])
    return {
        "customer_id": customers.ids,
        "segment": name_of(labels),
        "segment_id": labels.astype(np.int64),
        **{column_of(feature): values for feature, values in customers.values.items()},
        "confidence": confidence,
        "nearest_other_segment": name_of(nearest_other),
        "is_outlier": is_outlier,
        **shares,
        **(declared or {}),
    }


def segments_table(segments: Sequence[Segment]) -> dict[str, list[Any]]:
    """Return one list per column: id, name, size, revenue, mean and median of each feature, reason and advice."""
    features = list(segments[0].features)
    table: dict[str, list[Any]] = {
        "segment_id": [segment.id for segment in segments],
        "segment": [segment.name for segment in segments],
        "customers": [segment.customers for segment in segments],
        "share": [segment.share for segment in segments],
        "revenue": [segment.revenue for segment in segments],
        "revenue_share": [segment.revenue_share for segment in segments],
    }
    for feature in features:
        table[f"{feature}_mean"] = [segment.features[feature].mean for segment in segments]
        table[f"{feature}_median"] = [segment.features[feature].median for segment in segments]
    return table | {
        "archetype": [segment.archetype for segment in segments],
        "reason": [segment.reason for segment in segments],
        "goal": [segment.play.goal for segment in segments],
        "action": [segment.play.action for segment in segments],
        "channel": [segment.play.channel for segment in segments],
        "message": [segment.play.message for segment in segments],
        "money_at_stake": [segment.play.money_at_stake for segment in segments],
    }
