"""The chapter on what has changed since the run before, as a dictionary; nothing in a run that follows none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..core import display

if TYPE_CHECKING:  # a first run imports none of it
    from ..movement.transitions import Step

Part = dict[str, Any]

SAID = 4  # segments whose leavings are told in a sentence; the table has all
FAMILIAR = {
    "keep": "The model is kept",
    "warn": "The model is kept, with doubts",
    "refit": "The segments were found anew",
}


@dataclass(frozen=True)
class Since:
    """What is known of the run before, in plain values.

    Attributes
    ----------
    previous, fitted_in
        The runs before, and that the model is from (its own where it was fitted anew).
    step
        Who was and is where.
    names
        Names by the ids of the step, the most welcome first.
    action, reasons
        ``keep``, ``warn`` or ``refit``, and why.
    segments
        What became of the segments after a refit, in sentences.
    held
        How many customers stay where they were, against the model.
    drift
        Lines of name, figure, and what it was or when it would warn, each a text.
    """

    previous: str
    fitted_in: str
    step: Step
    names: Mapping[int, str]
    action: str
    reasons: Sequence[str]
    segments: Sequence[str]
    held: int
    drift: Sequence[Sequence[str]]


def since_the_run_before(found: Since | None) -> Part | None:
    """Return what the chapter says: the decision and why, sentences on who left, the balance, and how data drifted."""
    if found is None:
        return None
    from ..movement.balances import balances
    from ..movement.sentences import leaving_in_words, leavings

    left = sorted(leavings(found.step, found.names), key=lambda one: (-one.lost, -one.rose))
    moved = int(found.step.moved.sum())
    model = f"that of {found.fitted_in}" if found.action != "refit" else "a new one"
    return {
        "note": f"This run follows {found.previous} of {found.step.start}. Its model is {model}. The files changes.csv "
        "and customers.parquet have who moved, from where, since when, and why.",
        "decision": FAMILIAR[found.action],
        "reasons": list(found.reasons) or ["Nothing that was measured has drifted beyond its limit."],
        "segments": list(found.segments),
        "sentences": [
            f"{display.counted(moved)} moved, came or left.",
            *(leaving_in_words(one, found.names) for one in left[:SAID]),
            *[f"{display.counted(found.held)} were held back where they had been."] * bool(found.held),
        ],
        "balance": {
            "heads": ["Segment", "Before", "New", "Came up", "Came down", "Rose", "Fell", "Gone", "Now"],
            "rows": [balance_row(found.names[one.segment], one) for one in balances(found.step, found.names)],
        },
        "drift": {"heads": ["What", "Drift", "Limit or before"], "rows": [list(line) for line in found.drift]},
    }


def balance_row(name: str, one: Any) -> list[str]:
    """Return the line of the table of balances for *one* segment."""
    figures = (one.before, one.new, one.risen_to, one.fallen_to, one.rose, one.fell, one.gone, one.now)
    return [name, *map(display.count, figures)]
