"""The segments table: one row per segment, with size, money, statistics in real units, name, reason and advice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

TONES = ("valuable", "promising", "fading", "lost", "noise")
"""The families of colours that say what segments mean, the most welcome first."""


@dataclass(frozen=True)
class FeatureSummary:
    """One feature within one segment, in real units; ``index`` is the mean against that of all customers (100)."""

    mean: float
    median: float
    lower_quartile: float
    upper_quartile: float
    index: float


@dataclass(frozen=True)
class Play:
    """What to do with a segment: goal, action, channel, message, and the money at stake, in the data's currency."""

    goal: str
    action: str
    channel: str
    message: str
    money_at_stake: float


@dataclass(frozen=True)
class Segment:
    """One segment.

    Attributes
    ----------
    id
        0, 1, 2 … in order of value; -1 for a segment of outliers that were set apart.
    name, archetype, reason
        The name shown, the archetype of the playbook it stems from, and one sentence that says why.
    tone
        The family of its colour: valuable, promising, fading, lost or noise.
    customers, share
        Number of customers, and their share of all customers (0 to 1).
    revenue, revenue_share
        Sum of ``monetary`` and its share; missing for a customer table that has no money.
    features
        Feature name to its summary.
    play
        The advice.
    shade
        Which of the colours of its tone it has.
    public_id
        The id that tables show, where it is not ``id``: from one refit to the next it stays the same.
    """

    id: int
    name: str
    archetype: str
    reason: str
    tone: str
    customers: int
    share: float
    revenue: float | None
    revenue_share: float | None
    features: dict[str, FeatureSummary]
    play: Play
    shade: int | None = None
    public_id: int | None = None

    @property
    def number(self) -> int:
        """The id that tables show."""
        return self.id if self.public_id is None else self.public_id


@dataclass(frozen=True)
class Identity:
    """What a segment keeps from an earlier run: name, archetype, tone, and shade of its colour."""

    name: str
    archetype: str
    tone: str
    shade: int


def best_first(segments: Iterable[Segment]) -> list[Segment]:
    """Return *segments* as people rank them: by what they mean, then by value. Who was lost may have spent more than
    who is about to be.
    """
    return sorted(segments, key=lambda segment: (TONES.index(segment.tone), segment.id))
