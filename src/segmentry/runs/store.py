"""The store: comes in a folder of runs, go out the complete ones, in order, and any of them by id."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ..core.errors import ModelError, SourceNotFound, did_you_mean
from .folder import MANIFEST, file_digest
from .migrations import upgraded

LATEST, PREVIOUS = "latest", "previous"
SHOWN = 12  # runs that an error names


@dataclass(frozen=True)
class StoredRun:
    """A complete run: its folder, and what its manifest says, in the present format.

    Attributes
    ----------
    path
        The run folder; its name is the run's id.
    name
        The name of the segmentation.
    created
        When it was made, with a time zone.
    as_of
        The date it looked back from; None for a customer table.
    customers, segments
        How many.
    kind
        ``run``, or ``refresh``.
    model_from
        Id of the run whose model labelled the customers; None for the run's own.
    previous
        Id of the run that it follows.
    manifest
        Everything else.
    """

    path: Path
    name: str
    created: datetime
    as_of: date | None
    customers: int
    segments: int
    kind: str
    model_from: str | None
    previous: str | None
    manifest: dict[str, Any] = field(repr=False)

    @property
    def run_id(self) -> str:
        """The name of the folder."""
        return self.path.name

    def to_dict(self) -> dict[str, Any]:
        """Return what tells runs apart, for JSON."""
        return {
            "run_id": self.run_id,
            "path": str(self.path),
            "name": self.name,
            "kind": self.kind,
            "created": self.created.isoformat(),
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "customers": self.customers,
            "segments": self.segments,
            "model_from": self.model_from,
            "previous": self.previous,
        }


@dataclass(frozen=True)
class Unreadable:
    """A folder with a manifest that says nothing: *reason* is why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Fault:
    """A file of a run that is not what the manifest says: *problem* is ``missing``, ``another size``, ``changed`` or
    ``outside the run``.
    """

    file: str
    problem: str


class Store:
    """The runs in one folder. Nothing is kept between questions: other processes write, too."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def runs(self) -> tuple[StoredRun, ...]:
        """Return the complete runs, oldest first; of the same moment, by id."""
        return self._read()[0]

    def unreadable(self) -> tuple[Unreadable, ...]:
        """Return the folders whose manifest is damaged, or of a newer version."""
        return self._read()[1]

    def find(self, which: str, *, name: str | None = None) -> StoredRun:
        """Return the run whose id is or begins with *which*, the ``latest``, or the ``previous`` one: the last before
        the latest of the same segmentation. With *name*, only runs of that segmentation count.

        Raises SourceNotFound where there is none, or several, and ModelError for one that cannot be read.
        """
        everything, unreadable = self._read()
        if which in {one.path.name for one in unreadable}:
            read_run(self.path / which)  # says why it cannot be read
        runs = [run for run in everything if name in {None, run.name}]
        if not runs:
            raise self._none(name, everything)
        if which == LATEST:
            found = runs[-1:]
        elif which == PREVIOUS:
            found = [run for run in runs if run.name == runs[-1].name][-2:-1]
        else:
            exact = [run for run in runs if run.run_id == which]
            found = exact or [run for run in runs if which and run.run_id.startswith(which)]
        if len(found) == 1:
            return found[0]
        raise self._not_found(which, found, runs)

    def _read(self) -> tuple[tuple[StoredRun, ...], tuple[Unreadable, ...]]:
        runs, unreadable = [], []
        for manifest in sorted(self.path.glob(f"*/{MANIFEST}")):
            if manifest.parent.name.startswith("."):
                continue
            try:
                runs.append(read_run(manifest.parent))
            except SourceNotFound:
                continue  # it was removed meanwhile
            except ModelError as error:
                unreadable.append(Unreadable(manifest.parent, str(error)))
        return tuple(sorted(runs, key=lambda run: (run.created, run.run_id))), tuple(unreadable)

    def _none(self, name: str | None, runs: Sequence[StoredRun]) -> SourceNotFound:
        """Return the error for a store without runs, or, where there are *runs*, without one of the segmentation."""
        if name is None or not runs:
            return no_run(str(self.path))
        names = sorted({run.name for run in runs})
        return SourceNotFound(
            f"There is no run of {name!r} in {str(self.path)!r}.",
            possible=f"Segmentations: {', '.join(names)}.",
            action=did_you_mean(name, names),
        )

    def _not_found(self, which: str, several: Sequence[StoredRun], runs: Sequence[StoredRun]) -> SourceNotFound:
        """Return the error for *which*, of which there is none among *runs*, or *several*."""
        where = f"in {str(self.path)!r}"
        ids = [run.run_id for run in reversed(several or runs)]
        found = (
            f"{len(several)} runs {where} begin with {which!r}." if several else f"There is no run {which!r} {where}."
        )
        return SourceNotFound(
            found,
            possible=f"Runs, newest first: {', '.join(ids[:SHOWN])}{', …' if len(ids) > SHOWN else ''}.",
            action="Give more of the id." if several else did_you_mean(which, ids),
        )


def no_run(path: str) -> SourceNotFound:
    """Return the error for a *path* where there is no run."""
    return SourceNotFound(
        f"There is no run at {path!r}.",
        possible="A run is a folder with a manifest.json.",
        action="Run: segmentry run DATA",
    )


def read_run(path: Path) -> StoredRun:
    """Return the run in the folder *path*. Raises SourceNotFound where there is none, ModelError for a damaged one."""
    try:
        text = (path / MANIFEST).read_text(encoding="utf-8")
        manifest = upgraded(json.loads(text))
        created = datetime.fromisoformat(manifest["created"])
        parts = (manifest.get("cohorts") or {"": manifest}).values()
        _check_files(manifest["files"])
        return StoredRun(
            path=path,
            name=str(manifest["name"]),
            created=created if created.tzinfo else created.replace(tzinfo=UTC),
            as_of=date.fromisoformat(manifest["as_of"]) if manifest["as_of"] else None,
            customers=int(manifest["customers"]),
            segments=sum(int(part["k"]["chosen"]) for part in parts),
            kind=str(manifest["kind"]),
            model_from=manifest["model_from"],
            previous=manifest["previous"],
            manifest=manifest,
        )
    except (FileNotFoundError, NotADirectoryError) as error:
        raise no_run(str(path)) from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(
            f"The run {str(path)!r} is damaged: {MANIFEST} {_why(error)}.",
            action="Make a new run: segmentry run DATA",
        ) from error


def open_run(which: str, *, store: str | Path, name: str | None = None) -> StoredRun:
    """Return the run that *which* names: a run folder, a folder of runs (the newest), or an id in the *store*.

    Raises SourceNotFound and ModelError.
    """
    path = Path(which)
    if (path / MANIFEST).is_file():
        return read_run(path)
    return Store(path).find(LATEST, name=name) if path.is_dir() else Store(store).find(which, name=name)


def find_run(path: Path) -> Path | None:
    """Return *path* when it is a run folder, or the newest run in it; None when there is none.

    Runs that cannot be read count only where there are no others: what opens them says what is wrong.
    """
    if (path / MANIFEST).is_file():
        return path
    store = Store(path)
    runs = store.runs() or store.unreadable()
    return runs[-1].path if runs else None


def verify(run: StoredRun) -> list[Fault]:
    """Return the files of *run* that are not as its manifest says; an empty list where all are."""
    faults = []
    root = run.path.resolve()
    for file, said in run.manifest["files"].items():
        path = root / file
        if not path.resolve().is_relative_to(root):
            faults.append(Fault(file, "outside the run"))
        elif not path.is_file():
            faults.append(Fault(file, "missing"))
        elif path.stat().st_size != said["bytes"]:
            faults.append(Fault(file, "another size"))
        elif file_digest(path) != said["sha256"]:
            faults.append(Fault(file, "changed"))
    return faults


def _check_files(files: dict[str, dict[str, Any]]) -> None:
    """Raise what is wrong with the list of *files* of a manifest."""
    for said in files.values():
        int(said["bytes"]), str(said["sha256"])


def _why(error: Exception) -> str:
    return f"lacks {error}" if isinstance(error, KeyError) else f"cannot be read: {error}"
