"""The main job: from a recipe or a data file to a run folder, complete or not there at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..core import display
from ..core.addresses import is_address
from ..core.errors import OutputError, RecipeError
from ..core.progress import Progress, Silent
from ..core.recipe import Recipe, load_recipe, parse_recipe
from ..engine.memory import amount_of, peak
from .segmenting import read_book, segments_of
from .stopwatch import Stopwatch
from .telling import tell_movement

if TYPE_CHECKING:
    from .plans import PlanOf
    from .segmenting import Found
    from .steps import Book

RECIPE_ENDINGS = {".yaml", ".yml"}


def run(
    recipe: Recipe | Mapping[str, Any] | str | Path | Sequence[str | Path],
    *,
    out: str | Path = "runs",
    report: bool = True,
    csv: bool = False,
    memory: str | None = None,
    progress: Progress | None = None,
) -> Found:
    """Find the segments that *recipe* describes and write them to a new folder under *out*.

    Parameters
    ----------
    recipe
        A recipe, its document, the path of a recipe file, or the paths of data files (or the URL of an engine) to run
        with default settings.
    out
        The folder that holds runs.
    report
        Whether to draw the charts and the report.
    csv
        Whether to write the customers as CSV too.
    memory
        What the process may take, such as ``4GB``: what does not fit is worked on in a folder for temporary files.
    progress
        A listener; silent otherwise.

    Returns
    -------
    Segmentation or CohortSegmentation
        What was found, of accounts cohort by cohort; ``path`` is the run folder.

    Raises
    ------
    SegmentryError
        For data or settings that cannot be segmented. No folder is left behind.
    """
    recipe, watch = as_recipe(recipe), Stopwatch(progress or Silent())
    check(recipe, Path(out), memory=memory)
    book = read_book(recipe, watch, with_charts=report, memory=memory)
    return write_run(book, recipe, watch, Output(Path(out), report, csv, memory))


@dataclass(frozen=True)
class Output:
    """Where a run is written, what of it beside tables and model, and the memory it was allowed."""

    store: Path
    report: bool = True
    csv: bool = False
    memory: str | None = None


def check(recipe: Recipe, store: Path, *, memory: str | None = None) -> None:
    """Raise a SegmentryError for what can be known to fail before anything is read."""
    _refuse_unwritable(store)
    if memory is not None:
        amount_of(memory)
    if recipe.source.connection is not None or recipe.publish:
        from .connected import check_connected

        check_connected(recipe)
    if recipe.snapshots is not None:
        from .history import check_history

        check_history(recipe)


def write_run(
    book: Book,
    recipe: Recipe,
    watch: Stopwatch,
    output: Output,
    *,
    plan_of: PlanOf | None = None,
    then: Callable[[Found], Found] | None = None,
) -> Found:
    """Find the segments of *book*, by *plan_of*, and write them to a new run; *then* adds what is known beside it."""
    from ..runs import new_run, run_id
    from . import writing

    if recipe.snapshots is not None:
        from .history import check_size

        check_size(recipe, book)
    name = run_id(book.customers.as_of, recipe.model_dump_json(), book.facts.fingerprint, __version__)
    with new_run(output.store, name) as (folder, final), ThreadPoolExecutor(2) as aside:
        rejected = aside.submit(book.write_rejected, folder / "rejected.parquet")
        traded = aside.submit(book.trade) if output.report else None
        if output.report and book.bought is not None:
            aside.submit(book.bought.count)
        found = segments_of(book, recipe, watch, aside, plan_of=plan_of)
        found = found if then is None else then(found)
        rejected.result()
        if recipe.snapshots is not None:
            _write_movement(found, folder, watch)
        if traded is None:
            writing.write_tables(found, folder, csv=output.csv)
            watch.lap("tables")
        else:
            traded.result()
            _write_with_report(found, folder, final.name, aside, csv=output.csv)
            watch.lap("tables and report")
        if recipe.publish:
            from .publishing import send

            send(found, recipe, final.name, watch)
            watch.lap("publish")
        found = found.at(final, watch.seconds)
        writing.finish(found, folder, final.name)
    if output.memory is not None:
        watch.step("Memory", f"at most {display.size(peak())} of the {output.memory} allowed")
    return found


def _write_movement(found: Found, folder: Path, watch: Stopwatch) -> None:
    from . import writing

    tell_movement(found.movement, found.rule_movement, watch)
    writing.write_movement(found.movement, folder, by_rules=found.rule_movement)
    watch.lap("movement")
    if found.recipe.forecast is not None:
        watch.step("Forecast", found.forecast.why)
        writing.write_forecast(found, folder)
        watch.lap("forecast")


def _write_with_report(found: Found, folder: Path, run_id: str, aside: Executor, *, csv: bool) -> None:
    """Write tables, charts and report into *folder*; what segments buy is counted *aside* meanwhile."""
    from . import writing
    from .cohorts import CohortSegmentation
    from .reporting import write_cohorts_report, write_report

    page, charts = folder / "report.html", folder / "charts"
    if isinstance(found, CohortSegmentation):
        writing.write_tables(found, folder, csv=csv)
        write_cohorts_report(found, page, folder=charts, run_id=run_id)
        return
    counted = aside.submit(lambda: found.bought)
    writing.write_tables(found, folder, csv=csv)
    write_report(found, page, folder=charts, run_id=run_id, bought=counted.result)
    writing.write_products(found.bought, folder)


def _refuse_unwritable(folder: Path) -> None:
    """Raise OutputError where *folder* cannot be made or written, before any work is done; nothing is made yet."""
    there = next((parent for parent in (folder, *folder.absolute().parents) if parent.exists()), Path("/"))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"The folder {str(folder)!r} cannot be written.", action="Choose another with --out.")


def as_recipe(recipe: Recipe | Mapping[str, Any] | str | Path | Sequence[str | Path]) -> Recipe:
    """Return *recipe* as a Recipe: itself, its document, a recipe file, or data files with default settings.

    Raises RecipeError where a recipe stands among data files.
    """
    if isinstance(recipe, Recipe):
        return recipe
    if isinstance(recipe, Mapping):
        return parse_recipe(dict(recipe))
    given = [recipe] if isinstance(recipe, str | Path) else list(recipe)
    if len(given) == 1 and is_address(str(given[0])):
        return parse_recipe({"source": {"connection": str(given[0])}})
    paths = [Path(path) for path in given]
    recipes = [path for path in paths if path.suffix.lower() in RECIPE_ENDINGS]
    if recipes and len(paths) > 1:
        raise RecipeError(f"{str(recipes[0])!r} is a recipe.", possible="Give one recipe, or data files.")
    if recipes:
        return load_recipe(recipes[0])
    path = [str(each) for each in paths]
    name = paths[0].name.split(".")[0] or "segments"
    return parse_recipe({"name": name, "source": {"path": path if len(path) > 1 else path[0]}})
