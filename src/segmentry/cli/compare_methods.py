"""``segmentry compare-methods``: every algorithm on the same customers, in one table, with a recommendation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options

if TYPE_CHECKING:
    from ..cluster import MethodComparison
    from ..core.recipe import Method


def compare_methods(
    source: options.Data,
    methods: Annotated[
        str | None,
        typer.Option(help="Methods to compare, with commas between; all otherwise.", show_default=False),
    ] = None,
    k: Annotated[
        str | None, typer.Option("-k", "--k", help="Number of segments, or 'auto'.", show_default=False)
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice.", show_default=False)] = None,
    kind: options.Kind = None,
    out: Annotated[
        str | None, typer.Option("--out", help="Folder for methods.csv and methods.svg.", show_default=False)
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Find segments in DATA by several algorithms and print them side by side, with a recommendation."""
    from dataclasses import asdict

    from ..flow.comparing import compare_methods as compare_flow
    from .run import recipe_of

    settings = options.set_values(
        {
            "cluster": options.set_values({"k": int(k) if k and k.isdigit() else k, "seed": seed}),
            "source": options.set_values({"kind": kind}),
        }
    )
    wanted = methods_named(methods)
    with console.Listener(stderr=as_json) as listener:
        found = compare_flow(recipe_of(source, settings), methods=wanted, progress=listener)
    written = _write(found, out) if out else []
    if as_json:
        console.as_json({**asdict(found), "files": written})
        return
    _print(found)
    for path in written:
        console.line(f"Written  {path}")


def methods_named(text: str | None) -> list[Method]:
    """Return the methods that *text* lists; none without any. Raises RecipeError for one that is not known."""
    from ..cluster.side_by_side import ALL_METHODS
    from ..core.errors import RecipeError, did_you_mean

    if not text:
        return []
    names = [name.strip().casefold() for name in text.split(",") if name.strip()]
    if names == ["all"]:
        return list(ALL_METHODS)
    known = {str(method): method for method in ALL_METHODS}
    for name in names:
        if name not in known:
            raise RecipeError(
                f"{name!r} is not a method.",
                possible=f"Methods: {', '.join(ALL_METHODS)}.",
                action=did_you_mean(name, ALL_METHODS),
            )
    return [known[name] for name in names]


def _print(found: MethodComparison) -> None:
    from ..cluster.side_by_side import HEADS, cells

    console.line("")
    aligned = [("method", "left"), *((head.casefold(), "right") for head in HEADS[1:])]
    console.table(aligned, [cells(row) for row in found.rows])
    console.dim(
        "silhouette, davies–bouldin, calinski–harabasz: customers of the fit without noise · stability: adjusted Rand "
        "index under equal resamples · tree agrees: customers whose segment a tree of depth 4 tells, by so many rules"
    )
    console.line("")
    console.line(found.recommendation)
    console.line("")


def _write(found: MethodComparison, out: str) -> list[str]:
    from dataclasses import asdict
    from pathlib import Path

    from ..charts import method_comparison
    from ..publish import write_segments
    from ..runs import make_folder

    folder = Path(out)
    make_folder(folder)
    rows = [
        {**asdict(row), "recommended": row.method == found.recommended, "reason": found.reasons[row.method]}
        for row in found.rows
    ]
    write_segments({name: [row[name] for row in rows] for name in rows[0]}, folder / "methods.csv")
    method_comparison(found).save(folder / "methods.svg")
    return [str(folder / "methods.csv"), str(folder / "methods.svg")]
