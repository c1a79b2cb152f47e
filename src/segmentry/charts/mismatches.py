"""Where the money of misplaced customers lies: from which declared segment to which one their behaviour points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..core import display
from . import theme
from .chart import Chart, Record
from .marks import OWN_COLOUR, Spec, bar, measure, row_height, rows
from .words import drawable, finite, wrapped

if TYPE_CHECKING:  # a run without rules imports none of it
    from ..compare.comparison import Comparison

MOST = 12  # pairs that are drawn; the table has all


@dataclass(frozen=True)
class Pair:
    """A declared segment and the one behaviour points to: how many customers are misplaced so, with how much money."""

    declared: str
    pointed: str
    customers: int
    money: float


def mismatches(found: Comparison) -> Chart | None:
    """Return bars of the money (without money: customers) misplaced in each way, largest first; none without any."""
    ways = pairs(found)
    if not ways:
        return None
    drawn = ways[:MOST]
    labels = ["\n".join([*wrapped(f"{way.declared} →", 18, 2), *wrapped(way.pointed, 18, 2)]) for way in drawn]
    has_money = found.money is not None
    whole = display.count(len(found.mismatches))
    rest = f"; the {MOST} largest of {len(ways)} ways" if len(ways) > MOST else ""
    plotted = "Money at stake" if has_money else "Customers"
    return Chart(
        name="mismatches",
        title=_finding(ways[0], has_money=has_money),
        subtitle=f"{plotted} by declared segment → segment the behaviour points to, {whole} misplaced customers{rest}",
        alt=f"Bars of {plotted.lower()}: " + "; ".join(_words(way, has_money=has_money) for way in drawn),
        spec=_spec(drawn, labels, has_money=has_money),
        table=(
            ("Declared segment", "Behaves like", "Customers", *["Money at stake"] * has_money),
            [
                (
                    way.declared,
                    way.pointed,
                    display.count(way.customers),
                    *[display.number(way.money, "money")] * has_money,
                )
                for way in ways
            ],
        ),
    )


def pairs(found: Comparison) -> list[Pair]:
    """Return each way of being misplaced, most money first, then most customers, then by name."""
    listed = found.mismatches
    ways: dict[tuple[str, str], list[int]] = {}
    for place, way in enumerate(zip(listed.declared.tolist(), listed.pointed.tolist(), strict=True)):
        ways.setdefault(way, []).append(place)
    every = [
        Pair(drawable(way[0]), drawable(way[1]), len(places), float(np.nansum(listed.money[places])))
        for way, places in ways.items()
    ]
    return sorted(every, key=lambda way: (-way.money, -way.customers, way.declared, way.pointed))


def records(ways: list[Pair], *, has_money: bool) -> list[Record]:
    """Return one record per way: its line, length and words."""
    return [
        {
            "row": row,
            "value": finite(way.money if has_money else way.customers),
            "text": _figure(way, has_money=has_money),
            "colour": theme.HIGH,
            "tip": _words(way, has_money=has_money),
        }
        for row, way in enumerate(ways)
    ]


def _spec(ways: list[Pair], labels: list[str], *, has_money: bool) -> Spec:
    longest = max(way.money if has_money else way.customers for way in ways)
    # Room at the right for the figure of the longest bar.
    scale = {"domain": [0.0, (longest or 1.0) * 1.4], "nice": False}
    # The title keeps room at the left: names of narrow letters are wider in some readers' fonts than they are measured.
    line = rows(labels, title=" ")
    value = measure("value", "Money at stake" if has_money else "Customers", scale=scale, tickCount=4)
    return {
        "width": 520,
        "height": row_height(labels, 30) * len(labels),
        "data": {"values": records(ways, has_money=has_money)},
        "layer": bar(value, line, OWN_COLOUR),
    }


def _figure(way: Pair, *, has_money: bool) -> str:
    number = display.counted(way.customers)
    return f"{display.number(way.money, 'money')} · {number}" if has_money else number


def _finding(way: Pair, *, has_money: bool) -> str:
    stake = f", with {display.number(way.money, 'money')} at stake" if has_money else ""
    verb = "behave" if way.customers != 1 else "behaves"
    return f"{display.count(way.customers)} {way.declared} by the rules {verb} like {way.pointed}{stake}"


def _words(way: Pair, *, has_money: bool) -> str:
    return f"{way.declared} → {way.pointed}\n{_figure(way, has_money=has_money)}"
