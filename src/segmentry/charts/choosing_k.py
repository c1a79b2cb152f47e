"""Why so many segments: inertia, silhouette and stability against k, the chosen k marked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from ..cluster.result import KChoice, KScore
from ..core import display
from . import theme
from .chart import Chart, Record
from .marks import SHORT_NUMBERS, TIP, Spec
from .words import finite


def elbow(choice: KChoice) -> Chart | None:
    """Return inertia (of a mixture: BIC) against k, the chosen k and the knee; none for fewer than two candidates."""
    bics = dict(zip((score.k for score in choice.scores), choice.bics, strict=False))
    knee = "" if choice.knee is None else f"; the curve bends at k = {choice.knee}"
    what = "The BIC" if bics else "Inertia"
    title = f"More than {choice.knee} segments gain little" if choice.knee else f"{what} falls without a clear knee"
    if bics:
        return _chart("elbow", choice, lambda score: bics[score.k], title, f"BIC (low is good) against k{knee}")
    return _chart(
        "elbow", choice, lambda score: score.inertia, title, f"Inertia (sum of squared distances) against k{knee}"
    )


def silhouette_by_k(choice: KChoice) -> Chart | None:
    """Return the silhouette against k; none for fewer than two candidates."""
    best = _best(choice, lambda score: score.silhouette)
    own = next((score.silhouette for score in choice.scores if score.k == choice.k), math.nan)
    if best is None or math.isnan(own):
        title = "Silhouette by number of segments"
    elif best.k == choice.k:
        title = f"k = {choice.k} separates best: silhouette {own:.2f}"
    else:
        title = f"Silhouette {own:.2f} at k = {choice.k}, at most {best.silhouette:.2f} at k = {best.k}"
    error = max((score.silhouette_error for score in choice.scores), default=0.0)
    plotted = f"Mean silhouette (−1 to 1) against k, {choice.measured_text}"
    plotted += f", standard error at most {error:.3f}" if error > 0 else ""
    return _chart("silhouette_by_k", choice, lambda score: score.silhouette, title, plotted)


def stability_by_k(choice: KChoice) -> Chart | None:
    """Return the stability under resampling against k; none for fewer than two candidates."""
    own = next((score.stability for score in choice.scores if score.k == choice.k), math.nan)
    title = (
        "Stability under resampling"
        if math.isnan(own)
        else f"Resampling finds the {choice.k} segments again: {own:.2f} of 1"
    )
    if own < 0.6:
        title = f"Resampling changes the {choice.k} segments: agreement {own:.2f} of 1"
    return _chart(
        "stability_by_k",
        choice,
        lambda score: score.stability,
        title,
        "Mean adjusted Rand index over resamples against k",
    )


def records(choice: KChoice, value: Callable[[KScore], float], what: str, *, with_knee: bool = False) -> list[Record]:
    """Return one record per candidate k whose *value* is a number: k, value, whether chosen or the knee, words."""
    marks = []
    for score in choice.scores:
        if not math.isfinite(value(score)):
            continue
        chosen, knee = score.k == choice.k, score.k == choice.knee and with_knee
        said = " and ".join(word for word, true in (("chosen", chosen), ("knee", knee)) if true)
        figure = display.number(value(score)) if abs(value(score)) > 1 else f"{value(score):.3f}"
        marks.append(
            {
                "k": score.k,
                "value": finite(value(score)),
                "said": said,
                "colour": theme.ACCENT if chosen else theme.PAPER,
                "size": 150 if chosen else 60,
                "shape": "diamond" if knee and not chosen else "circle",
                "figure": figure,
                "tip": f"k = {score.k}{f' ({said})' if said else ''}\n{what}: {figure}",
            }
        )
    return marks


def _chart(name: str, choice: KChoice, value: Callable[[KScore], float], title: str, plotted: str) -> Chart | None:
    what = re.split(r" \(| against", plotted, maxsplit=1)[0]
    points = records(choice, value, what, with_knee=name == "elbow")
    if len(points) < 2:
        return None
    return Chart(
        name=name,
        title=title,
        subtitle=plotted,
        alt=f"{what} by number of segments: " + ", ".join(f"k {point['k']}: {point['figure']}" for point in points),
        spec=_spec(points),
        table=(("k", what, "Note"), [(str(point["k"]), point["figure"], point["said"]) for point in points]),
    )


def _spec(points: list[Record]) -> Spec:
    values = [point["value"] for point in points]
    room = (max(values) - min(values)) * 0.16 or 0.1
    ks = [point["k"] for point in points]
    place: Spec = {
        "x": {
            "field": "k",
            "type": "quantitative",
            "scale": {"domain": [ks[0] - 0.3, ks[-1] + 0.3], "nice": False},
            "axis": {"title": "Number of segments k", "values": ks, "format": "d", "grid": False, "labelOverlap": True},
        },
        "y": {
            "field": "value",
            "type": "quantitative",
            "scale": {"domain": [min(values) - room / 2, max(values) + room], "zero": False, "nice": False},
            "axis": {"title": None, "labelExpr": SHORT_NUMBERS, "tickCount": 4},
        },
    }
    point = {
        "fill": {"field": "colour", "type": "nominal", "scale": None},
        "size": {"field": "size", "type": "quantitative", "scale": None},
        "shape": {"field": "shape", "type": "nominal", "scale": None},
    }
    return {
        "width": 236,
        "height": 190,
        "data": {"values": points},
        "layer": [
            {"mark": {"type": "line", "color": theme.LINE, "strokeWidth": 2}, "encoding": place},
            {
                "mark": {"type": "point", "stroke": theme.ACCENT, "opacity": 1, "strokeWidth": 1.5},
                "encoding": {**place, **point, **TIP},
            },
            _note(place, {"field": "size", "gt": 100}, {"align": "left", "dx": 7, "dy": -11}),
            _note(place, {"field": "size", "lt": 100}, {"align": "right", "dx": -6, "dy": 13}),
        ],
    }


def _best(choice: KChoice, value: Callable[[KScore], float]) -> KScore | None:
    finite_scores = [score for score in choice.scores if math.isfinite(value(score))]
    return max(finite_scores, key=lambda score: (value(score), -score.k), default=None)


def _note(place: Spec, those: Spec, offset: Spec) -> Spec:
    """Return the words at points: the chosen one's above, others' below, so that neighbours do not overlap."""
    mark = {"type": "text", "fontWeight": 600, **offset}
    return {"transform": [{"filter": those}], "mark": mark, "encoding": {**place, "text": {"field": "said"}}}
