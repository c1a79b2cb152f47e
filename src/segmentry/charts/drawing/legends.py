"""Legends: which colour is which value. It stands right of everything else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from . import text
from .box import Box
from .layers import PAINTS, Layer
from .paint import colour_channel
from .scales import Colours
from .scaling import paint_scale
from .settings import LEGEND, Settings, is_bold, uncut
from .subset import Spec, Unsupported, only
from .svg import attributes, group, moved
from .symbols import symbol


class Legend(NamedTuple):
    """The entries of one colour scale.

    ``paint`` is the attribute that carries the colour (fill or stroke), ``shape`` a name that :func:`symbol` knows.
    """

    title: str
    scale: Colours
    paint: str
    shape: str
    opacity: float | None
    look: Spec


def legend_of(layers: Sequence[Layer], settings: Settings) -> Legend | None:
    """Return the legend that the layers of a view need. Raises Unsupported for one of numbers, sizes or shapes."""
    found: Legend | None = None
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
            found = joined(found, _legend(layer, channel, scale, settings), layer.where)
    return found


def joined(one: Legend | None, other: Legend | None, where: str) -> Legend | None:
    """Return the legend of two parts: the same colours are explained once.

    Raises Unsupported where they differ; Vega-Lite would merge their scales or their symbols.
    """
    if one is None or other is None:
        return one or other
    if (one.title, one.scale, one.paint, one.shape) != (other.title, other.scale, other.paint, other.shape):
        raise Unsupported(where, "legend", other.title, ["one legend for all parts", None])
    return one


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


def beside(legend: Legend, box: Box) -> str:
    """Return *legend* right of all that *box* holds, from the top of the plot; *box* holds it too afterwards."""
    x = math.ceil(box.right) + legend.look["offset"]
    content, own = _drawn(legend)
    box.reach(x, 0, x + math.ceil(own.right), math.ceil(own.bottom))
    return group(content, f' class="legend"{moved(x, 0)}')


def _drawn(legend: Legend) -> tuple[str, Box]:
    look, own = legend.look, Box()
    parts, y = [], 0.0
    if legend.title:
        bold = is_bold(look["titleFontWeight"], "legend")
        style = text.Style(look["titleFontSize"], bold, "left", "top")
        own.hold(text.reach([legend.title], 0, 0, style))
        look_of_title = text.look(look["titleColor"], style.size, look["titleFontWeight"])
        parts.append(group(text.element([legend.title], 0, 0, style), look_of_title))
        y = style.size + look["titlePadding"]
    labels = []
    for value, colour in zip(legend.scale.domain, legend.scale.of(legend.scale.domain), strict=True):
        mark, label, height = _entry(legend, str(value), colour, y, own)
        parts.append(mark)
        labels.append(label)
        y += height + look["rowPadding"]
    parts.append(group("".join(labels), text.look(look["labelColor"], look["labelFontSize"])))
    return "".join(parts), own


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
