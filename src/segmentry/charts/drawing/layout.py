"""Plots beside and below one another, in columns and rows as Vega lays them out, and the whole drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from . import legends
from .box import Box
from .settings import Settings
from .subset import Spec, Unsupported, only
from .svg import group, moved
from .views import Panel, placed, plot

_TOGETHER = ("hconcat", "vconcat", "concat")
_SPACING = 20.0  # between plots, where nothing is said
_TOP = {"$schema", "autosize", "background", "config", "description", "padding"}  # of the whole, not of a plot


class Drawing(NamedTuple):
    """A drawn specification: the content of an SVG element of this size in pixels."""

    width: float
    height: float
    content: str


def draw(spec: Spec, *, padding: Mapping[str, float]) -> Drawing:
    """Return *spec*, a Vega-Lite specification with its data inside, drawn with *padding* pixels around it.

    *padding* has left, top, right and bottom. A title of the whole is not drawn (``charts.rendering`` does that).
    Raises Unsupported for whatever is outside the subset.
    """
    settings = Settings(spec.get("config", {}))
    panel = _part({key: value for key, value in spec.items() if key not in _TOP}, settings, "spec")
    content = panel.svg
    if panel.legend is not None:
        content += legends.beside(panel.legend, panel.box)
    left, top = (math.ceil(max(0.0, -edge)) for edge in (panel.box.left, panel.box.top))
    width = padding["left"] + left + math.ceil(panel.box.right) + padding["right"]
    height = padding["top"] + top + math.ceil(panel.box.bottom) + padding["bottom"]
    origin = moved(padding["left"] + left, padding["top"] + top)
    return Drawing(width, height, group(content, f' fill="none"{origin}'))


def _part(spec: Spec, settings: Settings, where: str) -> Panel:
    together = [key for key in _TOGETHER if key in spec]
    if not together:
        return plot(spec, settings, where)
    key = together[0]
    only(spec, {key, "spacing", "title"} | ({"columns"} if key == "concat" else set()), where)
    if spec.get("title"):
        raise Unsupported(where, "title", spec["title"], ["titles of single plots"])
    panels = [_part(part, settings, f"{where}.{key}[{place}]") for place, part in enumerate(spec[key])]
    columns = {"hconcat": len(panels), "vconcat": 1, "concat": spec.get("columns", len(panels))}[key]
    return _grid(panels, columns, spec.get("spacing", _SPACING))


def _grid(panels: Sequence[Panel], columns: int, spacing: float | dict[str, float]) -> Panel:
    """Return *panels* in rows of so many *columns*: plots of a column start at one x, those of a row at one y."""
    across, down = (
        (spacing.get("column", _SPACING), spacing.get("row", _SPACING)) if isinstance(spacing, dict) else (spacing,) * 2
    )
    rows = [list(panels[start : start + columns]) for start in range(0, len(panels), columns)]
    lefts = _starts([[row[place] for row in rows if place < len(row)] for place in range(len(rows[0]))], across, "x")
    tops = _starts(rows, down, "y")
    whole = Panel("", Box())
    for row, top in zip(rows, tops, strict=True):
        for panel, left in zip(row, lefts, strict=False):
            moved_panel = placed(panel, left, top)
            whole.svg += moved_panel.svg
            whole.box.hold(moved_panel.box)
            whole.legend = legends.joined(whole.legend, panel.legend, "concat")
    return whole


def _starts(lanes: Sequence[Sequence[Panel]], spacing: float, along: str) -> list[float]:
    """Return where each column (along x) or row (along y) starts: beyond all that the one before it holds."""
    starts: list[float] = []
    at, before = 0.0, 0.0
    for lane in lanes:
        if starts:
            overhang = max(math.ceil(max(0.0, -(panel.box.left if along == "x" else panel.box.top))) for panel in lane)
            at += before + spacing + overhang
        starts.append(at)
        before = max(math.ceil(panel.box.right if along == "x" else panel.box.bottom) for panel in lane)
    return starts
