"""Options that several commands share: which column plays which role, and how a file is written."""

from __future__ import annotations

from typing import Annotated, Any

import typer

Data = Annotated[
    list[str],
    typer.Argument(
        help="Data files, folders or globs, one recipe (.yaml), or the URL of an engine (postgres://…, spark://…).",
        show_default=False,
    ),
]
RecipeName = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        help="Ready recipe (retail, credit-card, rfm, securities) or recipe file for DATA.",
        show_default=False,
    ),
]
Out = Annotated[str, typer.Option("--out", help="Folder that holds runs.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output; progress goes to standard error.")
]
NoReport = Annotated[bool, typer.Option("--no-report", help="Leave out charts and report.")]
Tsne = Annotated[
    bool, typer.Option("--tsne", help="Also draw a map of up to 2,000 customers by t-SNE, which takes some seconds.")
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory", help="What the run may take, such as 4GB; the rest is worked on on disk.", show_default=False
    ),
]
Csv = Annotated[bool, typer.Option("--csv", help="Write the customers as CSV too.")]
Role = Annotated[
    str | None, typer.Option(help="Column that plays this role.", rich_help_panel="Columns", show_default=False)
]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help="Date (YYYY-MM-DD) to look back from; the day after the last event otherwise.",
        show_default=False,
    ),
]
Kind = Annotated[str | None, typer.Option(help="transactions, accounts or customers.", show_default=False)]
Table = Annotated[str | None, typer.Option(help="Table of the engine, or of a DuckDB file.", show_default=False)]
ToTable = Annotated[
    str | None,
    typer.Option("--to-table", help="Also write the customers back, as this table of the engine.", show_default=False),
]
Delimiter = Annotated[str | None, typer.Option(help="One character, or 'whitespace'.", show_default=False)]
Encoding = Annotated[str | None, typer.Option(help="utf-8, iso-8859-1, windows-1252 …", show_default=False)]
Decimal = Annotated[str | None, typer.Option(help="Decimal mark: '.' or ','.", show_default=False)]
Dates = Annotated[
    str | None, typer.Option(help="iso, month-first, day-first or a strptime pattern.", show_default=False)
]
Names = Annotated[
    str | None, typer.Option(help="Column names of a file without a header, with commas between.", show_default=False)
]
Sheet = Annotated[str | None, typer.Option(help="Sheet of an Excel workbook.", show_default=False)]


def set_values(values: dict[str, Any]) -> dict[str, Any]:
    """Return *values* without those that were not given."""
    return {name: value for name, value in values.items() if value is not None}


def with_settings(document: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Return the recipe *document* with *settings* laid over it, section by section."""
    merged = dict(document)
    for name, value in settings.items():
        old = merged.get(name)
        merged[name] = with_settings(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
