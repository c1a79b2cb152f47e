"""Where customers and segments lie by how long ago and how often they bought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.tables import CustomerTable
from ..profile.segments import Segment
from . import theme
from .chart import Chart, Record
from .marks import TIP, Spec
from .words import labels_split, wrapped

NEEDED = ("recency_days", "frequency", "monetary")
_ORDERS = (1, 2, 3, 5, 10)  # 1, 2, 3–4, 5–9, 10 and more: the value-based bins of docs/domain, also when most buy once
_MOST_STEPS = 6
_WORTH_SAYING = 0.01  # share of customers with one order, below which the title does not speak of them


@dataclass(frozen=True)
class Cell:
    """Customers of one bin of recency and one of frequency: how many, their mean spend, and the segment most are in."""

    recency: int
    frequency: int
    customers: int
    spend: float
    segment: int
    segment_share: float


def rfm_map(
    segments: tuple[Segment, ...], colours: dict[int, str], customers: CustomerTable, labels: NDArray[np.int64]
) -> Chart | None:
    """Return the grid of recency by frequency, each cell with customers and main segment; none without R, F and M."""
    if any(name not in customers.values for name in NEEDED):
        return None
    steps = recency_steps(customers.values["recency_days"])
    cells = count_cells(customers, labels, steps)
    if not cells:
        return None
    event = (customers.column("frequency").unit or "orders").removesuffix("s")  # order, or trade
    recent = _recency_names(steps)
    orders = [f"1 {event}", *(f"{range_} {event}s" for range_ in ("2", "3–4", "5–9", "10+"))]
    spend = customers.column("monetary").noun or "spend"
    once = float((customers.values["frequency"] <= 1).mean())
    largest = max(cells, key=lambda cell: (cell.customers, -cell.recency, -cell.frequency))
    names = {segment.id: segment.name for segment in segments}
    title = f"{display.share(once)} of customers made one {event}; " if once >= _WORTH_SAYING else ""
    title += (
        f"most common: {orders[largest.frequency]}, last {recent[largest.recency]} ({display.count(largest.customers)})"
    )
    return Chart(
        name="rfm_map",
        title=title[:1].upper() + title[1:],
        subtitle=f"Customers by last {event} and number of {event}s, coloured and named by their main segment; "
        f"{display.count(len(customers))} customers",
        alt=f"Grid of last {event} by number of {event}s. The numbers follow as a table.",
        spec=_spec(records(cells, names, colours, recent, orders, spend=spend), recent, orders, f"Last {event}"),
        table=(
            (f"Last {event}", f"{event.capitalize()}s", "Customers", f"Mean {spend}", "Main segment", "Share of it"),
            [
                (
                    recent[cell.recency],
                    orders[cell.frequency],
                    display.count(cell.customers),
                    display.number(cell.spend, "money"),
                    names.get(cell.segment, ""),
                    display.share(cell.segment_share),
                )
                for cell in cells
            ],
        ),
    )


def recency_steps(recency: NDArray[np.float64]) -> list[int]:
    """Return upper limits in whole days of the recency bins: 30, 60, 90, 180, 365, 730 … as far as the data reach."""
    longest = float(np.nanmax(recency)) if np.isfinite(recency).any() else 0.0
    scale = (7, 14, 30, 60, 90, 180, 365, 730, 1461, 2922, 5844)
    reached = [step for step in scale if step < longest]
    # The finest steps go first: what happened long ago needs its distinctions too.
    return reached[-(_MOST_STEPS - 1) :]


def count_cells(customers: CustomerTable, labels: NDArray[np.int64], steps: list[int]) -> list[Cell]:
    """Return the cells that hold customers, by recency bin, then frequency bin; customers without R or F have none."""
    recency, frequency, monetary = (customers.values[name] for name in NEEDED)
    known = np.isfinite(recency) & np.isfinite(frequency)
    across = np.searchsorted(np.array(steps, dtype=float), recency[known], side="left")
    up = np.clip(np.searchsorted(_ORDERS, frequency[known], side="right") - 1, 0, len(_ORDERS) - 1)
    own, money = labels[known], monetary[known]
    cells = []
    for column in range(len(steps) + 1):
        for row in range(len(_ORDERS)):
            inside = (across == column) & (up == row)
            if not inside.any():
                continue
            ids, counts = np.unique(own[inside], return_counts=True)
            main = int(counts.argmax())
            spends = money[inside][np.isfinite(money[inside])]
            spend = float(spends.mean()) if len(spends) else float("nan")
            cells.append(
                Cell(column, row, int(inside.sum()), spend, int(ids[main]), float(counts[main] / counts.sum()))
            )
    return cells


def records(
    cells: list[Cell],
    names: dict[int, str],
    colours: dict[int, str],
    recent: list[str],
    orders: list[str],
    *,
    spend: str,
) -> list[Record]:
    """Return one record per cell: its place, colour, the count, the name in lines, and words."""
    marks = []
    for cell in cells:
        colour = colours.get(cell.segment, theme.LINE)
        name = names.get(cell.segment, "")
        lines = wrapped(name, 17, lines=3)
        marks.append(
            {
                "segment": cell.segment,
                "column": cell.recency,
                "row": cell.frequency,
                "colour": colour,
                "ink": theme.readable_on(colour),
                "words": "\n".join([display.count(cell.customers), *lines]),
                "up": -6.5 * len(lines),
                "tip": f"{name}: {display.share(cell.segment_share)} of these customers\n{orders[cell.frequency]}, "
                f"last {recent[cell.recency]}\n{display.count(cell.customers)} customers, "
                f"mean {spend} {display.number(cell.spend, 'money')}",
            }
        )
    return marks


def _recency_names(steps: list[int]) -> list[str]:
    if not steps:
        return ["at any time"]
    starts = [0, *(step + 1 for step in steps)]
    between = [f"{start}–{end} days ago" for start, end in zip(starts, steps, strict=False)]
    return [*between, f"over {steps[-1]} days ago"]


def _spec(marks: list[Record], recent: list[str], orders: list[str], across_title: str) -> Spec:
    across = {
        "field": "column",
        "type": "ordinal",
        "scale": {"domain": list(range(len(recent))), "padding": 0.04},
        "axis": {"title": across_title, "labelExpr": labels_split(recent), "labelAngle": 0},
    }
    down = {
        "field": "row",
        "type": "ordinal",
        "scale": {"domain": list(range(len(orders) - 1, -1, -1)), "padding": 0.06},
        "axis": {"title": None, "labelExpr": labels_split(orders)},
    }
    place = {"x": across, "y": down}
    text = {"type": "text", "fontSize": 11, "baseline": "middle"}
    layers: list[Spec] = [
        {
            "mark": {"type": "rect", "cornerRadius": 3},
            "encoding": {**place, **TIP, "color": {"field": "colour", "type": "nominal", "scale": None}},
        },
    ]
    # One layer for each number of lines: a text's lines hang from its position.
    layers += [
        {
            "transform": [{"filter": {"field": "up", "equal": lift}}],
            "mark": {**text, "dy": lift},
            "encoding": {
                **place,
                "text": {"field": "words"},
                "color": {"field": "ink", "type": "nominal", "scale": None},
            },
        }
        for lift in sorted({mark["up"] for mark in marks})
    ]
    return {"width": 128 * len(recent), "height": 58 * len(orders), "data": {"values": marks}, "layer": layers}
