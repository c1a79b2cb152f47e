"""``segmentry show``: the segments table of a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import console, options

if TYPE_CHECKING:
    from ..runs import StoredRun


def show(
    run: Annotated[
        str, typer.Argument(help="Run folder, or a folder of runs (the newest one is shown).", show_default=False)
    ],
    as_json: options.AsJson = False,
) -> None:
    """Print the segments of a finished run."""
    from ..runs import find_run, read_run

    show_run(read_run(find_run(Path(run)) or Path(run)), as_json=as_json)


def show_run(run: StoredRun, *, as_json: bool) -> None:
    """Print the segments of *run*, with what its manifest says as JSON. Raises ModelError for a damaged run."""
    from ..core.errors import ModelError
    from .summary import print_segments, segment_lines

    try:
        rows = _read_segments(run.path / "segments.csv")
        heading = _heading(run.manifest)
        segment_lines(rows)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(
            f"The run {str(run.path)!r} is damaged: {error}.", action="Make a new run: segmentry run DATA"
        ) from error
    if as_json:
        console.as_json({"run": str(run.path), "segments": rows, **run.manifest})
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
