"""``segmentry sql``: a model as SQL that needs no Segmentry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import console
from .score import as_date


def sql(
    model: Annotated[str, typer.Argument(help="Model folder or run folder.", show_default=False)],
    dialect: Annotated[
        str,
        typer.Option(
            help="duckdb, postgres, spark, snowflake, bigquery, mssql, clickhouse, trino, athena or databricks."
        ),
    ] = "duckdb",
    table: Annotated[
        str | None,
        typer.Option(
            help="Table that is read, maybe schema.table; 'sales', or 'customers' for a model of a customer table.",
            show_default=False,
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="ROLE=COLUMN (or FEATURE=COLUMN of a customer table), where the table calls it otherwise than the "
            "model's data did; again for each.",
            show_default=False,
        ),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="Date (YYYY-MM-DD) to look back from; the model's otherwise.", show_default=False),
    ] = None,
    out: Annotated[str | None, typer.Option("--out", help="File to write instead.", show_default=False)] = None,
) -> None:
    """Print one SQL statement that labels customers as MODEL does: features, preparation, nearest segment."""
    from ..flow.scoring import SegmentModel, load
    from ..flow.statements import Given, model_sql, of_accounts

    loaded = load(model)
    if not isinstance(loaded, SegmentModel):
        raise of_accounts()
    known = loaded.model
    given = Given(table or ("customers" if known.recipe.source.kind == "customers" else "sales"), _pairs(column or []))
    text = model_sql(known, given, dialect=dialect, as_of=as_date(as_of))
    if out is None:
        console.line(text.rstrip("\n"))
    else:
        _write(Path(out), text)


def _pairs(given: list[str]) -> dict[str, str]:
    from ..core.errors import RecipeError

    pairs = {}
    for one in given:
        role, sign, name = one.partition("=")
        if not sign or not role.strip() or not name.strip():
            raise RecipeError(f"--column: {one!r} is no pair.", possible="It reads ROLE=COLUMN, such as time=sold_at.")
        pairs[role.strip()] = name.strip()
    return pairs


def _write(path: Path, text: str) -> None:
    from ..core.errors import OutputError
    from ..runs import make_folder

    make_folder(path.parent)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{str(path)!r} cannot be written: {error.strerror or error}.") from error
    console.line(f"Written  {path}")
