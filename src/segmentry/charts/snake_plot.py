"""The snake plot: one line per segment through its standardised means, so that features of any unit can be compared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.tables import CustomerTable
from ..prepare.result import Prepared
from ..profile.segments import Segment
from . import theme
from .chart import Chart, Record
from .drawing import text
from .line_ends import end_layers, line_ends, room
from .marks import OWN_COLOUR, TIP, Spec
from .words import finite, labels_split, wrapped, wrapped_names

_MOST = 7  # features beside one another
_PADDING = 0.3  # of a step, before the first feature and after the last


def snake_plot(
    segments: tuple[Segment, ...],
    colours: dict[int, str],
    customers: CustomerTable,
    labels: NDArray[np.int64],
    prepared: Prepared,
) -> Chart | None:
    """Return the lines of all segments over the deciding features; none for one segment or one feature."""
    held = [segment for segment in segments if (labels == segment.id).any()]
    names = prepared.pipeline.features
    if len(held) < 2 or len(names) < 2:
        return None
    means = standardised(prepared.scaled(customers)[:, : len(names)], labels, [segment.id for segment in held])
    # The features that differ most, in their own order.
    chosen = sorted(np.argsort(-np.ptp(means, axis=0), kind="stable")[:_MOST].tolist())
    means = means[:, chosen]
    titles = {column.name: column.title for column in customers.columns}
    shown = [titles.get(names[place], names[place]) for place in chosen]
    some = "" if len(shown) == len(names) else f", the {len(shown)} of {len(names)} that differ most"
    return Chart(
        name="snake_plot",
        title=_finding(held, means, shown),
        subtitle=f"Mean of the prepared features per segment in standard deviations from the mean of all "
        f"{display.count(len(labels))} customers (0){some}",
        alt="; ".join(
            f"{segment.name}: " + ", ".join(f"{title} {z:+.2f}" for title, z in zip(shown, row, strict=True))
            for segment, row in zip(held, means, strict=True)
        ),
        spec=_spec(held, colours, means, shown),
        table=(
            ("Segment", *shown),
            [(segment.name, *(f"{z:+.2f}" for z in row)) for segment, row in zip(held, means, strict=True)],
        ),
    )


def standardised(matrix: NDArray[np.float64], labels: NDArray[np.int64], ids: list[int]) -> NDArray[np.float64]:
    """Return the mean of each column of *matrix* within each segment of *ids*, in standard deviations of all rows.

    Shape (len(ids), d); 0 for a column without spread.
    """
    spread = matrix.std(axis=0)
    z = (matrix - matrix.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return np.array([z[labels == label].mean(axis=0) for label in ids])


def records(held: list[Segment], colours: dict[int, str], means: NDArray[np.float64], shown: list[str]) -> list[Record]:
    """Return one record per segment and feature: its place, height, colour and words."""
    return [
        {
            "segment": segment.id,
            "column": place,
            "z": finite(float(z), 4),
            "colour": colours[segment.id],
            "tip": f"{segment.name}\n{title}: {_distance(float(z))} average",
        }
        for segment, row in zip(held, means, strict=True)
        for place, (title, z) in enumerate(zip(shown, row, strict=True))
    ]


def _spec(held: list[Segment], colours: dict[int, str], means: NDArray[np.float64], shown: list[str]) -> Spec:
    names = wrapped_names([segment.name for segment in held], 26, lines=2)
    height = max(260.0, room(names))
    width = min(680, 170 * len(shown))
    step = width / (len(shown) - 1 + 2 * _PADDING)
    low, high = float(means.min()), float(means.max())
    margin = (high - low) * 0.08 or 1.0
    low, high = low - margin, high + margin
    across = {
        "field": "column",
        "type": "ordinal",
        "scale": {"domain": list(range(len(shown))), "padding": _PADDING},
        "axis": {
            "title": None,
            "labelAngle": 0,
            "labelExpr": labels_split(["\n".join(wrapped(title, _letters(title, step), lines=4)) for title in shown]),
            "labelColor": theme.INK,
            "labelFontSize": 11,
            "grid": True,
        },
    }
    up = {
        "field": "z",
        "type": "quantitative",
        "scale": {"domain": [finite(low), finite(high)], "zero": False, "nice": False},
        "axis": {"title": "Standard deviations from average", "tickCount": 5, "grid": False},
    }
    marks = records(held, colours, means, shown)
    place = {"x": across, "y": up}
    wanted = [(high - float(z)) / (high - low) * height for z in means[:, -1]]
    ends = line_ends([segment.id for segment in held], colours, names, wanted, height)
    down = {"type": "quantitative", "scale": {"domain": [finite(low), finite(high)], "zero": False, "nice": False}}
    for end in ends:
        end["z"] = finite(high - end.pop("at") / height * (high - low), 8)
    aside = {"field": "z", **down, "axis": up["axis"]}
    return {
        "width": width,
        "height": height,
        "layer": [
            {
                "data": {"values": [{}]},
                "mark": {"type": "rule", "stroke": theme.LINE, "strokeDash": [4, 3]},
                "encoding": {"y": {**down, "axis": up["axis"], "datum": 0}},
            },
            {
                "data": {"values": marks},
                "mark": {"type": "line", "strokeWidth": 2.5},
                "encoding": {**place, "color": OWN_COLOUR, "detail": {"field": "segment"}},
            },
            {
                "data": {"values": marks},
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {**place, "color": OWN_COLOUR, **TIP},
            },
            *end_layers(ends, width, aside),
        ],
    }


def _letters(title: str, step: float) -> int:
    """Return how many letters of *title* fit into a column of *step* pixels, also in a wider type than the measured."""
    return max(6, int(step * len(title) / (text.width(title, 11) * 1.15 or 1.0)))


def _finding(held: list[Segment], means: NDArray[np.float64], shown: list[str]) -> str:
    """Return in which feature the segments are farthest apart, and which two are."""
    place = int(np.ptp(means, axis=0).argmax())
    high, low = held[int(means[:, place].argmax())], held[int(means[:, place].argmin())]
    apart = f"{np.ptp(means[:, place]):.1f} standard deviations"
    return f"Farthest apart: {shown[place]}; {high.name} lie {apart} above {low.name}"


def _distance(z: float) -> str:
    return f"{abs(z):.2f} standard deviations {'above' if z >= 0 else 'below'}"
