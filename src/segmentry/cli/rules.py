"""``segmentry rules``: segments that people declare."""

from __future__ import annotations

from typing import Annotated

import typer

from . import console, options

rules = typer.Typer(help="Segments that people declare: check a map from scores to segments.", no_args_is_help=True)


@rules.command()
def check(
    name: Annotated[str, typer.Argument(metavar="MAP", help="rf-10, rfm-11, or a YAML file with a map of your own.")],
    as_json: options.AsJson = False,
) -> None:
    """Prove that MAP is a partition: every code of scores in exactly one segment. Exit code 1 where it is not."""
    from ..rules import check as check_map
    from ..rules import load_map

    found = load_map(name)
    faults = check_map(found)
    codes = len(list(found.codes()))
    if as_json:
        listed = [{"kind": fault.kind, "codes": fault.codes, "segments": fault.segments} for fault in faults]
        console.as_json({"map": found.name, "codes": codes, "segments": len(found.segments), "faults": listed})
    elif faults:
        console.line(f"{found.name} is no partition of its {codes} codes:")
        for fault in faults:
            console.line(f"  {fault.kind}: {fault}")
    else:
        console.line(
            f"{found.name} is a partition: each of its {codes} codes is in one of {len(found.segments)} segments."
        )
    if faults:
        raise typer.Exit(1)
