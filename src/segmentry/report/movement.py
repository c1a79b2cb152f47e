"""The chapter on who moved, as a dictionary; nothing in a run without snapshots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..core import display
from .since import balance_row

if TYPE_CHECKING:  # a run without snapshots imports none of it
    from ..movement.declared import RuleMovement
    from ..movement.transitions import Movement, Stay, Step

Part = dict[str, Any]

SAID = 4  # segments whose leavings are told in a sentence; the table has all


def who_moved(found: Movement | None, by_rules: RuleMovement | None = None) -> Part | None:
    """Return what the chapter says: dates, sentences on the last period, its balance, and how long customers stay; then
    the same of the segments that rules declare, and how their cut points moved.
    """
    if found is None:
        return None
    history = found.history
    return {
        "note": f"{len(history.dates)} snapshots, one per {history.every}, from {history.dates[0]} to "
        f"{history.dates[-1]}: on each date the segments that this run's model gives customers by what they had done "
        "until then. The files movement.csv, moves.parquet and history.parquet have all of it.",
        **_told(found),
        "rules": None if by_rules is None else _by_rules(by_rules),
    }


def _told(found: Movement) -> Part:
    from ..movement.balances import balances
    from ..movement.sentences import leaving_in_words, leavings

    history, step = found.history, found.steps[-1]
    names = history.names
    left = sorted(leavings(step, names), key=lambda one: (-one.lost, -one.rose))
    return {
        "sentences": [leaving_in_words(one, names) for one in left[:SAID]]
        or [f"No customer has left a segment since {step.start}."],
        "since": str(step.start),
        "balance": {
            "heads": ["Segment", "Before", "New", "Came up", "Came down", "Rose", "Fell", "Gone", "Now"],
            "rows": [balance_row(names[one.segment], one) for one in balances(step, names)],
        },
        "stays": {
            "heads": ["Segment", "Median stay", "Came while watched", "Left again"],
            "rows": [
                [names[one.segment], _stay(one, history.every), display.count(one.begun), display.count(one.ended)]
                for one in found.stays
            ],
        },
    }


def _by_rules(found: RuleMovement) -> Part:
    step = found.movement.steps[-1]
    before, now = found.scales[-2:]
    cuts = [
        [old.measure, ", ".join(map(_cut, old.own_cuts)), ", ".join(map(_cut, new.own_cuts))]
        for old, new in zip(before, now, strict=True)
        if new.origin == "floating"
    ]
    return {
        "title": f"Segments by {found.by}",
        "note": "The files rule_movement.csv, rule_moves.parquet and history.parquet have all of it.",
        **_told(found.movement),
        "floating": _because_of_cuts(step) if cuts else "",
        "cuts": {"heads": ["Cut points", f"On {step.start}", f"On {step.end}"], "rows": cuts},
    }


def _because_of_cuts(step: Step) -> str:
    """Return how many moved only because cut points are those of each date, and how to stop it."""
    from ..movement.causes import main_causes

    count = int((main_causes(step.parts, step.moved) == "thresholds").sum())
    return (
        f"{display.counted(count)} of {display.count(int(step.moved.sum()))} who moved did so only because cut points "
        "are computed anew on each date. Those of one run are kept with rules.thresholds: {frozen: RUN}."
    )


def _cut(value: float | None) -> str:
    return display.MISSING if value is None else display.number(value)


def _stay(stay: Stay, every: str) -> str:
    """Return the median of *stay* for people.

    >>> from segmentry.movement import Stay
    >>> _stay(Stay(0, 3.0, 10, 7), "month"), _stay(Stay(0, 2.0, 10, 7), "30 days")
    ('3 months', '2 × 30 days')
    """
    if math.isnan(stay.median):
        return "longer than watched" if stay.begun else display.MISSING
    number = display.count(stay.median)
    return f"{number} {every}{'s' * (stay.median != 1)}" if every.isalpha() else f"{number} × {every}"
