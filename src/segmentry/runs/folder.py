"""The run folder: written beside and renamed into place when complete, so that nobody ever sees half a run.

A run is written in ``.NAME.partial/run`` while ``.NAME.partial/lock`` is held. The hidden folder also claims the name:
whoever makes it may use it. A process that is killed lets go of its lock, and the next one that writes a run removes
what it left.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import OutputError
from .locks import try_lock

if TYPE_CHECKING:
    from filelock import BaseFileLock

MANIFEST = "manifest.json"
PARTIAL = ".partial"
REMOVED = ".removed"
LOCK = "lock"


def run_id(as_of: date | None, *ingredients: str) -> str:
    """Return ``<as-of>-<4 hex digits>``: the same *ingredients* (recipe, data fingerprint, version) give the same id.

    >>> run_id(date(2011, 12, 10), "recipe", "data")
    '2011-12-10-3b12'
    """
    digest = hashlib.sha256("\x1f".join(ingredients).encode()).hexdigest()
    return f"{as_of or 'customers'}-{digest[:4]}"


@contextmanager
def new_run(parent: Path, name: str) -> Iterator[tuple[Path, Path]]:
    """Give a hidden folder to write into and the path it will have; rename it when the block ends well.

    A run of the same name is kept, also one that is being written: the new one becomes ``name-2``, ``name-3`` … When
    the block fails, nothing is left. Raises OutputError where *parent* cannot be written.
    """
    created = not parent.exists()
    make_folder(parent)
    remove_leftovers(parent)
    final, partial, lock = _claimed(parent, name)
    try:
        folder = partial / "run"
        folder.mkdir()
        yield folder, final
        _rename(folder, final)
    finally:
        _discard(partial, lock)
        if created:
            with suppress(OSError):  # it is not empty
                parent.rmdir()


def remove_leftovers(parent: Path) -> None:
    """Remove what killed processes left in *parent*: runs that were being written, and runs that were being removed."""
    for removed in parent.glob(f".*{REMOVED}"):
        shutil.rmtree(removed, ignore_errors=True)
    for partial in parent.glob(f".*{PARTIAL}"):
        with suppress(OSError):  # another user's folder, or no folder
            lock = try_lock(partial / LOCK)
            if lock is not None:
                _discard(partial, lock)


def remove_run(path: Path) -> None:
    """Remove the run folder *path*: at once for readers, who never see a part of it. Raises OutputError."""
    hidden = path.with_name(f".{path.name}.{os.urandom(4).hex()}{REMOVED}")
    try:
        path.rename(hidden)
        shutil.rmtree(hidden)
    except OSError as error:
        raise OutputError(f"The run {str(path)!r} cannot be removed: {error.strerror or error}.") from error


def make_folder(path: Path) -> None:
    """Make the folder *path* unless it is there, and make sure that it can be written. Raises OutputError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise OutputError(
            f"The folder {str(path)!r} cannot be written: {error.strerror or error}.",
            action="Choose another with --out.",
        ) from error


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Write *content* and the size and SHA-256 of every other file of *folder* as ``manifest.json``, all of it to disk:
    a run that is there after a power cut is whole.
    """
    paths = sorted(folder.rglob("*"))
    files = {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": file_digest(path)}
        for path in paths
        if path.is_file()
    }
    text = json.dumps({**content, "files": files}, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    for path in (*paths, folder / MANIFEST, folder):
        _flush(path)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of the file at *path*, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _claimed(parent: Path, name: str) -> tuple[Path, Path, BaseFileLock]:
    """Return the path of a run that nobody else will write, the hidden folder that claims it, and its lock, held."""
    for number in count(1):
        final = parent / (name if number == 1 else f"{name}-{number}")
        partial = parent / f".{final.name}{PARTIAL}"
        if final.exists():
            continue
        try:
            partial.mkdir(parents=True)
            lock = try_lock(partial / LOCK)
        except FileExistsError:
            continue
        except OSError as error:
            raise OutputError(f"{str(partial)!r} cannot be written: {error.strerror or error}.") from error
        if lock is None:
            continue
        if not final.exists():  # the one who had the name before may have finished since we looked
            return final, partial, lock
        _discard(partial, lock)
    raise AssertionError


def _rename(folder: Path, final: Path) -> None:
    """Give the whole run in *folder* its name: in one step, and never over what is there."""
    try:
        folder.rename(final)
    except OSError as error:
        raise OutputError(
            f"The run cannot be put at {str(final)!r}: {error.strerror or error}.",
            action="Something else was put there meanwhile: move it away and run again.",
        ) from error


def _discard(partial: Path, lock: BaseFileLock) -> None:
    """Remove the folder *partial*, whose *lock* is held: the lock file last, so that whoever finds it finds us, or a
    folder that nobody writes in.
    """
    with suppress(OSError):
        for path in partial.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != LOCK:
                path.unlink()
        (partial / LOCK).unlink()
        partial.rmdir()
    lock.release()


def _flush(path: Path) -> None:
    """Write what the system still holds of the file or folder *path* to the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders, and needs none: it writes their entries itself
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
