"""Refresh a segmentation: new data, the kept model or a new one under the same names, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import Refused
from ..core.progress import Progress, Silent
from ..core.recipe import BY_DENSITY, Recipe
from ..profile import NOISE, SET_APART
from ..runs import BookDrift, Decision, Drift, Store, decide, exclusive
from .drifting import drift_of
from .following import Following
from .incremental import incremental_book
from .predecessor import RunBefore, as_the_models_have_it, check_count, read_run_before, what_changed
from .running import Output, as_recipe, check, write_run
from .segmenting import find, read_book
from .sequel import continued
from .stopwatch import Stopwatch
from .telling import tell_decision

if TYPE_CHECKING:
    from .segmenting import Found

APART = -1


def refresh(
    recipe: Recipe | Mapping[str, Any] | str | Path | Sequence[str | Path],
    *,
    out: str | Path = "runs",
    report: bool = True,
    csv: bool = False,
    memory: str | None = None,
    refit: bool | None = None,
    confirm: bool = False,
    dry_run: bool = False,
    wait: float = 0.0,
    progress: Progress | None = None,
) -> Found:
    """Read the data of *recipe* anew and write the next run of its segmentation under *out*.

    Customers get the segments of the last run's model, unless drift (``recipe.refresh`` has the thresholds) or a
    changed recipe calls for a refit; then groups are found anew and matched to the segments before, which keep id, name
    and colour. Where there is no run of that name yet, this is the first.

    Parameters
    ----------
    recipe, out, report, csv, memory, progress
        As of :func:`run`.
    refit
        True: find groups anew whatever drift says; False: never.
    confirm
        Go on under the same names even where a match is weak.
    dry_run
        Say what would change; nothing is written.
    wait
        Seconds to wait for another refresh of the same segmentation.

    Returns
    -------
    Segmentation or CohortSegmentation
        What was found, of accounts cohort by cohort; ``sequel`` says what changed since the run before, and why the
        model was kept or not. It is None for the first run. ``path`` is the new run folder, None for a dry run.

    Raises
    ------
    Refused
        Another refresh is at work; groups found anew are not clearly the segments before.
    SegmentryError
        As of :func:`run`. Nothing is left behind.
    """
    recipe, watch = as_recipe(recipe), Stopwatch(progress or Silent())
    output = Output(Path(out), report and not dry_run, csv, memory)
    check(recipe, output.store, memory=memory)
    if dry_run:
        return _refreshed(recipe, output, watch, refit=refit, confirm=True, dry_run=True)
    with exclusive(output.store, recipe.name, wait=wait):
        return _refreshed(recipe, output, watch, refit=refit, confirm=confirm, dry_run=False)


def _refreshed(
    recipe: Recipe, output: Output, watch: Stopwatch, *, refit: bool | None, confirm: bool, dry_run: bool
) -> Found:
    run = next((run for run in reversed(Store(output.store).runs()) if run.name == recipe.name), None)
    if run is None:
        watch.step("Refresh", f"there is no run of {recipe.name!r} in {output.store}: this is the first")
        book = read_book(recipe, watch, with_charts=output.report, memory=output.memory)
        return find(book, recipe, watch) if dry_run else write_run(book, recipe, watch, output)
    before = read_run_before(run)
    changed = what_changed(recipe, before)
    if changed and refit is False:
        raise Refused(
            f"The recipe has changed ({', '.join(changed)}), and the model before does not follow it.",
            action="Allow a refit, or take the change back.",
        )
    recipe = recipe if changed or refit else as_the_models_have_it(recipe, before)
    anew = output.report or recipe.snapshots is not None or changed or refit  # what they say needs every row
    book = read_book(
        recipe,
        watch,
        with_charts=output.report,
        memory=output.memory,
        of_purchases=None if anew or "" not in before.cohorts else partial(incremental_book, before.cohorts[""]),
    )
    check_count(book.customers.count, recipe)
    drift = drift_of(before, book, recipe)
    decision = _decide(before, drift, recipe, changed, refit=refit)
    tell_decision(before, decision, watch)
    is_refit = decision.action == "refit"
    following = Following(before, is_refit, confirm, recipe.refresh)

    def then(found: Found) -> Found:
        return continued(found, following, decision, drift, is_other_model=bool(changed))

    if dry_run:
        return then(find(book, recipe, watch, plan_of=following.plan_of))
    return write_run(book, recipe, watch, output, plan_of=following.plan_of, then=then)


def _decide(
    before: RunBefore, drift: Drift | BookDrift | None, recipe: Recipe, changed: Sequence[str], *, refit: bool | None
) -> Decision:
    """Return what to do, given how far the data have drifted and which parts of *recipe* have *changed*."""
    asked = [f"The recipe has changed: {', '.join(changed)}."] * bool(changed)
    asked += ["A refit was asked for."] * bool(refit)
    decision = Decision("keep", ())
    if drift is not None:
        apart = NOISE if recipe.cluster.method in BY_DENSITY else SET_APART  # of whom the fit may have had none
        names = {number: name for one in before.cohorts.values() for number, name in one.names.items()}
        decision = decide(drift, recipe.refresh, names={APART: apart.name, **names})
    if asked:
        return Decision("refit", (*asked, *decision.reasons))
    if decision.action == "refit" and refit is False:
        return Decision("warn", (*decision.reasons, "No refit was allowed."))
    return decision
