"""Why customers left each segment: for the largest moves, how many moved for which cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from ..core import display
from ..movement import ABSENT, WORDS
from ..movement.causes import WHY
from .chart import Chart, Record
from .flows import named
from .line_ends import end_layers
from .marks import OWN_COLOUR, TIP, Spec, measure, row_height, rows
from .words import wrapped

MOST = 14  # moves that are drawn; the table has all
# Apart for every kind of eye, and none of them a segment's (tests/charts).
COLOURS = {"time": "#d98200", "behaviour": "#2f7fc1", "thresholds": "#8e3a8e", "model": "#0f6b5c", "several": "#b3bac3"}

Pair = tuple[int, int]
Reasons = Mapping[str, int]


def causes(moves: Mapping[Pair, Reasons], names: Mapping[int, str], *, start: date, end: date) -> Chart | None:
    """Return stacked bars of the largest moves out of each segment; none where nobody left one.

    *moves* are by (segment at *start*, segment at *end*), ABSENT for no customer any more: how many customers were
    moved by each of ``movement.WORDS``. *names* begin with the best.
    """
    moves = {
        pair: {cause: count for cause, count in reasons.items() if count}
        for pair, reasons in moves.items()
        if pair[0] != pair[1] and pair[0] != ABSENT and any(reasons.values())
    }
    if not moves:
        return None
    shown = named(names, "Gone")
    drawn = chosen(moves, shown)
    left = sum(sum(reasons.values()) for reasons in moves.values())
    some = f"; the largest {len(drawn)} of {len(moves)} moves" if len(drawn) < len(moves) else ""
    told = [cause for cause in WORDS if any(cause in reasons for reasons in moves.values())]
    return Chart(
        name="causes",
        title=_finding(moves, shown),
        subtitle=f"Customers who left a segment between {start} and {end} by what moved them, "
        f"{display.counted(left)}{some}",
        alt="; ".join(_words(pair, moves[pair], shown).replace("\n", ", ") for pair in drawn),
        spec=_spec({pair: moves[pair] for pair in drawn}, shown),
        table=(
            ("From", "To", "Customers", *(WORDS[cause].capitalize() for cause in told)),
            [
                (
                    shown[was],
                    shown[is_],
                    display.count(sum(moves[was, is_].values())),
                    *(display.count(moves[was, is_].get(cause, 0)) for cause in told),
                )
                for was, is_ in _in_order(list(moves), shown)
            ],
        ),
    )


def chosen(moves: Mapping[Pair, Reasons], names: Mapping[int, str]) -> list[Pair]:
    """Return the largest move out of each segment, then the largest of the others: 14, in the order of *names*."""
    largest = sorted(moves, key=lambda pair: (-sum(moves[pair].values()), pair))
    first = list({pair[0]: pair for pair in reversed(largest)}.values())
    first.sort(key=largest.index)
    rest = [pair for pair in largest if pair not in first]
    return _in_order([*first, *rest][:MOST], names)


def records(moves: Mapping[Pair, Reasons]) -> list[Record]:
    """Return one record per move and cause: its line, where its piece begins and ends, colour and words."""
    found: list[Record] = []
    for row, (pair, reasons) in enumerate(moves.items()):
        at = 0
        for cause in WORDS:
            if count := reasons.get(cause, 0):
                share = display.share(count / sum(reasons.values()))
                found.append(
                    {
                        "segment": pair[0],
                        "row": row,
                        "from": at,
                        "to": at + count,
                        "colour": COLOURS[cause],
                        "tip": f"{WORDS[cause].capitalize()}: {display.counted(count)} ({share})",
                    }
                )
                at += count
    return found


def _spec(moves: Mapping[Pair, Reasons], names: Mapping[int, str]) -> Spec:
    labels = ["\n".join([*wrapped(names[was], 24, 2), *wrapped(f"→ {names[is_]}", 24, 2)]) for was, is_ in moves]
    totals = [sum(reasons.values()) for reasons in moves.values()]
    told = [cause for cause in WORDS if any(cause in reasons for reasons in moves.values())]
    # Room at the right for the figure of the longest bar.
    across = measure("from", "Customers", scale={"domain": [0, max(totals) * 1.15], "nice": False})
    down = rows(labels)
    sums = [
        {"segment": pair[0], "row": row, "label": labels[row], "from": total, "text": display.count(total)}
        for row, (pair, total) in enumerate(zip(moves, totals, strict=True))
    ]
    height = row_height(labels, 30) * len(labels)
    plot = {
        "width": 420,
        "height": height,
        "layer": [
            {
                "data": {"values": records(moves)},
                "mark": {"type": "bar", "height": {"band": 0.86}},
                "encoding": {"x": across, "x2": {"field": "to"}, "y": down, "color": OWN_COLOUR, **TIP},
            },
            {
                "data": {"values": sums},
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {"x": across, "y": down, "text": {"field": "text"}},
            },
        ],
    }
    return {"hconcat": [plot, _key(told, height)], "spacing": 12}


def _key(told: list[str], height: int) -> Spec:
    """Return a panel that says which colour is which cause."""
    entries = [
        {"square": True, "colour": COLOURS[cause], "aside": WORDS[cause], "at": 12 + 20 * place}
        for place, cause in enumerate(told)
    ]
    scale = {"domain": [0, height], "reverse": True, "nice": False}
    up = {"field": "at", "type": "quantitative", "axis": None, "scale": scale}
    return {"width": 1, "height": height, "layer": end_layers(entries, 0, up)}


def _in_order(pairs: list[Pair], names: Mapping[int, str]) -> list[Pair]:
    order = {label: place for place, label in enumerate(names)}
    return sorted(pairs, key=lambda pair: (order[pair[0]], order[pair[1]]))


def _finding(moves: Mapping[Pair, Reasons], names: Mapping[int, str]) -> str:
    pair = min(moves, key=lambda one: (-sum(moves[one].values()), one))
    was, is_ = (names[label] for label in pair)
    total = sum(moves[pair].values())
    cause = max(WORDS, key=lambda one: moves[pair].get(one, 0))
    count = moves[pair][cause]
    who = "all of them" if count == total else f"{display.count(count)} of them"
    where = "and are gone" if pair[1] == ABSENT else f"for {is_}"
    return f"{display.counted(total)} left {was} {where}, {who} {WHY[cause]}"


def _words(pair: Pair, reasons: Reasons, names: Mapping[int, str]) -> str:
    parts = (f"{WORDS[cause]} {display.count(count)}" for cause, count in reasons.items())
    return f"{names[pair[0]]} → {names[pair[1]]}\n{', '.join(parts)}"
