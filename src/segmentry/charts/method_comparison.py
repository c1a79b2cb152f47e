"""The methods side by side: silhouette, stability, interpretability and noise of each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..core import display
from ..core.recipe import BY_DENSITY
from . import theme
from .chart import Chart, Record
from .marks import OWN_COLOUR, Spec, bar, measure, row_height, rows
from .words import finite

if TYPE_CHECKING:  # comparing brings scikit-learn along, which drawing does not need
    from ..cluster.side_by_side import MethodComparison, MethodRow

_OTHER = "#9bb4c8"
_PANELS = (
    ("silhouette", "Silhouette"),
    ("stability", "Stability"),
    ("imitation", "Interpretability"),
    ("noise_share", "Noise"),
)


def method_comparison(comparison: MethodComparison) -> Chart:
    """Return bars per method for four measures on one scale, the recommended method in the accent colour."""
    names = [f"{row.title}\n{_segments(row)}" for row in comparison.rows]
    chosen = next((row for row in comparison.rows if row.method == comparison.recommended), None)
    title = "No method finds segments in these customers"
    if chosen:
        sound = comparison.reasons[chosen.method].startswith("Sound")
        title = f"{chosen.title} {'serves these customers best' if sound else 'has the fewest faults; none is without'}"
    measured = max((row.silhouette_customers for row in comparison.rows), default=0)
    panels = [_panel(comparison, names, field, said) for field, said in _PANELS]
    return Chart(
        name="method_comparison",
        title=title,
        subtitle=(
            f"Silhouette without noise (up to {display.count(measured)} customers); stability under equal resamples; "
            "interpretability: customers whose segment a tree of depth 4 tells; share of noise"
        ),
        alt="; ".join(_words(row) for row in comparison.rows),
        spec={"hconcat": panels, "spacing": 16},
        table=_table(comparison),
    )


def _panel(comparison: MethodComparison, names: list[str], field: str, title: str) -> Spec:
    scale = {"domain": [0, 1.32], "nice": False}
    value = measure("value", title, scale=scale, tickCount=2)
    records = [_record(row, number, field, comparison) for number, row in enumerate(comparison.rows)]
    line = rows(names) if field == _PANELS[0][0] else rows(names, labels=False)
    return {
        "width": 118,
        "height": row_height(names, 38) * len(names),
        "data": {"values": records},
        "layer": bar(value, line, OWN_COLOUR),
    }


def _record(row: MethodRow, number: int, field: str, comparison: MethodComparison) -> Record:
    has_figure = row.segments and (field != "noise_share" or row.method in BY_DENSITY)
    figure = float(getattr(row, field)) if has_figure else math.nan
    known = math.isfinite(figure)
    text = (display.share(figure) if field in {"imitation", "noise_share"} else f"{figure:.2f}") if known else "–"
    return {
        "row": number,
        "value": finite(max(figure, 0.0)) if known else 0.0,
        "text": text,
        "colour": theme.ACCENT if row.method == comparison.recommended else _OTHER,
        "tip": f"{row.title}\n{field.replace('_', ' ')}: {text}",
    }


def _segments(row: MethodRow) -> str:
    return display.counted(row.segments, "segments") if row.segments else "no segments"


def _words(row: MethodRow) -> str:
    if not row.segments:
        return f"{row.title}: no segments"
    return f"{row.title}: {_segments(row)}, stability {row.stability:.2f}, tree {display.share(row.imitation)}"


def _table(comparison: MethodComparison) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    from ..cluster.side_by_side import HEADS, cells

    return HEADS, [tuple(cells(row)) for row in comparison.rows]
