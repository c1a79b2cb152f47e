"""What cleaning set aside: from all rows of the source down to the rows kept, rule by rule, with the money of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core import display
from . import theme
from .chart import Chart, Record
from .drawing import text
from .marks import SHORT_NUMBERS, TIP, Spec, row_height, rows
from .words import WIDER, wrapped_names

if TYPE_CHECKING:  # these stages bring Ibis along, which drawing does not need
    from ..clean.ledger import Ledger


def ledger(book: Ledger) -> Chart:
    """Return the waterfall of rows; rules that set nothing aside are in its table only."""
    steps = records(book)
    names = wrapped_names([step["label"] for step in steps], 30)
    kept = book.kept.rows / book.total.rows if book.total.rows else 0.0
    largest = max(book.set_aside, key=lambda line: line.rows, default=None)
    mostly = f", most of them: {largest.reason}" if largest and largest.rows else ""
    aside = display.count(book.total.rows - book.kept.rows)
    lines = [book.total, *book.set_aside, book.kept]
    return Chart(
        name="ledger",
        title=f"{display.share(kept)} of rows are kept; {aside} set aside{mostly}",
        subtitle=f"From all {display.count(book.total.rows)} rows down to those kept; a row counts for its first fault",
        alt="; ".join(f"{line.reason}: {display.count(line.rows)} rows" for line in lines),
        spec=_spec(steps, names, with_money=not book.is_of_customers),
        table=(
            ("Reason", "Rows", "Customers")
            if book.is_of_customers
            else ("Reason", "Rows", "Orders", "Customers", "Money"),
            [
                (line.reason, display.count(line.rows), display.count(line.customers))
                if book.is_of_customers
                else (
                    line.reason,
                    display.count(line.rows),
                    display.count(line.orders),
                    display.count(line.customers),
                    display.money(float(line.money)),
                )
                for line in lines
            ],
        ),
    )


def records(book: Ledger) -> list[Record]:
    """Return one record per step: all rows, each rule that set rows aside (from where to where), the rows kept."""
    total = book.total.rows
    parts = [("All rows", book.total, 0, total, theme.LINE)]
    left = total
    for line in book.set_aside:
        if line.rows:
            parts.append((line.reason, line, left - line.rows, left, theme.LOW))
            left -= line.rows
    parts.append(("Kept", book.kept, 0, book.kept.rows, theme.ACCENT))
    return [
        {
            "row": row,
            "label": name[:1].upper() + name[1:],
            "from": start,
            "to": end,
            "colour": colour,
            "rows": display.count(line.rows),
            "share": display.share(line.rows / total) if total else display.MISSING,
            "money": display.money(float(line.money)),
            "tip": f"{name}\n{display.counted(line.rows, 'rows')}, {display.counted(line.customers)}"
            + ("" if book.is_of_customers else f"\nmoney {display.money(float(line.money))}"),
        }
        for row, (name, line, start, end, colour) in enumerate(parts)
    ]


def _money_ends(steps: list[Record]) -> float:
    """Return where the column of money ends, in pixels: far enough right of the shares for the longest amount."""
    return max(630.0, 520.0 + WIDER * max(text.width(step["money"], 12) for step in steps))


def _spec(steps: list[Record], names: list[str], *, with_money: bool) -> Spec:
    line = rows(names)
    axis = {"title": "Rows", "labelExpr": SHORT_NUMBERS, "tickCount": 4}
    across = {"field": "from", "type": "quantitative", "axis": axis, "scale": {"nice": False}}
    colour = {"field": "colour", "type": "nominal", "scale": None}

    def column(field: str, x: float, head: str) -> list[Spec]:
        words = {"type": "text", "align": "right"}
        return [
            {"mark": words, "encoding": {"x": {"value": x}, "y": line, "text": {"field": field}}},
            {"data": {"values": [{}]}, "mark": {**words, "fill": theme.MUTED, "baseline": "bottom"},
             "encoding": {"x": {"value": x}, "y": {"value": -6}, "text": {"value": head}}},
        ]  # fmt: skip

    return {
        "width": 340,
        "height": row_height(names, 32) * len(names),
        "data": {"values": steps},
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.86}, "cornerRadius": 2},
             "encoding": {"x": across, "x2": {"field": "to"}, "y": line, "color": colour, **TIP}},
            *column("rows", 430, "Rows"),
            *column("share", 500, "Share"),
            *(column("money", _money_ends(steps), "Money") if with_money else []),
        ],
    }  # fmt: skip
