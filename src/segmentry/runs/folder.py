"""The run folder: written beside and renamed into place when complete, so that nobody ever sees half a run."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from ..core.errors import OutputError

MANIFEST = "manifest.json"


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

    A run of the same name is kept: the new one becomes ``name-2``, ``name-3`` … When the block fails, nothing is left.
    Raises OutputError where *parent* cannot be written.
    """
    created = not parent.exists()
    make_folder(parent)
    partial = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".partial", dir=parent))
    try:
        partial.chmod(0o777 & ~_umask())
        final = _free_name(parent, name)
        yield partial, final
        partial.rename(final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        if created and not any(parent.iterdir()):
            parent.rmdir()
        raise


def find_run(path: Path) -> Path | None:
    """Return *path* when it is a run folder, or the newest run in it; None when there is none."""
    if (path / MANIFEST).is_file():
        return path
    runs = [manifest.parent for manifest in path.glob(f"*/{MANIFEST}") if not manifest.parent.name.startswith(".")]
    return max(runs, key=lambda run: (run / MANIFEST).stat().st_mtime, default=None)


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
    """Write *content* and the size and SHA-256 of every other file of *folder* as ``manifest.json``."""
    files = {
        str(path.relative_to(folder)): {"bytes": path.stat().st_size, "sha256": file_digest(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    text = json.dumps({**content, "files": files}, indent=2, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def file_digest(path: Path) -> str:
    """Return the SHA-256 of the file at *path*, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _free_name(parent: Path, name: str) -> Path:
    if not (parent / name).exists():
        return parent / name
    number = 2
    while (parent / f"{name}-{number}").exists():
        number += 1
    return parent / f"{name}-{number}"


def _umask() -> int:
    # The umask can only be read by setting it; mkdtemp makes folders private, which a shared runs/ must not be.
    mask = os.umask(0)
    os.umask(mask)
    return mask
