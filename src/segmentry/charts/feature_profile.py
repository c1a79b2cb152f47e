"""What sets the segments apart: the mean of every feature per segment, in real units and against all customers."""

from __future__ import annotations

import math

from ..core import display
from ..core.tables import Column
from ..profile.segments import Segment
from .chart import Chart, Record
from .marks import Spec, cell_paint, cells, grid, row_height
from .words import wrapped, wrapped_names

_COLUMNS_PER_BLOCK = 10  # at 80 pixels each the longest number and a feature's title in three lines fit
_NARROW = 100  # pixels of a column, below which its heading has eleven letters a line


def feature_profile(segments: tuple[Segment, ...], columns: tuple[Column, ...], deciding: tuple[str, ...]) -> Chart:
    """Return the heat map of segments by features; *columns* in the order they are to be shown.

    The title speaks of the *deciding* features, those that the segments were found by, where there are any.
    """
    labels = wrapped_names([segment.name for segment in segments], 24)
    blocks = [_block(segments, labels, part) for part in _balanced(columns)]
    total = sum(segment.customers for segment in segments)
    return Chart(
        name="feature_profile",
        title=_finding(segments, tuple(column for column in columns if column.name in deciding) or columns),
        subtitle=(
            f"Mean per segment, and below it the index against all {display.count(total)} customers (100 = average); "
            "blue: above average, orange: below, the stronger the farther"
        ),
        alt="Table of means and indexes: one row per segment, one column per feature. The numbers follow as a table.",
        spec=blocks[0] if len(blocks) == 1 else {"vconcat": blocks, "spacing": 18},
        table=(
            ("Segment", *(f"{column.title}: {what}" for column in columns for what in ("mean", "index"))),
            [
                (segment.name, *(text for column in columns for text in _figures(segment, column)))
                for segment in segments
            ],
        ),
    )


def strength(index: float) -> float:
    """Return how far *index* is from 100, from -1 (a quarter of the average or less) to 1 (four times or more).

    >>> strength(100), strength(200), strength(25), strength(4000)
    (0.0, 0.5, -1.0, 1.0)
    """
    if math.isnan(index):
        return 0.0
    return -1.0 if index <= 0 else max(-1.0, min(1.0, math.log2(index / 100) / 2))


def records(segments: tuple[Segment, ...], labels: list[str], columns: tuple[Column, ...]) -> list[Record]:
    """Return one record per cell: where it is, its colour and how strong that is, its two figures, its words."""
    found = []
    for row, segment in enumerate(segments):
        for place, column in enumerate(columns):
            mean, index = _figures(segment, column)
            found.append(
                {
                    "segment": segment.id,
                    "label": labels[row],
                    "row": row,
                    "column": place,
                    **cell_paint(strength(segment.features[column.name].index)),
                    "big": mean,
                    "small": index,
                    "tip": f"{segment.name}\n{column.title}: {mean}\nindex {index} (100 = average)",
                }
            )
    return found


def _block(segments: tuple[Segment, ...], labels: list[str], columns: tuple[Column, ...]) -> Spec:
    wide = min(110, max(84, 800 // len(columns)))
    titles = ["\n".join(wrapped(column.title, 13 if wide > _NARROW else 11, lines=4)) for column in columns]
    return {
        "width": wide * len(columns),
        "height": row_height(labels, 44) * len(labels),
        "data": {"values": records(segments, labels, columns)},
        "layer": cells(grid(titles, labels)),
    }


def _balanced(columns: tuple[Column, ...]) -> list[tuple[Column, ...]]:
    """Return *columns* in as few blocks as allowed, of nearly equal size."""
    blocks = -(-len(columns) // _COLUMNS_PER_BLOCK)
    size = -(-len(columns) // blocks)
    return [columns[start : start + size] for start in range(0, len(columns), size)]


def _figures(segment: Segment, column: Column) -> tuple[str, str]:
    summary = segment.features[column.name]
    # The unit is in the column's title or is money: the number alone is what a cell has room for.
    unit = column.unit if column.unit == "share" else ""
    return display.number(summary.mean, unit), display.number(summary.index)


def _finding(segments: tuple[Segment, ...], columns: tuple[Column, ...]) -> str:
    found = [
        (abs(math.log(summary.index) - math.log(100)), -place, segment, column)
        for segment in segments
        for place, column in enumerate(columns)
        if (summary := segment.features[column.name]).index > 0
    ]
    if not found or len(segments) == 1:
        return f"{display.counted(len(segments), 'segments')} described by {len(columns)} features"
    _, _, segment, column = max(found, key=lambda one: one[:2])
    times = segment.features[column.name].index / 100
    words = f"{times:.1f} times the average" if times >= 1 else f"{times * 100:.0f} % of the average"
    return f"{segment.name} differ most: {column.title} at {words}"
