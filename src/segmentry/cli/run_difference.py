"""What changed between two runs, for the terminal: settings, segments side by side, who moved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..core import display
from . import console

if TYPE_CHECKING:
    from ..runs import Difference
    from ..runs.difference import SegmentChange, Side

MOST = 20  # moves that are shown; --json has all


def print_difference(found: Difference) -> None:
    """Print *found* as plain lines and a table."""
    for title, run in (("Before", found.before), ("After", found.after)):
        console.line(f"{title:7s} {run.run_id}: {run.name} as of {run.as_of or display.MISSING}")
    console.line("")
    if not found.settings:
        console.line("No setting changed.")
    for one in found.settings:
        console.line(f"{one.setting}: {_value(one.before)} → {_value(one.after)}")
    console.line("")
    _segments(found)
    console.line("")
    console.line(
        f"{display.counted(found.stayed)} stayed, {display.count(found.moved)} moved, "
        f"{display.count(found.entered)} entered, {display.count(found.left)} left"
    )
    moves = [move for move in found.moves if move.before != move.after]
    for move in moves[:MOST]:
        start, end = (_named(name) for name in (move.before, move.after))
        console.line(f"  {start} → {end}: {display.counted(move.customers)}{_money(move)}")
    if len(moves) > MOST:
        console.line(f"  and {len(moves) - MOST} more moves (all of them: --json)")


def _segments(found: Difference) -> None:
    """Print the segments of both runs side by side, and how their shares changed in percentage points."""
    has_money = any(side and side.money is not None for side in (found.total.before, found.total.after))
    columns = [("segment", "left"), ("before", "right"), ("after", "right"), ("share", "right"), ("change", "right")]
    columns += [("revenue before", "right"), ("after", "right"), ("of all", "right"), ("change", "right")] * has_money
    rows = []
    for one in (*found.segments, found.total):
        cells = [_named(one.segment), *(_count(side) for side in (one.before, one.after))]
        cells += [_share(one.after, "share"), _points(one, "share")]
        if has_money:
            cells += [_amount(one.before), _amount(one.after), _share(one.after, "money_share")]
            cells += [_points(one, "money_share")]
        rows.append(cells)
    console.table(columns, rows)


def _count(side: Side | None) -> str:
    return display.MISSING if side is None else display.count(side.customers)


def _amount(side: Side | None) -> str:
    return display.MISSING if side is None or side.money is None else display.number(side.money, "money")


def _share(side: Side | None, figure: str) -> str:
    value = getattr(side, figure, None)
    return display.MISSING if value is None else display.share(value)


def _points(one: SegmentChange, figure: str) -> str:
    """Return by how many percentage points a share changed; a segment that a run does not have has none of it."""
    before, after = (0.0 if side is None else getattr(side, figure) for side in (one.before, one.after))
    return display.MISSING if before is None or after is None else f"{round((after - before) * 100, 1) + 0.0:+.1f}"


def _money(move: Any) -> str:
    amounts = [amount for amount in (move.money_before, move.money_after) if amount is not None]
    return f", {' → '.join(display.number(amount, 'money') for amount in amounts)} spent" if amounts else ""


def _named(name: str | None) -> str:
    return "(no customer)" if name is None else name or "(no segment)"


def _value(value: Any) -> str:
    return "not set" if value is None else json.dumps(value, ensure_ascii=False)
