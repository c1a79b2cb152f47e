"""``segmentry init``: look at a data file and write a commented recipe for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import console, options


def init(
    data: options.Data,
    out: Annotated[str, typer.Option("--out", "-o", help="Recipe file to write.")] = "recipe.yaml",
    kind: Annotated[str, typer.Option(help="transactions, accounts or customers.")] = "transactions",
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Look at DATA and write a recipe in which every setting is listed with its meaning."""
    from ..core.errors import OutputError, Refused
    from ..core.recipe import parse_recipe
    from ..flow.starter import starter_recipe

    target = Path(out)
    if target.exists() and not force:
        raise Refused(
            f"{out!r} exists already.", action="Choose another file with --out, or overwrite it with --force."
        )
    path = data if len(data) > 1 else data[0]
    recipe = parse_recipe(
        {"name": Path(data[0]).name.split(".")[0], "source": {"path": path, "kind": kind}}, where="the command line"
    )
    with console.Listener(stderr=False) as listener:
        text = starter_recipe(recipe, target, progress=listener)
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{out!r} cannot be written: {error.strerror}.", action="Choose another file with --out."
        ) from error
    console.line("")
    console.line(f"Recipe   {target}")
    console.line(f"Next     segmentry run {target}")
