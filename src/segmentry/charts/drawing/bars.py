"""Rectangles: bars, cells of a heat map, and ticks, over a band or between two ends."""

from __future__ import annotations

from collections.abc import Sequence

from .box import Box
from .frame import SECONDS, Frame
from .layers import Layer
from .scales import Band
from .subset import Unsupported, only
from .svg import number

Span = tuple[list[float], list[float]]  # where each starts, and how long it is
_SIZES = {"x": "width", "y": "height"}


def rects(layer: Layer, frame: Frame, own: Sequence[str], box: Box) -> list[str]:
    """Return bars and rectangles: over a band, between two ends, from zero, or over the whole plot."""
    return _boxes(_span(layer, frame, "x"), _span(layer, frame, "y"), own, box, layer.mark["cornerRadius"])


def ticks(layer: Layer, frame: Frame, own: Sequence[str], box: Box) -> list[str]:
    """Return short bars of a given thickness across the position of each record."""
    thick = float(layer.mark["thickness"])
    spans = {}
    for channel in ("x", "y"):
        if isinstance(frame.scales[channel], Band):
            spans[channel] = _span(layer, frame, channel)
        else:
            spans[channel] = [place - thick / 2 for place in frame.centres(layer, channel)], [thick] * len(own)
    return _boxes(spans["x"], spans["y"], own, box, 0)


def _span(layer: Layer, frame: Frame, channel: str) -> Span:
    definition = layer.encoding.get(channel)
    if definition is None and layer.mark["type"] == "rect":
        return [0.0] * len(layer.records), [frame.extent(channel)] * len(layer.records)
    if definition is None or "value" in definition:
        raise Unsupported(f"{layer.where}.encoding", channel, definition, ["a field or datum, for this mark"])
    scale = frame.scale(channel)
    if isinstance(scale, Band):
        return _bands(layer, frame, channel, scale)
    starts = frame.places(layer, channel) or []
    ends = frame.places(layer, SECONDS[channel])
    other = frame.scales["y" if channel == "x" else "x"]
    if ends is None and not (layer.mark["type"] == "bar" and isinstance(other, Band)):
        # Across a number Vega-Lite would draw a bar of five pixels.
        raise Unsupported(f"{layer.where}.encoding", channel, definition, [f"with {SECONDS[channel]}"])
    ends = ends if ends is not None else [frame.base(layer, channel)] * len(starts)
    return [min(pair) for pair in zip(starts, ends, strict=True)], [
        abs(start - end) for start, end in zip(starts, ends, strict=True)
    ]


def _bands(layer: Layer, frame: Frame, channel: str, scale: Band) -> Span:
    size = layer.mark[_SIZES[channel]]
    share = 1.0
    if size is not None:
        if not isinstance(size, dict):
            raise Unsupported(layer.where, _SIZES[channel], size, ["{'band': share}"])
        only(size, {"band"}, f"{layer.where}.{_SIZES[channel]}")
        share = float(size["band"])
    if not scale.bandwidth:
        raise Unsupported(f"{layer.where}.encoding.{channel}", "scale.type", "point", ["band, for this mark"])
    starts = frame.places(layer, channel, (1 - share) / 2) or []
    return starts, [max(0.25, share * scale.bandwidth)] * len(starts)  # 0.25: what Vega-Lite keeps visible


def _boxes(across: Span, down: Span, own: Sequence[str], box: Box, radius: float) -> list[str]:
    drawn = []
    for left, width, top, height, mine in zip(*across, *down, own, strict=True):
        box.reach(left, top, left + width, top + height)
        round_ = min(radius, width / 2, height / 2)
        corners = f' rx="{number(round_)}"' if round_ > 0 else ""
        drawn.append(
            f'<rect{mine} x="{number(left)}" y="{number(top)}" '
            f'width="{number(width)}" height="{number(height)}"{corners}/>'
        )
    return drawn
