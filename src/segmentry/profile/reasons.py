"""Why a segment has its name: one sentence in the segment's own numbers, beside those of all customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.display import number
from .distinctive import Measured, most_distinctive, stands_out
from .phrases import in_words, sentence


def rfm_reason(measured: Mapping[str, Measured], position: int) -> str:
    """Return recency (median), orders and spend (means) of the segment, each beside that of all customers."""
    recency, orders, spend = (measured[name] for name in ("recency_days", "frequency", "monetary"))
    median, everyone = recency.statistics.median[position], recency.standing.overall_median
    last = f"Last {(orders.column.unit or 'orders').removesuffix('s')}"
    return (
        f"{last} {_counted(median, recency.column.unit or 'days')} ago (median; all: {number(everyone)}), "
        f"{_counted(orders.statistics.mean[position], orders.column.unit or 'orders')} "
        f"(mean; all: {number(orders.statistics.overall_mean)}), "
        f"{number(spend.statistics.mean[position])} {spend.column.noun or 'spent'} "
        f"(mean; all: {number(spend.statistics.overall_mean)})."
    )


def distinctive_reason(measured: Sequence[Measured], position: int, *, first: Sequence[Measured] = ()) -> str:
    """Return the means of the features that stand out in the segment, or of the one that does most if none does.

    Those that the name speaks of come *first*.
    """
    ranked = most_distinctive(measured, position)
    others = (feature for feature in ranked if stands_out(feature, position) and feature not in first)
    telling = [*first, *others][:3]
    if telling:
        return sentence(", ".join(_beside(feature, position) for feature in telling)) + "."
    if not ranked:
        return "No feature tells it from all customers."
    return f"Nothing stands out; what differs most is {_beside(ranked[0], position)}."


def size_reason(customers: int) -> str:
    """Return why there is one segment only."""
    return f"One segment holds all {_counted(customers, 'customers')}."


def _beside(feature: Measured, position: int) -> str:
    unit = "share" if feature.column.unit == "share" else ""
    own, everyone = float(feature.statistics.mean[position]), feature.statistics.overall_mean
    return f"{in_words(feature.column)} {number(own, unit)} (mean; all: {number(everyone, unit)})"


def _counted(value: float, unit: str) -> str:
    """Return ``12 days``, ``1 day``, ``4.3 orders``."""
    text = number(float(value))
    return f"{text} {unit.removesuffix('s') if text == '1' else unit}"
