"""Do predicted probabilities come true? Predicted probability against observed share, by tenths, for each model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..core import display
from . import theme
from .chart import Chart, Record
from .marks import PERCENT, TIP, Spec, panel_title
from .words import drawable, finite, wrapped

if TYPE_CHECKING:
    from ..movement.metrics import Calibration

_SIZE, _COLUMNS = 196, 4
_OTHER = "#8397a8"  # baselines; readable on light and on dark


Groups = Sequence["Calibration"]


def calibration(models: Mapping[str, Groups], *, chosen: str, event: str) -> Chart | None:
    """Return one panel per model of mean prediction and observed share by tenth; none without predictions.

    *models* are tenths of predictions by name of the model, and *event* says what is predicted, as in "each segment by
    the next date"; *chosen* is the model in use.
    """
    if not models.get(chosen):
        return None
    models = {chosen: models[chosen], **{name: groups for name, groups in models.items() if name != chosen}}
    cases = sum(one.cases for one in models[chosen])
    shown = {name: drawable(name) for name in models}
    return Chart(
        name="calibration",
        title=_finding(models, shown),
        subtitle=f"Predicted probability of {event} against how often it came true, by tenths of the predictions; "
        f"dashed: as predicted; {display.counted(cases, 'predictions')}",
        alt="; ".join(f"{shown[name]}: off by {points(groups)} on average" for name, groups in models.items()),
        spec=_spec(models, shown),
        table=(
            ("Model", "Predictions", "Predicted", "Observed"),
            [
                (shown[name], display.count(one.cases), display.share(one.predicted), display.share(one.observed))
                for name, groups in models.items()
                for one in groups
            ],
        ),
    )


def error(groups: Groups) -> float:
    """Return the expected calibration error: the mean distance of prediction and observation over all predictions.

    Naeini, Cooper & Hauskrecht (2015), here by tenths.
    """
    cases = sum(one.cases for one in groups)
    return sum(one.cases * abs(one.predicted - one.observed) for one in groups) / cases


def points(groups: Groups) -> str:
    """Return the calibration error in words."""
    return f"{error(groups) * 100:.1f} percentage points"


def records(name: str, groups: Groups) -> list[Record]:
    """Return one record per group of a model: its place and words."""
    return [
        {
            "predicted": finite(one.predicted),
            "observed": finite(one.observed),
            "tip": f"{name}\n{display.counted(one.cases, 'predictions')}\npredicted {display.share(one.predicted)}, "
            f"observed {display.share(one.observed)}",
        }
        for one in groups
    ]


def _spec(models: Mapping[str, Groups], shown: Mapping[str, str]) -> Spec:
    highest = max(max(one.predicted, one.observed) for groups in models.values() for one in groups)
    top = min(1.0, highest * 1.08) or 1.0
    panels = [_panel(shown[name], groups, top, first=not place) for place, (name, groups) in enumerate(models.items())]
    if len(panels) == 1:
        return panels[0]
    return {"concat": panels, "columns": min(_COLUMNS, len(panels)), "spacing": {"row": 22, "column": 24}}


def _panel(name: str, groups: Groups, top: float, *, first: bool) -> Spec:
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


def _finding(models: Mapping[str, Groups], shown: Mapping[str, str]) -> str:
    (name, groups), *others = models.items()
    said = f"Predictions of {shown[name]} are off by {points(groups)} on average"
    if not others:
        return said
    best, their = min(others, key=lambda model: error(model[1]))
    return f"{said}, those of {shown[best]} by {points(their)}"
