"""The playbook filled in from the data: each segment's advice with its own numbers and the money at stake."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..core.display import MISSING, count, number, share
from .archetypes import Archetype
from .playbook import Playbook
from .segments import Play
from .statistics import FeatureStatistics, Groups


def plays(
    playbook: Playbook,
    kinds: Sequence[Archetype],
    names: Sequence[str],
    groups: Groups,
    statistics: Mapping[str, FeatureStatistics],
) -> list[Play]:
    """Return the advice for each segment; money is NaN where the table has none."""
    money = statistics.get("monetary")
    filled = []
    for position, kind in enumerate(kinds):
        advice = playbook.advice[kind.name]
        better = _next_better(money, kinds, position)
        gap = 0.0 if money is None or better is None else float(money.median[better] - money.median[position])
        revenue = math.nan if money is None else float(money.total[position])
        at_stake = advice.stake.money(revenue=revenue, customers=int(groups.sizes[position]), gap=gap)
        facts = _facts(groups, statistics, position) | {
            "name": names[position],
            "money_at_stake": number(at_stake, "money"),
            "stake_share": f"{advice.stake.share * 100:.3g} %",
            "next_segment": "a better segment" if better is None else names[better],
        }
        filled.append(advice.fill(facts, at_stake))
    return filled


def _next_better(money: FeatureStatistics | None, kinds: Sequence[Archetype], position: int) -> int | None:
    """Return the segment with the next higher median spend that is a place to move to: valuable or promising."""
    if money is None:
        return None
    higher = [
        (float(median), other)
        for other, median in enumerate(money.median)
        if median > money.median[position] and kinds[other].tone in {"valuable", "promising"}
    ]
    return min(higher)[1] if higher else None


def _facts(groups: Groups, statistics: Mapping[str, FeatureStatistics], position: int) -> dict[str, str]:
    """Return what a placeholder can say about the segment, as text for people."""
    money = statistics.get("monetary")
    whole = math.nan if money is None else float(money.total.sum())
    customers = int(groups.sizes[position])
    return {
        "customers": count(customers),
        "share": share(customers / int(groups.sizes.sum())),
        "revenue": MISSING if money is None else number(float(money.total[position]), "money"),
        "revenue_share": share(float(money.total[position]) / whole) if money is not None and whole > 0 else MISSING,
        "last_order_days": _figure(statistics, "recency_days", "median", position),
        "orders": _figure(statistics, "frequency", "mean", position),
        "spend": _figure(statistics, "monetary", "mean", position),
    }


def _figure(statistics: Mapping[str, FeatureStatistics], feature: str, statistic: str, position: int) -> str:
    return number(float(getattr(statistics[feature], statistic)[position])) if feature in statistics else MISSING
