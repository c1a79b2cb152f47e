"""The real retail file, whole process, beside the notebook that people use today: ``make bench``.

Same file, same machine, same run, in turn. Segmentry reads, detects, cleans with a ledger, computes fourteen features,
chooses k with stability and a null reference, names, writes tables, model, charts and report; the notebook does RFM, an
elbow, a silhouette and five pictures. Writes ``benchmarks/results/retail.md`` and ``retail.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from timing import Measurement, in_turn, measure, median

PROJECT = Path(__file__).parents[1]
SHARED = PROJECT.parent / "shared"
RESULTS = PROJECT / "benchmarks" / "results"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=5, help="counted runs of each command")
    options.add_argument("--data", type=Path, default=SHARED / "data" / "online_retail.csv.gz")
    options.add_argument("--notebook", type=Path, default=SHARED / "bench" / "notebook_baseline.py")
    chosen = options.parse_args()
    for needed in (chosen.data, chosen.notebook):
        if not needed.exists():
            sys.exit(f"{needed} is not here: set it with --data or --notebook.")
    with tempfile.TemporaryDirectory() as folder:
        figures = in_turn(commands(chosen.data, chosen.notebook, Path(folder)), runs=chosen.runs)
        cold = first_start(chosen.data, Path(folder))
    write(figures, cold, chosen.runs, chosen.data.name)


def commands(data: Path, notebook: Path, folder: Path) -> dict[str, list[str]]:
    segmentry = [sys.executable, "-m", "segmentry", "run", str(data), "--out", str(folder / "runs")]
    return {
        "notebook": [sys.executable, str(notebook), str(data), str(folder / "notebook")],
        "segmentry run": segmentry,
        "segmentry run --no-report": [*segmentry, "--no-report"],
    }


def first_start(data: Path, folder: Path) -> Measurement:
    """Measure a machine where nothing was compiled or cached before: no bytecode is read, no home folder exists."""
    home = folder / "home"
    home.mkdir()
    fresh = {
        "PYTHONPYCACHEPREFIX": str(folder / "no-bytecode"),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
    }
    shutil.rmtree(folder / "no-bytecode", ignore_errors=True)
    return measure(
        [sys.executable, "-m", "segmentry", "run", str(data), "--out", str(folder / "cold")], environment=fresh
    )


def write(figures: dict[str, list[Measurement]], cold: Measurement, runs: int, data: str) -> None:
    base = median([figure.wall for figure in figures["notebook"]])
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        f"{data}, whole process, median of {runs} runs in turn; {machine}.",
        "",
        "| command | wall, s | CPU, s | peak memory, MiB | time ÷ notebook |",
        "|---|---:|---:|---:|---:|",
    ]
    rows = {
        name: [median([getattr(f, part) for f in found]) for part in ("wall", "cpu", "peak")]
        for name, found in figures.items()
    }
    rows["segmentry run, nothing cached (1 run)"] = [cold.wall, cold.cpu, cold.peak]
    lines += [
        f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {wall / base:.2f} |"
        for name, (wall, cpu, peak) in rows.items()
    ]
    RESULTS.mkdir(exist_ok=True)
    text = "\n".join(lines) + "\n"
    (RESULTS / "retail.md").write_text(text, encoding="utf-8")
    raw = {name: [asdict(figure) for figure in found] for name, found in figures.items()} | {"cold": [asdict(cold)]}
    (RESULTS / "retail.json").write_text(json.dumps(raw, indent=1), encoding="utf-8")
    into_readme(text)
    print(text)


def into_readme(table: str) -> None:
    """Put *table* between the marks of the README's section on speed."""
    readme = PROJECT / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition("<!-- bench:retail -->")
    _, _, after = rest.partition("<!-- /bench:retail -->")
    readme.write_text(f"{before}<!-- bench:retail -->\n{table}<!-- /bench:retail -->{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
