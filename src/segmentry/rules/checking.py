"""What rules do to real customers: whom no condition takes or several do, how scores are cut, who would move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable
from ..engine import Engine
from .conditions import Conditions
from .declared import Declared, Rulebook, declare
from .scores import Scale
from .scoring import Scoring

EXAMPLES = 3  # customers that are named
Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class Some:
    """Some customers: how many, and the first few ids."""

    customers: int
    examples: tuple[str, ...]

    @classmethod
    def of(cls, ids: NDArray[np.object_], chosen: Booleans) -> Some:
        """Return the customers whose place in *ids* is *chosen*."""
        return cls(int(chosen.sum()), tuple(ids[chosen][:EXAMPLES].tolist()))


@dataclass(frozen=True)
class Applied:
    """One condition: for how many customers it *holds*, how many it *takes*, and how many of its customers each earlier
    one takes from it.
    """

    segment: str
    when: str | None
    holds: int
    takes: int
    taken_by: dict[str, int]


@dataclass(frozen=True)
class Overlap:
    """Two conditions that hold for the same customers."""

    first: str
    second: str
    both: Some


@dataclass(frozen=True)
class Scored:
    """One measure: its scale, and how many customers have each level, from 1."""

    scale: Scale
    customers: tuple[int, ...]
    missing: int


@dataclass(frozen=True)
class Move:
    """Customers who would go from one segment to another."""

    old: str
    new: str
    who: Some


@dataclass(frozen=True)
class Moves:
    """What would happen if cut points that are kept were computed anew.

    Attributes
    ----------
    rescored
        How many customers would get another code.
    moved
        How many would get another segment.
    moves
        The same by old and new segment, the largest first.
    scales
        The cut points as they would be.
    """

    rescored: int
    moved: int
    moves: tuple[Move, ...]
    scales: tuple[Scale, ...]


@dataclass(frozen=True)
class Report:
    """What the rules do to n customers; ``several``, ``conditions`` and ``overlaps`` are of conditions, ``scores`` and
    ``dry_run`` of a map.
    """

    declared: Declared
    customers: int
    none: Some
    several: Some | None = None
    conditions: tuple[Applied, ...] = ()
    overlaps: tuple[Overlap, ...] = ()
    scores: tuple[Scored, ...] = ()
    dry_run: Moves | None = None

    def document(self) -> dict[str, Any]:
        """Return the report as plain values, for JSON."""
        found = {**self.declared.summary(), "customers": self.customers, "none": asdict(self.none)}
        if self.several is not None:
            found["several"] = asdict(self.several)
            found["conditions"] = [asdict(one) for one in self.conditions]
            found["overlaps"] = [asdict(one) for one in self.overlaps]
        if self.scores:
            levels = [{"levels": list(one.customers), "missing": one.missing} for one in self.scores]
            found["scores"] = [old | new for old, new in zip(found["scores"], levels, strict=True)]
            found["dry_run"] = None
        if self.dry_run is not None:
            again = [{"measure": scale.measure, "cuts": scale.own_cuts} for scale in self.dry_run.scales]
            found["dry_run"] = {**asdict(self.dry_run), "scales": again}
        return found


def report(rulebook: Rulebook, customers: CustomerTable, engine: Engine) -> Report:
    """Return what *rulebook* does to *customers*. Raises UnknownColumn or RecipeError, as ``declare`` does."""
    found = declare(rulebook, customers, engine)
    none = Some.of(customers.ids, np.array([one is None for one in found.segments.tolist()], dtype=np.bool_))
    if isinstance(rulebook, Conditions):
        matches = rulebook.matches(customers, engine)
        conditional = [i for i, (_, condition) in enumerate(rulebook.rules) if condition is not None]
        several = Some.of(customers.ids, matches[:, conditional].sum(axis=1) > 1)
        overlaps = tuple(_overlaps(rulebook, customers.ids, matches))
        return Report(found, len(customers), none, several, tuple(_applied(rulebook, matches)), overlaps)
    if isinstance(rulebook, Scoring):
        scores = tuple(_scored(scale, customers) for scale in found.scales)
        dry_run = None if rulebook.floats else _moves(rulebook, found, customers)
        return Report(found, len(customers), none, scores=scores, dry_run=dry_run)
    return Report(found, len(customers), none)


def _applied(rules: Conditions, matches: Booleans) -> Iterator[Applied]:
    first = np.where(matches.any(axis=1), matches.argmax(axis=1), -1)
    for number, (segment, condition) in enumerate(rules.rules):
        takers = Counter(first[matches[:, number]].tolist())
        takes = takers.pop(number, 0)
        taken_by = {rules.segments[other]: takers[other] for other in sorted(takers)}
        # All the rest are only those who are left.
        holds = takes if condition is None else int(matches[:, number].sum())
        yield Applied(
            segment, condition.text if condition else None, holds, takes, {} if condition is None else taken_by
        )


def _overlaps(rules: Conditions, ids: NDArray[np.object_], matches: Booleans) -> Iterator[Overlap]:
    for i, j in combinations([i for i, (_, condition) in enumerate(rules.rules) if condition is not None], 2):
        both = matches[:, i] & matches[:, j]
        if both.any():
            yield Overlap(rules.segments[i], rules.segments[j], Some.of(ids, both))


def _scored(scale: Scale, customers: CustomerTable) -> Scored:
    counts = np.bincount(scale.score(customers.values[scale.measure]), minlength=scale.levels + 1).tolist()
    return Scored(scale, tuple(counts[1:]), counts[0])


def _moves(rulebook: Scoring, kept: Declared, customers: CustomerTable) -> Moves:
    anew = rulebook.recomputed()
    scales = anew.scales(customers)
    codes = anew.codes(scales, customers)
    segments = anew.map.assign(codes)
    moved = segments != kept.segments
    pairs = Counter(zip(kept.segments[moved].tolist(), segments[moved].tolist(), strict=True))
    order = {name: place for place, name in enumerate(kept.order)}
    ranked = sorted(pairs, key=lambda pair: (-pairs[pair], order[pair[0]], order[pair[1]]))
    moves = tuple(
        Move(old, new, Some.of(customers.ids, (kept.segments == old) & (segments == new))) for old, new in ranked
    )
    return Moves(int((codes != kept.codes).sum()), int(moved.sum()), moves, scales)
