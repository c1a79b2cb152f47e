"""Write the report of what was found, and its charts. Imported only by a run that draws."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .. import charts, report
from .writing import metadata

if TYPE_CHECKING:
    from .segmentation import Segmentation


def write_report(
    found: Segmentation, path: Path, drawn: dict[str, charts.Chart], *, folder: Path | None = None, run_id: str = ""
) -> None:
    """Write the report of *found* to *path*, and the charts as SVG into *folder* when one is given."""
    svgs = charts.render(drawn)
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
    )
    report.write_html(contents, svgs, drawn, path)
