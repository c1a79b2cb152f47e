"""``segmentry run``: from a data file or a recipe to a run folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import console, options
from .options import set_values

if TYPE_CHECKING:
    from ..core.recipe import Recipe
    from ..flow import CohortSegmentation, Segmentation


def run(
    source: options.Data,
    recipe: options.RecipeName = None,
    out: options.Out = "runs",
    as_json: options.AsJson = False,
    no_report: options.NoReport = False,
    tsne: options.Tsne = False,
    csv: options.Csv = False,
    memory: options.Memory = None,
    customer: options.Role = None,
    order: options.Role = None,
    time: options.Role = None,
    quantity: options.Role = None,
    unit_price: options.Role = None,
    amount: options.Role = None,
    product: options.Role = None,
    description: options.Role = None,
    category: options.Role = None,
    country: options.Role = None,
    as_of: options.AsOf = None,
    k: Annotated[
        str | None, typer.Option("-k", "--k", help="Number of segments, or 'auto'.", show_default=False)
    ] = None,
    history: Annotated[
        bool,
        typer.Option("--history", help="Also tell segments as of 12 past months, who moved, and who will."),
    ] = False,
    method: Annotated[
        str | None,
        typer.Option(help="kmeans, minibatch, mixture, hierarchical, dbscan or hdbscan.", show_default=False),
    ] = None,
    compare_methods: Annotated[
        bool, typer.Option("--compare-methods", help="Add a chapter to the report: all methods side by side.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Seed of every random choice.", show_default=False)] = None,
    kind: options.Kind = None,
    table: options.Table = None,
    to_table: options.ToTable = None,
    delimiter: options.Delimiter = None,
    encoding: options.Encoding = None,
    decimal: options.Decimal = None,
    dates: options.Dates = None,
    names: options.Names = None,
    sheet: options.Sheet = None,
) -> None:
    """Find segments in DATA (or as a recipe says) and write report, tables, charts and model to a new run folder."""
    from ..core.recipe import BY_DENSITY, WITH_K
    from ..flow import run as run_flow

    settings = {
        "as_of": as_of,
        "report": {"tsne": True} if tsne else {},
        "snapshots": {} if history else None,
        "forecast": {} if history else None,
        "publish": None if to_table is None else [{"table": to_table}],
        "cluster": set_values(
            {
                "k": int(k) if k and k.isdigit() else k,
                "seed": seed,
                "method": method,
                "compare": [*WITH_K, *BY_DENSITY] if compare_methods else None,
            }
        ),
        "source": set_values({"kind": kind, "table": table})
        | {
            "columns": set_values(
                {"customer": customer, "order": order, "time": time, "quantity": quantity, "unit_price": unit_price,
                 "amount": amount, "product": product, "description": description, "category": category,
                 "country": country}
            ),
            "format": set_values(
                {"delimiter": delimiter, "encoding": encoding, "decimal": decimal, "dates": dates, "sheet": sheet,
                 "names": names.split(",") if names else None}
            ),
        },
    }  # fmt: skip
    with console.Listener(stderr=as_json) as listener:
        found = run_flow(
            recipe_of(source, set_values(settings), name=recipe),
            out=out,
            report=not no_report,
            csv=csv,
            memory=memory,
            progress=listener,
        )
    show_result(found, as_json=as_json)


def show_result(found: Segmentation | CohortSegmentation, *, as_json: bool) -> None:
    """Print what a finished run found and where it is."""
    from .summary import print_segments, rows_of

    path = found.path
    rows = rows_of(found.segment_columns())
    if path is None:
        return
    report = path / "report.html"
    if as_json:
        import json

        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        console.as_json(
            {"run": str(path), "report": str(report) if report.exists() else None, "segments": rows, **manifest}
        )
        return
    console.line("")
    print_segments(rows)
    console.line("")
    console.line(f"{'Report' if report.exists() else 'Run':8s} {report if report.exists() else path}")


def recipe_of(sources: list[str], settings: dict[str, Any], *, name: str | None = None) -> Recipe:
    """Return the recipe that *sources* are, or the ready one called *name* for them, with the *settings* laid over."""
    from pathlib import Path

    from ..core.recipe import find_recipe, parse_recipe, with_data
    from ..flow.running import as_recipe

    if name is None:
        recipe = as_recipe(sources)
    else:
        _refuse_recipe_as_data(sources)
        recipe = with_data(find_recipe(name), sources)
    document = options.with_settings(recipe.model_dump(exclude_unset=True), settings)
    return parse_recipe(document, where="the command line" if settings else str(Path(sources[0])))


def _refuse_recipe_as_data(sources: list[str]) -> None:
    from ..core.errors import RecipeError
    from ..core.recipe import ENDINGS

    if sources[0].lower().endswith(ENDINGS):
        raise RecipeError(
            f"{sources[0]!r} is a recipe, and --recipe gives another.", possible="Give data files with --recipe."
        )
