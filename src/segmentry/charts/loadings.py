"""What the two axes of the map of customers are made of, and how much each principal component holds."""

from __future__ import annotations

import numpy as np

from ..core import display
from ..core.tables import CustomerTable
from ..prepare.result import Prepared
from . import theme
from .chart import Chart, Record
from .customer_map import Plane, in_columns, project
from .marks import OWN_COLOUR, PERCENT, TIP, Spec, measure, panel_title, row_height, rows
from .words import finite, labels_split, wrapped_names

_COMPONENTS = 10


def loadings(customers: CustomerTable, prepared: Prepared) -> Chart | None:
    """Return bars of the loadings on both axes and of every component's share of variance; none for one feature."""
    if prepared.matrix.shape[1] < 2:
        return None
    plane = in_columns(project(prepared.matrix, prepared.fitted_on), prepared.pipeline.components)
    known = {column.name: column.title for column in customers.columns}
    titles = [known.get(name, name.replace("_", " ")) for name in prepared.deciding]
    share = display.share(sum(plane.explained))
    return Chart(
        name="loadings",
        title=f"{_strongest(plane, 0, titles)} makes the first axis, {_strongest(plane, 1, titles)} the second",
        subtitle=f"Loadings of {len(titles)} features on the axes of the map ({share} of variance), and the variance "
        f"of each principal component; {display.count(int(prepared.fitted_on.sum()))} customers",
        alt="; ".join(
            f"{title}: {plane.loadings[0, row]:+.2f} across, {plane.loadings[1, row]:+.2f} up"
            for row, title in enumerate(titles)
        ),
        spec=_spec(plane, titles),
        table=(
            ("Feature", *(f"Component {axis + 1} ({display.share(plane.explained[axis])})" for axis in range(2))),
            [
                *(
                    (title, f"{plane.loadings[0, row]:+.2f}", f"{plane.loadings[1, row]:+.2f}")
                    for row, title in enumerate(titles)
                ),
                *(
                    (f"Share of variance, component {place + 1}", display.share(share), "")
                    for place, share in enumerate(plane.spectrum)
                ),
            ],
        ),
    )


def records(plane: Plane, axis: int, titles: list[str], labels: list[str]) -> list[Record]:
    """Return one record per feature: its loading on *axis*, colour by sign, the figure beside the bar, words."""
    return [
        {
            "row": row,
            "label": labels[row],
            "loading": finite(value, 4),
            "colour": theme.HIGH if value >= 0 else theme.LOW,
            "end": finite(max(value, 0.0), 4),
            "text": f"{value:+.2f}".replace("-", "−"),
            "tip": f"{titles[row]}\nloading {value:+.2f} on component {axis + 1}",
        }
        for row, value in enumerate(plane.loadings[axis].tolist())
    ]


def _strongest(plane: Plane, axis: int, titles: list[str]) -> str:
    return titles[int(np.abs(plane.loadings[axis]).argmax())]


def _spec(plane: Plane, titles: list[str]) -> Spec:
    labels = wrapped_names(titles, 26)
    height = row_height(labels, 26) * len(labels)
    panels = [_axis_panel(plane, axis, titles, labels, height) for axis in range(2)]
    return {"hconcat": [*panels, _spectrum(plane, max(height, 110))], "spacing": 26}


def _axis_panel(plane: Plane, axis: int, titles: list[str], labels: list[str], height: int) -> Spec:
    lowest = min(0.0, float(plane.loadings[axis].min()))
    value = measure("loading", None, scale={"domain": [finite(lowest * 1.08), 1.35], "nice": False}, tickCount=4)
    line = rows(labels) if axis == 0 else rows(labels, labels=False)
    words = ("Component 1 (across)", "Component 2 (up)")[axis]
    return {
        "title": panel_title([f"{words}: {display.share(plane.explained[axis])}"]),
        "width": 215,
        "height": height,
        "data": {"values": records(plane, axis, titles, labels)},
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.8}},
             "encoding": {"x": value, "y": line, "color": OWN_COLOUR, **TIP}},
            {"mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 11},
             "encoding": {"x": {**value, "field": "end"}, "y": line, "text": {"field": "text"}}},
        ],
    }  # fmt: skip


def _spectrum(plane: Plane, height: int) -> Spec:
    shares = plane.spectrum[:_COMPONENTS]
    marks = [
        {
            "column": place,
            "share": finite(share, 4),
            "tip": f"Component {place + 1}\n{display.share(share)} of variance",
            "force": 1.0 if place < 2 else 0.42,
        }
        for place, share in enumerate(shares)
    ]
    across = {
        "field": "column",
        "type": "ordinal",
        "scale": {"domain": list(range(len(marks))), "padding": 0.2},
        "axis": {
            "title": None,
            "labelAngle": 0,
            "labelExpr": labels_split([str(place + 1) for place in range(len(marks))]),
            "grid": False,
        },
    }
    force = {"field": "force", "type": "quantitative", "scale": None}
    up = measure(
        "share", None, expression=PERCENT, scale={"domain": [0, max(*shares, 0.01)], "nice": False}, tickCount=3
    )
    return {
        "title": panel_title(["Variance by component"]),
        "width": max(170, 22 * len(marks)),
        "height": min(height, 220),
        "data": {"values": marks},
        "layer": [
            {
                "mark": {"type": "bar", "fill": theme.ACCENT},
                "encoding": {"x": across, "y": up, "fillOpacity": force, **TIP},
            }
        ],
    }
