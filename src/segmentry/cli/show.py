"""``segmentry show``: the segments table of a finished run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from . import console, options


def show(
    run: Annotated[
        str, typer.Argument(help="Run folder, or a folder of runs (the newest one is shown).", show_default=False)
    ],
    as_json: options.AsJson = False,
) -> None:
    """Print the segments of a finished run."""
    from ..core.errors import ModelError, SourceNotFound
    from ..runs import find_run
    from .summary import print_segments, segment_lines

    folder = find_run(Path(run))
    if folder is None:
        raise SourceNotFound(
            f"There is no run at {run!r}.",
            possible="A run is a folder with a manifest.json.",
            action="Run: segmentry run DATA",
        )
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        rows = _read_segments(folder / "segments.csv")
        heading = _heading(manifest)
        segment_lines(rows)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(
            f"The run {str(folder)!r} is damaged: {error}.", action="Make a new run: segmentry run DATA"
        ) from error
    if as_json:
        console.as_json({"run": str(folder), "segments": rows, **manifest})
        return
    for line in heading:
        console.line(line)
    console.line("")
    print_segments(rows)


def _heading(manifest: dict[str, Any]) -> list[str]:
    """Return what stands above the table: customers and date, then how many segments there are, by cohort."""
    from ..core import display

    cohorts = manifest.get("cohorts")
    size = display.counted(manifest["customers"], "accounts" if cohorts else "customers")
    return [
        f"{manifest['name']}: {size} as of {manifest['as_of'] or display.MISSING}",
        *(
            f"{name and f'{name}: '}{display.counted(part['k']['chosen'], 'segments')}: {part['k']['reason']}"
            for name, part in (cohorts or {"": manifest}).items()
        ),
    ]


def _read_segments(path: Path) -> list[dict[str, Any]]:
    import csv

    from ..publish import as_written

    with path.open(encoding="utf-8", newline="") as file:
        return [{as_written(name): _value(name, text) for name, text in row.items()} for row in csv.DictReader(file)]


TEXTS = {"cohort", "segment", "archetype", "reason", "goal", "action", "channel", "message"}


def _value(name: str, text: str) -> Any:
    from ..publish import as_written

    if name in TEXTS:
        return as_written(text)
    if not text:
        return None
    return int(text) if name in {"segment_id", "customers"} else float(text)
