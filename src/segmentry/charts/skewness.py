"""How lopsided each feature was, and how lopsided it is after its transform."""

from __future__ import annotations

import math

from ..core import display
from ..core.tables import CustomerTable
from ..prepare.result import Prepared, Skewness
from . import theme
from .chart import Chart, Record
from .marks import TIP, Spec, measure, row_height, rows
from .words import finite, wrapped_names


def skewness(prepared: Prepared, customers: CustomerTable) -> Chart | None:
    """Return one line per feature from its skewness before to that after the transform; none without features."""
    known = [one for one in prepared.skewness if math.isfinite(one.before) and math.isfinite(one.after)]
    if not known:
        return None
    titles = {column.name: column.title for column in customers.columns}
    names = wrapped_names([titles.get(one.feature, one.feature) for one in known], 26)
    changed = [one for one in known if one.transform != "none"]
    return Chart(
        name="skewness",
        title=_finding(known, changed),
        subtitle=f"Skewness before and after the transform (0: symmetric), {display.count(len(customers))} customers",
        alt="; ".join(f"{titles.get(one.feature, one.feature)}: {one.before:.1f} to {one.after:.1f}" for one in known),
        spec=_spec(records(known, names), names),
        table=(
            ("Feature", "Before", "After", "Transform", "Why"),
            [
                (
                    titles.get(one.feature, one.feature),
                    f"{one.before:.2f}",
                    f"{one.after:.2f}",
                    one.transform,
                    one.reason,
                )
                for one in known
            ],
        ),
    )


def records(known: list[Skewness], names: list[str]) -> list[Record]:
    """Return one record per feature: its line, the skewness before and after, the transform, and words."""
    return [
        {
            "row": row,
            "label": names[row],
            "before": finite(one.before),
            "after": finite(one.after),
            "transform": "unchanged" if one.transform == "none" else one.transform,
            "end": finite(max(one.before, one.after)),
            "tip": f"{names[row]}\nbefore {one.before:.2f}, after {one.after:.2f}\n{one.reason}",
        }
        for row, one in enumerate(known)
    ]


def _spec(lines: list[Record], names: list[str]) -> Spec:
    ends = [line[key] for line in lines for key in ("before", "after")]
    low, high = min(0.0, *ends), max(0.0, *ends)
    room = (high - low) * 0.05 or 0.5
    scale = {"domain": [low - room, high + room * 4], "nice": False}
    down = rows(names)
    across = measure("before", "Skewness", scale=scale)
    point = {"type": "point", "size": 90, "opacity": 1, "strokeWidth": 2, "stroke": theme.ACCENT}
    return {
        "width": 480,
        "height": row_height(names, 30) * len(names),
        "data": {"values": lines},
        "layer": [
            {
                "data": {"values": [{}]},  # one line, not one for each feature
                "mark": {"type": "rule", "stroke": theme.LINE},
                "encoding": {"x": {"datum": 0, "type": "quantitative", "scale": scale}},
            },
            {
                "mark": {"type": "rule", "strokeWidth": 3, "stroke": theme.GRID},
                "encoding": {"x": across, "x2": {"field": "after"}, "y": down},
            },
            {"mark": {**point, "fill": theme.PAPER}, "encoding": {"x": across, "y": down, **TIP}},
            {
                "mark": {**point, "fill": theme.ACCENT, "shape": "diamond"},
                "encoding": {"x": {**across, "field": "after"}, "y": down, **TIP},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 12},
                "encoding": {"x": {**across, "field": "end"}, "y": down, "text": {"field": "transform"}},
            },
        ],
    }


def _finding(known: list[Skewness], changed: list[Skewness]) -> str:
    if not changed:
        return "The features are used as they are"
    worst = max(changed, key=lambda one: (abs(one.before), one.feature))
    return (
        f"{len(changed)} of {len(known)} features transformed towards symmetry: "
        f"the most skewed from {worst.before:.1f} to {worst.after:.1f} (○ before, ◆ after)"
    )
