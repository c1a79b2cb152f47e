"""Write the report of what was found, and its charts. Imported only by a run that draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .. import charts, profile, report
from .writing import metadata

if TYPE_CHECKING:
    from .segmentation import Segmentation


def write_report(
    found: Segmentation,
    path: Path,
    *,
    folder: Path | None = None,
    run_id: str = "",
    bought: Callable[[], profile.Products | None] | None = None,
) -> None:
    """Write the report of *found* to *path*, and the charts as SVG into *folder* when one is given.

    *bought* returns what segments buy, which is asked for last: it may still be counted while other charts are drawn.
    """
    drawn = found.charts_of_customers()
    svgs = charts.render(drawn)
    products = bought() if bought else found.bought
    further = charts.build_product_charts(products, found.profiles)
    drawn, svgs = drawn | further, svgs | charts.render(further)
    if folder is not None:
        folder.mkdir()
        for name, svg in svgs.items():
            (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
    contents = report.contents(
        recipe=found.recipe,
        facts=found.book.facts,
        ledger=found.book.ledger,
        customers=found.book.customers,
        prepared=found.prepared,
        clustering=found.clustering,
        segments=found.profiles,
        labels=found.clustering.labels,
        meta=metadata(found, run_id),
        comparison=found.comparison,
        methods=found.methods,
        bought=products,
    )
    report.write_html(contents, svgs, drawn, path)
