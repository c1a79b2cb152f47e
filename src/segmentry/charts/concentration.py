"""How much of the revenue the best customers bring: the Pareto curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.tables import CustomerTable
from ..profile.phrases import money_word
from . import theme
from .chart import Chart, Record
from .marks import PERCENT, TIP, Spec
from .words import finite

_STEPS = 100
_MARKED = (0.01, 0.1, 0.2, 0.5)
_LOWEST = 0.07  # share of revenue, below which a label would lie on those of the axis


def revenue_of_top(monetary: NDArray[np.float64], share: float) -> float:
    """Return the share of all revenue that the top *share* of customers bring (at least one customer).

    >>> revenue_of_top(np.array([1.0, 1.0, 1.0, 7.0]), 0.25)
    0.7
    """
    ordered = np.sort(monetary[np.isfinite(monetary)])[::-1]
    return float(ordered[: max(1, round(len(ordered) * share))].sum() / ordered.sum())


def concentration(customers: CustomerTable) -> Chart | None:
    """Return the curve of cumulative revenue over customers from best to least; none without positive revenue."""
    monetary = customers.values.get("monetary")
    if monetary is None or not np.nansum(monetary) > 0:
        return None
    money_is, spend = money_word(customers), customers.column("monetary").noun or "spend"
    marked = records(monetary, money_is)
    top = next(record for record in marked if record["customers"] == 0.2)
    n = int(np.isfinite(monetary).sum())
    return Chart(
        name="concentration",
        title=f"The top 20 % of customers bring {top['shown']} of {money_is}",
        subtitle=f"Cumulative share of {money_is}, {display.count(n)} customers by falling {spend}; dashed: all equal",
        alt="; ".join(
            f"top {display.share(record['customers'])}: {record['shown']} of {money_is}" for record in marked
        ),
        spec=_spec(curve(monetary), marked, money_is),
        table=(
            ("Top customers", "Number", f"Share of {money_is}"),
            [
                (
                    display.share(record["customers"]),
                    display.count(max(1, round(n * record["customers"]))),
                    record["shown"],
                )
                for record in marked
            ],
        ),
    )


def records(monetary: NDArray[np.float64], money_is: str = "revenue") -> list[Record]:
    """Return the marked points: the top 1, 10, 20 and 50 % of customers and their share of revenue."""
    marked: list[Record] = []
    n = int(np.isfinite(monetary).sum())
    told: set[int] = set()
    for share in _MARKED:
        top = max(1, round(n * share))
        revenue = revenue_of_top(monetary, share)
        shown = display.share(revenue)
        tip = f"Top {share * 100:.0f} % of customers\n{shown} of {money_is}"
        marked.append(
            {
                "customers": share,
                "revenue": finite(revenue),
                "shown": shown,
                "at": finite(max(revenue, _LOWEST)),
                # of a few customers several shares are the same ones: the first is labelled
                "text": "" if top in told else f"{share * 100:.0f} % → {shown}",
                "tip": tip,
            }
        )
        told.add(top)
    return marked


def curve(monetary: NDArray[np.float64]) -> list[Record]:
    """Return the curve from (0, 0) to (1, 1) at up to 100 even steps of customers."""
    ordered = np.sort(monetary[np.isfinite(monetary)])[::-1]
    summed = np.concatenate([[0.0], np.cumsum(ordered)]) / ordered.sum()
    places = np.unique(np.linspace(0, len(ordered), _STEPS + 1).round().astype(int))
    return [
        {"customers": finite(place / len(ordered), 4), "revenue": finite(float(summed[place]), 4)} for place in places
    ]


def _spec(line: list[Record], marked: list[Record], money_is: str) -> Spec:
    most = max(1.0, *(point["revenue"] for point in line))

    def axis(title: str) -> Spec:
        return {"title": title, "labelExpr": PERCENT, "values": [0, 0.25, 0.5, 0.75, 1]}

    place: Spec = {
        "x": {
            "field": "customers",
            "type": "quantitative",
            "scale": {"domain": [0, 1]},
            "axis": axis("Share of customers, best first"),
        },
        "y": {
            "field": "revenue",
            "type": "quantitative",
            "scale": {"domain": [0, most]},
            "axis": axis(f"Share of {money_is}"),
        },
    }
    ends = [{"customers": 0, "revenue": 0}, {"customers": 1, "revenue": 1}]
    return {
        "width": 330,
        "height": 260,
        "layer": [
            {
                "data": {"values": ends},
                "mark": {"type": "line", "stroke": theme.LINE, "strokeDash": [4, 4]},
                "encoding": place,
            },
            {
                "data": {"values": line},
                "mark": {"type": "line", "stroke": theme.ACCENT, "strokeWidth": 2.5},
                "encoding": place,
            },
            {
                "data": {"values": marked},
                "mark": {"type": "point", "size": 70, "fill": theme.ACCENT, "stroke": theme.PAPER, "opacity": 1},
                "encoding": {**place, **TIP},
            },
            {
                "data": {"values": marked},
                "mark": {"type": "text", "align": "left", "dx": 9, "dy": 10},
                "encoding": {**place, "y": {**place["y"], "field": "at"}, "text": {"field": "text"}},
            },
        ],
    }
