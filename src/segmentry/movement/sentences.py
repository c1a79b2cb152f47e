"""What happened, in sentences: who left which segment in the last period, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from ..core import display
from .causes import WHY, main_causes
from .transitions import Step


@dataclass(frozen=True)
class Leaving:
    """Those who left one segment between two dates: how many, of how many, what they had spent, and why.

    ``rose`` went to a more welcome segment; ``fell`` to a less welcome one, or away, and ``lost`` is what these had
    spent. ``causes`` counts those who fell by the cause that alone moved them (``MIXED``: several), most first.
    """

    segment: int
    since: date
    of: int
    rose: int
    fell: int
    lost: float
    causes: dict[str, int]


def leavings(step: Step, names: Mapping[int, str]) -> list[Leaving]:
    """Return who left each segment in *step*, in the order of *names*: the most welcome first.

    Segments that nobody left are absent.
    """
    rank = {label: place for place, label in enumerate(names) if label >= 0}
    lowest = len(rank)
    reasons = main_causes(step.parts, step.moved)
    after = np.array([rank.get(label, lowest) for label in step.after.tolist()])
    found = []
    for segment, place in rank.items():
        there = step.before == segment
        left = there & step.moved
        fell = left & (after > place)
        counted = Counter(reasons[fell].tolist())
        if left.any():
            found.append(
                Leaving(
                    segment,
                    step.start,
                    of=int(there.sum()),
                    rose=int((left & ~fell).sum()),
                    fell=int(fell.sum()),
                    lost=float(np.nansum(step.money[fell])),
                    causes=dict(sorted(counted.items(), key=lambda one: (-one[1], one[0]))),
                )
            )
    return found


def leaving_in_words(leaving: Leaving, names: Mapping[int, str]) -> str:
    """Return one sentence on *leaving*.

    >>> whys = {"time": 240, "behaviour": 72}
    >>> champions = Leaving(0, date(2024, 3, 1), of=900, rose=0, fell=312, lost=4e5, causes=whys)
    >>> leaving_in_words(champions, {0: "Champions"})
    '312 of 900 customers left Champions since 2024-03-01, 240 of them only because time passed.'
    """
    left = leaving.rose + leaving.fell
    said = f"{display.count(left)} of {display.counted(leaving.of)} left {names[leaving.segment]} since {leaving.since}"
    if not leaving.fell:
        return f"{said}, all of them for a better segment."
    ways = f": {display.count(leaving.rose)} rose and {display.count(leaving.fell)} fell" if leaving.rose else ""
    cause, count = next(iter(leaving.causes.items()))
    who = "all" if count == leaving.fell else display.count(count)
    return f"{said}{ways}, {who} of {'these' if ways else 'them'} {WHY[cause]}."


def headline(step: Step, names: Mapping[int, str]) -> str:
    """Return the sentence on the segment from which those fell in *step* who had spent most."""
    found = leavings(step, names)
    if not found:
        return f"No customer has left a segment since {step.start}."
    return leaving_in_words(max(found, key=lambda one: (one.lost, one.rose)), names)
