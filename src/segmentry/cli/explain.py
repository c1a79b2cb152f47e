"""``segmentry explain``: why a customer is in its segment, or what makes a segment one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import console, options


def explain(
    run: Annotated[
        str, typer.Argument(help="Run folder, or a folder of runs (the newest one is read).", show_default=False)
    ],
    customer: Annotated[str | None, typer.Argument(help="Customer to explain.", show_default=False)] = None,
    segment: Annotated[
        str | None, typer.Option("--segment", help="Segment to explain, by name or id.", show_default=False)
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Say why CUSTOMER is in its segment and what would move it, or with --segment what makes a segment one."""
    from ..flow.explaining import explain as explain_flow
    from ..flow.explaining import fitted_run

    found = explain_flow(fitted_run(Path(run)), customer, segment=segment)
    if as_json:
        console.as_json({"run": run, **found.to_dict()})
    else:
        console.line(str(found))
