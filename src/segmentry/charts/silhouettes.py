"""How well each customer sits in the own segment: sorted silhouette values, segment below segment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..cluster.result import Clustering
from ..core import display
from ..profile.segments import Segment
from . import theme
from .chart import Chart, Record
from .marks import OWN_COLOUR, TIP, Spec
from .words import finite, wrapped_names

_POINTS = 120  # of a segment's profile; the eye sees no difference to all of them
_HEIGHT, _GAP, _LEAST = 300, 10, 30


def silhouette_by_segment(
    segments: tuple[Segment, ...], colours: dict[int, str], labels: NDArray[np.int64], clustering: Clustering
) -> Chart | None:
    """Return the silhouette profiles of the sampled customers; none where there is no silhouette (one segment)."""
    values, own = clustering.silhouettes, labels[clustering.silhouette_rows]
    held = [segment for segment in segments if (own == segment.id).sum() > 0]
    if len(held) < 2 or not np.isfinite(values).any():
        return None
    means = {segment.id: float(np.nanmean(values[own == segment.id])) for segment in held}
    poor = {segment.id: float((values[own == segment.id] < 0).mean()) for segment in held}
    overall, misplaced = float(np.nanmean(values)), float((values < 0).mean())
    clearest = max(held, key=lambda segment: (means[segment.id], -segment.id))
    return Chart(
        name="silhouette_by_segment",
        title=f"{clearest.name} are the clearest group; {display.share(misplaced)} of customers sit nearer to another",
        subtitle=(
            f"Silhouette of each customer (1: deep inside, 0: on the border, below 0: nearer to another segment), "
            f"sorted within segments; mean {overall:.2f} over {display.count(len(values))} customers"
        ),
        alt="Mean silhouette: " + ", ".join(f"{segment.name} {means[segment.id]:.2f}" for segment in held),
        spec=_spec(held, colours, values, own, overall=overall, means=means),
        table=(
            ("Segment", "Customers measured", "Mean silhouette", "Nearer to another segment"),
            [
                (
                    segment.name,
                    display.count(int((own == segment.id).sum())),
                    f"{means[segment.id]:.2f}",
                    display.share(poor[segment.id]),
                )
                for segment in held
            ],
        ),
    )


def profile(values: NDArray[np.float64]) -> list[float]:
    """Return the silhouette *values* from highest to lowest as at most 120 evenly spaced quantiles."""
    ordered = np.sort(values[np.isfinite(values)])[::-1]
    if len(ordered) <= _POINTS:
        return [float(value) for value in ordered]
    return [float(value) for value in np.quantile(ordered, np.linspace(1, 0, _POINTS))]


def _spec(
    held: list[Segment],
    colours: dict[int, str],
    values: NDArray[np.float64],
    own: NDArray[np.int64],
    *,
    overall: float,
    means: dict[int, float],
) -> Spec:
    names = wrapped_names([segment.name for segment in held], 24)
    total = len(values)
    curves: list[Record] = []
    titles: list[Record] = []
    top = 0.0
    for segment, name in zip(held, names, strict=True):
        mine = values[own == segment.id]
        tall = max(_LEAST, 15 * (name.count("\n") + 1), _HEIGHT * len(mine) / total)
        heights = profile(mine)
        heights = heights if len(heights) > 1 else heights * 2
        tip = f"{segment.name}\nmean silhouette {means[segment.id]:.2f}"
        curves += [
            {
                "segment": segment.id,
                "y": round(top + tall * step / (len(heights) - 1), 2),
                "value": finite(value, 3),
                "colour": colours[segment.id],
                "tip": tip,
            }
            for step, value in enumerate(heights)
        ]
        lines = name.count("\n") + 1
        titles.append(
            {
                "segment": segment.id,
                "label": name,
                "y": top + tall / 2 - 7.5 * (lines - 1),
                "mean": f"mean {means[segment.id]:.2f}",
                "tip": tip,
            }
        )
        top += tall + _GAP
    lowest = min(-0.05, float(np.nanmin(values)) - 0.02)
    down = {
        "field": "y",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, top - _GAP], "reverse": True, "nice": False},
    }
    scale = {"domain": [lowest, 1.0], "nice": False}
    across = {"field": "value", "type": "quantitative", "scale": scale, "axis": {"title": "Silhouette", "tickCount": 6}}
    label = {"type": "text", "align": "right", "baseline": "middle", "fontWeight": 600}
    return {
        "width": 560,
        "height": round(top - _GAP),
        "layer": [
            {
                "data": {"values": curves},
                "mark": {"type": "area", "orient": "horizontal"},
                "encoding": {
                    "x": across,
                    "x2": {"datum": 0},
                    "y": down,
                    "detail": {"field": "segment"},
                    "color": OWN_COLOUR,
                    **TIP,
                },
            },
            {
                "data": {"values": [{"value": overall}]},
                "mark": {"type": "rule", "stroke": theme.INK, "strokeDash": [4, 3]},
                "encoding": {"x": across},
            },
            {
                "data": {"values": titles},
                "mark": label,
                "encoding": {"x": {"value": -10}, "y": down, "text": {"field": "label"}},
            },
            {
                "data": {"values": titles},
                "mark": {"type": "text", "align": "right", "baseline": "top", "fontSize": 11},
                "encoding": {"x": {"value": 556}, "y": down, "text": {"field": "mean"}},
            },
        ],
    }
