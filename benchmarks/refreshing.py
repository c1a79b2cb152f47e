"""A refresh for which only a new file arrived, from its customers alone, beside the same refresh from all rows.

The book is a year of monthly files (generated; the first has what came before, too). What arrives is the last month, or
the last day. Both ways start from copies of the same store, in turn, as processes of their own, and have to leave the
same customers, bit by bit. Prints a Markdown table; exit code 1 where the answers differ.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import duckdb
from answers import only_run
from data import default_folder
from timing import Measurement, measure
from transactions import generate

from segmentry.flow import incremental

# The months in which the generated book is about as busy as it gets.
FIRST, MONTHS = (2022, 4), 12
FORMATS = {"csv": "FORMAT csv, HEADER", "parquet": "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 200000"}
WAYS = {"few": "new file alone", "all": "all rows"}


def borders() -> list[date]:
    """Return the first days of the months after the first file, and the day after the last."""
    year, month = FIRST
    return [date(year + (month + more) // 12, (month + more) % 12 + 1, 1) for more in range(MONTHS)]


def split(source: Path, folder: Path, ending: str, arrives: str) -> Path:
    """Write the files of the year into *folder*, what *arrives* last as ``new``; return the folder."""
    ends = borders()
    starts = [date.min, *ends[:-1]]
    if arrives == "a day":
        last = ends[-1] - timedelta(days=1)
        starts, ends = [*starts, last], [*ends[:-1], last, ends[-1]]
    names = [*(f"m{place:02}" for place in range(1, len(ends))), "new"]
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        for name, start, end in zip(names, starts, ends, strict=True):
            rows = f"SELECT * FROM '{source}' WHERE invoice_date >= DATE '{start}' AND invoice_date < DATE '{end}'"
            connection.execute(f"COPY ({rows}) TO '{folder / name}.{ending}' ({FORMATS[ending]})")
    return folder


def refresh_words(way: str, store: Path) -> list[str]:
    """Return the command of a refresh in one *way* into *store*."""
    words = ["refresh", str(store.parent / "recipe.yaml"), "--no-report", "--no-refit", "--out", str(store)]
    start = [sys.executable, "-m", "segmentry"] if way == "few" else [sys.executable, __file__, "--from-all-rows"]
    return [*start, *words]


def measured(source: Path, folder: Path, ending: str, arrives: str, runs: int) -> dict[str, list[Measurement]]:
    """Return what the refresh took in each way, in turn. Raises ValueError where they leave other customers."""
    shutil.rmtree(folder, ignore_errors=True)
    data = split(source, folder / "data", ending, arrives)
    new = folder / f"new.{ending}"
    (data / new.name).rename(new)
    (folder / "recipe.yaml").write_text(f"name: shop\nsource: {{path: {data}}}\ncluster: {{k: 5}}\n", encoding="utf-8")
    subprocess.run(refresh_words("few", folder / "first"), check=True, capture_output=True)
    before = only_run(folder / "first").name
    new.rename(data / new.name)
    took: dict[str, list[Measurement]] = {way: [] for way in WAYS}
    environment = {"SEGMENTRY_CACHE": str(folder / "plans")}
    for number in range(runs + 1):  # the first is to warm up
        found = {}
        for way, label in WAYS.items():
            store = folder / way
            shutil.rmtree(store, ignore_errors=True)
            shutil.copytree(folder / "first", store)
            one = measure(refresh_words(way, store), environment=environment)
            if not one.finished:
                raise ValueError(f"{label}: {one.ended} {one.said}")
            took[way] += [one] * bool(number)
            found[way] = next(one.parent for one in store.glob("*/manifest.json") if one.parent.name != before)
        compare(*(found[way] / "customers.parquet" for way in WAYS))
    return took


def compare(few: Path, everything: Path) -> None:
    """Raise ValueError where one of the tables has a row that the other has not."""
    for one, other in ((few, everything), (everything, few)):
        if duckdb.sql(f"SELECT * FROM '{one}' EXCEPT ALL SELECT * FROM '{other}'").fetchall():
            raise ValueError(f"{one} has rows that {other} has not")


def table(lines: int, load: float, rows: list[tuple[str, str, dict[str, list[Measurement]]]]) -> str:
    """Return the medians as a Markdown table."""
    text = [
        f"# Refresh for a new file: {lines:,} generated lines, of them a year in monthly files",
        f"{os.cpu_count()} cores, load before {load:.1f}. Medians of whole processes, the two ways in turn.",
        "",
        "| files | what arrives | way | wall s | CPU s | peak MiB | CPU, of all rows |",
        "|---|---|---|---:|---:|---:|---:|",
    ]
    for ending, arrives, took in rows:
        whole = statistics.median(one.cpu for one in took["all"])
        for way, label in WAYS.items():
            wall, cpu, peak = (statistics.median(values) for values in zip(*map(_figures, took[way]), strict=True))
            figures = f"{wall:.1f} | {cpu:.1f} | {peak:,.0f} | {cpu / whole:.2f}"
            text.append(f"| {ending} | {arrives} | {label} | {figures} |")
    return "\n".join(text) + "\n"


def _figures(one: Measurement) -> tuple[float, float, float]:
    return one.wall, one.cpu, one.peak


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--lines", type=int, default=1_000_000)
    reader.add_argument("--runs", type=int, default=3)
    reader.add_argument("--data", type=Path, default=default_folder())
    chosen = reader.parse_args()
    source = generate(chosen.lines, chosen.data / f"t{chosen.lines}.parquet")
    load, rows = os.getloadavg()[0], []
    for ending in FORMATS:
        for arrives in ("a month", "a day"):
            folder = chosen.data / "outputs" / f"refresh-{chosen.lines}" / f"{ending} {arrives}"
            try:
                took = measured(source, folder, ending, arrives, chosen.runs)
            except ValueError as error:
                sys.exit(f"{ending}, {arrives}: {error}")
            rows.append((ending, arrives, took))
    print(table(chosen.lines, load, rows), end="")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--from-all-rows"]:
        from segmentry.cli import process

        incremental.why_not = lambda *_: "the bench wants it"
        del sys.argv[1]
        process()
    else:
        main()
