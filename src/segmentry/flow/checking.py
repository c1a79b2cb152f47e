"""What the rules of a recipe would do to its customers, without finding groups or writing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.errors import RecipeError
from ..core.progress import Progress, Silent
from ..core.recipe import Recipe
from .segmenting import read_book
from .stopwatch import Stopwatch

if TYPE_CHECKING:
    from .. import rules


def check_rules(recipe: Recipe, *, progress: Progress | None = None) -> rules.Report:
    """Return what the rules of *recipe* do to the customers of its source.

    Raises RecipeError where it declares none or a map is no partition, and whatever else a run would.
    """
    if recipe.rules.kind is None:
        raise RecipeError(
            f"The recipe {recipe.name!r} declares no segments.",
            possible="Rules have one of label, conditions and map.",
            action="See docs/rules.md.",
        )
    from ..rules import report

    # Only what the rules look at is computed.
    book = read_book(recipe.model_copy(update={"describe": []}), Stopwatch(progress or Silent()))
    assert book.rulebook is not None  # noqa: S101 -- for mypy: a recipe with rules has a rulebook
    return report(book.rulebook, book.described(), book.engine)
