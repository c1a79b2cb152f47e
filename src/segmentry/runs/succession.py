"""What became of the segments of the run before: as data, and in sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..core import display

# What the same customers without the same profile come to, or the same profile without the same customers.
WEAK = 0.5
MOST = 0.5


@dataclass(frozen=True)
class Pair:
    """A segment of the run before and the group that takes its place.

    Attributes
    ----------
    old, new
        Id of the segment, and number of the group.
    overlap
        Jaccard index of their customers: those in both ÷ those in either, of the customers that both runs know.
    share_of_old
        Of the segment's customers, the share that is in the group.
    share_of_new
        Of the group's customers, the share that comes from the segment.
    distance
        Between their profiles: root mean square over the features, in standard deviations.
    strength
        From 0 to 1: the mean of *overlap* and of the closeness of profiles, which is 1 − *distance*, at least 0.
    """

    old: int
    new: int
    overlap: float
    share_of_old: float
    share_of_new: float
    distance: float
    strength: float

    @property
    def is_weak(self) -> bool:
        """Whether overlap and closeness together come to less than either alone could."""
        return self.strength < WEAK


@dataclass(frozen=True)
class Unmatched:
    """A new group without a predecessor, or an old segment without a successor.

    ``known`` counts those of its *customers* that both runs know; ``other`` is the segment of the other run that has
    most of these (None where none is in a segment), with a *share* of them.
    """

    id: int
    customers: int
    known: int
    other: int | None
    share: float


@dataclass(frozen=True)
class Parts:
    """A segment and those of the other run that it was split into or merged from, with the share of it in each."""

    id: int
    shares: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Matching:
    """What became of the segments of the run before; everything in order of size, never of labels.

    Attributes
    ----------
    pairs
        Segments that go on, and the group that each of them is now.
    births
        Groups that no segment goes on in.
    deaths
        Segments that go on in no group.
    splits
        Segments of which two or more groups have a quarter each, and consist mostly of it.
    merges
        Groups of which two or more segments make up a quarter each, and went mostly there.
    known
        Customers that both runs know and that were in a segment.
    """

    pairs: tuple[Pair, ...]
    births: tuple[Unmatched, ...]
    deaths: tuple[Unmatched, ...]
    splits: tuple[Parts, ...]
    merges: tuple[Parts, ...]
    known: int

    @property
    def weak(self) -> tuple[Pair, ...]:
        """The pairs that somebody has to confirm."""
        return tuple(pair for pair in self.pairs if pair.is_weak)

    @property
    def needs_confirmation(self) -> bool:
        """Whether a pair is weak, or at least half of the known customers were in segments that are gone."""
        return bool(self.weak) or sum(death.known for death in self.deaths) >= MOST * self.known

    def sentences(self, old_names: Mapping[int, str], new_names: Mapping[int, str]) -> list[str]:
        """Return what happened, one sentence each; *new_names* are those that the groups have now."""
        return [
            *(_pair_in_words(pair, old_names[pair.old]) for pair in self.pairs),
            *(f"{old_names[split.id]} has split into {_listed(split, new_names)}." for split in self.splits),
            *(f"{_listed(merge, old_names)} have merged into {new_names[merge.id]}." for merge in self.merges),
            *(_birth_in_words(birth, old_names, new_names) for birth in self.births),
            *(_death_in_words(death, old_names, new_names) for death in self.deaths),
        ]


def _pair_in_words(pair: Pair, name: str) -> str:
    sure = "" if not pair.is_weak else f", but the match is weak ({pair.strength:.2f} of 1) and has to be confirmed"
    return (
        f"{name} goes on{sure}: {display.share(pair.share_of_old)} of its customers stay, they are "
        f"{display.share(pair.share_of_new)} of it now, and its profile moved by {pair.distance:.2f} standard "
        "deviations."
    )


def _birth_in_words(birth: Unmatched, old_names: Mapping[int, str], new_names: Mapping[int, str]) -> str:
    said = f"{new_names[birth.id]} is new, with {display.counted(birth.customers)}"
    if birth.other is None:
        return f"{said}, none of whom was in one of the segments before."
    return f"{said}; of those known before, {display.share(birth.share)} come from {old_names[birth.other]}."


def _death_in_words(death: Unmatched, old_names: Mapping[int, str], new_names: Mapping[int, str]) -> str:
    said = f"{old_names[death.id]}, which had {display.counted(death.customers)}, is gone"
    if death.other is None:
        return f"{said}; none of them is in one of the segments now."
    return f"{said}; of those still known, {display.share(death.share)} are in {new_names[death.other]}."


def _listed(parts: Parts, names: Mapping[int, str]) -> str:
    said = [f"{names[part]} ({display.share(share)})" for part, share in parts.shares]
    return f"{', '.join(said[:-1])} and {said[-1]}"
