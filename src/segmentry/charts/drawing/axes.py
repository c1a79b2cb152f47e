"""Axes: grid lines behind the marks, and labels, ticks, line and title around the plot. Placed as Vega places them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from . import text
from .box import Box
from .expressions import meaning
from .frame import Frame
from .layers import Layer
from .numerals import for_step, formatted
from .scales import Band, Log, Scale
from .scaling import merged
from .settings import AXIS_KEYS, Settings, is_bold, uncut
from .subset import Spec, Unsupported, one_of, only
from .svg import attributes, group, moved, number
from .ticks import tick_step

_WIDEST_LABELS = 200  # pixels between axis and title at most; Vega's maxExtent
_ORIENTS = {"x": ("bottom", "top"), "y": ("left", "right")}
_BASELINES = {"bottom": "top", "top": "bottom", "left": "middle", "right": "middle"}
_ALIGNS = {"bottom": "center", "top": "center", "left": "right", "right": "left"}


class Axis(NamedTuple):
    """One axis: its properties, its scale, width and height of the plot, and what it marks."""

    look: Spec
    scale: Scale
    size: tuple[float, float]
    orient: str
    values: Sequence[Any]
    title: Sequence[str]
    where: str

    @property
    def outward(self) -> int:
        """Return the sign of the direction away from the plot."""
        return -1 if self.orient in {"left", "top"} else 1

    @property
    def is_level(self) -> bool:
        """Return whether the axis runs from left to right."""
        return self.orient in {"bottom", "top"}

    @property
    def length(self) -> float:
        """Return the pixels along the axis."""
        return self.size[0] if self.is_level else self.size[1]

    @property
    def origin(self) -> tuple[float, float]:
        """Return where the axis starts within the plot."""
        return (self.size[0] if self.orient == "right" else 0.0, self.size[1] if self.orient == "bottom" else 0.0)

    def places(self) -> list[float]:
        """Return the pixels of the marked values along the axis: half a pixel less in bands, as in Vega."""
        less = 0.5 if isinstance(self.scale, Band) and self.scale.bandwidth else 0.0
        return [place - less for place in self.scale.places(self.values)]


def axis_of(channel: str, scale: Scale, frame: Frame, settings: Settings) -> Axis | None:
    """Return the axis that the layers of *frame* ask for on *channel*; None where they say ``"axis": null``."""
    users = [layer for layer in frame.layers if "value" not in layer.encoding.get(channel, {"value": None})]
    own = merged(users, channel, "axis")
    if own is None:
        return None
    where = f"{users[0].where}.encoding.{channel}.axis"
    only(own, AXIS_KEYS, where)
    # Vega-Lite draws a grid for the first definition when that is a field on a continuous scale.
    look = {"grid": not scale.discrete and "field" in users[0].encoding[channel], **settings.axis, **own}
    uncut(look, ("labelLimit", "titleLimit"), where)
    upright = 270 if scale.discrete and channel == "x" else 0  # Vega-Lite turns names below a plot
    one_of({"labelAngle": upright if look["labelAngle"] is None else look["labelAngle"]}, "labelAngle", [0], where)
    one_of({"labelFlush": channel == "y" and bool(look["labelFlush"])}, "labelFlush", [False], where)
    orient = one_of({"orient": look["orient"] or _ORIENTS[channel][0]}, "orient", _ORIENTS[channel], where)
    count = look["tickCount"]
    if count is None:
        count = 10 if isinstance(scale, Log) else math.ceil(frame.extent(channel) / 40)
    if look["values"] is not None and look["tickCount"] is not None:
        raise Unsupported(where, "tickCount", look["tickCount"], ["values or tickCount"])
    values = scale.ticks(count) if look["values"] is None else _within(look["values"], scale)
    size = frame.width, frame.height
    return Axis({**look, "tickCount": count}, scale, size, orient, values, _title(users, channel, own), where)


def _within(values: Sequence[Any], scale: Scale) -> list[Any]:
    """Return those of *values* that lie on the axis, as Vega shows them: to the next whole pixel."""
    low, high = math.floor(min(scale.range)), math.ceil(max(scale.range))
    return [value for value, place in zip(values, scale.places(values), strict=True) if low <= place <= high]


def _title(users: Sequence[Layer], channel: str, own: Spec) -> list[str]:
    if "title" in own:
        said = own["title"]
    else:
        spoken = [layer.encoding.get(end, {}) for layer in users for end in (channel, f"{channel}2")]
        titles = [definition["title"] for definition in spoken if "title" in definition]
        names = [definition.get("name", definition.get("field")) for definition in spoken]
        said = ", ".join(dict.fromkeys(title for title in titles or names if title))
    return [said] if isinstance(said, str) and said else list(said or [])


def grid(axis: Axis) -> str:
    """Return the lines across the plot at every marked value, whole pixels apart so that they are sharp."""
    if not axis.look["grid"] or not axis.values:
        return ""
    places = [math.floor(place + 0.5) for place in axis.places()]
    across = number(axis.size[1] if axis.is_level else axis.size[0])
    lines = "".join(f"M{place},0v{across}" if axis.is_level else f"M0,{place}h{across}" for place in places)
    style = attributes({"stroke": axis.look["gridColor"]})
    return f'<g transform="translate(0.5,0.5)"><path class="grid"{style} d="{lines}"/></g>'


def surroundings(axis: Axis, box: Box, owners: Callable[[str], str]) -> str:
    """Return ticks, labels, line and title of *axis*, and let *box* hold them.

    *owners* gives the attribute that says which segment a label belongs to.
    """
    x, y = axis.origin
    own = Box()
    parts = [_ticks(axis, own), _labels(axis, own, owners), _line(axis)]
    extent = {"bottom": own.bottom, "top": -own.top, "left": -own.left, "right": own.right}[axis.orient]
    along = (axis.length, 0.0) if axis.is_level else (0.0, axis.length)
    own.reach(0, 0, *along)
    if axis.title:
        parts.append(_titled(axis, min(_WIDEST_LABELS, extent), own))
    box.hold(own, x, y)
    return group("".join(parts), f' class="axis"{moved(x + 0.5, y + 0.5)}')


def _ticks(axis: Axis, own: Box) -> str:
    if not axis.look["ticks"] or not axis.values:
        return ""
    reach = axis.outward * float(axis.look["tickSize"])
    places = [math.floor(place + 0.5) for place in axis.places()]
    size = number(reach)
    lines = "".join(f"M{place},0v{size}" if axis.is_level else f"M0,{place}h{size}" for place in places)
    along = min(places) - 1, max(places) + 1  # Vega's strokes reach their own width out of their line
    across = min(0.0, reach) - 1, max(0.0, reach) + 1
    (left, right), (top, bottom) = (along, across) if axis.is_level else (across, along)
    own.reach(left, top, right, bottom)
    return f'<path{attributes({"stroke": axis.look["tickColor"]})} d="{lines}"/>'


def _line(axis: Axis) -> str:
    if not axis.look["domain"]:
        return ""
    along = f"h{number(axis.length)}" if axis.is_level else f"v{number(axis.length)}"
    return f'<path{attributes({"stroke": axis.look["domainColor"]})} d="M0,0{along}"/>'


def _labels(axis: Axis, own: Box, owners: Callable[[str], str]) -> str:
    if not axis.look["labels"] or not axis.values:
        return ""
    size = axis.look["labelFontSize"]
    away = axis.outward * (axis.look["labelPadding"] + (axis.look["tickSize"] if axis.look["ticks"] else 0))
    labels = []
    for place, lines, lift in zip(axis.places(), _texts(axis), _offsets(axis), strict=True):
        align = _flushed(axis, place) if axis.is_level else _ALIGNS[axis.orient]
        style = text.Style(size, False, align, _BASELINES[axis.orient])
        x, y = (place + lift, away) if axis.is_level else (away, place + lift)
        labels.append((text.reach(lines, x, y, style), lines, x, y, style))
    shown = _apart([label[0] for label in labels]) if _must_be_apart(axis) else range(len(labels))
    for row in shown:
        own.hold(labels[row][0])
    drawn = [text.element(*labels[row][1:], owners("\n".join(labels[row][1]))) for row in shown]
    return group("".join(drawn), text.look(axis.look["labelColor"], size))


def _texts(axis: Axis) -> list[Sequence[str]]:
    """Return the lines of each label."""
    rule, pattern = axis.look["labelExpr"], axis.look["format"]
    if rule is not None:
        said = meaning(rule, axis.where, "labelExpr")
        return [[shown] if isinstance(shown := said(value), str) else shown for value in axis.values]
    if axis.scale.discrete:
        return [[_said(value)] for value in axis.values]
    if isinstance(axis.scale, Log):
        raise Unsupported(axis.where, "labelExpr", None, ["an Expression, on a log scale"])
    if pattern is None:
        pattern = for_step(tick_step(axis.scale.domain[0], axis.scale.domain[1], axis.look["tickCount"]))
    return [[formatted(value, pattern)] for value in axis.values]


def _said(value: object) -> str:
    """Return a category as JavaScript says it: whole numbers without a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _offsets(axis: Axis) -> list[float]:
    """Return how far each label is moved along the axis."""
    said = axis.look["labelOffset"]
    if isinstance(said, dict):
        only(said, {"expr"}, f"{axis.where}.labelOffset")
        move = meaning(said.get("expr"), axis.where, "labelOffset")
        return [float(move(value)) for value in axis.values]
    return [float(said)] * len(axis.values)


def _flushed(axis: Axis, place: float) -> str:
    """Return how a label below or above the plot is aligned: at the plot's edges it stays within, if so wished."""
    flush = axis.look["labelFlush"]
    if flush is None:
        flush = not axis.scale.discrete
    start, end = abs(place - min(axis.scale.range)), abs(max(axis.scale.range) - place)
    if not flush or min(start, end) > 1:
        return "center"
    return "left" if start < end else "right"


def _must_be_apart(axis: Axis) -> bool:
    overlap = axis.look["labelOverlap"]
    if overlap is None:
        overlap = None if isinstance(axis.scale, Log) else not axis.scale.discrete
    return bool(one_of({"labelOverlap": overlap}, "labelOverlap", [True, False], axis.where))


def _apart(boxes: Sequence[Box]) -> Sequence[int]:
    """Return the rows of labels shown: every other one is dropped until none touches the next (Vega's ``parity``)."""
    shown = list(range(len(boxes)))
    while len(shown) >= 3 and any(boxes[a].touches(boxes[b]) for a, b in pairwise(shown)):
        shown = shown[::2]
    if len(shown) < 3 <= len(boxes) and shown[-1] != len(boxes) - 1:
        shown = [shown[0], len(boxes) - 1]
    return shown


def _titled(axis: Axis, extent: float, own: Box) -> str:
    """Return the title in the middle beyond the labels; upright axes have it turned, its last line nearest."""
    look = axis.look
    size = look["titleFontSize"]
    bold = is_bold(look["titleFontWeight"], axis.where)
    baseline = "top" if axis.orient == "bottom" else "bottom"
    style = text.Style(size, bold, "center", baseline)
    further = 0.0 if axis.orient == "bottom" else style.line_height * (len(axis.title) - 1)
    away = axis.outward * (extent + further + look["titlePadding"])
    if axis.is_level:
        own.hold(text.reach(axis.title, axis.length / 2, away, style))
        drawn = text.element(axis.title, axis.length / 2, away, style)
    else:
        drawn, box = text.turned(axis.title, away, axis.length / 2, style, 90 * axis.outward)
        own.hold(box)
    return group(drawn, text.look(look["titleColor"], size, look["titleFontWeight"]))
