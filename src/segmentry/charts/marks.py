"""The few parts that several charts are made of: the words of a mark, bars with their figure, rows with names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import theme
from .drawing import Expression, formatted
from .words import labels_lifted, labels_split

Spec = dict[str, Any]

# Every mark says its text twice: as a tooltip in notebooks, and as its description (aria-label) in an SVG.
TIP: Spec = {"tooltip": {"field": "tip", "type": "nominal"}, "description": {"field": "tip", "type": "nominal"}}
OWN_COLOUR: Spec = {"field": "colour", "type": "nominal", "scale": None, "legend": None}


def short_number(value: float) -> str:
    """Return an axis number as people say it; d3 would write 3G, and 500m for a half.

    >>> [short_number(value) for value in (0.5, 250, 1500, 3e9)]
    ['0.5', '250', '1.5k', '3B']
    """
    return formatted(value, ".2~g") if abs(value) < 1 else formatted(value, ".3~s").replace("G", "B", 1)


SHORT_NUMBERS = Expression(
    "abs(datum.value) < 1 ? format(datum.value, '.2~g') : replace(format(datum.value, '.3~s'), 'G', 'B')", short_number
)
PERCENT = Expression("format(datum.value * 100, '.3~g') + ' %'", lambda value: f"{formatted(value * 100, '.3~g')} %")


def rows(labels: Sequence[str], /, **axis: Any) -> Spec:
    """Return the vertical encoding of records whose ``row`` says on which of the *labels*' lines they stand."""
    return {
        "field": "row",
        "type": "ordinal",
        "scale": {"domain": list(range(len(labels))), "paddingInner": 0.28, "paddingOuter": 0.1},
        "axis": {
            "title": None,
            "labelExpr": labels_split(labels),
            "labelOffset": labels_lifted(labels),
            "labelColor": theme.INK,
            "labelPadding": 8,
            **axis,
        },
    }


def measure(
    field: str, title: str | None, *, expression: str = SHORT_NUMBERS, scale: Spec | None = None, **axis: Any
) -> Spec:
    """Return the encoding of a quantity with few, short axis labels."""
    shown = {"title": title, "labelExpr": expression, "tickCount": 4, **axis}
    return {"field": field, "type": "quantitative", "axis": shown, "scale": scale or {}}


def row_height(labels: Sequence[str], least: int = 30) -> int:
    """Return the height in pixels that a row needs for the longest of the *labels*' line counts."""
    return max([least] + [15 * (label.count("\n") + 1) + 6 for label in labels])


def bar(value: Spec, line: Spec, colour: Spec, *, text: str = "text") -> list[Spec]:
    """Return two layers: bars from zero, and each bar's figure to its right."""
    shape = {"type": "bar", "height": {"band": 0.86}}
    return [
        {"mark": shape, "encoding": {"x": value, "y": line, "color": colour, **TIP}},
        {
            "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12},
            "encoding": {"x": value, "y": line, "text": {"field": text}},
        },
    ]


def cells(place: Spec) -> list[Spec]:
    """Return three layers of a heat map: coloured cells, in each a figure (``big``) above a smaller one (``small``).

    Records have ``colour``, ``force`` (opacity), ``ink``, ``big``, ``small`` and ``tip``; :func:`cell_paint` gives the
    first three.
    """
    ink = {"field": "ink", "type": "nominal", "scale": None}
    return [
        {
            "mark": {"type": "rect", "cornerRadius": 3},
            "encoding": {
                **place,
                **TIP,
                "fill": {"field": "colour", "type": "nominal", "scale": None},
                "fillOpacity": {"field": "force", "type": "quantitative", "scale": None},
            },
        },
        {
            "mark": {"type": "text", "dy": -6, "fontWeight": 600},
            "encoding": {**place, "text": {"field": "big"}, "color": ink},
        },
        {
            "mark": {"type": "text", "dy": 9, "fontSize": 11},
            "encoding": {**place, "text": {"field": "small"}, "color": ink},
        },
    ]


def cell_paint(strength: float) -> dict[str, str | float]:
    """Return colour, opacity and ink of a heat map's cell; *strength* from -1 (orange) over 0 (pale) to 1 (blue)."""
    colour = theme.HIGH if strength >= 0 else theme.LOW
    force = round(0.06 + 0.86 * abs(strength), 3)
    # White where it reads better on a light page; on a dark one the page's own ink is light as well.
    ground = theme.mixed(theme.PAPER, colour, force)
    white = theme.contrast("#ffffff", ground) > theme.contrast(theme.INK, ground)
    return {"colour": colour, "force": force, "ink": "#ffffff" if white else theme.INK}


def panel_title(lines: Sequence[str], **style: Any) -> Spec:
    """Return the title of one panel among several, in as many lines; *style* changes how it looks."""
    plain: Spec = {"fontSize": 12, "fontWeight": 600, "offset": 4, "anchor": "start", "frame": "group"}
    return {"text": list(lines), **plain, **style}


def grid(titles: Sequence[str], labels: Sequence[str]) -> Spec:
    """Return where a heat map's cells are: their ``column`` under *titles*, their ``row`` beside *labels*."""
    down = rows(labels)
    down["scale"] = {"domain": list(range(len(labels))), "padding": 0.05}
    return {"x": heads(titles), "y": down}


def heads(labels: Sequence[str]) -> Spec:
    """Return the encoding of a heat map's columns: records' ``column`` under *labels*, of one or more lines, on top."""
    lines = max(label.count("\n") for label in labels) + 1
    # An axis on top hangs labels from their first line: empty lines above align their ends.
    aligned = ["\n".join([" "] * (lines - 1 - label.count("\n")) + [label]) for label in labels]
    return {
        "field": "column",
        "type": "ordinal",
        "scale": {"domain": list(range(len(labels))), "padding": 0.03},
        "axis": {
            "orient": "top",
            "title": None,
            "labelExpr": labels_split(aligned),
            "labelAngle": 0,
            "labelPadding": 6 + 14 * (lines - 1),
            "labelColor": theme.INK,
        },
    }
