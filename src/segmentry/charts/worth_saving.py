"""The customers most worth saving: whose value is most at risk."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..core import display
from .chart import Chart, Record
from .marks import OWN_COLOUR, Spec, bar, measure, row_height, rows
from .words import drawable, finite, wrapped, wrapped_names

MOST = 15


def worth_saving(
    ids: NDArray[np.object_],
    value_at_risk: NDArray[np.float64],
    labels: NDArray[np.int64],
    names: Mapping[int, str],
    colours: Mapping[int, str],
) -> Chart | None:
    """Return bars of the 15 largest values at risk, coloured by segment; none where nothing is at risk.

    All arrays have shape (n,): customers' *ids*, *value_at_risk* (what is lost × how likely; NaN where unknown), and
    *labels*, their segments.
    """
    top = largest(ids, value_at_risk)
    if not len(top):
        return None
    at_risk = value_at_risk[value_at_risk > 0]
    held, total = float(value_at_risk[top].sum()), float(at_risk.sum())
    shown = {label: drawable(name) for label, name in names.items()}
    marks = records(ids[top], value_at_risk[top], labels[top], shown, colours)
    return Chart(
        name="worth_saving",
        title=f"{_who(len(top))} {display.share(held / total)} of the {display.number(total, 'money')} at risk",
        subtitle=f"Value at risk of the {display.counted(len(top))} with most of it, coloured by segment; "
        f"{display.counted(len(at_risk))} with value at risk in all",
        alt="; ".join(mark["tip"].replace("\n", ", ") for mark in marks),
        spec=_spec(marks),
        table=(
            ("Customer", "Segment", "Value at risk"),
            [
                (drawable(str(ids[row])), shown[int(labels[row])], display.number(float(value_at_risk[row]), "money"))
                for row in top.tolist()
            ],
        ),
    )


def largest(ids: NDArray[np.object_], value_at_risk: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rows of the up to 15 largest positive values, largest first, equal ones by id."""
    order = sorted(np.flatnonzero(value_at_risk > 0).tolist(), key=lambda row: (-value_at_risk[row], str(ids[row])))
    return np.array(order[:MOST], dtype=np.int64)


def records(
    ids: NDArray[np.object_],
    value_at_risk: NDArray[np.float64],
    labels: NDArray[np.int64],
    names: Mapping[int, str],
    colours: Mapping[int, str],
) -> list[Record]:
    """Return one record per customer: the line, the value, its figure with the segment's name, colour and words."""
    shown = [drawable(str(one)) for one in ids]
    lines = wrapped_names(shown, 24, lines=2)
    return [
        {
            "row": row,
            "label": lines[row],
            "segment": label,
            "value": finite(value),
            "aside": f"{display.number(value, 'money')} · {' '.join(wrapped(names[label], 26, lines=1))}",
            "colour": colours[label],
            "tip": f"{shown[row]}\n{names[label]}\n{display.number(value, 'money')} at risk",
        }
        for row, (value, label) in enumerate(zip(value_at_risk.tolist(), labels.tolist(), strict=True))
    ]


def _spec(marks: list[Record]) -> Spec:
    lines = [mark["label"] for mark in marks]
    # Room at the right for figure and segment beside the longest bar.
    scale = {"domain": [0, finite(marks[0]["value"] * 1.5)], "nice": False}
    return {
        "width": 560,
        "height": row_height(lines, 26) * len(lines),
        "data": {"values": marks},
        "layer": bar(measure("value", "Value at risk", scale=scale), rows(lines), OWN_COLOUR, text="aside"),
    }


def _who(count: int) -> str:
    return "One customer holds" if count == 1 else f"{count} customers hold"
