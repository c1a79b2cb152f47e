"""Ready recipes by name: those in the folder ``recipes`` of a clone, which an installed package carries inside."""

from __future__ import annotations

from pathlib import Path

from ..addresses import is_address
from ..errors import RecipeError, did_you_mean
from .parsing import load_recipe
from .recipe import Recipe

_PACKAGE = Path(__file__).parents[2]
ENDINGS = (".yaml", ".yml")


def ready_recipes() -> dict[str, Path]:
    """Return name to file of every ready recipe, in order of name.

    >>> "credit-card" in ready_recipes()
    True
    """
    inside, clone = _PACKAGE / "recipes", _PACKAGE.parents[1] / "recipes"
    folder = inside if inside.is_dir() else clone
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find_recipe(name: str) -> Recipe:
    """Return the recipe file at the path *name*, or the ready recipe called so. Raises RecipeError."""
    if name.lower().endswith(ENDINGS):
        return load_recipe(Path(name))
    ready = ready_recipes()
    if name not in ready:
        raise RecipeError(
            f"There is no recipe {name!r}.",
            possible=f"Ready recipes: {', '.join(ready)}; or the path of a .yaml file.",
            action=did_you_mean(name, ready),
        )
    return load_recipe(ready[name])


def with_data(recipe: Recipe, paths: list[str]) -> Recipe:
    """Return *recipe* reading the files, folders or globs at *paths*, or the engine at that URL, instead of its own
    source.
    """
    path = paths if len(paths) > 1 else paths[0]
    place = {"path": path, "connection": None, "table": None}
    if isinstance(path, str) and is_address(path):
        place |= {"path": None, "connection": path}
    source = recipe.source.model_copy(update=place)
    return recipe.model_copy(update={"source": source})
