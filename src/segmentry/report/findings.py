"""The five sentences at the top of the report, each computed from the data and true of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..charts.concentration import revenue_of_top
from ..cluster.result import Clustering
from ..core import display
from ..core.tables import CustomerTable
from ..profile.archetypes import TIERS
from ..profile.phrases import in_words, money_word
from ..profile.segments import Segment

if TYPE_CHECKING:  # these stages bring Ibis along, which drawing does not need
    from ..clean.ledger import Ledger
    from ..movement.transitions import Step

Finding = dict[str, Any]

_TIERS = {kind.name for kind in TIERS}


def five_findings(
    segments: tuple[Segment, ...], customers: CustomerTable, clustering: Clustering, ledger: Ledger | None
) -> list[Finding]:
    """Return value, risk, concentration, data left out, certainty, each ``{about, text, segment}`` (an id or None)."""
    return [
        value(segments, money_word(customers)),
        risk(segments),
        concentration(segments, customers),
        left_out(customers, ledger),
        certainty(clustering),
    ]


def lately(step: Step, names: Mapping[int, str]) -> Finding:
    """Return who left which segment in the last period, or since the run before."""
    from ..movement.sentences import headline

    return _finding("Movement", headline(step, names), None)


def value(segments: tuple[Segment, ...], money_is: str = "revenue") -> Finding:
    """Return who brings most."""
    with_money = [segment for segment in segments if segment.revenue_share is not None]
    if with_money:
        groups = [segment for segment in with_money if segment.id >= 0] or with_money
        best = max(groups, key=lambda segment: (segment.revenue_share or 0.0, -segment.id))
        money = display.number(best.revenue or 0.0, "money")
        text = (
            f"{display.count(best.customers)} {best.name}, {display.share(best.share)} of customers, "
            f"bring {display.share(best.revenue_share or 0.0)} of {money_is} ({money})."
        )
        apart = next((segment for segment in with_money if segment.id < 0), None)
        if apart is not None and apart is not best and (apart.revenue_share or 0.0) > (best.revenue_share or 0.0):
            text += f" {display.count(apart.customers)} customers in no segment bring more: "
            text += f"{display.share(apart.revenue_share or 0.0)}."
        return _finding("Value", text, best)
    largest = max(segments, key=lambda segment: (segment.customers, -segment.id))
    size = f"{display.counted(largest.customers)}, {display.share(largest.share)}"
    text = f"{largest.name} are the largest segment: {size}."
    return _finding("Size", text, largest)


def risk(segments: tuple[Segment, ...]) -> Finding:
    """Return who is fading, since when, and the money at stake."""
    fading = [segment for segment in segments if segment.tone == "fading"]
    lost = [segment for segment in segments if segment.tone == "lost"]
    if not fading and not lost:
        return _finding("Risk", "No segment stands out as fading or lost.", None)
    if not any("recency_days" in segment.features for segment in segments):
        return _watch(fading, lost)
    worst = max(fading or lost, key=lambda segment: (_stake(segment), segment.customers, -segment.id))
    state = "are fading" if fading else "are lost or nearly so"
    recency = worst.features.get("recency_days")
    since = "" if recency is None or math.isnan(recency.median) else _silence(recency.median)
    money = f"; {display.number(_stake(worst), 'money')} at stake" if _stake(worst) > 0 else ""
    return _finding("Risk", f"{display.count(worst.customers)} {worst.name} {state}{since}{money}.", worst)


def _watch(fading: list[Segment], lost: list[Segment]) -> Finding:
    """Return whom to watch where no dates say who is leaving: the largest segment that is named so, else the lowest."""
    named = [segment for segment in fading if segment.archetype not in _TIERS]
    if named:
        worst = max(named, key=lambda segment: (segment.customers, -segment.id))
        size = f"{display.counted(worst.customers)}, {display.share(worst.share)}"
        return _finding("To watch", f"{worst.name}: {size}. {worst.reason}", worst)
    lowest = max([*fading, *lost], key=lambda segment: segment.id)
    size = f"{display.counted(lowest.customers)}, {display.share(lowest.share)}"
    return _finding("Lowest value", f"{lowest.name} stand lowest in the order of value: {size}.", lowest)


def concentration(segments: tuple[Segment, ...], customers: CustomerTable) -> Finding:
    """Return how unevenly revenue is spread; without money, which feature tells the segments apart most."""
    monetary = customers.values.get("monetary")
    if monetary is not None and np.nansum(monetary) > 0:
        tenth = revenue_of_top(monetary, 0.1)
        ordered = np.sort(monetary[np.isfinite(monetary)])[::-1]
        half = int(np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)) + 1
        text = (
            f"The top 10 % of customers bring {display.share(tenth)} of {money_word(customers)}; "
            f"half of it comes from {_part(half, customers)}."
        )
        return _finding("Concentration", text, None)
    return _finding("Difference", _widest_difference(segments, customers), None)


def _part(number: int, customers: CustomerTable) -> str:
    """Return how many customers *number* of them are; of a sample, their share."""
    if customers.stands_for is not None:
        return f"{display.share(number / len(customers))} of customers"
    return f"{display.count(number)} of {display.count(len(customers))} customers"


def left_out(customers: CustomerTable, ledger: Ledger | None) -> Finding:
    """Return how much of the data cleaning set aside, and why most of it."""
    if ledger is None or ledger.kept.rows == ledger.total.rows:
        return _finding(
            "Left out", f"Nothing was set aside: all {display.count(customers.count)} customers are in a segment.", None
        )
    rows = ledger.total.rows - ledger.kept.rows
    main = max(ledger.set_aside, key=lambda line: line.rows)
    share = display.share(rows / ledger.total.rows)
    text = (
        f"{display.count(rows)} of {display.count(ledger.total.rows)} rows ({share}) were set aside, "
        f"{display.count(main.rows)} of them for: {main.reason}."
    )
    return _finding("Left out", text, None)


def certainty(clustering: Clustering) -> Finding:
    """Return how clear the groups are and how surely they are found again."""
    choice = clustering.choice
    if choice.k == 1:
        return _finding("Certainty", "There is one segment: nothing was found that splits these customers.", None)
    own = next((score for score in choice.scores if score.k == choice.k), None)
    words = {
        "none": "The data show no clear groups: read the segments as bands of one continuum",
        "weak": "The groups are weakly separated",
        "moderate": "The groups are moderately separated",
        "strong": "The groups are clearly separated",
    }
    text = words.get(choice.structure, f"Structure: {choice.structure}")
    if own is not None and math.isfinite(own.silhouette):
        sampled = f", {choice.measured_text}" if own.silhouette_error > 0 else ""
        text += f" (silhouette {own.silhouette_text}{sampled})"
    if own is not None and math.isfinite(own.stability):
        text += f"; resampled data give the same segments with an agreement of {own.stability:.2f} (1 = identical)"
    return _finding("Certainty", f"{text}.", None)


def _silence(days: float) -> str:
    return f": half of them have been silent for {display.number(days, 'days')} or longer"


def _stake(segment: Segment) -> float:
    money = segment.play.money_at_stake
    return money if math.isfinite(money) else 0.0


def _widest_difference(segments: tuple[Segment, ...], customers: CustomerTable) -> str:
    """Return the feature whose segment means lie farthest apart, in standard deviations of all customers."""
    if len(segments) < 2:
        return "There is nothing to compare: one segment holds all customers."
    best, found = 0.0, ""
    for column in customers.columns:
        if column.unit == "code" or not np.isfinite(customers.values[column.name]).any():
            continue
        means = [
            (segment.features[column.name].mean, segment.name)
            for segment in segments
            if column.name in segment.features and math.isfinite(segment.features[column.name].mean)
        ]
        spread = float(np.nanstd(customers.values[column.name])) if means else 0.0
        if not means or not spread > 0:
            continue
        (low, lowest), (high, highest) = min(means), max(means)
        if (high - low) / spread > best:
            best = (high - low) / spread
            little, much = display.number(low, column.unit), display.number(high, column.unit)
            apart = f"{little} on average in {lowest}, {much} in {highest}"
            found = f"Segments differ most in {in_words(column)}: {apart}."
    return found or "No feature differs between the segments."


def _finding(about: str, text: str, segment: Segment | None) -> Finding:
    return {"about": about, "text": text, "segment": None if segment is None else segment.id}
