"""``segmentry refresh``: new data for a segmentation that goes on, and what has changed since the last run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import console, options

if TYPE_CHECKING:
    from ..flow.segmenting import Found


def refresh(
    recipe: Annotated[
        list[str], typer.Argument(help="Recipe (.yaml), or data files of an earlier run.", show_default=False)
    ],
    out: options.Out = "runs",
    as_of: options.AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")] = False,
    refit: Annotated[
        bool | None,
        typer.Option("--refit/--no-refit", help="Find groups anew, whatever drift says; or never.", show_default=False),
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="Go on under the same names even where a match is weak.")
    ] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for another refresh of the same segmentation.")] = 0.0,
    no_report: options.NoReport = False,
    csv: options.Csv = False,
    memory: options.Memory = None,
    as_json: options.AsJson = False,
) -> None:
    """Label the customers of new data by the last run's model, or by a new one under the same names, as drift says."""
    from ..flow import refresh as refresh_flow
    from .options import set_values
    from .run import recipe_of

    with console.Listener(stderr=as_json) as listener:
        found = refresh_flow(
            recipe_of(recipe, set_values({"as_of": as_of})),
            out=out,
            report=not no_report,
            csv=csv,
            memory=memory,
            refit=refit,
            confirm=confirm,
            dry_run=dry_run,
            wait=wait,
            progress=listener,
        )
    _show(found, as_json=as_json)


def _show(found: Found, *, as_json: bool) -> None:
    from ..core import display
    from .summary import print_segments, rows_of

    rows = rows_of(found.segment_columns())
    facts = found.summary()
    if as_json:
        told = {key: facts[key] for key in ("previous", "model_from", "refresh") if key in facts}
        place = None if found.path is None else str(found.path)
        action = told.get("refresh", {}).get("action", "first")
        console.as_json({"run": place, "action": action, **told, "changes": _changes(found), "segments": rows})
        return
    console.line("")
    print_segments(rows)
    changes = _changes(found)
    if changes:
        console.line("")
        heads = ("segment", "before", "new", "came up", "came down", "rose", "fell", "gone", "now")
        cells = [[one["segment"], *(display.count(number) for number in list(one.values())[2:])] for one in changes]
        console.table([(head, "right" if place else "left") for place, head in enumerate(heads)], cells)
    console.line("")
    report = found.path and found.path / "report.html"
    if found.path is None:
        console.line("Nothing was written (--dry-run).")
    else:
        console.line(f"Report   {report}" if report and report.exists() else f"Run      {found.path}")


def _changes(found: Found) -> list[dict[str, Any]]:
    """Return what each segment gained and lost since the run before; nothing for the first run."""
    from dataclasses import asdict

    if found.sequel is None:
        return []
    names = found.sequel.names
    balances = {one.segment: asdict(one) for one in found.sequel.balances}
    return [
        {"segment": names[label], "segment_id": label, **{name: one[name] for name in one if name != "segment"}}
        for label, one in balances.items()
    ]
