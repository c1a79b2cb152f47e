"""The plot that marks are placed in: from records to pixels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .layers import Layer
from .scales import Linear, Scale, is_number
from .subset import Unsupported

SECONDS = {"x": "x2", "y": "y2"}  # the channels of a mark's other end


class Frame(NamedTuple):
    """Size in pixels, scales by ``x`` and ``y``, and all layers of the view, which share their colours."""

    width: float
    height: float
    scales: Mapping[str, Scale | None]
    layers: Sequence[Layer]

    def extent(self, channel: str) -> float:
        """Return the width for ``x``, the height for ``y``."""
        return self.width if channel == "x" else self.height

    def scale(self, channel: str) -> Scale:
        """Return the scale of a channel that data are placed by."""
        scale = self.scales[channel[0]]
        assert scale is not None  # noqa: S101 -- made for every channel that has a field or datum
        return scale

    def places(self, layer: Layer, channel: str, band: float = 0.5) -> list[float] | None:
        """Return the pixels of each record on *channel* (x, y, x2, y2), None where the encoding does not have it."""
        definition = layer.encoding.get(channel)
        if definition is None:
            return None
        if "value" in definition:
            if not is_number(definition["value"]):
                raise Unsupported(f"{layer.where}.encoding.{channel}", "value", definition["value"], ["pixels"])
            return [float(definition["value"])] * len(layer.records)
        if "datum" in definition:
            return self.scale(channel).places([definition["datum"]], band) * len(layer.records)
        column = layer.column(definition["field"])
        if layer.is_path and not self.scale(channel).discrete:
            column = [value if is_number(value) else math.nan for value in column]  # a gap
        return self.scale(channel).places(column, band)

    def centres(self, layer: Layer, channel: str) -> list[float]:
        """Return the pixels of each record on *channel*; the middle of the plot where nothing is said."""
        return self.places(layer, channel) or [self.extent(channel) / 2] * len(layer.records)

    def base(self, layer: Layer, channel: str) -> float:
        """Return the pixel of zero, from which bars and areas without a second end start. No log scale has one."""
        scale = self.scale(channel)
        if not isinstance(scale, Linear):
            where = f"{layer.where}.encoding.{channel}"
            raise Unsupported(
                where, "scale", layer.encoding[channel].get("scale"), ["linear", f"with {SECONDS[channel]}"]
            )
        return scale.places([0.0])[0]
