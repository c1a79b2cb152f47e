"""The careful way through a text file: every line becomes a row of a strict CSV file, with its line and its fault."""

from __future__ import annotations

import csv
from pathlib import Path

from .layout import Layout
from .records import read_records


def repair(plain: Path, layout: Layout, target: Path, *, first_row: int) -> tuple[int, int]:
    """Write the records of *plain* as strict CSV with two more columns, line shift and problem, to *target*.

    Returns the number of records and the number of blank lines before the last record.
    """
    rows = blank = 0
    end = layout.skip
    with (
        plain.open(encoding="utf-8", errors="replace", newline=layout.line_end) as lines,
        target.open("w", encoding="utf-8", newline="") as out,
    ):
        for _ in range(layout.skip):
            lines.readline()
        write = csv.writer(out, lineterminator="\n").writerow
        for record in read_records(lines, layout.marks, layout.width):
            line = record.line + layout.skip
            write([*record.fields, line - (first_row + rows), record.problem])
            blank += line - end - 1
            end = line + sum(field.count("\n") for field in record.fields)
            rows += 1
    return rows, blank
