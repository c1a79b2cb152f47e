"""*Stage 9: charts.* Reads segments, customers, preparation, clustering and ledger. Writes one :class:`Chart` each:
a plain Vega-Lite specification that is an SVG file, a part of a page, or notebook output. Next: ``report``.

One chart a file: records in, chart out. Titles state the finding; every chart carries the numbers behind it.
"""

from __future__ import annotations

from .build import build_charts, build_overview_charts, build_product_charts
from .chart import Chart
from .method_comparison import method_comparison
from .movement_charts import (
    build_charts_since,
    build_forecast_charts,
    build_movement_charts,
    build_rule_movement_charts,
)
from .rendering import inline, render
from .theme import segment_colours, style_sheet

__all__ = [
    "Chart",
    "build_charts",
    "build_charts_since",
    "build_forecast_charts",
    "build_movement_charts",
    "build_overview_charts",
    "build_product_charts",
    "build_rule_movement_charts",
    "inline",
    "method_comparison",
    "render",
    "segment_colours",
    "style_sheet",
]
