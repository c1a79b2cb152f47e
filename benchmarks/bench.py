"""Measure Segmentry beside what people use instead: ``make bench``, or ``python benchmarks/bench.py --help``.

Each work runs its programs in turn on the same file, compares their answers, and is kept as ``results/NAME.json`` and
``NAME.md``; what is there already is not measured again. The README's section on speed and the picture come from all of
them. Ends with exit code 1 where answers differ.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import picture
import tables
from data import Places, default_folder
from measuring import measured
from record import Record, load, memory_mib, this_session
from timing import Limits
from works import PEERS, RESULTS, WORKS, Work, find_work

SIZES = ("retail", "1M", "10M", "100M")
EVERYTHING = (*SIZES, "scan", "scoring", "sweep", "spark", "refresh", "kernels")
RUNS, MOST_HOURS = 3, 1.0
# The rest is for the system, and for noticing in time.
SHARE_OF_MEMORY = 0.85


def main() -> None:
    chosen = options()
    places = Places(chosen.data, chosen.retail, chosen.notebook)
    limits = Limits(chosen.hours * 3600, chosen.memory * 1024 if chosen.memory else memory_mib() * SHARE_OF_MEMORY)
    session, about = datetime.now(UTC).strftime("%Y-%m-%d %H:%M"), this_session()
    RESULTS.mkdir(exist_ok=True)
    wrong = []
    for name in chosen.sizes:
        try:
            work = find_work(name, places, chosen.peers)
        except FileNotFoundError as error:
            print(f"{name}: left out, {error}")
            continue
        record = measured(work, runs=chosen.runs, again=chosen.again, session=session, about=about, limits=limits,
                          folder=places.folder)  # fmt: skip
        print(write(work, record, places.folder))
        wrong += [f"{work.name}: {check.what}: {check.found}" for check in record.checks if not check.fine]
    if not chosen.only_measure:
        summary()
    if wrong:
        sys.exit("Answers differ:\n  " + "\n  ".join(wrong))


def options() -> argparse.Namespace:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument(
        "--sizes", nargs="+", default=EVERYTHING, metavar="WORK",
        help=f"sizes of the main job (retail, 250k, 10M, 10M.parquet …) and works of their own: {', '.join(WORKS)}; "
        f"a smaller one by scoring:1M. Without it: {' '.join(EVERYTHING)}",
    )  # fmt: skip
    reader.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS), help="without it, all")
    reader.add_argument("--runs", type=int, default=RUNS, help="counted runs of each program (fewer of slow ones)")
    reader.add_argument("--again", action="store_true", help="measure again what there is a result of")
    reader.add_argument("--data", type=Path, default=default_folder(), help="folder of generated files and outputs")
    reader.add_argument("--retail", type=Path, default=Places.retail, help="the UCI Online Retail file")
    reader.add_argument("--notebook", type=Path, default=Places.notebook, help="the notebook, as a script")
    reader.add_argument("--hours", type=float, default=MOST_HOURS, help="a program is stopped after so long")
    reader.add_argument(
        "--memory", type=float, help="a program is stopped at so many GB; without it, 85 %% of the machine"
    )
    reader.add_argument("--only-measure", action="store_true", help="leave README and picture as they are")
    return reader.parse_args()


def write(work: Work, record: Record, folder: Path) -> str:
    """Write the table of *work* to its Markdown file and return it; a script's own table stands for itself."""
    path = RESULTS / f"{work.name}.md"
    if work.table is None:
        text = tables.of_work(record)
        path.write_text(text, encoding="utf-8")
        return text
    entry = record.entries["script"]
    printed = folder / "outputs" / work.name / "printed.md"
    # a script that writes its table itself has done so during its run
    if (
        entry.finished
        and printed.exists()
        and (not path.exists() or path.stat().st_mtime < printed.stat().st_mtime - 1)
    ):
        shutil.copyfile(printed, path)
    return f"{work.name}: {entry.ended}{'' if entry.finished else f' {entry.runs[-1].took.said}' if entry.runs else ''}"


def summary() -> None:
    """Write the README's section on speed and the picture from all results that are there."""
    records = {path.stem: record for path in sorted(RESULTS.glob("*.json")) if (record := load(path)) is not None}
    main_jobs = [records[name] for name in SIZES if name in records]
    parts = []
    if goals := tables.of_goals(records):
        parts.append(goals)
    if main_jobs:
        picture.draw(main_jobs, RESULTS / "bench.png")
        parts.append("![Time and memory of each program at each size](benchmarks/results/bench.png)")
    others = [records[name] for name in ("scan", "scoring") if name in records]
    parts += [tables.in_short(record) for record in [*main_jobs, *others]]
    for name in ("sweep", "spark"):
        table = RESULTS / f"{name}.md"
        if table.exists():
            # a file's heading is too large for a part of a section
            parts.append(re.sub(r"^#+ (.*)$", r"**\1**", table.read_text(encoding="utf-8").strip(), flags=re.MULTILINE))
    if records:
        parts.append(tables.machine(list(records.values())))
        tables.into_readme("\n\n".join(parts))


if __name__ == "__main__":
    main()
