"""Who moved between two dates: segments on the earlier date left, on the later one right, ribbons between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ..core import display
from ..movement import ABSENT
from . import theme
from .chart import Chart, Record
from .marks import OWN_COLOUR, TIP, Spec
from .words import drawable, finite, wrapped

_WIDTH, _NODE = 420.0, 12.0
_HEIGHT, _NODE_HEIGHT = 400.0, 120.0  # of all nodes together, without what is between them; of one at most
_LINE, _GAP = 15.0, 7.0
_STEPS = 24  # straight pieces of a ribbon's curve
_SMALL = 0.005  # share of all customers, below which a ribbon is faint
_STAYED, _MOVED, _FAINT = 0.28, 0.65, 0.16

Moves = Mapping[tuple[int, int], int]


@dataclass(frozen=True)
class Node:
    """A segment on one date: its customers, its words in lines, and where it is, in pixels from the top."""

    customers: int
    lines: tuple[str, ...]
    middle: float
    height: float

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.middle - self.height / 2

    @property
    def reach(self) -> float:
        """The lower edge of the node or of its words, whichever is lower."""
        return self.middle + max(self.height, _LINE * len(self.lines)) / 2


def flows(
    moves: Moves, names: Mapping[int, str], colours: Mapping[int, str], *, start: date, end: date
) -> Chart | None:
    """Return the ribbons of *moves*, customers by (segment at *start*, segment at *end*); none without customers.

    ABSENT in place of a segment stands for no customer on that date. *names* begin with the best.
    """
    moves = {pair: count for pair, count in moves.items() if count}
    if not moves:
        return None
    left, right = (named(names, absent) for absent in ("New", "Gone"))
    total, there = sum(moves.values()), _sums(moves, 0)
    faint = f", faint under {display.share(_SMALL)} of all" if min(moves.values()) < _SMALL * total else ""
    return Chart(
        name="flows",
        title=_finding(moves, left, start, end),
        subtitle=f"Segments on {start} left and on {end} right, {display.counted(total)}; ribbons in the colour of "
        f"where they were, pale where they stayed or came new{faint}",
        alt="Ribbons from the segments of one date to those of another. The numbers follow as a table.",
        spec=_spec(moves, left, right, colours),
        table=(
            (f"On {start}", f"On {end}", "Customers", "Share of where they were"),
            [
                (left[was], right[is_], display.count(count), display.share(count / there[was]))
                for (was, is_), count in _in_order(moves, left)
            ],
        ),
    )


def named(names: Mapping[int, str], absent: str) -> dict[int, str]:
    """Return *names* as they can be drawn, and after them what those are called who are no customers."""
    return {**{label: drawable(name) for label, name in names.items()}, ABSENT: absent}


def nodes(sums: Mapping[int, int], names: Mapping[int, str], each: float) -> dict[int, Node]:
    """Return a node for each of *names* that has customers (*sums*, of *each* so many pixels), from the top down, none
    over another's words.
    """
    found: dict[int, Node] = {}
    top = 0.0
    for label, name in names.items():
        if not sums.get(label):
            continue
        *first, last = wrapped(name, 24, lines=2)
        lines = (*first, f"{last} · {display.count(sums[label])}")
        height = each * sums[label]
        room = max(height, _LINE * len(lines))
        found[label] = Node(sums[label], lines, top + room / 2, height)
        top += room + _GAP
    return found


def records(
    moves: Moves, left: Mapping[int, str], right: Mapping[int, str], colours: Mapping[int, str]
) -> list[Record]:
    """Return the edges of each ribbon, ``top`` and ``bottom`` at steps from left to right; all in pixels.

    Those who stayed come first and small ribbons last, so that small ones lie on top.
    """
    there, total, each = _sums(moves, 0), sum(moves.values()), _each(moves)
    starts = {label: node.top for label, node in nodes(there, left, each).items()}
    ends = {label: node.top for label, node in nodes(_sums(moves, 1), right, each).items()}
    ribbons: list[tuple[bool, int, list[Record]]] = []
    for (was, is_), count in _in_order(moves, left):
        thick = each * count
        look = {
            **_owner(is_ if was == ABSENT else was),
            "ribbon": len(ribbons),
            "colour": theme.LINE if was == ABSENT else colours[was],
            "force": _STAYED if was in {is_, ABSENT} else _FAINT if count < _SMALL * total else _MOVED,
            "tip": f"{left[was]} → {right[is_]}\n{display.counted(count)} ({display.share(count / there[was])})",
        }
        ribbons.append((was != is_, -count, _curve(starts[was], ends[is_], thick, look)))
        starts[was] += thick
        ends[is_] += thick
    return [point for *_, curve in sorted(ribbons, key=lambda one: one[:2]) for point in curve]


def _curve(start: float, end: float, thick: float, look: Record) -> list[Record]:
    """Return the edges of a ribbon of *thick* pixels from *start* to *end*, level at both: to a tenth of one."""
    found = []
    for step in range(_STEPS + 1):
        along = step / _STEPS
        top = start + (end - start) * along**2 * (3 - 2 * along)
        found.append({"x": along * _WIDTH, "top": round(top, 1), "bottom": round(top + thick, 1), **look})
    return found


def _owner(label: int) -> dict[str, int]:
    """Return the segment that a mark belongs to; those who are no customers are in none."""
    return {} if label == ABSENT else {"segment": label}


def _in_order(moves: Moves, names: Mapping[int, str]) -> list[tuple[tuple[int, int], int]]:
    order = {label: place for place, label in enumerate(names)}
    return sorted(moves.items(), key=lambda move: (order[move[0][0]], order[move[0][1]]))


def _sums(moves: Moves, end: int) -> Counter[int]:
    """Return the customers of each segment on the first (*end* 0) or the second date (1)."""
    sums: Counter[int] = Counter()
    for pair, count in moves.items():
        sums[pair[end]] += count
    return sums


def _each(moves: Moves) -> float:
    """Return the pixels of one customer."""
    most = max(len(_sums(moves, 0)), len(_sums(moves, 1)))
    return min(_HEIGHT, _NODE_HEIGHT * most) / sum(moves.values())


def _spec(moves: Moves, left: Mapping[int, str], right: Mapping[int, str], colours: Mapping[int, str]) -> Spec:
    each = _each(moves)
    sides = nodes(_sums(moves, 0), left, each), nodes(_sums(moves, 1), right, each)
    height = finite(max(node.reach for side in sides for node in side.values()))
    ends = [-_NODE, _WIDTH + _NODE]
    across = {"field": "x", "type": "quantitative", "axis": None, "scale": {"domain": ends, "nice": False}}
    scale = {"domain": [0, height], "nice": False, "reverse": True}
    down = {"field": "top", "type": "quantitative", "axis": None, "scale": scale}
    return {
        "width": _WIDTH + 2 * _NODE,
        "height": height,
        "layer": [
            {
                "data": {"values": records(moves, left, right, colours)},
                "mark": {"type": "area", "orient": "vertical"},
                "encoding": {
                    "x": across,
                    "y": down,
                    "y2": {"field": "bottom"},
                    "detail": {"field": "ribbon"},
                    "fill": {"field": "colour", "type": "nominal", "scale": None},
                    "fillOpacity": {"field": "force", "type": "quantitative", "scale": None},
                    **TIP,
                },
            },
            *_node_layers(sides[0], left, colours, (across, down), is_left=True),
            *_node_layers(sides[1], right, colours, (across, down), is_left=False),
        ],
    }


def _node_layers(
    side: Mapping[int, Node],
    names: Mapping[int, str],
    colours: Mapping[int, str],
    place: tuple[Spec, Spec],
    *,
    is_left: bool,
) -> list[Spec]:
    """Return two layers: the bars of one *side* beside the ribbons, and their words beyond them."""
    across, down = place
    start, words, away = (-_NODE, "label", -7) if is_left else (_WIDTH, "aside", 2 * _NODE + _WIDTH + 7)
    marks = [
        {
            **_owner(label),
            "x": start,
            "x2": start + _NODE,
            "top": finite(node.top),
            "bottom": finite(node.top + node.height),
            "first": finite(node.middle - (len(node.lines) - 1) * _LINE / 2),
            words: "\n".join(node.lines),
            "colour": colours.get(label, theme.LINE),
            "tip": f"{names[label]}\n{display.counted(node.customers)}",
        }
        for label, node in side.items()
    ]
    return [
        {
            "data": {"values": marks},
            "mark": {"type": "rect"},
            "encoding": {
                "x": across,
                "x2": {"field": "x2"},
                "y": down,
                "y2": {"field": "bottom"},
                "color": OWN_COLOUR,
                **TIP,
            },
        },
        {
            "data": {"values": marks},
            "mark": {"type": "text", "align": "right" if is_left else "left"},
            "encoding": {"x": {"value": away}, "y": {**down, "field": "first"}, "text": {"field": words}},
        },
    ]


def _finding(moves: Moves, names: Mapping[int, str], start: date, end: date) -> str:
    between = {pair: count for pair, count in moves.items() if pair[0] != pair[1] and min(pair) >= 0}
    if not between:
        return f"No customer moved from one segment to another between {start} and {end}"
    (was, is_), count = min(between.items(), key=lambda move: (-move[1], move[0]))
    return f"The largest move: {display.counted(count)} from {names[was]} to {names[is_]}"
