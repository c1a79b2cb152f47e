"""Who moved between the segments that rules declare. Comes in: a history, whose customers have what rules look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .. import profile, rules
from ..engine import Engine
from .history import History, Snapshot
from .transitions import Movement, movement_of

NOWHERE = -1  # of whom the rules place nowhere
IN_NO_SEGMENT = "In no segment"


@dataclass(frozen=True)
class RuleMovement:
    """Who moved between declared segments.

    Attributes
    ----------
    movement
        Steps, transitions and stays. Ids of segments are their places in the order of the rules; -1: in none.
    by
        What declares the segments, in words.
    scales
        How each measure of a map was scored on each date; nothing for conditions.
    """

    movement: Movement
    by: str
    scales: tuple[tuple[rules.Scale, ...], ...]


def rule_movement_of(history: History, rulebook: rules.Rulebook, engine: Engine) -> RuleMovement:
    """Return who moved between the segments that *rulebook* declares on the dates of *history*.

    Cut points that float are those of each date. What passing time and own orders do is told by the cut points of the
    date before; the rest of a move is due to cut points that moved.
    """
    dated = [rules.declare(rulebook, one.customers, engine) for one in history.snapshots]
    order = dated[-1].order

    def by_cuts_of(date: int, snapshot: Snapshot) -> Snapshot:
        declared = rules.declare(rulebook, snapshot.customers, engine, scales=dated[date].scales)
        return replace(snapshot, labels=_labels(declared.segments, order))

    snapshots = tuple(
        replace(one, labels=_labels(declared.segments, order))
        for one, declared in zip(history.snapshots, dated, strict=True)
    )
    tones = _tones(snapshots, order)
    floats = any(scale.origin == "floating" for scale in dated[-1].scales)
    told = replace(
        history,
        snapshots=snapshots,
        idle=tuple(by_cuts_of(date, one) for date, one in enumerate(history.idle)),
        names={label: order[label] if label != NOWHERE else IN_NO_SEGMENT for label in tones},
        tones=tones,
        by_cuts_before=tuple(map(by_cuts_of, range(len(dated) - 1), history.snapshots[1:])) if floats else (),
    )
    return RuleMovement(movement_of(told), dated[-1].by, tuple(one.scales for one in dated))


def _labels(segments: NDArray[np.object_], order: Sequence[str]) -> NDArray[np.int64]:
    place: dict[object, int] = {name: label for label, name in enumerate(order)}
    return np.array([place.get(name, NOWHERE) for name in segments.tolist()], dtype=np.int64)


def _tones(snapshots: Sequence[Snapshot], order: Sequence[str]) -> dict[int, str]:
    """Return the tone of each segment that somebody was ever in, as of the last date it had customers: the most welcome
    tone first, within it in the *order* of the rules.
    """
    found: dict[int, str] = {}
    for one in reversed(snapshots):
        for label in set(one.labels.tolist()) - {*found, NOWHERE}:
            found[label] = profile.tone_of(order[label], one.labels == label, one.customers)
    tones = dict(sorted(found.items(), key=lambda item: (profile.TONES.index(item[1]), item[0])))
    return tones | ({NOWHERE: "noise"} if any((one.labels == NOWHERE).any() for one in snapshots) else {})
