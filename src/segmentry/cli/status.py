"""``segmentry status``: whether the newest run of a segmentation is new enough; for whoever watches a schedule."""

from __future__ import annotations

from typing import Annotated

import typer

from . import console, options


def status(
    name: Annotated[
        str, typer.Option("--name", help="Name of the segmentation, as its recipe says.", show_default=False)
    ],
    max_age: Annotated[
        str, typer.Option("--max-age", help="How old its newest run may be: 90m, 26h, 7d.", show_default=False)
    ],
    store: Annotated[str, typer.Argument(metavar="[STORE]", help="Folder that holds runs.")] = "runs",
    as_json: options.AsJson = False,
) -> None:
    """Say how old the newest run of a segmentation is; exit code 3 where it is too old, or there is none."""
    from datetime import UTC, datetime

    from ..runs import Store, age_in_words, check_fresh, parse_age

    now = datetime.now(UTC)
    limit = parse_age(max_age)
    run = check_fresh(Store(store), name, limit, now=now)
    age = now - run.created
    if as_json:
        console.as_json({"age_seconds": age.total_seconds(), "max_age_seconds": limit.total_seconds(), **run.to_dict()})
    else:
        console.line(f"{name}: {run.run_id}, made {age_in_words(age)} ago (at most {age_in_words(limit)})")
