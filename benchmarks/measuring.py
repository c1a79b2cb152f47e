"""Measure one work: its commands in turn, A B C A B C …, saved after every run; then compare what they answered."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from answers import Answers, of_peer
from checks import Check
from data import read_ahead
from record import Entry, Record, Run, load
from timing import Limits, Measurement, measure
from works import RESULTS, Command, Work


def measured(work: Work, *, runs: int, again: bool, session: str, about: dict[str, str], limits: Limits, folder: Path
             ) -> Record:  # fmt: skip
    """Return the record of *work* with *runs* of each command; runs that are there already are kept, unless *again*."""
    path = RESULTS / f"{work.name}.json"
    record = None if again else load(path)
    record = record or Record(work.name, work.title)
    record.title, record.count, record.unit = work.title, work.count, work.unit
    record.data = {"file": work.data.name, "bytes": work.data.stat().st_size if work.data.exists() else 0}
    outputs = folder / "outputs" / work.name
    wanted = {command.key: min(runs, command.most or runs) for command in work.commands}
    missing = [command for command in work.commands if _to_do(record, command, wanted[command.key])]
    if not missing and record.checks:
        commits = ", ".join(dict.fromkeys(one["commit"] for one in record.sessions.values()))
        print(f"{work.name}: kept as measured at commit {commits} (AGAIN=1, --again: measured again)")
        return record
    if missing:
        record.sessions[session] = about
    if work.data.exists():
        read_ahead(work.data)
    run = _Runner(record, outputs, path, session, limits)
    for command in missing:
        run.prepare(command, warm_up=command.warm_up)
    for number in range(max(wanted.values())):
        for command in work.commands:
            if _to_do(record, command, min(number + 1, wanted[command.key])):
                run.once(command)
    places = [command.key for command in work.commands]
    record.entries = dict(sorted(record.entries.items(), key=lambda item: _place(item[0], places)))
    record.checks = _checked(work, record, outputs)
    record.save(path)
    return record


def _to_do(record: Record, command: Command, wanted: int) -> bool:
    """Whether *command* still lacks runs; one that did not finish is not tried again."""
    entry = record.entries.get(command.key)
    if entry is None or (entry.refused and not command.refused):
        return True
    return not entry.refused and len(entry.runs) < wanted and all(one.took.finished for one in entry.runs)


def _place(key: str, places: list[str]) -> int:
    """Return where *key* stands in a table: as in *places*; what only an earlier bench asked for comes last."""
    return places.index(key) if key in places else len(places)


class _Runner:
    """Runs commands of one work and notes what they took."""

    def __init__(self, record: Record, outputs: Path, path: Path, session: str, limits: Limits) -> None:
        self.record, self.outputs, self.path, self.session, self.limits = record, outputs, path, session, limits
        # Queries are compiled anew for each bench: what another version left would not be this one's time.
        self.plans = outputs / "plans"
        shutil.rmtree(self.plans, ignore_errors=True)

    def prepare(self, command: Command, *, warm_up: bool) -> None:
        """Give *command* its entry, and run it once uncounted where that is asked for."""
        entry = self.record.entries.setdefault(command.key, Entry(command.label))
        entry.label, entry.refused = command.label, command.refused
        if warm_up and not entry.runs and not command.refused:
            self._measure(command)

    def once(self, command: Command) -> None:
        """Run *command*, add what it took to its entry, and save."""
        entry = self.record.entries[command.key]
        if command.refused:
            return
        took = self._measure(command)
        said = f"{took.wall:9.2f} s  {took.peak:7.0f} MiB" if took.finished else f"{took.ended}\n{took.said}"
        print(f"  {self.record.name:8s} {command.label:40s} {said}", file=sys.stderr)
        figures = {}
        if took.finished and command.read:
            entry.answers = command.read(self.outputs / command.key)
            figures = entry.answers.figures
        entry.runs.append(Run(took, figures, self.session))
        self.record.save(self.path)

    def _measure(self, command: Command) -> Measurement:
        target = self.outputs / command.key
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        environment = {"SEGMENTRY_CACHE": str(self.plans)} | (self._fresh() if command.fresh else {})
        prints_to = self.outputs / command.prints if command.prints else None
        return measure(command.words, environment=environment, limits=self.limits, prints_to=prints_to)

    def _fresh(self) -> dict[str, str]:
        """Return the settings of a machine where nothing was compiled or cached: no bytecode, an empty home."""
        home = self.outputs / "home"
        for folder in (home, self.outputs / "no-bytecode"):
            shutil.rmtree(folder, ignore_errors=True)
        home.mkdir(parents=True)
        return {
            "PYTHONPYCACHEPREFIX": str(self.outputs / "no-bytecode"),
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "SEGMENTRY_CACHE": str(home / "plans"),
        }


def _checked(work: Work, record: Record, outputs: Path) -> list[Check]:
    """Return what the comparison of the answers says, read once more from what the commands left."""
    readers: dict[str, Callable[[Path], Answers] | None] = {command.key: command.read for command in work.commands}
    # a peer that only an earlier bench asked for is still there, and so is what it found
    earlier = [key for key in record.finished if key not in readers and (outputs / key / "answers.json").exists()]
    labels = {key: entry.label for key, entry in record.entries.items()}
    try:
        readers |= dict.fromkeys(earlier, of_peer)
        found = {key: read(outputs / key) for key in record.finished if (read := readers.get(key))}
        return work.check(outputs, found, labels)
    except Exception as error:  # noqa: BLE001 -- answers of any form are compared; a failed comparison is a finding
        return [Check("answers", f"could not be compared: {error!r}", fine=False)]
