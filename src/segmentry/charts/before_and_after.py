"""How the values of each deciding feature are spread before preparation and after it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.tables import Column, CustomerTable
from ..prepare.result import Prepared, Skewness
from . import theme
from .chart import Chart, Record
from .marks import SHORT_NUMBERS, TIP, Spec, panel_title
from .words import finite, wrapped

_BINS = 24
_GAP = 0.07  # of a bar, to its neighbour
_EDGE = 0.5  # percent of the customers at either end that are drawn in the outermost bars
_MOST = 24


def before_and_after(customers: CustomerTable, prepared: Prepared) -> Chart | None:
    """Return two histograms per deciding feature, in real units and as prepared; none without features."""
    skewness = {one.feature: one for one in prepared.skewness}
    features = [name for name in prepared.pipeline.features if name in skewness][:_MOST]
    if not features:
        return None
    place = {name: at for at, name in enumerate(prepared.deciding)}
    scaled = prepared.scaled(customers)
    panels, table = [], []
    for name in features:
        column, one = customers.column(name), skewness[name]
        pair = (
            ("before", customers.values[name], one.before, column),
            ("after", scaled[:, place[name]], one.after, Column(name)),
        )
        for when, values, skew, unit in pair:
            counted = count_bins(values)
            panels.append(_panel(records(counted, when, column, unit), counted[1], column, _caption(when, one, skew)))
            table += _rows(counted, when, column, unit)
    changed = sum(skewness[name].transform != "none" for name in features)
    return Chart(
        name="before_and_after",
        title=_finding([skewness[name] for name in features], {c.name: c.title for c in customers.columns}),
        subtitle=f"Number of customers by value, left in real units, right transformed and scaled; "
        f"{display.count(len(customers))} customers; outermost bars hold all values beyond",
        alt=f"Two histograms for each of {len(features)} features, {changed} of them transformed. "
        "The numbers follow as a table.",
        spec={"concat": panels, "columns": 4 if len(features) > 1 else 2, "spacing": {"row": 20, "column": 18}},
        table=(("Feature", "When", "From", "To", "Customers"), table),
    )


def count_bins(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the counts of the known *values* in 24 even bins, and the 25 edges.

    The bins go from the 0.5th to the 99.5th percentile; what lies beyond is in the first and the last one.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return np.zeros(_BINS, dtype=np.int64), np.linspace(0.0, 1.0, _BINS + 1)
    low, high = (float(end) for end in np.percentile(known, [_EDGE, 100 - _EDGE]))
    if low == high:  # nearly all customers have one value
        low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    edges = np.linspace(low, high, _BINS + 1)
    return np.histogram(np.clip(known, low, high), edges)[0], edges


def records(
    counted: tuple[NDArray[np.int64], NDArray[np.float64]], when: str, column: Column, unit: Column
) -> list[Record]:
    """Return one record per bin that holds customers: its edges, its count and its words."""
    counts, edges = counted
    return [
        {
            "from": finite(float(low)),
            "to": finite(float(high - _GAP * (high - low))),
            "count": int(count),
            "tip": f"{column.title} {when}\n{_words(bin_, counts, edges, unit)}\n{display.count(int(count))} customers",
        }
        for bin_, (count, low, high) in enumerate(zip(counts, edges[:-1], edges[1:], strict=True))
        if count
    ]


def _words(bin_: int, counts: NDArray[np.int64], edges: NDArray[np.float64], unit: Column) -> str:
    low, high = (display.number(float(edge), unit.unit) for edge in edges[bin_ : bin_ + 2])
    if bin_ == 0:
        return f"up to {high}"
    return f"{low} and more" if bin_ == len(counts) - 1 else f"{low} to {high}"


def _rows(
    counted: tuple[NDArray[np.int64], NDArray[np.float64]], when: str, column: Column, unit: Column
) -> list[tuple[str, ...]]:
    counts, edges = counted
    return [
        (
            column.title,
            when,
            display.number(float(edges[row]), unit.unit) if row else "",
            display.number(float(edges[row + 1]), unit.unit) if row < len(counts) - 1 else "",
            display.count(int(count)),
        )
        for row, count in enumerate(counts)
        if count
    ]


def _caption(when: str, one: Skewness, skew: float) -> str:
    how = "as it is" if when == "before" else "scaled" if one.transform == "none" else one.transform
    return f"{how}: skewness {_signed(skew)}" if math.isfinite(skew) else how


def _signed(skew: float) -> str:
    return f"{skew + 0.0:.1f}".replace("-0.0", "0.0").replace("-", "−")


def _panel(marks: list[Record], edges: NDArray[np.float64], column: Column, caption: str) -> Spec:
    low, high = finite(float(edges[0])), finite(float(edges[-1]))
    most = max([mark["count"] for mark in marks], default=1)
    across = {
        "field": "from",
        "type": "quantitative",
        "scale": {"domain": [low, high], "zero": False, "nice": False},
        "axis": {"title": None, "labelExpr": SHORT_NUMBERS, "tickCount": 3, "grid": False, "labelFontSize": 11},
    }
    up = {
        "field": "count",
        "type": "quantitative",
        "scale": {"domain": [0, most], "nice": False},
        "axis": {"title": None, "labelExpr": SHORT_NUMBERS, "tickCount": 2, "labelFontSize": 11},
    }
    fill = theme.LINE if caption.startswith("as it is") else theme.ACCENT
    return {
        "title": panel_title([*wrapped(column.title, 24, lines=2), caption], fontSize=11, fontWeight="normal"),
        "width": 158,
        "height": 84,
        "data": {"values": marks},
        "layer": [
            {
                "mark": {"type": "rect", "fill": fill},
                "encoding": {"x": across, "x2": {"field": "to"}, "y": up, "y2": {"datum": 0}, **TIP},
            }
        ],
    }


def _finding(known: list[Skewness], titles: dict[str, str]) -> str:
    changed = [one for one in known if one.transform != "none" and math.isfinite(one.before + one.after)]
    if not changed:
        return "The features keep their shape: none is transformed"
    worst = max(changed, key=lambda one: (abs(one.before), one.feature))
    title = titles.get(worst.feature, worst.feature)
    before, after = _signed(worst.before), _signed(worst.after)
    if abs(worst.after) < 1:
        return f"{title} piles up at one end before preparation (skewness {before}), and hardly after ({after})"
    return f"{title} is less lopsided after preparation: skewness {before} before, {after} after"
