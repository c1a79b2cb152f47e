"""``segmentry score``: label the customers of a file with a saved model."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from . import console, options


def score(
    model: Annotated[str, typer.Argument(help="Model folder or run folder.", show_default=False)],
    data: Annotated[
        str, typer.Argument(help="Data file, folder or glob, or the URL of an engine.", show_default=False)
    ],
    out: Annotated[str, typer.Option("--out", help="File to write: .parquet or .csv.")] = "scored.parquet",
    as_of: options.AsOf = None,
    table: options.Table = None,
    memory: options.Memory = None,
    as_json: options.AsJson = False,
) -> None:
    """Give each customer of DATA the segment that MODEL says, and write the customers table."""
    from ..core import display
    from ..core.errors import OutputError
    from ..flow import load, score_to_file
    from ..runs import make_folder

    target = Path(out)
    if target.suffix not in {".parquet", ".csv"}:
        raise OutputError(
            f"{out!r} has no known ending.", possible="Endings: .parquet, .csv.", action="Set another file with --out."
        )
    make_folder(target.parent)
    loaded = load(model)
    with console.Listener(stderr=as_json) as listener:
        found = score_to_file(loaded, data, target, as_of=as_date(as_of), table=table, memory=memory, progress=listener)
    total = sum(found.counts.values())
    if as_json:
        console.as_json({"scored": str(target), "customers": total, "as_of": found.as_of, "segments": found.counts})
        return
    rows = [[name, display.count(number), display.share(number / total)] for name, number in found.counts.items()]
    console.line("")
    console.table([("segment", "left"), ("customers", "right"), ("share", "right")], rows)
    console.line("")
    console.line(f"Scored   {target}")


def as_date(text: str | None) -> date | None:
    """Return the date that the option --as-of gives. Raises RecipeError."""
    from ..core.errors import RecipeError

    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise RecipeError(f"--as-of: {text!r} is not a date.", possible="Dates are written YYYY-MM-DD.") from error
