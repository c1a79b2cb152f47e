"""Revenue and orders by month; months that the data cover only in part are pale and said to be so."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from ..core import display
from . import theme
from .chart import Chart, Record
from .marks import SHORT_NUMBERS, TIP, Spec, measure
from .words import finite, labels_split

if TYPE_CHECKING:  # this stage brings Ibis along, which drawing does not need
    from ..features import Trade

_WIDTH, _HEIGHT = 760, 130
_MOST_BARS = 48  # beyond, quarters and then years
_MOST_LABELS = 14
_SPARE_DAYS = 3  # a month may begin or end with so many days without trade (a weekend, a holiday) and be whole


@dataclass(frozen=True)
class Period:
    """A month, a quarter or a year: its first day, name, figures, and whether the data cover it from end to end.

    ``customers`` are known for months only: a customer may buy in several.
    """

    start: date
    name: str
    revenue: float
    orders: int
    customers: int | None
    whole: bool


def monthly(trade: Trade | None) -> Chart | None:
    """Return bars of revenue above bars of orders; none for fewer than two months."""
    found = periods(trade) if trade is not None else []
    if trade is None or len(found) < 2:
        return None
    what = _kind(trade)
    partial = [period.name for period in found if not period.whole]
    days = f"{trade.first.isoformat()} to {trade.last.isoformat()}"
    pale = f"; pale: covered only in part ({', '.join(partial)})" if partial else ""
    money = any(period.revenue for period in found)
    return Chart(
        name="monthly",
        title=_finding(found, what, trade, money=money),
        subtitle=f"{_both(trade) if money else trade.events.capitalize()} by {what}, kept rows from {days}{pale}",
        alt="; ".join(_words(period, trade).replace("\n", ", ") for period in found),
        spec=_spec(found, trade, money=money),
        table=(
            (what.capitalize(), trade.money.capitalize(), trade.events.capitalize(), "Customers", "Covered"),
            [
                (
                    period.name,
                    display.money(period.revenue),
                    display.count(period.orders),
                    display.MISSING if period.customers is None else display.count(period.customers),
                    "wholly" if period.whole else "in part",
                )
                for period in found
            ],
        ),
    )


def _both(trade: Trade) -> str:
    return f"{trade.money.capitalize()} and {trade.events}"


def periods(trade: Trade) -> list[Period]:
    """Return every month from the first to the last, also without trade; quarters or years where they are many."""
    size = _months_in_one(trade)
    sums: dict[int, tuple[float, int, int | None]] = {}
    for month in trade.months:
        place = _number(month.start) // size
        revenue, orders, _ = sums.get(place, (0.0, 0, None))
        sums[place] = (revenue + month.revenue, orders + month.orders, month.customers if size == 1 else None)
    found = []
    for place in range(_number(trade.first) // size, _number(trade.last) // size + 1):
        start = _day(place * size)
        last = _day((place + 1) * size - 1)
        end = last.replace(day=calendar.monthrange(last.year, last.month)[1])
        whole = (trade.first - start).days <= _SPARE_DAYS and (end - trade.last).days <= _SPARE_DAYS
        figures = sums.get(place, (0.0, 0, 0 if size == 1 else None))
        found.append(Period(start, _name(start, size), *figures, whole))
    return found


def _months_in_one(trade: Trade) -> int:
    months = _number(trade.last) - _number(trade.first) + 1
    return next((size for size in (1, 3) if months / size <= _MOST_BARS), 12)


def _number(day: date) -> int:
    return day.year * 12 + day.month - 1


def _day(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _name(start: date, size: int) -> str:
    if size == 12:
        return f"{start.year}"
    if size == 3:
        return f"Q{start.month // 3 + 1} {start.year}"
    return f"{calendar.month_abbr[start.month]} {start.year}"


def _kind(trade: Trade) -> str:
    return {1: "month", 3: "quarter", 12: "year"}[_months_in_one(trade)]


def records(found: list[Period], trade: Trade) -> list[Record]:
    """Return one record per period: its place, revenue, orders, how strong it is drawn, the figures over it, words."""
    few = len(found) <= _MOST_LABELS
    return [
        {
            "column": place,
            "revenue": finite(period.revenue),
            "orders": period.orders,
            "force": 1.0 if period.whole else 0.42,
            "revenue_text": display.number(period.revenue, "money") if few else "",
            "orders_text": display.count(period.orders) if few else "",
            "tip": _words(period, trade),
        }
        for place, period in enumerate(found)
    ]


def _words(period: Period, trade: Trade) -> str:
    customers = "" if period.customers is None else f"\n{display.count(period.customers)} customers"
    part = "" if period.whole else "\ncovered only in part"
    money = display.number(period.revenue, "money")
    return f"{period.name}\n{money} {trade.money}\n{display.count(period.orders)} {trade.events}{customers}{part}"


def _spec(found: list[Period], trade: Trade, *, money: bool) -> Spec:
    marks = records(found, trade)
    panels = ([_panel(marks, found, "revenue", trade.money.capitalize())] if money else []) + [
        _panel(marks, found, "orders", trade.events.capitalize(), named=True)
    ]
    return {"vconcat": panels, "spacing": 14} if len(panels) > 1 else panels[0]


def _panel(marks: list[Record], found: list[Period], field: str, title: str, *, named: bool = False) -> Spec:
    values = [mark[field] for mark in marks]
    low, high = min(0.0, *values), max(0.0, *values)
    scale = {"domain": [low, (high + (high - low) * 0.16) or 1.0], "nice": False}
    across = {
        "field": "column",
        "type": "ordinal",
        "scale": {"domain": list(range(len(found))), "padding": 0.18},
        "axis": {
            "title": None,
            "labelExpr": labels_split(_labels(found)),
            "labelAngle": 0,
            "labels": named,
            "grid": False,
        },
    }
    up = measure(field, title, expression=SHORT_NUMBERS, scale=scale, tickCount=3)
    place = {"x": across, "y": up}
    force = {"fillOpacity": {"field": "force", "type": "quantitative", "scale": None}}
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "data": {"values": marks},
        "layer": [
            {"mark": {"type": "bar", "fill": theme.ACCENT}, "encoding": {**place, **force, **TIP}},
            {
                "mark": {"type": "text", "dy": -8, "fontSize": 11},
                "encoding": {**place, "text": {"field": f"{field}_text"}},
            },
        ],
    }


def _labels(found: list[Period]) -> list[str]:
    """Return the label under each bar: the month above its year, the latter where it begins; some when many."""
    step = -(-len(found) // _MOST_LABELS)
    labels = []
    for place, period in enumerate(found):
        first, _, year = period.name.partition(" ")
        shown = place % step == 0
        begins = shown and year and (place == 0 or year != found[place - step].name.partition(" ")[2])
        labels.append(f"{first}\n{year}" if begins else first if shown else "")
    return labels


def _finding(found: list[Period], what: str, trade: Trade, *, money: bool) -> str:
    def size(period: Period) -> float:
        return period.revenue if money else period.orders

    best = max(found, key=lambda period: (size(period), period.start))
    whole = [size(period) for period in found if period.whole]
    shown = display.number(best.revenue, "money") if money else f"{display.count(best.orders)} {trade.events}"
    mean = sum(whole) / len(whole) if whole else 0.0
    times = f", {size(best) / mean:.1f} times the average {what}" if len(whole) > 2 and mean > 0 else ""
    return f"Best {what}: {best.name} with {shown}{times}"
