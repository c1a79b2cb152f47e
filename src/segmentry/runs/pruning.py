"""Which runs to keep: come in a store and keep rules, go out the runs that stay, with the reasons, and those gone.

The rules are those of restic (https://restic.readthedocs.io, *Removing snapshots according to a policy*), for each
segmentation by itself: of each of the last N days, weeks or months that have runs, the newest run is kept. Days are
those of UTC, weeks those of ISO 8601.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..core.errors import Refused
from .folder import remove_leftovers, remove_run
from .store import Store, StoredRun

# Which period a moment is in, as text that sorts by time.
PERIODS: dict[str, Callable[[datetime], str]] = {
    "daily": lambda moment: f"{moment:%Y-%m-%d}",
    "weekly": lambda moment: f"{moment:%G-W%V}",
    "monthly": lambda moment: f"{moment:%Y-%m}",
}


@dataclass(frozen=True)
class Kept:
    """A run that stays, and which rules say so."""

    run: StoredRun
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Pruned:
    """What pruning keeps and removes, oldest first."""

    kept: tuple[Kept, ...]
    removed: tuple[StoredRun, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return ids and reasons, for JSON."""
        return {
            "kept": [{"run_id": one.run.run_id, "name": one.run.name, "reasons": one.reasons} for one in self.kept],
            "removed": [{"run_id": run.run_id, "name": run.name} for run in self.removed],
        }


def prune(
    store: Store,
    *,
    keep_last: int = 0,
    keep_daily: int = 0,
    keep_weekly: int = 0,
    keep_monthly: int = 0,
    dry_run: bool = False,
) -> Pruned:
    """Remove the runs of *store* that no rule keeps, unless *dry_run*; return what stays and what is gone.

    A run whose model another one needs stays with it, and so does a folder whose manifest cannot be read. Raises
    Refused without any rule and OutputError where a run cannot be removed.
    """
    limits = {"last": keep_last, "daily": keep_daily, "weekly": keep_weekly, "monthly": keep_monthly}
    if not any(limits.values()) or min(limits.values()) < 0:
        raise Refused(
            "Without a rule that keeps runs, all of them would be removed.",
            possible="--keep-last, --keep-daily, --keep-weekly, --keep-monthly, each with a number of 1 or more.",
        )
    runs = store.runs()
    reasons = {run_id: list(why) for run_id, why in keep_reasons(runs, limits).items()}
    _keep_models(runs, reasons)
    kept = tuple(Kept(run, tuple(reasons[run.run_id])) for run in runs if run.run_id in reasons)
    removed = tuple(run for run in runs if run.run_id not in reasons)
    if not dry_run:
        remove_leftovers(store.path)
        for run in removed:
            remove_run(run.path)
    return Pruned(kept, removed)


def keep_reasons(runs: Sequence[StoredRun], limits: Mapping[str, int]) -> dict[str, list[str]]:
    """Return for each of *runs* (oldest first) that a rule keeps the rules that do, by id; *limits* are how many runs,
    days, weeks and months are kept of each segmentation.
    """
    reasons: dict[str, list[str]] = {}
    for name in dict.fromkeys(run.name for run in runs):
        mine = [run for run in runs if run.name == name]
        for run in mine[::-1][: limits["last"]]:
            reasons.setdefault(run.run_id, []).append("last")
        for rule, period_of in PERIODS.items():
            newest = {period_of(run.created.astimezone(UTC)): run for run in mine}  # the last of a period stays
            for period in sorted(newest, reverse=True)[: limits[rule]]:
                reasons.setdefault(newest[period].run_id, []).append(f"{rule} {period}")
    return reasons


def _keep_models(runs: Sequence[StoredRun], reasons: dict[str, list[str]]) -> None:
    """Add to *reasons* the runs whose models the kept ones need, and those that these need in turn."""
    known = {run.run_id: run for run in runs}
    waiting = list(reasons)
    for run_id in waiting:  # grows while it is read
        for needed in _needed(known[run_id]):
            if needed in known and needed not in reasons:
                reasons[needed] = [f"model of {run_id}"]
                waiting.append(needed)


def _needed(run: StoredRun) -> Iterator[str]:
    """Yield the id of the run whose model *run* takes: the one it names, else, without a model of its own, the one
    before it.
    """
    if run.model_from is not None:
        yield run.model_from
    elif run.previous is not None and not (run.path / "model").is_dir():
        yield run.previous
