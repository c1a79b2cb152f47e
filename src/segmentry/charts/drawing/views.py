"""One plot: its layers on common scales, with axes around them and a title above."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from . import axes, marks, text
from .box import Box
from .frame import Frame
from .layers import Layer, layers_of
from .legends import Legend, legend_of
from .scales import is_number
from .scaling import position_scale
from .settings import TITLE, Settings, is_bold
from .stacks import stacked
from .subset import Record, Spec, Unsupported, one_of, only
from .svg import group, moved, owner


@dataclass
class Panel:
    """A drawn part: its SVG, how far it reaches around its origin, and the legend that it needs."""

    svg: str
    box: Box
    legend: Legend | None = None


def plot(view: Spec, settings: Settings, where: str) -> Panel:
    """Return *view*, a mark or layers on one pair of scales, drawn with its origin at the plot's upper left corner."""
    layers = [stacked(layer) for layer in layers_of(view, settings, where)]
    width, height = _size(view, "width", where), _size(view, "height", where)
    scales = {channel: position_scale(layers, channel, size) for channel, size in (("x", width), ("y", height))}
    layers = [layer.placeable(scales) for layer in layers]
    frame = Frame(width, height, scales, layers)
    box = Box(0.0, 0.0, width, height)
    around = _axes(frame, settings)
    owners = _owners(layers)
    parts = [axes.grid(axis) for axis in around]
    parts += [axes.surroundings(axis, box, owners) for axis in around]
    parts += [marks.drawn(layer, frame, box) for layer in layers]
    if view.get("title"):
        parts.append(_title(view["title"], frame, box, settings, f"{where}.title"))
    return Panel("".join(parts), box, legend_of(layers, settings))


def _size(view: Spec, key: str, where: str) -> float:
    if not is_number(view.get(key)):
        raise Unsupported(where, key, view.get(key), ["pixels"])
    return float(view[key])


def _axes(frame: Frame, settings: Settings) -> list[axes.Axis]:
    found = [
        axes.axis_of(channel, scale, frame, settings) for channel, scale in frame.scales.items() if scale is not None
    ]
    return [axis for axis in found if axis is not None]


def _owners(layers: Sequence[Layer]) -> Callable[[str], str]:
    """Return the function from an axis label to the attribute of the segment whose records carry that ``label``."""
    every: dict[int, Sequence[Record]] = {id(layer.records): layer.records for layer in layers}
    labels = {record["label"]: owner(record) for records in every.values() for record in records if record.get("label")}
    return lambda label: labels.get(label, "")


def _title(title: str | Spec, frame: Frame, box: Box, settings: Settings, where: str) -> str:
    own = {"text": title} if isinstance(title, str) else title
    only(own, {"text", *TITLE}, where)
    look = {**settings.title, **own}
    one_of(look, "frame", ["group"], where)
    anchor = one_of(look, "anchor", ["start", "middle", "end"], where)
    bold = is_bold(look["fontWeight"], where)
    align = {"start": "left", "middle": "center", "end": "right"}[anchor]
    style = text.Style(look["fontSize"], bold, align, "top")
    lines = [look["text"]] if isinstance(look["text"], str) else look["text"]
    x = {"start": 0.0, "middle": frame.width / 2, "end": frame.width}[anchor]
    flat = text.reach(lines, x, 0.0, style)
    y = box.top - (flat.bottom - flat.top) - look["offset"]
    box.hold(flat, 0.0, y)
    return group(text.element(lines, x, y, style), text.look(look["color"], style.size, look["fontWeight"]))


def placed(panel: Panel, x: float, y: float) -> Panel:
    """Return *panel* moved by (x, y)."""
    box = Box(panel.box.left + x, panel.box.top + y, panel.box.right + x, panel.box.bottom + y)
    svg = panel.svg if (x, y) == (0, 0) else group(panel.svg, moved(x, y))
    return replace(panel, svg=svg, box=box)
