"""The shapes of points, in charts and in legends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .subset import Unsupported
from .svg import moved, number

# Outlines for a half width of 1: Vega's symbols of the same size have these corners.
_OUTLINES: Mapping[str, Sequence[tuple[float, float]]] = {
    "diamond": [(-1, 0), (0, -1), (1, 0), (0, 1)],
    "square": [(-1, -1), (1, -1), (1, 1), (-1, 1)],
    "triangle-up": [(0, -math.sqrt(3) / 2), (-1, math.sqrt(3) / 2), (1, math.sqrt(3) / 2)],
}


def symbol(shape: str, size: float, x: float, y: float, *, own: str = "", where: str = "mark") -> str:
    """Return the element of a *shape* around (x, y) with the attributes *own*; *size* is the area of its square."""
    half = math.sqrt(size) / 2
    if shape == "circle":
        return f'<circle{own} cx="{number(x)}" cy="{number(y)}" r="{number(half)}"/>'
    if shape not in _OUTLINES:
        raise Unsupported(where, "shape", shape, ["circle", *_OUTLINES])
    corners = "L".join(f"{number(across * half)},{number(up * half)}" for across, up in _OUTLINES[shape])
    return f'<path{own}{moved(x, y)} d="M{corners}Z"/>'
