"""Where the business is: revenue and customers by country, and customers by what a customer table says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.tables import CustomerTable
from ..profile.segments import Segment
from . import theme
from .chart import Chart, Record
from .marks import OWN_COLOUR, PERCENT, TIP, Spec, bar, measure, panel_title, row_height, rows
from .words import drawable, finite, wrapped, wrapped_names

if TYPE_CHECKING:  # this stage brings Ibis along, which drawing does not need
    from ..features import Country, Trade

_SHOWN = 10
_UNNAMED = "(none given)"
_MOST_VALUES = 200  # words with more different values than this name customers, they do not group them
_MOST_COLUMNS = 3


def countries(trade: Trade | None, customers: int) -> Chart | None:
    """Return bars of each country's share of revenue and of all *customers*: ten and the rest; none for one country."""
    if trade is None or len(trade.countries) < 2:
        return None
    found = trade.countries
    money = sum(one.revenue for one in found)
    if not money > 0:
        return None
    marks = records(found, money, customers)
    first = found[0]
    return Chart(
        name="countries",
        title=f"{_name(first.name)} brings {display.share(first.revenue / money)} of revenue; "
        f"{_others(len(found) - 1)} the rest",
        subtitle=f"Share of revenue and of customers by country, {display.count(customers)} customers; "
        "who buys in two countries counts in both",
        alt="; ".join(mark["tip"].replace("\n", ", ") for mark in marks),
        spec=_country_spec(marks),
        table=(
            ("Country", "Revenue", "Share of revenue", "Orders", "Customers"),
            [
                (
                    _name(one.name),
                    display.money(one.revenue),
                    display.share(one.revenue / money),
                    display.MISSING if one.orders is None else display.count(one.orders),
                    display.count(one.customers),
                )
                for one in found
            ],
        ),
    )


def _others(count: int) -> str:
    return "one other brings" if count == 1 else f"{count} others bring"


def records(found: Sequence[Country], money: float, customers: int) -> list[Record]:
    """Return one record per country, by falling revenue, those after the tenth in one: shares of both, and words.

    Where customers buy in several countries, those of the others are known to be at most so many.
    """
    shown = [(_name(one.name), one.revenue, one.customers, "") for one in found[:_SHOWN]]
    rest = found[_SHOWN:]
    if rest:
        people = sum(one.customers for one in rest)
        most = "≤ " if len(rest) > 1 and sum(one.customers for one in found) > customers else ""
        shown.append((f"{len(rest)} others", sum(one.revenue for one in rest), min(people, customers), most))
    labels = wrapped_names([name for name, *_ in shown], 22, lines=2)
    return [
        {
            "row": row,
            "label": labels[row],
            "revenue": finite(revenue / money),
            "customers": finite(people / customers),
            "revenue_text": display.share(revenue / money),
            "customers_text": f"{most}{display.share(people / customers)}",
            "tip": f"{name}\n{display.number(revenue, 'money')} revenue ({display.share(revenue / money)})\n"
            f"{most}{display.count(people)} customers ({most}{display.share(people / customers)})",
        }
        for row, (name, revenue, people, most) in enumerate(shown)
    ]


def _name(name: str | None) -> str:
    return drawable(name or "").strip() or _UNNAMED


def _country_spec(marks: list[Record]) -> Spec:
    labels = [mark["label"] for mark in marks]
    panels = []
    for field in ("revenue", "customers"):
        shares = [mark[field] for mark in marks]
        scale = {"domain": [min(0.0, *shares), max(shares) * 1.42], "nice": False}
        value = measure(field, f"Share of {field}", expression=PERCENT, scale=scale, tickCount=2)
        line = rows(labels) if field == "revenue" else rows(labels, labels=False)
        panels.append(
            {
                "width": 150,
                "height": row_height(labels, 26) * len(labels),
                "data": {"values": marks},
                "layer": bar(value, line, {"value": theme.ACCENT}, text=f"{field}_text"),
            }
        )
    return {"hconcat": panels, "spacing": 24}


def categories(
    segments: tuple[Segment, ...], colours: dict[int, str], customers: CustomerTable, labels: NDArray[np.int64]
) -> Chart | None:
    """Return bars of the customers by each of the first three columns of words, split by segment; none without any."""
    columns = {
        drawable(title): counted
        for title, words in customers.words.items()
        if 1 < len(counted := count_values(words, labels)) <= _MOST_VALUES
    }
    if not columns:
        return None
    shown = dict(list(columns.items())[:_MOST_COLUMNS])
    title, counted = next(iter(shown.items()))
    value, counts = next(iter(counted.items()))
    share = display.share(sum(counts.values()) / len(customers))
    return Chart(
        name="categories",
        title=f"{title}: {value} is the most common, {share} of customers",
        subtitle=f"Customers by {', '.join(shown)}, coloured by segment; {display.count(len(customers))} customers",
        alt="Bars of customers by category, split by segment. The numbers follow as a table.",
        spec=_category_spec(segments, colours, shown),
        table=(
            ("Column", "Value", "Customers", *(segment.name for segment in segments)),
            [
                (
                    column,
                    value,
                    display.count(sum(own.values())),
                    *(display.count(own.get(segment.id, 0)) for segment in segments),
                )
                for column, counted in shown.items()
                for value, own in counted.items()
            ],
        ),
    )


def count_values(words: NDArray[np.object_], labels: NDArray[np.int64]) -> dict[str, dict[int, int]]:
    """Return for each value of *words*, the most common first, how many customers of each segment have it."""
    named = np.array([_name(None if word is None else str(word)) for word in words], dtype=object)
    values, places = np.unique(named, return_inverse=True)
    ids, own = np.unique(labels, return_inverse=True)
    table = np.zeros((len(values), len(ids)), dtype=np.int64)
    np.add.at(table, (places, own), 1)
    order = sorted(range(len(values)), key=lambda row: (-int(table[row].sum()), values[row]))
    return {
        str(values[row]): {int(label): int(count) for label, count in zip(ids, table[row], strict=True) if count}
        for row in order
    }


def _category_spec(
    segments: tuple[Segment, ...], colours: dict[int, str], shown: dict[str, dict[str, dict[int, int]]]
) -> Spec:
    panels = [_category_panel(segments, colours, column, counted) for column, counted in shown.items()]
    return {"concat": panels, "columns": 2, "spacing": {"row": 18, "column": 30}} if len(panels) > 1 else panels[0]


def _category_panel(
    segments: tuple[Segment, ...], colours: dict[int, str], column: str, counted: dict[str, dict[int, int]]
) -> Spec:
    largest = dict(list(counted.items())[:_SHOWN])
    rest = list(counted.values())[_SHOWN:]
    if rest:
        largest[f"{len(rest)} others"] = {
            segment.id: sum(own.get(segment.id, 0) for own in rest) for segment in segments
        }
    names = wrapped_names(list(largest), 22, lines=2)
    pieces: list[Record] = []
    totals: list[Record] = []
    for row, (value, own) in enumerate(largest.items()):
        at = 0
        for segment in segments:
            count = own.get(segment.id, 0)
            if count:
                share = display.share(count / sum(own.values()))
                tip = f"{value}\n{display.count(count)} are {segment.name} ({share})"
                pieces.append(
                    {
                        "segment": segment.id,
                        "row": row,
                        "from": at,
                        "to": at + count,
                        "colour": colours[segment.id],
                        "tip": tip,
                    }
                )
                at += count
        totals.append({"row": row, "label": names[row], "to": at, "text": display.count(at)})
    scale = {"domain": [0, max(total["to"] for total in totals) * 1.25], "nice": False}
    across = measure("from", "Customers", scale=scale, tickCount=3, format="d")
    down = rows(names)
    return {
        "title": panel_title(wrapped(column, 40, lines=2)),
        "width": 280,
        "height": row_height(names, 26) * len(names),
        "layer": [
            {
                "data": {"values": pieces},
                "mark": {"type": "bar", "height": {"band": 0.86}},
                "encoding": {"x": across, "x2": {"field": "to"}, "y": down, "color": OWN_COLOUR, **TIP},
            },
            {
                "data": {"values": totals},
                "mark": {"type": "text", "align": "left", "dx": 6},
                "encoding": {"x": {**across, "field": "to"}, "y": down, "text": {"field": "text"}},
            },
        ],
    }  # fmt: skip
