"""The marks of a layer, drawn for all records at once; points, rules and texts are here, the others beside."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from . import bars, paths
from . import text as words
from .box import Box
from .frame import SECONDS, Frame
from .layers import Layer
from .paint import painted, varied
from .settings import is_bold
from .subset import Unsupported
from .svg import group, number
from .symbols import symbol


def drawn(layer: Layer, frame: Frame, box: Box) -> str:
    """Return the marks of *layer* as SVG, and let *box* hold them."""
    if not layer.records:
        return ""
    paint = painted(layer, frame.layers)
    draw = _DRAWERS[layer.mark["type"]]
    return group("".join(draw(layer, frame, paint.own, box)), f"{_type_style(layer)}{paint.shared}")


def _type_style(layer: Layer) -> str:
    """Return the font of texts, which all of a layer share."""
    if layer.mark["type"] != "text":
        return ""
    weight = layer.mark["fontWeight"]
    bold = "" if weight == "normal" else f' font-weight="{weight}"'
    return f' font-size="{number(layer.mark["fontSize"])}px"{bold}'


def _rules(layer: Layer, frame: Frame, own: Sequence[str], box: Box) -> list[str]:
    """Return straight lines between two ends; over the whole plot along an axis that is not encoded."""
    ends = {}
    for channel, second in SECONDS.items():
        start = frame.places(layer, channel)
        if start is None:
            ends[channel], ends[second] = [0.0] * len(own), [frame.extent(channel)] * len(own)
        else:
            ends[channel], ends[second] = start, frame.places(layer, second) or start
    around = layer.mark["strokeWidth"] or 1
    for x, y in (("x", "y"), ("x2", "y2")):
        box.hold_all(ends[x], ends[y], around)
    corners = zip(own, ends["x"], ends["y"], ends["x2"], ends["y2"], strict=True)
    return [
        f'<line{mine} x1="{number(x)}" y1="{number(y)}" x2="{number(x2)}" y2="{number(y2)}"/>'
        for mine, x, y, x2, y2 in corners
    ]


def _points(layer: Layer, frame: Frame, own: Sequence[str], box: Box) -> list[str]:
    xs, ys = frame.centres(layer, "x"), frame.centres(layer, "y")
    sizes = varied(layer, "size", frame.layers) or [layer.mark["size"]] * len(own)
    shapes = varied(layer, "shape", frame.layers) or [layer.mark["shape"]] * len(own)
    stroked = layer.mark["stroke"] or not layer.mark["filled"] or "stroke" in layer.encoding
    box.hold_all(xs, ys, math.sqrt(max(sizes)) / 2 + (layer.mark["strokeWidth"] if stroked else 0))
    return [symbol(*one, own=mine, where=layer.where) for mine, *one in zip(own, shapes, sizes, xs, ys, strict=True)]


def _texts(layer: Layer, frame: Frame, own: Sequence[str], box: Box) -> list[str]:
    mark = layer.mark
    definition = layer.encoding.get("text")
    if definition is None:
        raise Unsupported(f"{layer.where}.encoding", "text", None, ["a field or a value"])
    said = [definition["value"]] * len(own) if "value" in definition else layer.column(definition["field"])
    style = words.Style(mark["fontSize"], is_bold(mark["fontWeight"], layer.where), mark["align"], mark["baseline"])
    xs, ys = frame.centres(layer, "x"), frame.centres(layer, "y")
    drawn = []
    for mine, value, x, y in zip(own, said, xs, ys, strict=True):
        content = _written(value, layer)
        if content:
            lines = content.split(mark["lineBreak"]) if mark["lineBreak"] else [content]
            box.hold(words.reach(lines, x + mark["dx"], y + mark["dy"], style))
            drawn.append(words.element(lines, x + mark["dx"], y + mark["dy"], style, mine))
    return drawn


def _written(value: object, layer: Layer) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    raise Unsupported(f"{layer.where}.encoding.text", "value", value, ["a text, numbers formatted"])


_DRAWERS: Mapping[str, Callable[[Layer, Frame, Sequence[str], Box], list[str]]] = {
    "area": paths.areas,
    "bar": bars.rects,
    "line": paths.lines,
    "point": _points,
    "rect": bars.rects,
    "rule": _rules,
    "text": _texts,
    "tick": bars.ticks,
}
