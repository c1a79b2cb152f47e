"""The tree of a hierarchical solution: which groups merge at what distance, and where it was cut."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..cluster.result import Clustering, Tree
from ..core import display
from ..profile.segments import Segment
from . import theme
from .chart import Chart, Record
from .marks import OWN_COLOUR, TIP, Spec
from .words import finite

_LEAVES = 24  # branches at the foot of the picture: more would not tell more
_WIDTH, _HEIGHT = 560, 260


@dataclass(frozen=True)
class Branch:
    """A branch of the drawn tree: its place across, the height it ends at, its rows, and its segment, if it is one."""

    place: float
    height: float
    size: int
    segment: int | None


def dendrogram(segments: tuple[Segment, ...], colours: dict[int, str], clustering: Clustering) -> Chart | None:
    """Return the upper part of the tree, branches in the colour of their segment; none without a tree."""
    tree, k = clustering.tree, clustering.choice.k
    if tree is None or len(tree.heights) < 2:
        return None
    lines, feet = records(tree, {segment.id: segment.name for segment in segments}, colours)
    cut = cut_height(tree, k)
    n = len(tree.labels)
    gap = f"; the {k} segments merge from a distance of {_shown(tree.heights[-(k - 1)])} on" if k > 1 else ""
    return Chart(
        name="dendrogram",
        title=_title(tree, k),
        subtitle=(
            f"Ward's tree of {display.count(n)} customers, its upper {len(feet)} branches (number of customers below "
            f"each){gap}; the dashed line is the cut"
        ),
        alt=f"Tree. {k} branches lie below the cut, of " + ", ".join(display.count(foot["size"]) for foot in feet),
        spec=_spec(lines, feet, cut, float(tree.heights[-1])),
        table=(
            ("Groups left", "Merge distance"),
            [(str(left), _shown(tree.heights[-left])) for left in range(1, min(_LEAVES, len(tree.heights)) + 1)],
        ),
    )


def cut_height(tree: Tree, k: int) -> float:
    """Return the middle between the last merge that *k* groups have made and the next one."""
    heights = tree.heights
    if k <= 1:
        return float(heights[-1]) * 1.03
    above = float(heights[-(k - 1)])
    below = float(heights[-k]) if k <= len(heights) else 0.0
    return (above + below) / 2


def records(tree: Tree, names: dict[int, str], colours: dict[int, str]) -> tuple[list[Record], list[Record]]:
    """Return the lines of the last 23 merges, and one record per branch that hangs below them."""
    n = len(tree.labels)
    first = max(0, len(tree.heights) - (_LEAVES - 1))
    branches: dict[int, Branch] = {}
    lines: list[Record] = []
    feet = _feet(tree, n, first)
    for across, node in enumerate(feet):
        rows = _rows_below(tree, node, n)
        held = np.unique(tree.labels[rows])
        branches[node] = Branch(float(across), 0.0, len(rows), int(held[0]) if len(held) == 1 else None)
    for step in range(first, len(tree.heights)):
        left, right = (branches[int(node)] for node in tree.merges[step])
        height = float(tree.heights[step])
        same = left.segment if left.segment == right.segment else None
        size = left.size + right.size
        branches[n + step] = Branch((left.place + right.place) / 2, height, size, same)
        tip = f"{display.count(size)} customers\nmerged at {_shown(height)}" + (
            f"\n{names[same]}" if same in names else ""
        )
        for one in (left, right):
            place = (one.place, one.place, one.height, height)
            lines.append(_line(place, _colour(one.segment, colours), tip))
        lines.append(_line((left.place, right.place, height, height), _colour(same, colours), tip))
    shown = [
        {
            "x": branches[node].place,
            "y": 0.0,
            "text": display.count(branches[node].size),
            "size": branches[node].size,
            "tip": f"{display.count(branches[node].size)} customers",
        }
        for node in feet
    ]
    return lines, shown


def _feet(tree: Tree, n: int, first: int) -> list[int]:
    """Return the branches that are not split further in the picture, from left to right."""
    order, open_ones = [], [n + len(tree.heights) - 1]
    while open_ones:
        node = open_ones.pop()
        if node < n + first:
            order.append(node)
        else:
            open_ones += [int(one) for one in tree.merges[node - n][::-1]]
    return order


def _rows_below(tree: Tree, node: int, n: int) -> list[int]:
    found, open_ones = [], [node]
    while open_ones:
        one = open_ones.pop()
        if one < n:
            found.append(one)
        else:
            open_ones += [int(part) for part in tree.merges[one - n]]
    return found


def _line(place: tuple[float, float, float, float], colour: str, tip: str) -> Record:
    x, x2, y, y2 = place
    return {"x": x, "x2": x2, "y": finite(y), "y2": finite(y2), "colour": colour, "tip": tip}


def _colour(segment: int | None, colours: dict[int, str]) -> str:
    return theme.LINE if segment is None else colours.get(segment, theme.LINE)


def _shown(height: float) -> str:
    return f"{height:.3g}"


def _title(tree: Tree, k: int) -> str:
    if k < 2 or k > len(tree.heights):
        return f"The tree is cut into {display.counted(k, 'segments')}"
    jump = float(tree.heights[-(k - 1)] / max(tree.heights[-k], 1e-12))
    if jump >= 1.5:
        return f"A clear cut: joining two of the {k} segments costs {jump:.1f} times the last merge within one"
    return f"No clear place to cut: joining two of the {k} segments costs {jump:.1f} times the last merge within one"


def _spec(lines: list[Record], feet: list[Record], cut: float, top: float) -> Spec:
    across = {
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [-0.6, len(feet) - 0.4], "nice": False, "zero": False},
    }
    up = {
        "type": "quantitative",
        "axis": {"title": "Distance at which branches merge", "tickCount": 5},
        "scale": {"domain": [-0.07 * top, top * 1.04], "nice": False, "zero": False},
    }
    x, y = {"field": "x", **across}, {"field": "y", **up}
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "layer": [
            {
                "data": {"values": lines},
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}, "color": OWN_COLOUR, **TIP},
            },
            {
                "data": {"values": [{"y": finite(cut)}]},
                "mark": {"type": "rule", "stroke": theme.INK, "strokeDash": [5, 4]},
                "encoding": {"y": y},
            },
            {
                "data": {"values": feet},
                "mark": {"type": "text", "fontSize": 9, "baseline": "top", "dy": 4},
                "encoding": {"x": x, "y": y, "text": {"field": "text"}},
            },
        ],
    }
