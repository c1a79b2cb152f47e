"""Write the report of what was found, and its charts. Imported only by a run that draws."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import charts, profile, report
from ..core import display
from .writing import metadata

if TYPE_CHECKING:
    from ..runs import Drift
    from .cohorts import CohortSegmentation
    from .segmentation import Segmentation
    from .sequel import Sequel


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
    drawn = charts.build_overview_charts(found.book.trade(), found.book.ledger)
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
    if found.recipe.snapshots is not None:
        further |= charts.build_movement_charts(found.movement, found.profiles)
        if found.rule_movement is not None:
            further |= charts.build_rule_movement_charts(found.rule_movement.movement)
    if found.recipe.forecast is not None:
        further |= charts.build_forecast_charts(found.forecast, found.profiles)
    if found.sequel is not None:
        further |= charts.build_charts_since(
            found.sequel.step,
            found.sequel.names,
            found.profiles,
            drift_indexes(found),
            (found.recipe.refresh.psi_warn, found.recipe.refresh.psi_refit),
        )
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
        movement=found.movement if found.recipe.snapshots else None,
        by_rules=found.rule_movement if found.recipe.snapshots else None,
        forecast=(found.forecast, found.lifetimes) if found.recipe.forecast else None,
        since=None if found.sequel is None else since_of(found.sequel),
        part_of="cohorts" if name else "",
    )
    if name:
        contents["title"] = f"{name.capitalize()} accounts"
    return report.Chapter(contents, drawn | further, svgs | charts.render(further), name)


def drift_indexes(found: Segmentation) -> dict[str, float]:
    """Return the population stability index of each feature by title, and last that of the segments; nothing where
    drift is not known.
    """
    drift = None if found.sequel is None else found.sequel.drift
    if drift is None:
        return {}
    titles = {column.name: column.title for column in found.book.customers.columns}
    indexes = {titles.get(one.feature, one.feature): one.psi for one in drift.features}
    return {**indexes, "Shares of segments": drift.shares.psi}


def since_of(sequel: Sequel) -> report.Since:
    """Return what the report says of *sequel*, in plain values."""
    return report.Since(
        previous=sequel.before.run.run_id,
        fitted_in=sequel.before.fitted_in,
        step=sequel.step,
        names=sequel.names,
        action=sequel.decision.action,
        reasons=sequel.decision.reasons,
        segments=sequel.sentences(),
        held=int(sequel.held.sum()),
        drift=[] if sequel.drift is None else _drift_lines(sequel.drift),
    )


def _drift_lines(drift: Drift) -> list[list[str]]:
    """Return what was measured, as a table."""
    quality = drift.quality
    rows = [
        [f"{one.feature}, population stability index", f"{one.psi:.3f}", f"by chance up to {one.chance:.3f}"]
        for one in drift.features
    ]
    rows.append(["Shares of segments, population stability index", f"{drift.shares.psi:.3f}", display.MISSING])
    rows.append(["Customers far from every segment", display.share(drift.far_share), "1.0 % at the fit"])
    for noun, before, after in (
        ("Rows", quality.rows_before, quality.rows_after),
        ("Customers of the source", quality.customers_before, quality.customers_after),
    ):
        rows.append([noun, display.count(after), f"{display.count(before)} before"])
    rows += [
        [f"Set aside: {one.reason}", display.share(one.after), f"{display.share(one.before)} before"]
        for one in quality.reasons
    ]
    return rows


def _save(chapter: report.Chapter, folder: Path | None) -> None:
    if folder is None:
        return
    folder.mkdir(exist_ok=True)
    prefix = f"{chapter.name}-" if chapter.name else ""
    for name, svg in chapter.svgs.items():
        (folder / f"{prefix}{name}.svg").write_text(svg, encoding="utf-8")
