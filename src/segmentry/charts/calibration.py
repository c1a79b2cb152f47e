"""Do predicted probabilities come true? Predicted probability against observed share, by decile, for each model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core import display
from . import theme
from .chart import Chart, Record
from .marks import PERCENT, TIP, Spec, panel_title
from .words import drawable, finite, wrapped

_SIZE, _COLUMNS = 196, 3
_DECILES = 10
_OTHER = "#8397a8"  # baselines; readable on light and on dark


@dataclass(frozen=True)
class Group:
    """Customers with about the same prediction: how many, their mean prediction, and the share to whom it happened."""

    customers: int
    predicted: float
    observed: float


def calibration(
    predictions: Mapping[str, NDArray[np.float64]], happened: NDArray[np.bool_], *, chosen: str, event: str
) -> Chart | None:
    """Return one panel per model of mean prediction and observed share by decile; none without customers.

    *predictions* are probabilities by name of the model, each of shape (n,), *happened* whether it came true, and
    *event* says what is predicted, as in "leaving the segment by the next date"; *chosen* is the model in use.
    """
    if not len(happened):
        return None
    names = [chosen, *(name for name in predictions if name != chosen)]
    models = {name: deciles(predictions[name], happened) for name in names}
    shown = {name: drawable(name) for name in names}
    return Chart(
        name="calibration",
        title=_finding(models, shown),
        subtitle=f"Predicted probability of {event} against the share to whom it happened, by decile of the "
        f"prediction; dashed: as predicted; {display.counted(len(happened))}",
        alt="; ".join(f"{shown[name]}: off by {points(groups)} on average" for name, groups in models.items()),
        spec=_spec(models, shown),
        table=(
            ("Model", "Customers", "Predicted", "Observed"),
            [
                (shown[name], display.count(one.customers), display.share(one.predicted), display.share(one.observed))
                for name, groups in models.items()
                for one in groups
            ],
        ),
    )


def deciles(predicted: NDArray[np.float64], happened: NDArray[np.bool_]) -> list[Group]:
    """Return the groups between the deciles of *predicted*, lowest first; equal predictions are never parted.

    >>> deciles(np.array([0.2, 0.2, 0.2, 0.8]), np.array([False, False, True, True]))[1]
    Group(customers=1, predicted=0.8, observed=1.0)
    """
    edges = np.unique(np.quantile(predicted, np.arange(1, _DECILES) / _DECILES, method="lower"))
    places = np.searchsorted(edges, predicted, side="left")
    return [
        Group(int(inside.sum()), float(predicted[inside].mean()), float(happened[inside].mean()))
        for place in range(len(edges) + 1)
        if (inside := places == place).any()
    ]


def error(groups: Sequence[Group]) -> float:
    """Return the expected calibration error: the mean distance of prediction and observation over all customers.

    Naeini, Cooper & Hauskrecht (2015), here with deciles.
    """
    customers = sum(one.customers for one in groups)
    return sum(one.customers * abs(one.predicted - one.observed) for one in groups) / customers


def points(groups: Sequence[Group]) -> str:
    """Return the calibration error in words."""
    return f"{error(groups) * 100:.1f} percentage points"


def records(name: str, groups: Sequence[Group]) -> list[Record]:
    """Return one record per group of a model: its place and words."""
    return [
        {
            "predicted": finite(one.predicted),
            "observed": finite(one.observed),
            "tip": f"{name}\n{display.counted(one.customers)}\npredicted {display.share(one.predicted)}, "
            f"observed {display.share(one.observed)}",
        }
        for one in groups
    ]


def _spec(models: Mapping[str, Sequence[Group]], shown: Mapping[str, str]) -> Spec:
    highest = max(max(one.predicted, one.observed) for groups in models.values() for one in groups)
    top = min(1.0, highest * 1.08) or 1.0
    panels = [_panel(shown[name], groups, top, first=not place) for place, (name, groups) in enumerate(models.items())]
    if len(panels) == 1:
        return panels[0]
    return {"concat": panels, "columns": min(_COLUMNS, len(panels)), "spacing": {"row": 22, "column": 24}}


def _panel(name: str, groups: Sequence[Group], top: float, *, first: bool) -> Spec:
    colour = theme.ACCENT if first else _OTHER

    def along(field: str, title: str) -> Spec:
        scale = {"domain": [0, finite(top, 3)], "nice": False}
        axis = {"title": title, "labelExpr": PERCENT, "tickCount": 3}
        return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}

    place = {"x": along("predicted", "Predicted"), "y": along("observed", "Observed")}
    end = finite(top, 3)
    marks = records(name, groups)
    return {
        "title": panel_title([*wrapped(name, 26, lines=2), f"off by {points(groups)}"]),
        "width": _SIZE,
        "height": _SIZE,
        "data": {"values": marks},
        "layer": [
            {
                "data": {"values": [{"predicted": 0, "observed": 0}, {"predicted": end, "observed": end}]},
                "mark": {"type": "line", "stroke": theme.LINE, "strokeDash": [4, 4]},
                "encoding": place,
            },
            {
                "data": {"values": marks if len(marks) > 1 else []},
                "mark": {"type": "line", "stroke": colour, "strokeWidth": 2},
                "encoding": place,
            },
            {
                "mark": {"type": "point", "size": 55, "opacity": 1, "fill": colour, "stroke": theme.PAPER},
                "encoding": {**place, **TIP},
            },
        ],
    }


def _finding(models: Mapping[str, Sequence[Group]], shown: Mapping[str, str]) -> str:
    (name, groups), *others = models.items()
    said = f"Predictions of {shown[name]} are off by {points(groups)} on average"
    if not others:
        return said
    best, their = min(others, key=lambda model: error(model[1]))
    return f"{said}, those of {shown[best]} by {points(their)}"
