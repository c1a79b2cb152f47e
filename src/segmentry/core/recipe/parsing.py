"""From YAML or keywords to a recipe, or to words that say what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from ..addresses import masked
from ..errors import RecipeError, did_you_mean
from .recipe import Recipe, relative_to


def load_recipe(path: Path) -> Recipe:
    """Read the recipe at *path*; paths in it become relative to its folder. Raises RecipeError."""
    import yaml  # a run of a data file reads none

    try:
        text = path.read_text(encoding="utf-8")
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 -- the C twin
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeError(f"The recipe {str(path)!r} cannot be read: {error}.") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{str(path)!r} is not valid YAML: {error}.") from error
    if not isinstance(document, dict):
        raise RecipeError(
            f"{str(path)!r} is not a recipe.", possible="A recipe is a YAML mapping.", action="Run: segmentry init DATA"
        )
    return relative_to(path.parent, parse_recipe(document, where=str(path)))


def parse_recipe(document: dict[str, Any], *, where: str = "the settings") -> Recipe:
    """Return the recipe that *document* describes. Raises RecipeError with every fault and the nearest known key."""
    try:
        return Recipe.model_validate(document)
    except ValidationError as error:
        raise RecipeError(f"{where}: {' '.join(_faults(error)[:5])}") from error


def _faults(error: ValidationError) -> list[str]:
    """Return one sentence per place that is wrong; where a setting may be several things, what it may be in one."""
    found: dict[tuple[str, ...], list[Any]] = {}
    for fault in error.errors():
        place = tuple(str(part) for part in fault["loc"] if not _is_type_tag(str(part)))
        found.setdefault(place, []).append(fault)
    # What a setting could have been instead says nothing where a deeper fault shows what it was meant to be.
    deepest = [
        place for place in found if not any(len(other) > len(place) and other[: len(place)] == place for other in found)
    ]
    return [_fault(place, found[place]) for place in deepest]


def _fault(place: tuple[str, ...], faults: list[Any]) -> str:
    setting = ".".join(place)
    if faults[0]["type"] == "extra_forbidden":
        known = _known_keys(list(place[:-1]))
        hint = did_you_mean(place[-1], known) or f"Known: {', '.join(known)}."
        return f"Unknown setting {setting!r}. {hint}"
    messages = [str(fault["msg"]).removeprefix("Value error, ").removeprefix("Input ") for fault in faults]
    wanted = " or ".join(
        dict.fromkeys([messages[0], *(message.removeprefix("should be ") for message in messages[1:])])
    )
    return f"{setting or 'The recipe'}: {wanted} (found {masked(repr(faults[0]['input']))})."


def _is_type_tag(part: str) -> bool:
    """Whether *part* is pydantic's name for a branch of a union rather than a key of the recipe."""
    return part[:1].isupper() or "[" in part or part.startswith("constrained-") or part in {"int", "str"}


def _known_keys(place: list[str]) -> list[str]:
    section: type[BaseModel] = Recipe
    for key in place:
        if not key.isdigit():  # a place in a list
            section = next(_sections(section.model_fields[key].annotation))
    return list(section.model_fields)


def _sections(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the sections in *annotation*: it may be one, or have some among its parts (``list[Part] | None``)."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _sections(part)
