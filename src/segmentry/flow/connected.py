"""A source that stays in an engine of its own: open it, find its table, refuse what it cannot do before any work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import sources
from ..core.errors import RecipeError
from ..core.recipe import Recipe
from ..engine import check, connect, engine_of

if TYPE_CHECKING:
    from ..engine import Engine


def read_connected(recipe: Recipe) -> tuple[sources.Raw, Engine]:
    """Stage 1: return the table that *recipe* names, whose rows stay where they are, and the engine that has it.

    Raises RecipeError for settings that the engine cannot follow, SourceError where it cannot be reached, and
    SourceNotFound where it has no such table.
    """
    source = recipe.source
    assert source.connection is not None  # noqa: S101 -- for mypy: who calls this has seen it
    check_connected(recipe)
    engine = connect(source.connection)
    paths = [source.path] if isinstance(source.path, str) else list(source.path or ())
    name, table = engine.table(source.table, paths)
    return sources.from_table(table, source.model_copy(update={"table": name}), engine), engine


def check_connected(recipe: Recipe) -> None:
    """Raise RecipeError where *recipe* asks for what its engines cannot do; nothing is opened."""
    source = recipe.source
    if source.connection is not None:
        check(recipe, engine_of(source.connection))
    for place, target in enumerate(recipe.publish):
        if target.connection is not None:
            engine_of(target.connection)
        elif source.connection is None:
            raise RecipeError(
                f"publish.{place}: {target.table!r} is to be a table, but of no database: the rows come from files.",
                action=f"Say which: publish.{place}.connection.",
            )
        elif target.table == source.table:
            raise RecipeError(
                f"publish.{place}.table: {target.table!r} is the table that the rows come from.",
                action="Choose another name.",
            )
