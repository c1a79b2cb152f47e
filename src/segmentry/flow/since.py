"""What the report says and draws of the run before, of customers or of a book of accounts in cohorts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import charts, report
from ..core import display

if TYPE_CHECKING:
    from ..runs import BookDrift, Drift
    from .segmenting import Found
    from .sequel import Sequel

INDEX = "population stability index"


def charts_since(found: Found, sequel: Sequel) -> dict[str, charts.Chart]:
    """Return the charts on *found* and the run before it by name: flows, why customers moved, and drift."""
    limits = found.recipe.refresh.psi_warn, found.recipe.refresh.psi_refit
    segments = [part.profiles for part in found.parts.values()]
    return charts.build_charts_since(sequel.step, sequel.names, segments, drift_indexes(found), limits)


def drift_indexes(found: Found) -> dict[str, float]:
    """Return the population stability index of each feature by title, and last that of the segments, or of the cohorts;
    nothing where drift is not known.
    """
    drift = None if found.sequel is None else found.sequel.drift
    if drift is None:
        return {}
    titles = {column.name: column.title for column in found.book.customers.columns}
    indexes: dict[str, float] = {}
    for cohort, one in drift.cohorts.items():
        before = f"{cohort}: " if cohort else ""
        indexes |= {before + titles.get(shift.feature, shift.feature): shift.psi for shift in one.features}
        if cohort:
            indexes[f"{before}segment shares"] = one.shares.psi
    return {**indexes, "Segment shares" if "" in drift.cohorts else "Cohort shares": drift.shares.psi}


def since_of(sequel: Sequel) -> report.Since:
    """Return what the report says of *sequel*, in plain values."""
    return report.Since(
        previous=sequel.before.run.run_id,
        fitted_in=sequel.before.fitted_in,
        step=sequel.step,
        names=sequel.names,
        action=sequel.decision.action,
        reasons=sequel.decision.reasons,
        segments=sequel.succession,
        held=int(sequel.held.sum()),
        drift=[] if sequel.drift is None else _drift_lines(sequel.drift),
    )


def _drift_lines(drift: Drift | BookDrift) -> list[list[str]]:
    """Return what was measured, as a table."""
    rows = [line for cohort, one in drift.cohorts.items() for line in _cohort_lines(f"{cohort}: " * bool(cohort), one)]
    if "" not in drift.cohorts:
        rows.append([f"Shares of cohorts, {INDEX}", f"{drift.shares.psi:.3f}", display.MISSING])
    quality = drift.quality
    if quality is None:
        return rows
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


def _cohort_lines(cohort: str, drift: Drift) -> list[list[str]]:
    rows = [
        [f"{cohort}{one.feature}, {INDEX}", f"{one.psi:.3f}", f"by chance up to {one.chance:.3f}"]
        for one in drift.features
    ]
    rows.append([f"{cohort}Shares of segments, {INDEX}", f"{drift.shares.psi:.3f}", display.MISSING])
    rows.append([f"{cohort}Customers far from every segment", display.share(drift.far_share), "1.0 % at the fit"])
    return rows
