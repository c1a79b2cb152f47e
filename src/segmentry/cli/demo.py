"""``segmentry demo``: a ready recipe on generated data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import console, options
from .run import show_result

FOLDERS = ("securities",)  # books of several files


def demo(
    name: Annotated[
        str, typer.Argument(help="Which generated book: retail, credit-card, rfm or securities.")
    ] = "retail",
    out: options.Out = "runs",
    customers: Annotated[
        int | None,
        typer.Option(
            help="Customers to generate; as many as the book usually has otherwise.", min=10, show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the generated data.", min=0)] = 7,
    as_json: options.AsJson = False,
    no_report: options.NoReport = False,
) -> None:
    """Generate a customer book, find its segments by its ready recipe and write the run, to see what Segmentry does."""
    from ..core.errors import RecipeError, did_you_mean
    from ..core.recipe import find_recipe, with_data
    from ..flow import run
    from ..runs import make_folder
    from ..sources import SAMPLES

    if name not in SAMPLES:
        raise RecipeError(
            f"There is no demo {name!r}.", possible=f"Demos: {', '.join(SAMPLES)}.", action=did_you_mean(name, SAMPLES)
        )
    data = Path(out) / (f"{name}-demo" if name in FOLDERS else f"{name}-demo.csv")
    make_folder(data.parent)
    size = {} if customers is None else {"customers": customers}
    SAMPLES[name](data, **size, seed=seed)
    recipe = with_data(find_recipe(name), [str(data)])
    recipe = recipe.model_copy(update={"name": f"{recipe.name}-demo"})
    with console.Listener(stderr=as_json) as listener:
        found = run(recipe, out=out, report=not no_report, progress=listener)
    show_result(found, as_json=as_json)
