"""The archetypes of R/F/M segmentation as data, and how far a segment is from each.

A segment's place is the rank of its customers among all (see ``statistics.Standing``) on three axes, each 0 to 1:
recency (1 = ordered most recently), frequency, monetary. The places of the archetypes follow the R × F grid and the
R-F-M list of codes (1–5) that marketers use: code 1 is 0.1, code 3 is 0.5, code 5 is 0.9.
"""

from __future__ import annotations

from dataclasses import dataclass

from .vocabulary import VOCABULARIES

Range = tuple[float, float]
ANY: Range = (0.0, 1.0)


@dataclass(frozen=True)
class Archetype:
    """A kind of customer group.

    Attributes
    ----------
    name, tone
        What people call it, and the family of its colour.
    place
        Recency, frequency and monetary rank of the typical group of this kind.
    recency, frequency, monetary, tenure
        Ranks outside which the name would mislead; *tenure* counts only where the table has ``tenure_days``.
    above_average
        Whether the name claims above-average spend and more orders than average.
    """

    name: str
    tone: str
    place: tuple[float, float, float]
    recency: Range = ANY
    frequency: Range = ANY
    monetary: Range = ANY
    tenure: Range = ANY
    above_average: bool = False


@dataclass(frozen=True)
class Place:
    """Where a segment stands: its ranks, whether it spends and orders more than average, and whether it is ahead of
    every other segment in recency, orders and spend.
    """

    recency: float
    frequency: float
    monetary: float
    tenure: float | None
    above_average: bool
    best_in_all: bool


CHAMPIONS = "Champions"

# Every place is within the limits of at least one of them (tested).
RFM_ARCHETYPES = (
    Archetype(CHAMPIONS, "valuable", (0.86, 0.88, 0.88), (0.5, 1), (0.6, 1), (0.6, 1), above_average=True),
    Archetype("Loyal Customers", "valuable", (0.62, 0.74, 0.74), (0.5, 1), (0.55, 1), (0.45, 1)),
    Archetype("Potential Loyalists", "promising", (0.78, 0.48, 0.48), (0.5, 1), (0.25, 0.75), ANY),
    Archetype("New Customers", "promising", (0.90, 0.20, 0.25), (0.6, 1), (0, 0.45), ANY, (0, 0.4)),
    Archetype("Promising", "promising", (0.72, 0.20, 0.25), (0.5, 1), (0, 0.5), ANY),
    Archetype("Need Attention", "fading", (0.50, 0.50, 0.50), (0.2, 1)),
    Archetype("About to Sleep", "fading", (0.48, 0.24, 0.28), (0.25, 0.65), (0, 0.5), (0, 0.6)),
    Archetype("At Risk", "fading", (0.24, 0.60, 0.60), (0, 0.45), ANY, (0.35, 1)),
    Archetype("Can't Lose Them", "fading", (0.20, 0.84, 0.86), (0, 0.4), (0.5, 1), (0.65, 1), above_average=True),
    Archetype("Hibernating", "lost", (0.26, 0.28, 0.30), (0, 0.45), ANY, (0, 0.8)),
    Archetype("Lost", "lost", (0.10, 0.16, 0.16), (0, 0.3), (0, 0.45), (0, 0.45)),
)

ALL_CUSTOMERS = Archetype("All Customers", "promising", (0.5, 0.5, 0.5))
SET_APART = Archetype("Outliers", "noise", (0.5, 0.5, 0.5))
NOISE = Archetype("Noise", "noise", (0.5, 0.5, 0.5))

# For tables without R/F/M all that is known is the order of value; four tiers, one per colour.
TIERS = (
    Archetype("Top Value", "valuable", (0.5, 0.5, 0.5)),
    Archetype("Upper Value", "promising", (0.5, 0.5, 0.5)),
    Archetype("Lower Value", "fading", (0.5, 0.5, 0.5)),
    Archetype("Base Value", "lost", (0.5, 0.5, 0.5)),
)

KINDS = tuple(
    Archetype(kind.name, kind.tone, (0.5, 0.5, 0.5))
    for vocabulary in VOCABULARIES.values()
    for kind in vocabulary.kinds
)
"""What vocabularies name; their claims, not their place, say whether a segment is one of them."""

ARCHETYPES = {kind.name: kind for kind in (*RFM_ARCHETYPES, ALL_CUSTOMERS, SET_APART, NOISE, *TIERS, *KINDS)}
"""Every archetype a segment can have, by name: the keys of a playbook."""

IMPOSSIBLE = 1e6
"""Cost of a name that would mislead."""


def distance(place: Place, kind: Archetype) -> float:
    """Return the squared distance, in fifths of the customers (steps of a 1–5 score), or IMPOSSIBLE.

    Squared, so that the optimal choice of names keeps the order of value: where one segment is better than another on
    every axis, exchanging a better name for a worse one always costs more.

    >>> top = Place(0.86, 0.88, 0.88, tenure=None, above_average=True, best_in_all=True)
    >>> min(RFM_ARCHETYPES, key=lambda kind: distance(top, kind)).name
    'Champions'
    """
    if place.best_in_all and place.above_average:
        return 0.0 if kind.name == CHAMPIONS else IMPOSSIBLE
    ranks = (place.recency, place.frequency, place.monetary)
    allowed = [low <= rank <= high for rank, (low, high) in zip(ranks, _limits(kind), strict=True)]
    too_old = place.tenure is not None and not kind.tenure[0] <= place.tenure <= kind.tenure[1]
    if not all(allowed) or too_old or (kind.above_average and not place.above_average):
        return IMPOSSIBLE
    return sum((5 * (rank - typical)) ** 2 for rank, typical in zip(ranks, kind.place, strict=True))


def tier(rank: int, count: int) -> Archetype:
    """Return the tier of the segment that is number *rank* (from 0) of *count* in order of value.

    >>> [tier(rank, 3).name for rank in range(3)]
    ['Top Value', 'Upper Value', 'Lower Value']
    """
    return TIERS[4 * rank // count]


def _limits(kind: Archetype) -> tuple[Range, Range, Range]:
    return kind.recency, kind.frequency, kind.monetary
