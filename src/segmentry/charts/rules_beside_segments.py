"""Which declared segments the customers of each found segment are in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core import display
from . import theme
from .chart import Chart, Record
from .marks import Spec, cells, grid, row_height
from .words import drawable, wrapped, wrapped_names

if TYPE_CHECKING:  # a run without rules imports none of it
    from ..compare.comparison import Comparison


STRONGEST = 0.74
"""How much of the colour a full cell has: as much as lets the ink of light and of dark pages be read on it."""


def rules_beside_segments(found: Comparison) -> Chart | None:
    """Return the heat map of found segments by declared ones; none where nobody has both."""
    table = found.table
    shown = [code for code, name in enumerate(table.segments) if table.counts[:, code].any()]
    if not shown:
        return None
    groups = [drawable(name) for name in table.groups]
    segments = [drawable(table.segments[code]) for code in shown]
    labels = wrapped_names(groups, 20)
    return Chart(
        name="rules_beside_segments",
        title=_finding(found, groups, shown),
        subtitle=(
            "Customers of each found segment (rows) by the segment their rules give them (columns), and below the "
            f"share of the row; the stronger the colour, the larger; {display.count(found.compared)} customers"
        ),
        alt="Grid of found segments by declared segments. The numbers follow as a table.",
        spec=_spec(records(found, groups, segments, shown), labels, segments),
        table=(
            ("Found segment", *segments, "All"),
            [
                (
                    group,
                    *(f"{display.count(table.counts[row, code])} ({_share(found, row, code)})" for code in shown),
                    display.count(int(table.counts[row].sum())),
                )
                for row, group in enumerate(groups)
            ],
        ),
    )


def records(found: Comparison, groups: list[str], segments: list[str], shown: list[int]) -> list[Record]:
    """Return one record per cell: where it is, how strong its colour, customers, share of the row, words."""
    table = found.table
    marks = []
    for row, group in enumerate(groups):
        for column, code in enumerate(shown):
            count, share = int(table.counts[row, code]), float(table.row_shares[row, code])
            of_rule = display.share(float(table.column_shares[row, code]))
            marks.append(
                {
                    "segment": table.group_ids[row],
                    "row": row,
                    "column": column,
                    "colour": theme.HIGH,
                    "force": round(0.04 + (STRONGEST - 0.04) * share, 3) if count else 0.0,
                    "ink": theme.INK,
                    "big": display.count(count) if count else "",
                    "small": display.share(share) if count else "",
                    "tip": f"{group} by data, {segments[column]} by the rules\n{display.count(count)} customers\n"
                    f"{display.share(share)} of {group}\n{of_rule} of {segments[column]}",
                }
            )
    return marks


def _spec(marks: list[Record], labels: list[str], segments: list[str]) -> Spec:
    titles = ["\n".join(wrapped(segment, 11, lines=3)) for segment in segments]
    return {
        "width": min(120, max(78, 860 // len(segments))) * len(segments),
        "height": row_height(labels, 44) * len(labels),
        "data": {"values": marks},
        "layer": cells(grid(titles, labels)),
    }


def _finding(found: Comparison, groups: list[str], shown: list[int]) -> str:
    """Return the clearest match and, where there is one, the least clear."""
    lines = [(max(float(found.table.row_shares[row, code]) for code in shown), row) for row in range(len(groups))]
    known = [(share, row) for share, row in lines if share > 0]
    best, least = max(known, key=lambda one: (one[0], -one[1])), min(known)
    clear = f"{display.share(best[0])} of {groups[best[1]]} are {_majority(found, best[1])} by the rules"
    if least[0] > 0.5 or len(known) == 1:
        return clear
    return f"{clear}; {groups[least[1]]} have no such match"


def _majority(found: Comparison, row: int) -> str:
    code = found.table.majority[row]
    return "" if code is None else drawable(found.table.segments[code])


def _share(found: Comparison, row: int, code: int) -> str:
    return display.share(float(found.table.row_shares[row, code]))
