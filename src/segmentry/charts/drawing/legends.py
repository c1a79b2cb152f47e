"""Legends: which colour is which value. One for each colour scale with names, right of everything else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from . import text
from .box import Box
from .layers import Layer
from .paint import colour_channel
from .scales import Colours
from .scaling import paint_scale
from .settings import LEGEND, Settings, is_bold, uncut
from .subset import Spec, Unsupported, only
from .svg import attributes, group, moved, number
from .symbols import symbol

_COLOURS = ("color", "fill", "stroke")


@dataclass(frozen=True)
class Legend:
    """The entries of one colour scale.

    ``paint`` is the attribute that carries the colour (fill or stroke), ``shape`` a name that :func:`symbol` knows.
    """

    title: str
    scale: Colours
    paint: str
    shape: str
    look: Spec


def legends_of(layers: Sequence[Layer], settings: Settings) -> list[Legend]:
    """Return the legends that the layers of a view need. Raises Unsupported for one of numbers or of shapes."""
    found: list[Legend] = []
    for layer in layers:
        for channel, definition in layer.encoding.items():
            if "legend" in definition and definition["legend"] is None:
                continue
            if "field" not in definition or channel in {"x", "y", "x2", "y2", "text", "description", "detail"}:
                continue
            scale = paint_scale(layer, channel, layers)
            if scale is None:
                continue
            if channel not in _COLOURS or not isinstance(scale, Colours):
                raise Unsupported(f"{layer.where}.encoding.{channel}", "legend", definition.get("legend"), [None])
            legend = _legend(layer, channel, scale, settings)
            if legend not in found:
                found.append(legend)
    return found


def _legend(layer: Layer, channel: str, scale: Colours, settings: Settings) -> Legend:
    definition = layer.encoding[channel]
    own = definition.get("legend", {})
    where = f"{layer.where}.encoding.{channel}.legend"
    only(own, {"title", *LEGEND}, where)
    look = {**settings.legend, **own}
    uncut(look, ("labelLimit", "titleLimit"), where)
    title = look.pop("title", definition.get("title", definition["field"])) or ""
    kind = layer.mark["type"]
    if kind in {"line", "rule"}:
        raise Unsupported(where, "legend", own, [None, "a legend of filled marks or points"])
    shape = layer.mark["shape"] if kind == "point" else "square"
    return Legend(title, scale, colour_channel(layer) if channel == "color" else channel, shape, look)


def beside(legends: Sequence[Legend], plot: Box, box: Box) -> str:
    """Return the *legends* below one another right of *plot*, from the top of the drawing; *box* holds them."""
    drawn, y = "", 0.0
    for legend in legends:
        x = math.ceil(plot.right) + legend.look["offset"]
        content, size = _drawn(legend)
        drawn += group(content, f' class="legend"{moved(x, y)}')
        box.reach(x, y, x + math.ceil(size.right), y + math.ceil(size.bottom))
        y += math.ceil(size.bottom) + 8
    return drawn


def _drawn(legend: Legend) -> tuple[str, Box]:
    look, own = legend.look, Box()
    parts, y = [], 0.0
    if legend.title:
        bold = is_bold(look["titleFontWeight"], "legend")
        style = text.Style(look["titleFontSize"], bold, "left", "top")
        own.hold(text.reach([legend.title], 0, 0, style))
        weight = {"font-weight": "bold" if bold else None}
        shared = {"fill": look["titleColor"], "font-size": f"{number(style.size)}px", **weight}
        parts.append(group(text.element([legend.title], 0, 0, style), attributes(shared)))
        y = style.size + look["titlePadding"]
    labels = []
    for value, colour in zip(legend.scale.domain, legend.scale.of(legend.scale.domain), strict=True):
        mark, label, height = _entry(legend, str(value), colour, y, own)
        parts.append(mark)
        labels.append(label)
        y += height + look["rowPadding"]
    shared = {"fill": look["labelColor"], "font-size": f"{number(look['labelFontSize'])}px"}
    return "".join([*parts, group("".join(labels), attributes(shared))]), own


def _entry(legend: Legend, name: str, colour: str, y: float, own: Box) -> tuple[str, str, float]:
    """Return the symbol and the label of one value at height *y*, and how high both are."""
    look = legend.look
    stroke = look["symbolStrokeWidth"]
    size = math.ceil(math.sqrt(look["symbolSize"]) + stroke)
    middle = max(size, look["labelFontSize"]) / 2
    style = text.Style(look["labelFontSize"], False, "left", "middle")
    paint = {legend.paint: colour, "stroke-width": stroke if legend.paint == "stroke" else None}
    reach = text.reach([name], size + look["labelOffset"], y + middle, style)
    low = y + middle + math.sqrt(look["symbolSize"]) / 2 + (stroke if legend.paint == "stroke" else 0)
    own.hold(reach)
    own.reach(0, y, size, low)
    mark = symbol(legend.shape, look["symbolSize"], size / 2, y + middle, own=attributes(paint))
    label = text.element([name], size + look["labelOffset"], y + middle, style)
    return mark, label, max(low, reach.bottom) - y
