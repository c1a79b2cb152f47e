"""What each segment buys unusually often: the lift of its products with their intervals."""

from __future__ import annotations

import math

from ..core import display
from ..profile.buying import ProductLine, Products, Purchases
from . import theme
from .chart import Chart, Record
from .distributions import log_ticks
from .marks import OWN_COLOUR, SHORT_NUMBERS, TIP, Spec, row_height, rows
from .words import drawable, finite

LONGEST = 40  # characters of a product's name that a row holds
_FINE_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


def product_lift(bought: Products, colours: dict[int, str]) -> Chart | None:
    """Return dots with 95 % intervals, up to five products a segment; none where no product had buyers enough."""
    held = [one for one in bought.segments if shown(one)]
    if not held:
        return None
    marks, labels = records(held, colours)
    return Chart(
        name="product_lift",
        title=_finding(held),
        subtitle=(
            "Lift: share of the segment's customers who bought the product ÷ share of all other customers; bars: 95 % "
            f"interval; products with at least {display.count(bought.min_buyers)} buyers in the segment, surest first; "
            "hollow: no more often than others"
        ),
        alt="Lift of products by segment. The numbers follow as a table.",
        spec=_spec(marks, held, labels),
        table=(
            ("Segment", "Product", "Buyers", "Of the segment", "Of the others", "Lift", "From", "To"),
            [
                (
                    one.segment,
                    called(line),
                    display.count(line.buyers),
                    display.share(line.share_of_segment),
                    display.share(line.share_of_others),
                    *(times(figure) for figure in (line.lift, line.low, line.high)),
                )
                for one in held
                for line in shown(one)
            ],
        ),
    )


def shown(one: Purchases) -> tuple[ProductLine, ...]:
    """Return the products of a segment that are drawn: the unusual ones, or those nearest to being so."""
    return one.by_lift or one.closest


def called(line: ProductLine) -> str:
    """Return what a product is called: its description, or its code."""
    return drawable(line.description or line.product)


def times(lift: float) -> str:
    """Return a lift as people say it.

    >>> times(3.94), times(12.28), times(float("inf"))
    ('3.9 ×', '12 ×', 'only here')
    """
    return "only here" if math.isinf(lift) else display.times(lift)


def records(held: list[Purchases], colours: dict[int, str]) -> tuple[list[Record], list[str]]:
    """Return one record per product, and the label of each row; each segment begins with a row for its name."""
    marks: list[Record] = []
    names: list[str] = []
    every = [line for one in held for line in shown(one)]
    widest = max(line.high if math.isfinite(line.high) else line.low for line in every)
    for one in held:
        names.append("")
        for line in shown(one):
            high = min(line.high, 1.5 * widest)  # where nobody else buys it there is no upper end
            marks.append(
                {
                    "segment": one.segment_id,
                    "row": len(names),
                    "lift": finite(min(line.lift, high), 4),
                    "low": finite(line.low, 4),
                    "high": finite(high, 4),
                    "text": times(line.lift),
                    "colour": colours[one.segment_id],
                    "fill": colours[one.segment_id] if line.is_unusual else theme.PAPER,
                    "tip": f"{called(line)}\n{one.segment}: {times(line.lift)} (95 %: {times(line.low)} to "
                    f"{times(line.high)})\n{display.share(line.share_of_segment)} of the segment, "
                    f"{display.share(line.share_of_others)} of the others",
                }
            )
            names.append(called(line))
    return marks, [name if len(name) <= LONGEST else f"{name[: LONGEST - 1].rstrip()}…" for name in names]


def _spec(marks: list[Record], held: list[Purchases], labels: list[str]) -> Spec:
    line = rows(labels)
    low = min(0.9, *(mark["low"] for mark in marks)) * 0.95
    high = max(1.2, *(mark["high"] for mark in marks)) * 1.1
    ticks = [tick for tick in _FINE_TICKS if low <= tick <= high] if high / low <= 200 else log_ticks(low, high)
    axis = {"title": "Lift (1: as often as others)", "labelExpr": SHORT_NUMBERS, "values": ticks, "orient": "top"}
    scale = {"type": "log", "domain": [finite(low, 3), finite(high, 3)], "nice": False}

    def along(field: str) -> Spec:
        return {"field": field, "type": "quantitative", "axis": axis, "scale": scale}

    heads: list[Record] = []
    row = 0
    for one in held:
        heads.append({"row": row, "label": drawable(one.segment), "segment": one.segment_id, "lift": finite(low, 3)})
        row += 1 + len(shown(one))
    fill = {"field": "fill", "type": "nominal", "scale": None}
    return {
        "width": 420,
        "height": row_height(labels, 24) * len(labels),
        "data": {"values": marks},
        "layer": [
            {"data": {"values": [{"lift": 1}]}, "mark": {"type": "rule", "stroke": theme.LINE, "strokeDash": [4, 3]},
             "encoding": {"x": along("lift")}},
            {"mark": {"type": "rule", "strokeWidth": 2},
             "encoding": {"x": along("low"), "x2": {"field": "high"}, "y": line, "color": OWN_COLOUR}},
            {"mark": {"type": "point", "size": 80, "opacity": 1, "strokeWidth": 2},
             "encoding": {"x": along("lift"), "y": line, "fill": fill,
                          "stroke": {"field": "colour", "type": "nominal", "scale": None}, **TIP}},
            {"mark": {"type": "text", "align": "right"},
             "encoding": {"x": {"value": 470}, "y": line, "text": {"field": "text"}}},
            {"data": {"values": heads}, "mark": {"type": "text", "align": "right", "fontWeight": 600},
             "encoding": {"x": {"value": -8}, "y": line, "text": {"field": "label"}}},
        ],
    }  # fmt: skip


def _finding(held: list[Purchases]) -> str:
    found = [(one, line) for one in held for line in one.by_lift]
    if not found:
        return "No segment buys any product more often than the others do"
    one, line = max(found, key=lambda pair: (pair[1].low, -pair[0].segment_id))

    often = "as nobody else does" if math.isinf(line.lift) else f"{line.lift:.2g} times as often as others"
    return f"{drawable(one.segment)} buy {called(line)} {often}"
