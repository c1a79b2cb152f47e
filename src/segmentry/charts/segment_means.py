"""What the average customer of each segment is like: small bars of mean recency, frequency and monetary."""

from __future__ import annotations

import math

from ..core import display
from ..profile.phrases import in_words
from ..profile.segments import Segment
from . import theme
from .chart import Chart, Record
from .marks import OWN_COLOUR, TIP, Spec, measure, panel_title, row_height, rows
from .measures import Measure
from .words import finite, wrapped, wrapped_names

_WIDTH = 190  # of a panel: bars, and their figures in a column at the right edge


def segment_means(
    segments: tuple[Segment, ...], colours: dict[int, str], measures: tuple[Measure, ...]
) -> Chart | None:
    """Return one panel of bars per measure, a dashed line at the mean of all customers; none without measures."""
    if not measures:
        return None
    labels = wrapped_names([segment.name for segment in segments], 20)
    total = sum(segment.customers for segment in segments)
    panels = [_panel(segments, labels, colours, one, first=not place) for place, one in enumerate(measures)]
    return Chart(
        name="segment_means",
        title=_finding(segments, measures[-1]),
        subtitle=f"Mean per segment in real units, dashed: mean of all {display.count(total)} customers",
        alt="; ".join(
            f"{segment.name}: " + ", ".join(f"{one.title} {_shown(segment, one)}" for one in measures)
            for segment in segments
        ),
        spec={"hconcat": panels, "spacing": 22} if len(panels) > 1 else panels[0],
        table=(
            ("Segment", *(one.column.title for one in measures)),
            [
                *((segment.name, *(_shown(segment, one) for one in measures)) for segment in segments),
                ("All customers", *(one.shown(one.average) for one in measures)),
            ],
        ),
    )


def records(segments: tuple[Segment, ...], labels: list[str], colours: dict[int, str], one: Measure) -> list[Record]:
    """Return one record per segment: its line, mean (None where there is none), colour, words."""
    found = []
    for row, segment in enumerate(segments):
        mean = segment.features[one.column.name].mean
        shown = _shown(segment, one)
        found.append(
            {
                "segment": segment.id,
                "label": labels[row],
                "row": row,
                "mean": finite(mean) if math.isfinite(mean) else None,
                "text": shown,
                "colour": colours[segment.id],
                "tip": f"{segment.name}\nmean {in_words(one.column)} {shown}\nall customers {one.shown(one.average)}",
            }
        )
    return found


def _panel(
    segments: tuple[Segment, ...], labels: list[str], colours: dict[int, str], one: Measure, *, first: bool
) -> Spec:
    marks = records(segments, labels, colours, one)
    values = [mark["mean"] for mark in marks if mark["mean"] is not None] + [0.0]
    values += [one.average] if math.isfinite(one.average) else []
    low, high = min(values), max(values)
    scale = {"domain": [finite(low), finite(high + ((high - low) or 1.0) * 0.5)], "nice": False}
    value = measure("mean", None, scale=scale, tickCount=2)
    line = rows(labels) if first else rows(labels, labels=False)
    average = [{"mean": finite(one.average)}] if math.isfinite(one.average) else []
    return {
        "title": panel_title(wrapped(one.column.title, 24, lines=2)),
        "width": _WIDTH,
        "height": row_height(labels, 30) * len(labels),
        "data": {"values": marks},
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.86}},
             "encoding": {"x": value, "y": line, "color": OWN_COLOUR, **TIP}},
            {"data": {"values": average},
             "mark": {"type": "rule", "stroke": theme.INK, "strokeDash": [4, 3]},
             "encoding": {"x": value}},
            {"mark": {"type": "text", "align": "right"},
             "encoding": {"x": {"value": _WIDTH}, "y": line, "text": {"field": "text"}}},
        ],
    }  # fmt: skip


def _shown(segment: Segment, one: Measure) -> str:
    return one.shown(segment.features[one.column.name].mean)


def _finding(segments: tuple[Segment, ...], last: Measure) -> str:
    known = [segment for segment in segments if math.isfinite(segment.features[last.column.name].mean)]
    if len(known) < 2:
        return f"{segments[0].name} on average"
    best = max(known, key=lambda segment: (segment.features[last.column.name].mean, -segment.id))
    least = min(known, key=lambda segment: (segment.features[last.column.name].mean, segment.id))
    return f"{last.column.title}: {_shown(best, last)} on average in {best.name}, {_shown(least, last)} in {least.name}"
