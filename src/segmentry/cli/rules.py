"""``segmentry rules``: segments that people declare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import console, options

if TYPE_CHECKING:
    from ..core.recipe import Recipe
    from ..rules import SegmentMap

rules = typer.Typer(help="Segments that people declare: check a map, or the rules of a recipe.", no_args_is_help=True)


@rules.command()
def check(
    source: Annotated[
        str,
        typer.Argument(
            metavar="MAP|RECIPE",
            help="rf-10, rfm-11, a YAML file with a map of your own, or a recipe that declares segments.",
        ),
    ],
    frozen: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", help="Keep the cut points of this run, and say who would move if they were recomputed."
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Prove that a map is a partition (exit code 1 where it is not); say what a recipe's rules do to its customers."""
    recipe = _recipe(source, frozen)
    proof: dict[str, Any] | None = None
    if recipe is None or recipe.rules.map is not None:
        from ..rules import load_map

        found = load_map(source if recipe is None else recipe.rules.map or "")
        proof = _prove(found, as_json=as_json)
        if recipe is None or proof["faults"]:
            if as_json:
                console.as_json(proof)
            raise typer.Exit(1 if proof["faults"] else 0)
    assert recipe is not None  # noqa: S101 -- for mypy: without one the command has ended
    from ..flow import check_rules
    from .rule_report import print_report

    with console.Listener(stderr=as_json) as listener:
        report = check_rules(recipe, progress=listener)
    if as_json:
        console.as_json({**(proof or {}), **report.document()})
    else:
        print_report(report, frozen_in=_kept_in(recipe))


def _recipe(source: str, frozen: str | None) -> Recipe | None:
    """Return the recipe at *source*, with the cut points of the run *frozen* where that is given; None for a map."""
    path = Path(source)
    if path.suffix.lower() not in {".yaml", ".yml"} or {"measures", "segments"} & set(_document(path)):
        if frozen is not None:
            raise typer.BadParameter("--frozen needs a recipe, and this is a map.")
        return None
    from ..core.recipe import Frozen, load_recipe

    recipe = load_recipe(path)
    if frozen is None:
        return recipe
    if recipe.rules.map is None:
        raise typer.BadParameter("--frozen is for the scores of a map, and the recipe has no map.")
    return recipe.model_copy(update={"rules": recipe.rules.model_copy(update={"thresholds": Frozen(frozen=frozen)})})


def _document(path: Path) -> dict[Any, Any]:
    from ..rules.maps import read_document

    return read_document(path)


def _prove(found: SegmentMap, *, as_json: bool) -> dict[str, Any]:
    """Return what the check of the map *found*; print it unless *as_json*."""
    from ..rules import check as check_map

    faults = check_map(found)
    codes = sum(1 for _ in found.codes())
    if not as_json and faults:
        console.line(f"{found.name} is no partition of its {codes} codes:")
        for fault in faults:
            console.line(f"  {fault.kind}: {fault}")
    elif not as_json:
        console.line(
            f"{found.name} is a partition: each of its {codes} codes is in one of {len(found.segments)} segments."
        )
    listed = [{"kind": fault.kind, "codes": fault.codes, "segments": fault.segments} for fault in faults]
    return {"map": found.name, "codes": codes, "segments": len(found.segments), "faults": listed}


def _kept_in(recipe: Recipe) -> str:
    thresholds = recipe.rules.thresholds
    return "" if isinstance(thresholds, str) else thresholds.frozen
