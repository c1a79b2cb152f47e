"""The declared segments as a tree map: area by customers, colour by tone, with their revenue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.tables import CustomerTable
from ..profile.archetypes import ARCHETYPES
from ..profile.phrases import money_word
from ..profile.resemblance import tone_of
from . import theme
from .chart import Chart, Record
from .drawing import text
from .marks import TIP, Spec
from .words import WIDER, drawable, finite

Rectangle = tuple[float, float, float, float]  # left, top, width, height

_WIDTH, _HEIGHT = 760.0, 380.0
_LONG_WORD = 18  # letters; a longer one is broken
_LINE, _GAP = 15.0, 1.0


@dataclass(frozen=True)
class RuleSegment:
    """A declared segment: its name, tone, customers, and its revenue where there is money."""

    name: str
    tone: str
    customers: int
    revenue: float | None


def rule_tree_map(declared: NDArray[np.object_] | None, customers: CustomerTable, *, by: str = "rules") -> Chart | None:
    """Return the tree map of *declared* (a segment name per customer, None = none); none for fewer than two names.

    *by* says what declares them.
    """
    found = [] if declared is None else count_declared(declared, customers)
    if len(found) < 2:
        return None
    total, money = sum(one.customers for one in found), sum(one.revenue or 0.0 for one in found)
    first = found[0]
    unnamed = len(customers) - total
    rest = f"; {display.counted(unnamed)} in no segment left out" if unnamed else ""
    money_is = money_word(customers)
    marks = records(found, total, money, money_is)
    small = [one.name for one, mark in zip(found, marks, strict=True) if not mark["name"]]
    rest += f"; too small to be named: {', '.join(small[:4])}{' …' if len(small) > 4 else ''}" if small else ""
    plotted = f"area: customers; {money_is} printed" if money > 0 else "area: customers"
    # Gold and Silver are neither fading nor lost: of names that say nothing of it, colours say what they resemble.
    known = all(one.name in ARCHETYPES for one in found)
    colours = "green, blue: valuable or promising, ambers: fading, greys: lost"
    colours = colours if known else f"coloured by what their customers resemble ({colours})"
    return Chart(
        name="rule_tree_map",
        title=_finding(found, total, money, money_is, by=by),
        subtitle=f"Segments by {by}, {plotted}; {colours}; {display.count(total)} customers{rest}",
        alt=f"Tree map of {len(found)} segments, the largest {first.name}. The numbers follow as a table.",
        spec=_spec(marks),
        table=(
            ("Segment by rules", "Customers", "Share", money_is.capitalize(), f"Share of {money_is}"),
            [
                (
                    one.name,
                    display.count(one.customers),
                    display.share(one.customers / total),
                    display.MISSING if one.revenue is None else display.money(one.revenue),
                    display.MISSING if one.revenue is None or not money > 0 else display.share(one.revenue / money),
                )
                for one in found
            ],
        ),
    )


def count_declared(declared: NDArray[np.object_], customers: CustomerTable) -> list[RuleSegment]:
    """Return the declared segments that hold customers, the largest first."""
    money = customers.values.get("monetary")
    named = np.array([drawable(name) if isinstance(name, str) else "" for name in declared], dtype=object)
    found = []
    for name in sorted(set(named.tolist()) - {""}):
        own = named == name
        revenue = None if money is None else float(np.nansum(money[own]))
        found.append(RuleSegment(name, tone_of(name, own, customers), int(own.sum()), revenue))
    return sorted(found, key=lambda one: (-one.customers, one.name))


def squarified(sizes: list[float], width: float, height: float) -> list[Rectangle]:
    """Return one rectangle per size (positive, falling), as square as may be, that fill *width* × *height*.

    Source: Bruls, Huizing & van Wijk, "Squarified Treemaps" (2000).

    >>> squarified([2.0, 1.0, 1.0], 4.0, 2.0)
    [(0.0, 0.0, 2.0, 2.0), (2.0, 0.0, 2.0, 1.0), (2.0, 1.0, 2.0, 1.0)]
    """
    scale = width * height / sum(sizes)
    left = [size * scale for size in sizes]
    found: list[Rectangle] = []
    x, y = 0.0, 0.0
    while left:
        side = min(width, height)
        taken = 1
        while taken < len(left) and _worst(left[: taken + 1], side) <= _worst(left[:taken], side):
            taken += 1
        row, left = left[:taken], left[taken:]
        thick = sum(row) / side if left else max(width, height)
        at = 0.0
        for area in row:
            long = side * area / sum(row)
            found.append((x, y + at, thick, long) if width >= height else (x + at, y, long, thick))
            at += long
        if width >= height:
            x, width = x + thick, width - thick
        else:
            y, height = y + thick, height - thick
    return found


def _worst(row: list[float], side: float) -> float:
    """Return the longest of the sides' ratios when rectangles of these areas share a strip along *side*."""
    strip = sum(row) / side
    return max(max(strip * strip / area, area / (strip * strip)) for area in row)


def records(found: list[RuleSegment], total: int, money: float, money_is: str = "revenue") -> list[Record]:
    """Return one record per segment: its rectangle, colour and ink, the words that fit into it, and all words."""
    colours = _colours(found)
    marks = []
    places = squarified([float(one.customers) for one in found], _WIDTH, _HEIGHT)
    for one, (left, top, width, height) in zip(found, places, strict=True):
        colour = colours[one.name]
        size = f"{display.count(one.customers)} ({display.share(one.customers / total)})"
        figures = [size]
        if one.revenue is not None and money > 0:
            figures.append(f"{display.number(one.revenue, 'money')} {money_is} ({display.share(one.revenue / money)})")
        name, shown = _fitted(one, total, money, (width, height), money_is)
        marks.append(
            {
                "left": finite(left + _GAP), "right": finite(left + width - _GAP),
                "top": finite(top + _GAP), "bottom": finite(top + height - _GAP),
                "colour": colour, "ink": theme.readable_on(colour),
                "name": "\n".join(name), "figures": "\n".join(shown),
                "at": finite(left + 9), "name_at": finite(top + 8), "figures_at": finite(top + 10 + _LINE * len(name)),
                "tip": "\n".join([one.name, f"{size} customers", *figures[1:]]),
            }
        )  # fmt: skip
    return marks


def _colours(found: list[RuleSegment]) -> dict[str, str]:
    """Return the colour of each name: shades of its tone, the first for those that bring most each."""
    used: dict[str, int] = {}
    colours = {}
    for one in sorted(found, key=lambda one: (-(one.revenue or 0.0) / one.customers, one.name)):
        colours[one.name] = theme.shade(one.tone, used.get(one.tone, 0))
        used[one.tone] = used.get(one.tone, 0) + 1
    return colours


def _fitted(
    one: RuleSegment, total: int, money: float, room: tuple[float, float], money_is: str
) -> tuple[list[str], list[str]]:
    """Return the lines of the name and of the figures that fit into *room* (width, height); none where the name does
    not.
    """
    width, lines = room[0] - 14, int((room[1] - 12) / _LINE)
    name = _broken(one.name, width)
    if len(name) > lines or any(_pixels(line, 12, bold=True) > width for line in name):
        return [], []
    choices = [
        [f"{display.count(one.customers)} ({display.share(one.customers / total)})", display.count(one.customers)]
    ]
    if one.revenue is not None and money > 0:
        revenue = f"{display.number(one.revenue, 'money')} {money_is}"
        choices.append([f"{revenue} ({display.share(one.revenue / money)})", revenue])
    fitting = [[said for said in some if _pixels(said, 11) <= width] for some in choices]
    return name, [some[0] for some in fitting if some][: lines - len(name)]


def _broken(name: str, width: float) -> list[str]:
    """Return the words of *name* in lines of at most *width* pixels; a longer one alone, a very long one broken."""
    lines: list[str] = []
    for word in _pieces(name, width):
        if lines and _pixels(f"{lines[-1]} {word}", 12, bold=True) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _pieces(name: str, width: float) -> list[str]:
    pieces = []
    for word in name.split():
        letters = len(word)
        if letters > _LONG_WORD and (wide := _pixels(word, 12, bold=True)) > width:
            letters = max(1, int(width * 0.9 / wide * len(word)))
        pieces += [word[start : start + letters] for start in range(0, len(word), letters)]
    return pieces


def _pixels(words: str, size: float, *, bold: bool = False) -> float:
    return text.width(words, size, bold=bold) * WIDER


def _spec(marks: list[Record]) -> Spec:
    def along(field: str, size: float, *, reverse: bool = False) -> Spec:
        scale = {"domain": [0, size], "nice": False, "reverse": reverse}
        return {"field": field, "type": "quantitative", "axis": None, "scale": scale}

    def across(field: str) -> Spec:
        return along(field, _WIDTH)

    def down(field: str) -> Spec:
        return along(field, _HEIGHT, reverse=True)

    ink = {"field": "ink", "type": "nominal", "scale": None}
    words = {"type": "text", "align": "left", "baseline": "top"}
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "data": {"values": marks},
        "layer": [
            {
                "mark": {"type": "rect", "cornerRadius": 3},
                "encoding": {
                    "x": across("left"), "x2": {"field": "right"}, "y": down("top"), "y2": {"field": "bottom"},
                    "fill": {"field": "colour", "type": "nominal", "scale": None}, **TIP,
                },
            },
            {
                "mark": {**words, "fontWeight": 600},
                "encoding": {"x": across("at"), "y": down("name_at"), "text": {"field": "name"}, "color": ink},
            },
            {
                "mark": {**words, "fontSize": 11},
                "encoding": {"x": across("at"), "y": down("figures_at"), "text": {"field": "figures"}, "color": ink},
            },
        ],
    }  # fmt: skip


def _finding(found: list[RuleSegment], total: int, money: float, money_is: str, *, by: str) -> str:
    first = found[0]
    if not money > 0:
        return f"{first.name} is the largest segment by {by}: {display.share(first.customers / total)} of customers"
    best = max(found, key=lambda one: (one.revenue or 0.0, one.name))
    return (
        f"By {by}, {best.name} are {display.share(best.customers / total)} of customers and bring "
        f"{display.share((best.revenue or 0.0) / money)} of {money_is}"
    )
