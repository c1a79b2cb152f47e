"""The chapter on who moved, as a dictionary; nothing in a run without snapshots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..core import display
from .since import balance_row

if TYPE_CHECKING:  # a run without snapshots imports none of it
    from ..movement.transitions import Movement, Stay

Part = dict[str, Any]

SAID = 4  # segments whose leavings are told in a sentence; the table has all


def who_moved(found: Movement | None) -> Part | None:
    """Return what the chapter says: dates, sentences on the last period, its balance, and how long customers stay."""
    if found is None:
        return None
    from ..movement.balances import balances
    from ..movement.sentences import leaving_in_words, leavings

    history, step = found.history, found.steps[-1]
    names = history.names
    left = sorted(leavings(step, names), key=lambda one: (-one.lost, -one.rose))
    return {
        "note": f"{len(history.dates)} snapshots, one per {history.every}, from {history.dates[0]} to "
        f"{history.dates[-1]}: on each date the segments that this run's model gives customers by what they had done "
        "until then. The files movement.csv, moves.parquet and history.parquet have all of it.",
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
