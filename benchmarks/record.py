"""What was measured of one work, kept as JSON run by run, so that a stopped bench goes on where it was."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from subprocess import run
from typing import Any

from answers import Answers
from checks import Check
from timing import Measurement, median

LIBRARIES = ("duckdb", "polars", "numpy", "scikit-learn", "pandas", "pyspark", "ibis-framework")


@dataclass(frozen=True)
class Run:
    """One counted run of a command: what it took, its own figures (seconds by step), and in which session."""

    took: Measurement
    figures: dict[str, float]
    session: str


@dataclass
class Entry:
    """All runs of one command, the answers of the last one, and why it was not run where it was not."""

    label: str
    runs: list[Run] = field(default_factory=list)
    answers: Answers | None = None
    refused: str = ""

    @property
    def ended(self) -> str:
        """``finished``, or the reason why there is no figure."""
        if not self.runs:
            return self.refused or "not run"
        return next((one.took.ended for one in self.runs if not one.took.finished), self.runs[0].took.ended)

    @property
    def finished(self) -> bool:
        return bool(self.runs) and all(one.took.finished for one in self.runs)

    def middle(self, part: str) -> float:
        """Return the median over runs of *part*: wall, cpu, peak, or a figure of the command's own."""
        return median([_part(one, part) for one in self.runs])

    def before(self, step: str) -> float:
        """Return the median of the seconds of all steps before *step*. Raises ValueError without such a step."""
        return median([sum(list(one.figures.values())[: list(one.figures).index(step)]) for one in self.runs])


def _part(one: Run, name: str) -> float:
    return float(getattr(one.took, name)) if name in {"wall", "cpu", "peak"} else one.figures[name]


@dataclass
class Record:
    """One work: its title, the size of its data, entries by command, what the comparison said, sessions by their id."""

    name: str
    title: str
    data: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    sessions: dict[str, dict[str, str]] = field(default_factory=dict)
    count: int | None = None
    unit: str = ""

    @property
    def finished(self) -> dict[str, Entry]:
        return {key: entry for key, entry in self.entries.items() if entry.finished}

    def save(self, path: Path) -> None:
        """Write the record beside *path* and rename it into place: a stop in between leaves the former one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        slim = {
            # centres are many numbers that nobody reads
            key: replace(entry, answers=entry.answers and replace(entry.answers, centres={}))
            for key, entry in self.entries.items()
        }
        beside = path.with_name(path.name + ".partial")
        beside.write_text(json.dumps(asdict(replace(self, entries=slim)), indent=1) + "\n", encoding="utf-8")
        beside.rename(path)


def load(path: Path) -> Record | None:
    """Return the record at *path*; None where there is none, or one of another form."""
    if not path.exists():
        return None
    said = json.loads(path.read_text(encoding="utf-8"))
    if "entries" not in said:
        return None
    entries = {key: _entry(one) for key, one in said.pop("entries").items()}
    return Record(**said | {"entries": entries, "checks": [Check(**one) for one in said["checks"]]})


def _entry(said: dict[str, Any]) -> Entry:
    runs = [Run(Measurement(**one["took"]), one["figures"], one["session"]) for one in said["runs"]]
    answers = said["answers"]
    if answers is not None:
        by_k = {name: {int(k): value for k, value in answers[name].items()} for name in ("inertia", "centres")}
        answers = Answers(**answers | by_k)
    return Entry(said["label"], runs, answers, said["refused"])


def this_session(extra: Sequence[str] = ()) -> dict[str, str]:
    """Return what a reader has to know of this machine: processor, cores, memory, system, versions, commit."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory_mib() / 1024:.0f} GB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": ", ".join(filter(None, map(_versioned, (*LIBRARIES, *extra)))),
        "commit": _commit(),
    }


def memory_mib() -> float:
    """Return the memory of this machine in MiB."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20


def _versioned(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].partition(":")[2].strip() if names else platform.processor()


def _commit() -> str:
    """Return the commit that is measured, with a + where files differ from it."""
    words = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty=+", "--exclude=*"]
    done = run(words, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
