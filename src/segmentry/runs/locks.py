"""Locks between processes: come in a file and how long to wait, goes out the right to go on.

The system lets go of them when a process ends, in whatever way: nothing has to be cleared by hand.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from ..core.errors import Refused

if TYPE_CHECKING:
    from filelock import BaseFileLock

LOCKS = ".locks"


def try_lock(path: Path) -> BaseFileLock | None:
    """Return the lock on the file *path*, which is made and held; None where somebody else holds it or removes it."""
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except (Timeout, FileNotFoundError):
        return None
    return lock


@contextmanager
def exclusive(store: Path, name: str, *, wait: float) -> Iterator[None]:
    """Let one process at a time refresh the segmentation *name* of the *store*; others wait up to *wait* seconds.

    Raises Refused, which says who holds it, when the time is over.
    """
    from filelock import FileLock, Timeout

    folder = store / LOCKS
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{quote(name, safe=' ')}.lock"
    holder = folder / f"{quote(name, safe=' ')}.json"
    lock = FileLock(path)
    try:
        lock.acquire(timeout=wait)
    except Timeout as error:
        raise Refused(
            f"{name!r} is being refreshed by {_told(holder)}.",
            action="Wait until it is done, or end that process; nothing has to be cleared afterwards.",
        ) from error
    try:
        _tell(holder)
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _tell(holder: Path) -> None:
    """Write who holds a lock into the file *holder*; the lock file itself cannot be read on every system."""
    beside = holder.with_name(f"{holder.name}.{os.getpid()}")
    since = datetime.now(UTC).isoformat(timespec="seconds")
    beside.write_text(json.dumps({"pid": os.getpid(), "since": since}) + "\n", encoding="utf-8")
    beside.replace(holder)


def _told(holder: Path) -> str:
    try:
        found = json.loads(holder.read_text(encoding="utf-8"))
        return f"process {int(found['pid'])} since {datetime.fromisoformat(found['since']):%Y-%m-%d %H:%M:%S} UTC"
    except (OSError, ValueError, LookupError, TypeError):
        return "another process"  # it has only just begun, or ends now
