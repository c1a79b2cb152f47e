"""Names right of a plot, each near the place where its line or piece ends, none over another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .chart import Record
from .marks import OWN_COLOUR, Spec

_LINE = 15.0
_GAP = 4.0


def room(names: Sequence[str]) -> float:
    """Return the pixels that all *names*, of one or more lines, need below one another."""
    return sum(_tall(name) for name in names)


def line_ends(
    ids: Sequence[int], colours: Mapping[int, str], names: Sequence[str], wanted: Sequence[float], height: float
) -> list[Record]:
    """Return one record per line of each name: ``at`` pixels from the top, near where its segment is *wanted*.

    The first line of a name has its segment's colour, for the square before it.
    """
    order = sorted(range(len(ids)), key=lambda row: (wanted[row], row))
    tops, at = {}, 0.0
    for row in order:  # down, each below the one before
        at = max(at, wanted[row] - _tall(names[row]) / 2)
        tops[row] = at
        at += _tall(names[row])
    at = height
    for row in reversed(order):  # and up again, where they went beyond the plot
        tops[row] = min(tops[row], at - _tall(names[row]))
        at = tops[row]
    found: list[Record] = []
    for row, segment in enumerate(ids):
        for line, words in enumerate(names[row].split("\n")):
            first = {"square": True, "colour": colours[segment]} if not line else {}
            found.append({"segment": segment, "aside": words, "at": tops[row] + 2 + _LINE * (line + 0.5), **first})
    return found


def end_layers(ends: Sequence[Record], width: float, up: Spec) -> list[Spec]:
    """Return two layers right of a plot of *width* pixels: squares and names, at the heights that *up* encodes."""
    return [
        {
            "data": {"values": [end for end in ends if "square" in end]},
            "mark": {"type": "point", "filled": True, "shape": "square", "size": 80, "opacity": 1},
            "encoding": {"x": {"value": width + 10}, "y": up, "color": OWN_COLOUR},
        },
        {
            "data": {"values": list(ends)},
            "mark": {"type": "text", "align": "left"},
            "encoding": {"x": {"value": width + 21}, "y": up, "text": {"field": "aside"}},
        },
    ]


def _tall(name: str) -> float:
    return _LINE * (name.count("\n") + 1) + _GAP
