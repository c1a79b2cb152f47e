"""Segments by recency, frequency, monetary (and net asset value): real values, coloured by how good they are."""

from __future__ import annotations

import math

from ..core import display
from ..profile.segments import Segment
from . import theme
from .chart import Chart, Record
from .feature_profile import strength
from .marks import Spec, cell_paint, cells, grid, row_height
from .measures import Measure
from .words import wrapped_names

_MANY = 4  # measures: from here on cells and names are narrower, for the page has two charts side by side


def rfmn_heat_map(segments: tuple[Segment, ...], measures: tuple[Measure, ...]) -> Chart | None:
    """Return the heat map of *segments* by *measures*, all customers in the last row; none for fewer than two."""
    if len(measures) < 2:
        return None
    total = sum(segment.customers for segment in segments)
    labels = [
        *wrapped_names([segment.name for segment in segments], 22 if len(measures) < _MANY else 17),
        "All customers",
    ]
    titles = ", ".join(measure.title.lower() for measure in measures)
    return Chart(
        name="rfmn_heat_map",
        title=_finding(segments, measures),
        subtitle=f"Mean {titles} per segment, below it the multiple of all {display.count(total)} customers' mean; "
        "blue: better than average (recency: more recent), orange: worse",
        alt="; ".join(_spoken(segment, measures) for segment in segments),
        spec=_spec(records(segments, measures, labels), labels, measures),
        table=(
            ("Segment", *(f"{measure.title}: {what}" for measure in measures for what in ("mean", "of average"))),
            [
                *(
                    (segment.name, *(text for measure in measures for text in _figures(segment, measure)))
                    for segment in segments
                ),
                (
                    "All customers",
                    *(text for measure in measures for text in (measure.shown(measure.average), "1.0 ×")),
                ),
            ],
        ),
    )


def multiple(mean: float, average: float) -> float:
    """Return *mean* ÷ *average*; NaN where the average is not positive, because a ratio to it would mislead."""
    return mean / average if average > 0 else math.nan


def records(segments: tuple[Segment, ...], measures: tuple[Measure, ...], labels: list[str]) -> list[Record]:
    """Return one record per cell: place, colour by how much better or worse than average, both figures, words."""
    found: list[Record] = []
    for row, segment in enumerate(segments):
        for place, measure in enumerate(measures):
            mean, times = _figures(segment, measure)
            ratio = multiple(segment.features[measure.column.name].mean, measure.average)
            force = strength(100 * ratio) * (-1 if measure.less_is_better else 1)
            found.append(
                {
                    "segment": segment.id,
                    "label": labels[row],
                    "row": row,
                    "column": place,
                    **cell_paint(force),
                    "big": mean,
                    "small": times,
                    "tip": f"{segment.name}\n{measure.title}: {mean}\n{times} the mean of all customers"
                    f" ({measure.shown(measure.average)})",
                }
            )
    for place, measure in enumerate(measures):
        shown = measure.shown(measure.average)
        plain = {"colour": theme.GRID, "force": 0.0, "ink": theme.INK}
        words = f"All customers\n{measure.title}: {shown}"
        found.append({"row": len(segments), "column": place, **plain, "big": shown, "small": "average", "tip": words})
    return found


def _spec(marks: list[Record], labels: list[str], measures: tuple[Measure, ...]) -> Spec:
    return {
        "width": (100 if len(measures) < _MANY else 92) * len(measures),
        "height": row_height(labels, 40) * len(labels),
        "data": {"values": marks},
        "layer": cells(grid([measure.title for measure in measures], labels)),
    }


def _figures(segment: Segment, measure: Measure) -> tuple[str, str]:
    mean = segment.features[measure.column.name].mean
    ratio = multiple(mean, measure.average)
    return measure.shown(mean), display.times(ratio)


def _spoken(segment: Segment, measures: tuple[Measure, ...]) -> str:
    return f"{segment.name}: " + ", ".join(f"{one.title.lower()} {_figures(segment, one)[0]}" for one in measures)


def _finding(segments: tuple[Segment, ...], measures: tuple[Measure, ...]) -> str:
    """Return which segment is better than average in every measure, or which is best in the last one."""
    titles = [measure.title.lower() for measure in measures]

    def is_good(segment: Segment, measure: Measure) -> bool:
        mean = segment.features[measure.column.name].mean
        return mean < measure.average if measure.less_is_better else mean > measure.average

    good = [segment for segment in segments if all(is_good(segment, measure) for measure in measures)]
    if len(segments) == 1:
        return f"{segments[0].name} by {', '.join(titles)}"
    if not good:
        return f"No segment is better than average in all of {', '.join(titles)}"
    names = ", ".join(segment.name for segment in good[:3])
    return f"{names}{' and others' if len(good) > 3 else ''}: better than average in {', '.join(titles)}"
