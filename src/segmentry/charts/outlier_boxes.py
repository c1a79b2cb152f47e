"""Box plots of all customers, feature by feature, with each customer beyond the limits as a point."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.tables import Column, CustomerTable
from ..prepare.result import Prepared
from . import theme
from .chart import Chart, Record
from .drawing import Expression
from .marks import SHORT_NUMBERS, TIP, Spec, panel_title, short_number
from .outliers import compared
from .words import finite, wrapped

_POINTS = 80  # of the customers beyond at each end; the farthest is always among them
_MOST = 24
_LANES = (0.5, 0.66, 0.34, 0.58, 0.42)  # heights of neighbouring points, so that they do not cover one another
_REAL = Expression(
    "abs(exp(datum.value) - 1) < 0.5 ? '0' : replace(format(round(exp(datum.value) - 1), '.3~s'), 'G', 'B')",
    lambda value: "0" if abs(math.exp(value) - 1) < 0.5 else short_number(round(math.exp(value) - 1)),
)


@dataclass(frozen=True)
class Box:
    """One feature: quartiles, whiskers (the farthest values within the limits), and the values beyond, ascending.

    ``is_wide`` says that it reaches so far that only a logarithmic axis shows box and points together.
    """

    column: Column
    whiskers: tuple[float, float]
    quartiles: tuple[float, float, float]
    below: NDArray[np.float64]
    above: NDArray[np.float64]
    is_wide: bool

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest value."""
        return min([self.whiskers[0], *self.below[:1].tolist()]), max([self.whiskers[1], *self.above[-1:].tolist()])


def outlier_boxes(customers: CustomerTable, prepared: Prepared) -> Chart | None:
    """Return one box plot per deciding feature; none without an outlier rule."""
    found = boxes(customers, prepared)[:_MOST]
    if not found:
        return None
    across = min(2, len(found))
    panels = [_panel(box) for box in found]
    farthest = max(found, key=lambda box: (len(box.below) + len(box.above), box.column.name))
    beyond = len(farthest.below) + len(farthest.above)
    return Chart(
        name="outlier_boxes",
        title=f"{farthest.column.title} has most outliers: {display.count(beyond)} customers"
        if beyond
        else "No customer lies beyond the limits of any feature",
        subtitle="Box: the middle half of all customers, line: median, whiskers: farthest customer within the limits, "
        f"points: customers beyond (up to {_POINTS} at each end); wide features on a logarithmic axis; "
        f"{display.count(len(customers))} customers",
        alt="Box plots of each feature with outliers. The numbers follow as a table.",
        spec={"concat": panels, "columns": across, "spacing": {"row": 16, "column": 30}} if across > 1 else panels[0],
        table=(
            (
                "Feature",
                "Below",
                "Lower whisker",
                "Lower quartile",
                "Median",
                "Upper quartile",
                "Upper whisker",
                "Above",
                "Highest",
            ),
            [_row(box) for box in found],
        ),
    )


def boxes(customers: CustomerTable, prepared: Prepared) -> list[Box]:
    """Return the box of every feature with outlier limits, over the customers who have a value."""
    found = []
    logarithms = {
        name
        for name, change in zip(prepared.pipeline.features, prepared.pipeline.transformations, strict=True)
        if change.method == "log1p"
    }
    for one in compared(prepared, customers):
        values = customers.values[one.feature]
        known = np.isfinite(values)
        below, above = known & (one.values < one.low), known & (one.values > one.high)
        inside = values[known & ~below & ~above]
        if not len(inside):
            continue
        low, middle, high = (float(value) for value in np.percentile(values[known], (25, 50, 75)))
        ends = float(inside.min()), float(inside.max())
        column = customers.column(one.feature)
        reach = values[known]
        wide = (
            reach.min() >= 0 and (one.feature in logarithms or reach.max() > 30 * max(high, 1.0)) and reach.max() >= 10
        )
        quartiles = (low, middle, high)
        found.append(Box(column, ends, quartiles, np.sort(values[below]), np.sort(values[above]), bool(wide)))
    return found


def _row(box: Box) -> tuple[str, ...]:
    unit = box.column.unit
    low, middle, high = (display.number(value, unit) for value in box.quartiles)
    return (
        box.column.title, display.count(len(box.below)), display.number(box.whiskers[0], unit), low, middle, high,
        display.number(box.whiskers[1], unit), display.count(len(box.above)), display.number(box.ends[1], unit),
    )  # fmt: skip


def records(box: Box) -> list[Record]:
    """Return one record per point: where it is (logarithms of 1 + value on a wide axis), its height, its words."""
    marks = []
    for values in (box.below, box.above[::-1]):
        chosen = np.unique(np.linspace(0, len(values) - 1, min(_POINTS, len(values))).round().astype(int))
        for place, value in enumerate(values[chosen].tolist()):
            marks.append(
                {
                    "at": finite(_placed(value, box)),
                    "lane": _LANES[place % len(_LANES)],
                    "tip": f"{box.column.title}\n{display.number(value, box.column.unit)}: "
                    f"{'above' if value > box.quartiles[1] else 'below'} the limit",
                }
            )
    return marks


def _placed(value: float, box: Box) -> float:
    return math.log1p(value) if box.is_wide else value


def _panel(box: Box) -> Spec:
    points = records(box)
    (start, end), (low, middle, high) = (
        tuple(finite(_placed(value, box)) for value in part) for part in (box.whiskers, box.quartiles)
    )
    reach = [start, end, low, high, *(point["at"] for point in points)]
    least, most = min(reach), max(reach)
    margin = (most - least) * 0.03 or abs(most) * 0.1 or 1.0
    scale = {"domain": [finite(least - margin), finite(most + margin)], "zero": False, "nice": False}
    axis: Spec = {"title": None, "labelFontSize": 11, "labelExpr": _REAL if box.is_wide else SHORT_NUMBERS}
    axis |= {"values": [finite(math.log1p(tick), 8) for tick in _ticks(box)]} if box.is_wide else {"tickCount": 4}
    shown = [display.number(value, box.column.unit) for value in (*box.quartiles, *box.whiskers)]
    words = (
        f"{box.column.title}: median {shown[1]}\nmiddle half {shown[0]} to {shown[2]}\n"
        f"within the limits {shown[3]} to {shown[4]}\n"
        f"{display.count(len(box.below))} customers below, {display.count(len(box.above))} above"
    )
    body = [{"start": start, "end": end, "low": low, "middle": middle, "high": high, "floor": 0.2, "top": 0.8,
             "lane": 0.5, "tip": words}]  # fmt: skip

    def along(field: str) -> Spec:
        return {"field": field, "type": "quantitative", "axis": axis, "scale": scale}

    def up(field: str) -> Spec:
        return {"field": field, "type": "quantitative", "axis": None, "scale": {"domain": [0, 1], "nice": False}}

    return {
        "title": panel_title(wrapped(box.column.title, 44, lines=2), offset=2),
        "width": 370,
        "height": 46,
        "data": {"values": body},
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 1.5, "stroke": theme.LINE},
             "encoding": {"x": along("start"), "x2": {"field": "end"}, "y": up("lane")}},
            {"mark": {"type": "rect", "fill": theme.ACCENT, "cornerRadius": 2},
             "encoding": {"x": along("low"), "x2": {"field": "high"}, "y": up("floor"), "y2": {"field": "top"}, **TIP}},
            {"mark": {"type": "rule", "strokeWidth": 3, "stroke": theme.INK},
             "encoding": {"x": along("middle"), "y": up("floor"), "y2": {"field": "top"}}},
            {"data": {"values": points},
             "mark": {"type": "point", "size": 26, "opacity": 0.8, "stroke": theme.LOW, "strokeWidth": 1.2},
             "encoding": {"x": along("at"), "y": up("lane"), **TIP}},
        ],
    }  # fmt: skip


def _ticks(box: Box) -> list[float]:
    """Return 0 and up to four powers of ten, evenly far apart."""
    last = math.floor(math.log10(box.ends[1]))
    step = max(1, -(-(last + 1) // 5))
    return [0.0, *(10.0**power for power in range(last % step, last + 1, step))]
