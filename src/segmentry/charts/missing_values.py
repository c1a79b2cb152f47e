"""What the table does not say: the share of customers without a value, column by column, and what stands in for it."""

from __future__ import annotations

import numpy as np

from ..core import display
from ..core.tables import CustomerTable
from ..prepare.result import Prepared
from . import theme
from .chart import Chart, Record
from .marks import PERCENT, Spec, bar, measure, row_height, rows
from .words import drawable, finite, wrapped_names

_MOST = 20


def missing_values(customers: CustomerTable, prepared: Prepared) -> Chart | None:
    """Return bars of the missing share per column; none where nothing is missing.

    Purchases always give the features that can be: what only describes (days between orders of one-time buyers) counts
    for a customer table alone.
    """
    counted = count_missing(customers)
    if customers.as_of is not None:
        counted = {name: count for name, count in counted.items() if name in prepared.deciding}
    with_gaps = sorted(((count, name) for name, count in counted.items() if count), key=lambda one: (-one[0], one[1]))
    if not with_gaps:
        return None
    n = len(customers)
    marks = records(with_gaps[:_MOST], customers, prepared)
    count, _ = with_gaps[0]
    return Chart(
        name="missing_values",
        title=f"{marks[0]['label'].replace(chr(10), ' ')} is missing most: {display.share(count / n)} of customers",
        subtitle=f"Share of customers without a value; {len(with_gaps)} of {len(counted)} columns have gaps, "
        f"{display.count(n)} customers",
        alt="; ".join(mark["tip"].replace("\n", ", ") for mark in marks),
        spec=_spec(marks),
        table=(
            ("Column", "Customers without a value", "Share", "What stands in for it"),
            [
                (
                    _title(name, customers),
                    display.count(count),
                    display.share(count / n),
                    _stand_in(name, customers, prepared),
                )
                for count, name in with_gaps
            ],
        ),
    )


def count_missing(customers: CustomerTable) -> dict[str, int]:
    """Return how many customers have no value, for every column of numbers and of words."""
    numbers = {name: int((~np.isfinite(values)).sum()) for name, values in customers.values.items()}
    words = {
        name: sum(word is None or not str(word).strip() for word in values) for name, values in customers.words.items()
    }
    return numbers | words


def records(with_gaps: list[tuple[int, str]], customers: CustomerTable, prepared: Prepared) -> list[Record]:
    """Return one record per column: its line, the share that is missing, words."""
    titles = [_title(name, customers) for _, name in with_gaps]
    labels = wrapped_names(titles, 28, lines=2)
    n = len(customers)
    return [
        {
            "row": row,
            "label": labels[row],
            "share": finite(count / n),
            "text": f"{display.count(count)} ({display.share(count / n)})",
            "tip": f"{titles[row]}\n{display.count(count)} of {display.count(n)} customers have no value\n"
            f"{_stand_in(name, customers, prepared)}",
        }
        for row, (count, name) in enumerate(with_gaps)
    ]


def _title(name: str, customers: CustomerTable) -> str:
    known = {column.name: column.title for column in customers.columns}
    return drawable(known.get(name, name))


def _stand_in(name: str, customers: CustomerTable, prepared: Prepared) -> str:
    if name not in prepared.pipeline.features:
        return "left empty: it does not decide"
    fill = float(prepared.pipeline.fills[prepared.pipeline.features.index(name)])
    return f"filled with {display.number(fill, customers.column(name).unit)}"


def _spec(marks: list[Record]) -> Spec:
    labels = [mark["label"] for mark in marks]
    most = max(mark["share"] for mark in marks)
    scale = {"domain": [0, finite(most * 1.35)], "nice": False}
    return {
        "width": 420,
        "height": row_height(labels, 28) * len(labels),
        "data": {"values": marks},
        "layer": bar(
            measure("share", "Share of customers", expression=PERCENT, scale=scale), rows(labels), {"value": theme.LOW}
        ),
    }
