"""Lines and areas: several records make one mark."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from .box import Box
from .frame import SECONDS, Frame
from .layers import Layer
from .svg import number


def lines(layer: Layer, frame: Frame, own: Sequence[str], box: Box) -> list[str]:
    """Return lines through the places of the records of each path."""
    xs, ys = frame.centres(layer, "x"), frame.centres(layer, "y")
    drawn = []
    for members in _paths(layer):
        pieces = ["L".join(_vertices(piece, xs, ys)) for piece in _unbroken(members, xs, ys)]
        box.hold_all([xs[row] for row in members], [ys[row] for row in members], layer.mark["strokeWidth"])
        drawn.append(f'<path{own[members[0]]} d="M{"M".join(pieces)}"/>')
    return drawn


def areas(layer: Layer, frame: Frame, own: Sequence[str], box: Box) -> list[str]:
    """Return areas from each record's value to its second end, along the dimension they stand on."""
    xs, ys = frame.centres(layer, "x"), frame.centres(layer, "y")
    measure = {"x": "y", "y": "x"}[layer.dimension]
    ends = frame.places(layer, SECONDS[measure]) or [frame.base(layer, measure)] * len(own)
    back = (ends, ys) if measure == "x" else (xs, ends)
    drawn = []
    for members in _paths(layer):
        outlines = []
        for piece in _unbroken(members, xs, ys):
            # An even base is drawn by its two ends.
            even = len({ends[row] for row in piece}) == 1
            home = [piece[-1], piece[0]] if even else piece[::-1]
            outlines.append("L".join([*_vertices(piece, xs, ys), *_vertices(home, *back)]))
        for across, up in ((xs, ys), back):
            box.hold_all([across[row] for row in members], [up[row] for row in members])
        drawn.append(f'<path{own[members[0]]} d="M{"ZM".join(outlines)}Z"/>')
    return drawn


def _paths(layer: Layer) -> list[list[int]]:
    """Return the rows of each path: one for each combination of colour and detail, in order along the dimension."""
    fields = [
        layer.encoding[channel]["field"]
        for channel in ("color", "fill", "stroke", "opacity", "detail", "strokeWidth")
        if "field" in layer.encoding.get(channel, {})
    ]
    paths: dict[tuple[Any, ...], list[int]] = {}
    for row, record in enumerate(layer.records):
        paths.setdefault(tuple(record.get(field) for field in fields), []).append(row)
    order = layer.encoding.get(layer.dimension, {}).get("field")
    if order is None:
        return list(paths.values())
    column = layer.column(order)
    # Records without a place keep theirs at the end; they are gaps anyway.
    return [sorted(rows, key=lambda row: (column[row] is None, column[row] or 0)) for rows in paths.values()]


def _unbroken(members: Sequence[int], xs: Sequence[float], ys: Sequence[float]) -> list[list[int]]:
    """Return the runs of rows that have a place."""
    known = groupby(members, key=lambda row: not (math.isnan(xs[row]) or math.isnan(ys[row])))
    return [list(rows) for placed, rows in known if placed]


def _vertices(rows: Sequence[int], xs: Sequence[float], ys: Sequence[float]) -> list[str]:
    return [f"{number(xs[row])},{number(ys[row])}" for row in rows]
