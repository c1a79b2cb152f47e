"""``segmentry demo``: the main job on generated data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import console, options
from .run import show_result


def demo(
    name: Annotated[str, typer.Argument(help="Which generated book: retail.")] = "retail",
    out: options.Out = "runs",
    customers: Annotated[int, typer.Option(help="Customers to generate.", min=10)] = 3000,
    seed: Annotated[int, typer.Option(help="Seed of the generated data.")] = 7,
    as_json: options.AsJson = False,
    no_report: options.NoReport = False,
) -> None:
    """Generate a customer book, find its segments and write the run, to see what Segmentry does."""
    from ..core.errors import RecipeError, did_you_mean
    from ..flow import run
    from ..runs import make_folder
    from ..sources import SAMPLES

    if name not in SAMPLES:
        raise RecipeError(
            f"There is no demo {name!r}.", possible=f"Demos: {', '.join(SAMPLES)}.", action=did_you_mean(name, SAMPLES)
        )
    data = Path(out) / f"{name}-demo.csv"
    make_folder(data.parent)
    SAMPLES[name](data, customers=customers, seed=seed)
    with console.Listener(stderr=as_json) as listener:
        found = run(
            {"name": f"{name}-demo", "source": {"path": str(data)}}, out=out, report=not no_report, progress=listener
        )
    show_result(found, as_json=as_json)
