"""How each feature is spread within each segment: box plots from five percentiles, never from all points."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.tables import Column, CustomerTable
from ..profile.phrases import in_words
from ..profile.segments import Segment
from . import theme
from .chart import Chart, Record
from .marks import OWN_COLOUR, SHORT_NUMBERS, TIP, Spec, panel_title, row_height, rows
from .words import finite, wrapped, wrapped_names

_PERCENTILES = (5, 25, 50, 75, 95)


def distributions(
    segments: tuple[Segment, ...],
    colours: dict[int, str],
    customers: CustomerTable,
    labels: NDArray[np.int64],
    columns: tuple[Column, ...],
) -> Chart:
    """Return one small box plot per feature, segments below one another; skewed positive features on a log axis."""
    names = wrapped_names([segment.name for segment in segments], 22)
    boxes = {
        column.name: records(segments, names, colours, customers.values[column.name], labels, column=column)
        for column in columns
    }
    across = min(3, len(columns))
    panels = [
        _panel(boxes[column.name], column, names, first=place % across == 0) for place, column in enumerate(columns)
    ]
    return Chart(
        name="distributions",
        title=_finding(segments, boxes, columns),
        subtitle=(
            f"Box: the middle half of a segment's customers, line: its median, whiskers: 5th to 95th percentile; "
            f"{display.count(len(customers))} customers; skewed features on a logarithmic axis"
        ),
        alt="Box plots per feature and segment. The percentiles follow as a table.",
        spec={"concat": panels, "columns": across, "spacing": {"row": 18, "column": 22}}
        if len(panels) > 1
        else panels[0],
        table=_table(boxes, columns),
    )


def records(
    segments: tuple[Segment, ...],
    names: list[str],
    colours: dict[int, str],
    values: NDArray[np.float64],
    labels: NDArray[np.int64],
    *,
    column: Column,
) -> list[Record]:
    """Return one record per segment: the 5th, 25th, 50th, 75th and 95th percentile of *values* (missing left out)."""
    boxes = []
    for row, segment in enumerate(segments):
        own = values[labels == segment.id]
        own = own[np.isfinite(own)]
        if not len(own):
            continue
        five = [float(value) for value in np.percentile(own, _PERCENTILES)]
        shown = [display.number(value, column.unit) for value in five]
        boxes.append(
            {
                "segment": segment.id,
                "label": names[row],
                "name": segment.name,
                "row": row,
                "colour": colours[segment.id],
                **{f"p{percent}": finite(value) for percent, value in zip(_PERCENTILES, five, strict=True)},
                "shown": shown,
                "tip": f"{segment.name}\n{column.title}: median {shown[2]}\nmiddle half {shown[1]} to {shown[3]}\n"
                f"5th to 95th percentile {shown[0]} to {shown[4]}",
            }
        )
    return boxes


def _panel(boxes: list[Record], column: Column, names: list[str], *, first: bool) -> Spec:
    axis, scale = _axis(boxes)
    line = rows(names) if first else rows(names, labels=False)
    title = "\n".join(wrapped(column.title, 27, lines=2))

    def along(field: str) -> Spec:
        return {"field": field, "type": "quantitative", "axis": {**axis, "title": None}, "scale": scale}

    plain = [{key: value for key, value in box.items() if key not in {"shown", "name"}} for box in boxes]
    return {
        "title": panel_title(title.split("\n")),
        "width": 222,
        "height": row_height(names, 26) * len(names),
        "data": {"values": plain},
        "layer": [
            {"mark": {"type": "rule", "strokeWidth": 1.5, "stroke": theme.LINE},
             "encoding": {"x": along("p5"), "x2": {"field": "p95"}, "y": line}},
            {"mark": {"type": "bar", "height": {"band": 0.72}, "cornerRadius": 2},
             "encoding": {"x": along("p25"), "x2": {"field": "p75"}, "y": line, "color": OWN_COLOUR, **TIP}},
            {"mark": {"type": "tick", "thickness": 3, "opacity": 1, "height": {"band": 0.9}, "color": theme.INK},
             "encoding": {"x": along("p50"), "y": line}},
        ],
    }  # fmt: skip


def _axis(boxes: list[Record]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return axis and scale: logarithmic where all is positive and the upper end is 30 times the lower, else linear."""
    lows = [box["p5"] for box in boxes if box["p5"] is not None] or [0.0]
    highs = [box["p95"] for box in boxes if box["p95"] is not None] or [1.0]
    low, high = min(lows), max(highs)
    shown = {"labelExpr": SHORT_NUMBERS, "labelFontSize": 11, "labelFlush": False, "labelOverlap": True}
    if low > 0 and high / low > 30:
        return {**shown, "values": log_ticks(low, high)}, {"type": "log", "domain": [low, high], "nice": False}
    margin = (high - low) * 0.02 or abs(high) * 0.1 or 1.0
    return {**shown, "tickCount": 3}, {"domain": [low - margin, high + margin], "zero": False, "nice": False}


def log_ticks(low: float, high: float) -> list[float]:
    """Return two to five round values between *low* and *high* (0 < low, 30 low < high), evenly far apart in logarithm.

    >>> log_ticks(4, 150), log_ticks(0.5, 2e7)
    ([10, 100], [1, 100, 10000, 1000000])
    """
    first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
    step = max(1, -(-(last - first) // 4))
    return [10**power if power >= 0 else 10.0**power for power in range(first, last + 1, step)]


def _finding(segments: tuple[Segment, ...], boxes: dict[str, list[Record]], columns: tuple[Column, ...]) -> str:
    """Return which feature's middle halves overlap least between the segments: the one that separates them best."""
    if len(segments) < 2:
        return "How the features are spread"

    def apart(column: Column) -> int:
        own = boxes[column.name]
        return sum(one["p25"] > other["p75"] for one in own for other in own)

    best = max(columns, key=apart)
    possible = len(segments) * (len(segments) - 1) // 2
    if not apart(best):
        return "The segments overlap in every feature taken by itself"
    pairs = f"{apart(best)} of {possible} pairs of segments"
    return f"Segments lie farthest apart in {in_words(best)}: the middle halves of {pairs} do not overlap"


def _table(
    boxes: dict[str, list[Record]], columns: tuple[Column, ...]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    heads = ("Feature", "Segment", "5th percentile", "Lower quartile", "Median", "Upper quartile", "95th percentile")
    return heads, [(column.title, box["name"], *box["shown"]) for column in columns for box in boxes[column.name]]
