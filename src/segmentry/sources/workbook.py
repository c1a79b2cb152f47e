"""A sheet of an Excel workbook into the raw table: its cells become the text that stands for them."""

from __future__ import annotations

import csv
import hashlib
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import SourceError, did_you_mean
from ..core.recipe import Format, Source
from .delimited import read_delimited
from .facts import Raw
from .files import DataFile
from .texts import prepare

if TYPE_CHECKING:
    import duckdb


def read_workbook(
    file: DataFile, source: Source, connection: duckdb.DuckDBPyConnection, name: str, folder: Path
) -> Raw:
    """Load one sheet of *file* (the recipe's, or the first that holds something) into the table *name*."""
    sheet, rows = _sheet(file.path, source.format.sheet)
    filled = [number for number, row in enumerate(rows) if any(cell != "" for cell in row)]
    if not filled:
        raise SourceError(
            f"Sheet {sheet!r} of {str(file.path)!r} is empty.", action="Name another one: source.format.sheet."
        )
    target = folder / "sheet.csv"
    _write(rows[filled[0] :], target)
    given = Format(delimiter=",", encoding="utf-8", header=source.format.header, names=source.format.names)
    text = prepare(DataFile(target, "text"), given, folder)
    raw = read_delimited(text, [], given, connection, name, folder=folder, progress=lambda _done, _total: None)
    connection.execute(f"UPDATE {name} SET source_file = ?, line_shift = line_shift + ?", [file.name, filled[0]])
    with file.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    digest.update(sheet.encode())
    return Raw(
        where=file.name,
        columns=raw.columns,
        rows=raw.rows,
        files=(file.name,),
        description=f"Excel, sheet {sheet!r}" + ("" if raw.has_header else ", no header"),
        fingerprint=digest.hexdigest(),
        assumptions=raw.assumptions,
        connection=connection,
        name=name,
        has_header=raw.has_header,
    )


def _sheet(path: Path, wanted: str | None) -> tuple[str, list[list[Any]]]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        workbook = CalamineWorkbook.from_path(path)
        names = workbook.sheet_names
        if wanted is not None and wanted not in names:
            raise SourceError(
                f"{str(path)!r} has no sheet {wanted!r}.",
                possible=f"Sheets: {', '.join(map(repr, names))}.",
                action=did_you_mean(wanted, names),
            )
        for name in [wanted] if wanted is not None else names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if rows or name == names[-1]:
                return name, rows
    except PasswordError as error:
        raise SourceError(f"{str(path)!r} is protected by a password.", action="Save it without one.") from error
    except (CalamineError, OSError) as error:
        raise SourceError(
            f"{str(path)!r} cannot be read as an Excel workbook: {error}.", action="Save it again, or as CSV."
        ) from error
    return wanted or "", []


def _write(rows: list[list[Any]], target: Path) -> None:
    with target.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([_text(cell) for cell in row] for row in rows)


def _text(cell: Any) -> str:
    """Return the text a cell stands for; a whole number, which Excel keeps as 17850.0, loses its point."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date | time | timedelta):
        return str(cell)
    return str(cell)
