"""From specification to SVG: vl_convert draws, this module makes the drawing small, titled and ready for a page.

vl_convert starts a JavaScript engine on first use (0.7 s) and releases Python's lock while it works, so :func:`warm_up`
hides that start behind other stages. It draws one chart at a time; threads do not make it faster (measured).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from html import escape, unescape
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from . import theme
from .words import drawable, wrapped

if TYPE_CHECKING:
    from .chart import Chart

_TITLE_SIZE, _TITLE_LINE, _SUBTITLE_LINE = 15, 20, 17


def warm_up() -> threading.Thread:
    """Start vl_convert in the background and return the thread; call it as soon as a run knows it will want charts."""
    thread = threading.Thread(target=_draw_a_point, name="segmentry-charts-warm-up", daemon=True)
    thread.start()
    return thread


def renderer_works() -> bool:
    """Return whether vl_convert draws here."""
    return _draw_a_point().startswith("<svg")


def _draw_a_point() -> str:
    # An axis and a text make the engine load its scales and its fonts too, not only itself.
    encoding = {"x": {"field": "x", "type": "quantitative"}, "text": {"field": "text"}}
    return _draw(
        {"data": {"values": [{"x": 1, "text": "x"}]}, "mark": "text", "encoding": encoding, "config": theme.config()}
    )


def render(charts: Mapping[str, Chart]) -> dict[str, str]:
    """Return the standalone SVG of every chart, by name."""
    return {name: render_one(chart) for name, chart in charts.items()}


def render_one(chart: Chart) -> str:
    """Return *chart* as a standalone SVG document: title on top, marks that know their segment and their words."""
    spec = {key: value for key, value in _silent(chart.full_spec()).items() if key not in {"title", "description"}}
    spec["background"] = None  # a page in the dark shows through
    spec["padding"] = {"left": 6 + _room_for_wider_type(chart.spec), "right": 8, "top": 6, "bottom": 6}
    drawing = _tagged(_compact(_draw(spec)), _segments_by_text(chart.spec))
    return _titled(drawing, chart)


def inline(svg: str, *, prefix: str) -> str:
    """Return *svg* for use inside a page that shows the title itself: the title is cropped away and ids get *prefix*.

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
    name = re.search(r'aria-label="[^"]*"', found.group(0))
    size = f'width="{width:g}" height="{height - head:g}"'
    box = f'viewBox="0 {head:g} {width:g} {height - head:g}" {size} data-box="0 0 {width:g} {height:g}"'
    return f'<svg class="chart" {box} role="img" {name.group(0) if name else ""} style="--width:{width:g}px">{body}'


def _draw(spec: dict[str, Any]) -> str:
    import vl_convert  # 0.15 s that a run without a report should not pay

    # No address is allowed: a specification never makes this process fetch anything.
    return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[]))


def _compact(svg: str) -> str:
    """Return *svg* without the parts that draw nothing and with two decimals: a third of the size, the same picture."""
    svg = re.sub(
        r'<path class="(?:foreground|background)"[^>]*?(?:d=""|[hv]0h-?[\d.]*Z"|display="none")[^>]*/>', "", svg
    )
    svg = re.sub(r'<path class="background"[^>]*d="[^"]*"(?![^>]*(?:fill|stroke)=)[^>]*/>', "", svg)
    # Words that Vega writes itself for axes and titles; those of marks are ours.
    svg = re.sub(r'(<(?:g|path) class="mark-(?:group role-axis|text role-title-(?:text|subtitle))")[^>]*>', r"\1>", svg)
    svg = re.sub(r' (?:role|aria-roledescription|pointer-events|font-family)="[^"]*"', "", svg)
    svg = re.sub(r' (?:opacity="1"|stroke-width="1"|text-anchor="start"|aria-hidden="true")', "", svg)
    svg = re.sub(r' transform="translate\(0,0\)"', "", svg)
    svg = re.sub(r"<g></g>", "", svg)
    svg = _rounded_numbers(svg)
    # Characters that XML cannot hold, which a hostile or broken name may bring.
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", svg)


def _rounded_numbers(svg: str) -> str:
    """Return *svg* with the numbers of its geometry (never of its words) cut to two decimals."""

    def shorter(found: re.Match[str]) -> str:
        return re.sub(
            r"-?\d+\.\d{3,}", lambda number: f"{float(number.group()):.2f}".rstrip("0").rstrip("."), found.group()
        )

    return re.sub(r' (?:d|transform|x|y|x1|x2|y1|y2|width|height|viewBox)="[^"]*"', shorter, svg)


def _silent(spec: Any) -> Any:
    """Return *spec* without tooltips: an SVG has none, and computing them takes a quarter of the drawing's time."""
    if isinstance(spec, list):
        return [_silent(part) for part in spec]
    if not isinstance(spec, dict):
        return spec
    return {key: part if key == "values" else _silent(part) for key, part in spec.items() if key != "tooltip"}


def _room_for_wider_type(spec: Any) -> int:
    """Return pixels to add at the left: the reader's system font may be a sixth wider than the one measured."""
    lines = [line for record in _records(spec) for line in str(record.get("label", "")).split("\n")]
    return 12 + round(max(map(len, lines), default=0) * 1.2)


def _segments_by_text(spec: Any) -> dict[str, int]:
    """Return every text of *spec*'s records that belongs to one segment: its ``tip`` and ``label``."""
    texts: dict[str, int] = {}
    for record in _records(spec):
        if isinstance(record.get("segment"), int):
            texts.update({drawable(str(record[key])): record["segment"] for key in ("tip", "label") if record.get(key)})
    return texts


def _records(spec: Any) -> Iterable[dict[str, Any]]:
    if isinstance(spec, list):
        for part in spec:
            yield from _records(part)
    elif isinstance(spec, dict):
        values = spec.get("values")
        if isinstance(values, list) and all(isinstance(value, dict) for value in values):
            yield from values
        for part in spec.values():
            if isinstance(part, dict | list) and part is not values:
                yield from _records(part)


def _tagged(svg: str, segments: dict[str, int]) -> str:
    """Return *svg* with ``data-segment`` on every mark and every label that belongs to one segment."""

    def mark(found: re.Match[str]) -> str:
        segment = segments.get(unescape(found[1]))
        return found[0] if segment is None else f' data-segment="{segment}"{found[0]}'

    def label(found: re.Match[str]) -> str:
        text = "\n".join(re.findall(r"<tspan[^>]*>([^<]*)</tspan>", found[2])) or found[2]
        segment = segments.get(unescape(text))
        return found[0] if segment is None else f'<text data-segment="{segment}"{found[1]}>{found[2]}</text>'

    svg = re.sub(r' aria-label="([^"]*)"', mark, svg)
    return re.sub(r"<text((?![^>]*data-segment)[^>]*)>((?:[^<]|<tspan|</tspan>)*)</text>", label, svg)


def _titled(drawing: str, chart: Chart) -> str:
    found = re.match(r'<svg [^>]*?viewBox="0 0 ([\d.]+) ([\d.]+)"[^>]*>', drawing)
    if found is None:
        message = f"vl_convert drew no SVG for chart {chart.name!r}"
        raise ValueError(message)
    width, height = float(found[1]), float(found[2])
    # 7.6 and 6.2: how wide a character of 15 px bold and of 12 px type is on average.
    width = max(width, 380.0)
    titles, subtitles = (
        wrapped(drawable(chart.title), int(width / 8.7)),
        wrapped(drawable(chart.subtitle), int(width / 6.8)),
    )
    head = 10 + _TITLE_LINE * len(titles) + _SUBTITLE_LINE * len(subtitles) + 8
    lines = [_line(text, 4 + _TITLE_LINE * (row + 1), theme.INK, f'font-size="{_TITLE_SIZE}px" font-weight="600"')
             for row, text in enumerate(titles)]  # fmt: skip
    below = 4 + _TITLE_LINE * len(titles)
    lines += [
        _line(text, below + _SUBTITLE_LINE * (row + 1), theme.MUTED, 'font-size="12px"')
        for row, text in enumerate(subtitles)
    ]
    size = (
        f'viewBox="0 0 {width:g} {height + head:g}" width="{width:g}" height="{height + head:g}" data-head="{head:g}"'
    )
    name = quoteattr(drawable(f"{chart.title}. {chart.alt}"), {'"': "&quot;"})
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{theme.FONT}" role="img" aria-label={name}>'
        f"<title>{escape(drawable(chart.title))}</title><desc>{escape(drawable(chart.alt))}</desc>"
        f'<g class="chart-head">{"".join(lines)}</g>'
        f'<g transform="translate(0,{head:g})">{drawing[found.end() : -len("</svg>")]}</g></svg>'
    )


def _line(text: str, y: int, colour: str, style: str) -> str:
    return f'<text x="6" y="{y}" fill="{colour}" {style}>{escape(text)}</text>'
