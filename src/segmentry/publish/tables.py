"""The two tables of every run as columns: one row per customer, one row per segment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable
from ..profile import Segment

SINCE, HELD = "segment_since", "is_held_back"  # of a refresh: from which day on, and who stays against the model
# Columns of the customers table that are no features (memberships of a mixture are not known by name).
OWN = frozenset(
    ("customer_id", "cohort", "segment", "segment_id", "confidence", "nearest_other_segment", "is_outlier",
     "rule_code", "rule_segment", "as_of", "run_id", "previous_segment", SINCE, HELD)
)  # fmt: skip
MEMBERSHIP = "membership_"
UNCHANGED: Mapping[int, int] = MappingProxyType({})


def feature_columns(features: Iterable[str]) -> dict[str, str]:
    """Return the column of the customers table for each of *features*: its name, with ``_`` behind it where a column
    of the table's own, or of another feature, is called so. Case does not tell columns apart: engines ignore it.

    >>> feature_columns(["recency_days", "Segment", "segment_"])
    {'recency_days': 'recency_days', 'segment_': 'segment_', 'Segment': 'Segment__'}
    """
    names = list(features)
    found: dict[str, str] = {}
    taken = set(OWN)
    for name in sorted(names, key=lambda name: (_is_own(name), names.index(name))):
        column = name
        while column.casefold() in taken or _is_own(column):
            column += "_"
        found[name] = column
        taken.add(column.casefold())
    return found


def _is_own(name: str) -> bool:
    folded = name.casefold()
    return folded in OWN or (folded.startswith(MEMBERSHIP) and folded.removeprefix(MEMBERSHIP).isdigit())


def customers_table(
    customers: CustomerTable,
    *,
    names: Mapping[int, str],
    labels: NDArray[np.int64],
    nearest_other: NDArray[np.int64],
    confidence: NDArray[np.float64],
    is_outlier: NDArray[np.bool_],
    memberships: NDArray[np.float64] | None = None,
    numbers: Mapping[int, int] = UNCHANGED,
    declared: Mapping[str, NDArray[Any]] | None = None,
) -> dict[str, NDArray[Any]]:
    """Return one array per column: id, segment, segment id, features (see feature_columns),
    confidence, next segment, outlier or not, the
    *memberships*, shape (n, k), of a mixture (``membership_0`` …, by segment id), and what rules declare.

    *numbers* are the ids that tables show of segments that kept one from an earlier run.
    """
    shares = {} if memberships is None else {f"{MEMBERSHIP}{j}": share for j, share in enumerate(memberships.T)}
    columns = feature_columns(customers.values)
    name_of = np.vectorize(lambda label: names.get(label, ""), otypes=[object])
    return {
        "customer_id": customers.ids,
        "segment": name_of(labels),
        "segment_id": shown_ids(labels, numbers),
        **{columns[name]: values for name, values in customers.values.items()},
        "confidence": confidence,
        "nearest_other_segment": name_of(nearest_other),
        "is_outlier": is_outlier,
        **shares,
        **(declared or {}),
    }


def shown_ids(labels: NDArray[np.int64], numbers: Mapping[int, int]) -> NDArray[np.int64]:
    """Return the id that tables show of each of *labels*, given the *numbers* of those where it is another."""
    found = labels.astype(np.int64)
    for label, number in numbers.items():
        found[labels == label] = number
    return found


def segments_table(segments: Sequence[Segment]) -> dict[str, list[Any]]:
    """Return one list per column: id, name, size, revenue, mean and median of each feature, reason and advice."""
    features = list(segments[0].features)
    table: dict[str, list[Any]] = {
        "segment_id": [segment.number for segment in segments],
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
