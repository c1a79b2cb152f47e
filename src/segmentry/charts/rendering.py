"""From chart to SVG document: the drawing of its specification under its title, ready for a file or a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from . import theme
from .drawing import draw, text
from .words import drawable, wrapped

if TYPE_CHECKING:
    from .chart import Chart

_TITLE_SIZE, _TITLE_LINE = 15, 20
_SUBTITLE_SIZE, _SUBTITLE_LINE = 12, 17


def render(charts: Mapping[str, Chart]) -> dict[str, str]:
    """Return the standalone SVG of every chart, by name."""
    return {name: render_one(chart) for name, chart in charts.items()}


def render_one(chart: Chart) -> str:
    """Return *chart* as a standalone SVG document: title on top, marks that know their segment and their words."""
    left, right = (_room_for_wider_type(chart.spec, key) for key in ("label", "aside"))
    padding = {"left": 18 + left, "right": 8 + right, "top": 6, "bottom": 6}
    drawing = draw({"config": theme.config(), **chart.spec}, padding=padding)
    width = max(drawing.width, 380.0)
    head, lines = _head(chart, width)
    height = drawing.height + head
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" data-head="{head:g}"'
    name = quoteattr(drawable(f"{chart.title}. {chart.alt}"), {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{theme.FONT}" role="img" aria-label={name}>'
        f"<title>{escape(drawable(chart.title))}</title><desc>{escape(drawable(chart.alt))}</desc>"
        f'<g class="chart-head">{lines}</g>'
        f'<g transform="translate(0,{head:g})">{drawing.content}</g></svg>'
    )


def inline(svg: str, *, prefix: str, segments: str = "") -> str:
    """Return *svg* for use inside a page that shows the title itself: the title is cropped away, ids get *prefix*, and
    the ids of segments the prefix *segments*.

    Raises ValueError for an SVG that :func:`render_one` did not make.
    """
    found = re.match(r'<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*? data-head="([\d.]+)"[^>]*>', svg)
    if found is None:
        message = "this SVG was not drawn by charts.render"
        raise ValueError(message)
    width, height, head = (float(part) for part in found.groups())
    body = svg[found.end() :].replace('<g class="chart-head">', '<g class="chart-head" display="none">', 1)
    # A title element would show as a second tooltip over the whole chart.
    body = re.sub(r"<title>.*?</title><desc>.*?</desc>", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r'\bid="([^"]*)"', rf'id="{prefix}\1"', body).replace("url(#", f"url(#{prefix}")
    body = body.replace(' data-segment="', f' data-segment="{segments}') if segments else body
    name = re.search(r'aria-label="[^"]*"', found.group(0))
    size = f'width="{width:g}" height="{height - head:g}"'
    box = f'viewBox="0 {head:g} {width:g} {height - head:g}" {size} data-box="0 0 {width:g} {height:g}"'
    return f'<svg class="chart" {box} role="img" {name.group(0) if name else ""} style="--width:{width:g}px">{body}'


def _room_for_wider_type(spec: Any, key: str) -> int:
    """Return pixels to add beside the texts of *key*: the reader's system font may be a sixth wider than measured."""
    longest = max((len(line) for text in _texts(spec, key) for line in text.split("\n")), default=0)
    return round(longest * 1.2)


def _texts(spec: Any, key: str) -> set[str]:
    """Return what every record in *spec* has under *key*: ``label`` stands left of a plot, ``aside`` right of it."""
    if isinstance(spec, list):
        return set().union(*(_texts(part, key) for part in spec))
    if not isinstance(spec, dict):
        return set()
    if "values" in spec.get("data", {}):
        own = {str(record[key]) for record in spec["data"]["values"] if key in record}
        spec = {name: part for name, part in spec.items() if name != "data"}
        return own | _texts(spec, key)
    return set().union(*(_texts(part, key) for part in spec.values()))


def _head(chart: Chart, width: float) -> tuple[float, str]:
    """Return height and lines of title and subtitle within *width* pixels."""
    titles = _fitted(chart.title, width, _TITLE_SIZE, bold=True)
    subtitles = _fitted(chart.subtitle, width, _SUBTITLE_SIZE, bold=False)
    below = 4 + _TITLE_LINE * len(titles)
    lines = [
        _line(line, 4 + _TITLE_LINE * (row + 1), theme.INK, f'font-size="{_TITLE_SIZE}px" font-weight="600"')
        for row, line in enumerate(titles)
    ]
    lines += [
        _line(line, below + _SUBTITLE_LINE * (row + 1), theme.MUTED, f'font-size="{_SUBTITLE_SIZE}px"')
        for row, line in enumerate(subtitles)
    ]
    return 10 + _TITLE_LINE * len(titles) + _SUBTITLE_LINE * len(subtitles) + 8, "".join(lines)


def _fitted(said: str, width: float, size: float, *, bold: bool) -> list[str]:
    """Return *said* in lines that fit into *width* pixels, also in a system font that is a fifth wider than Arial."""
    shown = drawable(said)
    average = text.width(shown, size, bold=bold) / max(1, len(shown))
    return wrapped(shown, max(12, int((width - 12) / (average * 1.2 or size))))


def _line(words: str, y: int, colour: str, style: str) -> str:
    return f'<text x="6" y="{y}" fill="{colour}" {style}>{escape(words)}</text>'
