"""Compare methods on a customer book, without finding segments to keep: stages 1 to 4, then every method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .. import cluster
from ..core.errors import RecipeError
from ..core.progress import Progress, Silent
from ..core.recipe import Method, Recipe
from . import steps
from .running import as_recipe
from .segmenting import read_book
from .stopwatch import Stopwatch


def compare_methods(
    recipe: Recipe | Mapping[str, Any] | str | Path | Sequence[str | Path],
    *,
    methods: Sequence[Method] = (),
    frame: Any = None,
    progress: Progress | None = None,
) -> cluster.MethodComparison:
    """Return *methods* side by side on the customers of *recipe*, given as for ``run``, or of *frame*.

    Without *methods*, those of the recipe's ``cluster.compare``; all, where it names none. Raises RecipeError for
    accounts, whose cohorts are segmented each by itself.
    """
    recipe = as_recipe(recipe)
    if recipe.source.kind == "accounts":
        raise RecipeError(
            "Methods are compared within each cohort of accounts, not over all of them.",
            action="Run with them side by side, cohort by cohort: segmentry run DATA --compare-methods",
        )
    watch = Stopwatch(progress or Silent())
    book = read_book(recipe, watch, frame=frame)
    prepared = steps.prepared(recipe, book, watch)
    wanted = methods or recipe.cluster.compare
    value = steps.worth(book.customers, book.deciding)
    more: dict[str, Any] = {"methods": wanted} if wanted else {}
    return cluster.compare_methods(prepared, recipe.cluster, value=value, progress=watch, **more)
