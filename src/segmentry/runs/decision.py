"""Whether a model is kept. Comes in: drift, and the recipe's thresholds. Goes out: keep, warn or refit, and reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ..core import display
from ..core.recipe import Refresh
from .drift import BookDrift, Drift, QualityChanges

Action = Literal["keep", "warn", "refit"]
Finding = tuple[Action, str]


@dataclass(frozen=True)
class Decision:
    """What to do with a model, and why: *reasons* are sentences, those for a refit first; none where it is kept."""

    action: Action
    reasons: tuple[str, ...]


def decide(drift: Drift | BookDrift, thresholds: Refresh, *, names: Mapping[int, str]) -> Decision:
    """Return what *drift* calls for: a refit when features or distances say so, a warning when anything else does. Of a
    book of accounts, the cohort that drifted most decides for all.

    Shifted shares of segments and data of another quality are no reason for a refit: the first may be what there is to
    find out, and the second would be fitted. *names* are those of the segments.
    """
    findings = [
        (action, f"{cohort}: {said}" if cohort else said)
        for cohort, one in drift.cohorts.items()
        for action, said in (*_of_features(one, thresholds), *_of_distances(one, thresholds))
    ]
    for cohort, one in drift.cohorts.items():
        name, all_of = names[one.shares.segment], f"{cohort} accounts" if cohort else "customers"
        findings += _of_share(f"{cohort}: {name}" if cohort else name, one.shares.points, all_of, thresholds)
    if isinstance(drift, BookDrift):
        findings += _of_share(f"The cohort {drift.shares.cohort}", drift.shares.points, "accounts", thresholds)
    if drift.quality is not None:
        findings += _of_quality(drift.quality, thresholds)
    refit = tuple(said for action, said in findings if action == "refit")
    warn = tuple(said for action, said in findings if action == "warn")
    return Decision("refit" if refit else "warn" if warn else "keep", refit + warn)


def _of_features(drift: Drift, thresholds: Refresh) -> Iterator[Finding]:
    for shift in sorted(drift.features, key=lambda shift: -shift.psi):
        action = _action(shift.psi, thresholds.psi_warn, thresholds.psi_refit)
        if action == "keep" or shift.psi <= shift.chance:
            continue
        least = thresholds.psi_refit if action == "refit" else thresholds.psi_warn
        said = f"{shift.feature} is distributed differently: population stability index {shift.psi:.2f}"
        yield action, f"{said} ({action} from {least:g})."


def _of_distances(drift: Drift, thresholds: Refresh) -> Iterator[Finding]:
    action = _action(drift.far_share, thresholds.far_warn, thresholds.far_refit)
    if action != "keep":
        least = thresholds.far_refit if action == "refit" else thresholds.far_warn
        said = f"{display.share(drift.far_share)} of customers are farther from every segment than 99 % were at the fit"
        yield action, f"{said} ({action} from {display.share(least)})."


def _of_share(name: str, points: float, all_of: str, thresholds: Refresh) -> Iterator[Finding]:
    if abs(points) >= thresholds.share_shift_warn:
        way = "more" if points > 0 else "fewer"
        said = f"{name} has {abs(points):.1f} percentage points {way} of all {all_of} than in the run before"
        yield "warn", f"{said} (warn from {thresholds.share_shift_warn:g})."


def _of_quality(quality: QualityChanges, thresholds: Refresh) -> Iterator[Finding]:
    for noun, before, after in (
        ("rows", quality.rows_before, quality.rows_after),
        ("customers", quality.customers_before, quality.customers_after),
    ):
        if abs(after - before) >= thresholds.size_warn * max(before, 1):
            said = f"The data have {display.counted(after, noun)}, and had {display.count(before)} in the run before"
            yield "warn", f"{said} (warn from a change of {display.share(thresholds.size_warn)})."
    for change in quality.reasons:
        if abs(change.points) >= thresholds.quality_warn:
            then = "none were" if change.is_new else f"{display.share(change.before)} were"
            said = f"{display.share(change.after)} of rows are set aside ({change.reason}), and {then} before"
            yield "warn", f"{said} (warn from {thresholds.quality_warn:g} percentage points)."


def _action(value: float, warn: float, refit: float) -> Action:
    return "refit" if value >= refit else "warn" if value >= warn else "keep"
