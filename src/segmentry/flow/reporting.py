"""Write the report of what was found, and its charts. Imported only by a run that draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import charts, profile, report
from .since import charts_since, since_of
from .writing import metadata

if TYPE_CHECKING:
    from .cohorts import CohortSegmentation
    from .segmentation import Segmentation
    from .segmenting import Found


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
    chapter = chapter_of(found, bought=bought, meta=metadata(found, run_id))
    _save(chapter, folder)
    report.write_html([chapter], path)


def write_cohorts_report(
    found: CohortSegmentation, path: Path, *, folder: Path | None = None, run_id: str = ""
) -> None:
    """Write the report of *found* to *path*, a chapter for each cohort, and the charts as SVG into *folder*."""
    meta = metadata(found, run_id)
    chapters = []
    for name, part in found.cohorts.items():
        chapter = chapter_of(part, name=name, meta=meta)
        _save(chapter, folder)
        chapters.append(chapter)
    drawn = charts.build_overview_charts(found.book.trade(), found.book.ledger) | found.charts_over_time()
    if found.sequel is not None:
        drawn |= charts_since(found, found.sequel)
    contents = report.cohort_contents(
        recipe=found.recipe,
        facts=found.book.facts,
        ledger=found.book.ledger,
        customers=found.book.customers,
        cohorts={
            name: (part.book.customers, part.profiles, part.clustering, part.prepared)
            for name, part in found.cohorts.items()
        },
        meta=meta,
        over_time=_over_time(found),
        since=None if found.sequel is None else since_of(found.sequel),
    )
    overview = report.Chapter(contents, drawn, charts.render(drawn))
    _save(overview, folder)
    report.write_html(chapters, path, overview=overview)


def chapter_of(
    found: Segmentation,
    *,
    name: str = "",
    bought: Callable[[], profile.Products | None] | None = None,
    meta: dict[str, Any],
) -> report.Chapter:
    """Return what the report says and draws of *found*, the only segmentation or that of the cohort *name*."""
    drawn = found.charts_of_customers()
    if name:  # cleaning knows no cohorts: its chart is drawn once, for all of them
        drawn.pop("ledger", None)
    svgs = charts.render(drawn)
    products = bought() if bought else found.bought
    further = charts.build_product_charts(products, found.profiles)
    further |= found.charts_over_time()
    if found.sequel is not None:
        further |= charts_since(found, found.sequel)
    contents = report.contents(
        recipe=found.recipe,
        facts=found.book.facts,
        ledger=None if name else found.book.ledger,
        customers=found.book.customers,
        prepared=found.prepared,
        clustering=found.clustering,
        segments=found.profiles,
        labels=found.clustering.labels,
        meta=meta,
        comparison=found.comparison,
        methods=found.methods,
        bought=products,
        over_time=_over_time(found),
        since=None if found.sequel is None else since_of(found.sequel),
        part_of="cohorts" if name else "",
    )
    if name:
        contents["title"] = f"{name.capitalize()} accounts"
    return report.Chapter(contents, drawn | further, svgs | charts.render(further), name)


def _over_time(found: Found) -> report.OverTime:
    """Return what the report says of other dates than the run's own, as far as the recipe asks for it."""
    asked = found.recipe
    return report.OverTime(
        movement=found.movement if asked.snapshots else None,
        by_rules=found.rule_movement if asked.snapshots else None,
        forecast=found.forecast if asked.forecast else None,
        lifetimes=found.lifetimes if asked.forecast else None,
    )


def _save(chapter: report.Chapter, folder: Path | None) -> None:
    if folder is None:
        return
    folder.mkdir(exist_ok=True)
    prefix = f"{chapter.name}-" if chapter.name else ""
    for name, svg in chapter.svgs.items():
        (folder / f"{prefix}{name}.svg").write_text(svg, encoding="utf-8")
