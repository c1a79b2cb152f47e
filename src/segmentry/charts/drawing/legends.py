"""Legends: which colour is which value. One for each colour scale with names, right of everything else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from . import text
from .box import Box
from .layers import PAINTS, Layer
from .paint import colour_channel
from .scales import Colours
from .scaling import paint_scale
from .settings import LEGEND, Settings, is_bold, uncut
from .subset import Spec, Unsupported, only
from .svg import attributes, group, moved, number
from .symbols import symbol


@dataclass(frozen=True)
class Legend:
    """The entries of one colour scale.

    ``paint`` is the attribute that carries the colour (fill or stroke), ``shape`` a name that :func:`symbol` knows.
    """

    title: str
    scale: Colours
    paint: str
    shape: str
    opacity: float | None
    look: Spec


def legends_of(layers: Sequence[Layer], settings: Settings) -> list[Legend]:
    """Return the legends that the layers of a view need. Raises Unsupported for one of numbers, sizes or shapes."""
    found: list[Legend] = []
    for layer in layers:
        for channel in PAINTS:
            definition = layer.encoding.get(channel, {})
            if "field" not in definition or ("legend" in definition and definition["legend"] is None):
                continue
            scale = paint_scale(layer, channel, layers)
            if scale is None:
                continue
            if channel not in {"color", "fill", "stroke"} or not isinstance(scale, Colours):
                raise Unsupported(f"{layer.where}.encoding.{channel}", "legend", definition.get("legend"), [None])
            found = joined(found, [_legend(layer, channel, scale, settings)], layer.where)
    return found


def joined(legends: list[Legend], more: list[Legend], where: str) -> list[Legend]:
    """Return *legends* and *more* without repetitions: the same colours are explained once.

    Raises Unsupported where the same paint means different things, which Vega-Lite would put on one scale.
    """
    whole = list(legends)
    for legend in more:
        same = [one for one in whole if one.paint == legend.paint]
        if not same:
            whole.append(legend)
        elif (same[0].title, same[0].scale, same[0].shape) != (legend.title, legend.scale, legend.shape):
            raise Unsupported(where, "legend", legend.title, ["the same as in the parts before it", None])
    return whole


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
    paint = colour_channel(layer) if channel == "color" else channel
    return Legend(title, scale, paint, shape, layer.mark["opacity"], look)


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
    """Return the symbol and the label of one value at height *y*, and how high both are in whole pixels."""
    look = legend.look
    stroke = look["symbolStrokeWidth"]
    size = math.ceil(math.sqrt(look["symbolSize"]) + stroke)
    middle = max(size, look["labelFontSize"]) / 2
    style = text.Style(look["labelFontSize"], False, "left", "middle")
    lined = legend.paint == "stroke"
    paint = {legend.paint: colour, "stroke-width": stroke if lined else None}
    shown = "" if legend.opacity in {None, 1} else f' opacity="{legend.opacity:g}"'
    half = math.sqrt(look["symbolSize"]) / 2 + (stroke if lined else 0)
    reach = text.reach([name], size + look["labelOffset"], y + middle, style)
    reach.reach(0, y + middle - half, size, y + middle + half)
    own.hold(reach)
    mark = symbol(legend.shape, look["symbolSize"], size / 2, y + middle, own=attributes(paint) + shown)
    label = text.element([name], size + look["labelOffset"], y + middle, style)
    return mark, label, math.ceil(reach.bottom - y) + math.ceil(max(0.0, y - reach.top))
