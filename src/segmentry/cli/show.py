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
    from ..core import display
    from ..core.errors import SourceNotFound
    from ..runs import find_run
    from .summary import print_segments

    folder = find_run(Path(run))
    if folder is None:
        raise SourceNotFound(
            f"There is no run at {run!r}.",
            possible="A run is a folder with a manifest.json.",
            action="Run: segmentry run DATA",
        )
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    rows = _read_segments(folder / "segments.csv")
    if as_json:
        console.as_json({"run": str(folder), "segments": rows, **manifest})
        return
    cohorts = manifest.get("cohorts")
    size = display.counted(manifest["customers"], "accounts" if cohorts else "customers")
    console.line(f"{manifest['name']}: {size} as of {manifest['as_of'] or display.MISSING}")
    for name, part in (cohorts or {"": manifest}).items():
        of = f"{name}: " * bool(name)
        console.line(f"{of}{display.counted(part['k']['chosen'], 'segments')}: {part['k']['reason']}")
    console.line("")
    print_segments(rows)


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
