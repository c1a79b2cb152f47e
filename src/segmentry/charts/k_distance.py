"""Where DBSCAN's reach comes from: each customer's distance to its k-th nearest, descending, and the eps taken."""

from __future__ import annotations

import numpy as np

from ..cluster.result import Clustering, KDistances
from ..core import display
from . import theme
from .chart import Chart, Record
from .marks import SHORT_NUMBERS, TIP, Spec
from .words import finite

_POINTS = 240


def k_distance(clustering: Clustering) -> Chart | None:
    """Return the k-distance curve with eps marked; none for other methods."""
    found = clustering.k_distances
    if found is None or len(found.curve) < 3:
        return None
    line = curve(found)
    beyond = int((found.curve > found.eps).sum())
    share = display.share(beyond / len(found.curve))
    source = "as given" if found.given else "at the knee of the curve"
    return Chart(
        name="k_distance",
        title=f"eps = {found.eps:.4g}, {source}: {share} of customers are no cores",
        subtitle=(
            f"Distance of each of {display.count(len(found.curve))} customers to its {found.rank}th nearest (itself "
            "counted), largest first, in the prepared space"
        ),
        alt=f"A falling curve from {found.curve[0]:.2f} to {found.curve[-1]:.2f}; eps {found.eps:.4g} is marked.",
        spec=_spec(line, found, beyond),
        table=(
            ("Share of customers beyond", "Distance"),
            [
                (display.share(share), f"{np.quantile(found.curve, 1 - share):.3f}")
                for share in (0.0, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0)
            ],
        ),
    )


def curve(found: KDistances) -> list[Record]:
    """Return up to 240 points of the curve, closer together where it is steep: at its beginning."""
    n = len(found.curve)
    places = np.unique((np.linspace(0, 1, _POINTS) ** 3 * (n - 1)).round().astype(int))
    return [{"customers": int(place) + 1, "distance": finite(float(found.curve[place]), 4)} for place in places]


def _spec(line: list[Record], found: KDistances, beyond: int) -> Spec:
    n = len(found.curve)
    place: Spec = {
        "x": {
            "field": "customers",
            "type": "quantitative",
            "scale": {"domain": [0, n], "nice": False},
            "axis": {"title": "Customers, farthest first", "labelExpr": SHORT_NUMBERS, "tickCount": 5, "grid": False},
        },
        "y": {
            "field": "distance",
            "type": "quantitative",
            "scale": {"domain": [0, finite(max(float(found.curve[0]), found.eps) * 1.05)], "nice": False},
            "axis": {"title": f"Distance to the {found.rank}th nearest", "tickCount": 5},
        },
    }
    text = f"eps {found.eps:.4g}"
    mark = [{"customers": beyond, "distance": finite(found.eps), "text": text, "tip": text}]
    return {
        "width": 520,
        "height": 220,
        "layer": [
            {
                "data": {"values": line},
                "mark": {"type": "line", "stroke": theme.ACCENT, "strokeWidth": 2.5},
                "encoding": place,
            },
            {
                "data": {"values": mark},
                "mark": {"type": "rule", "stroke": theme.LINE, "strokeDash": [4, 4]},
                "encoding": {"y": place["y"]},
            },
            {
                "data": {"values": mark},
                "mark": {"type": "point", "size": 90, "fill": theme.ACCENT, "stroke": theme.PAPER, "opacity": 1},
                "encoding": {**place, **TIP},
            },
            {
                "data": {"values": mark},
                "mark": {"type": "text", "align": "left", "fontWeight": 600, "dx": 8, "dy": -12},
                "encoding": {**place, "text": {"field": "text"}},
            },
        ],
    }
