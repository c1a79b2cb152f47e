"""SQL kept from one run to the next: importing Ibis and compiling its expressions takes a third of a small run.

A plan is a file of the user's cache folder, one for each recipe. Whatever else a query depends on (the columns found,
the as-of date) is its *condition*: text under another condition is not used. The file is named after the recipe, the
versions of the libraries and the code of this package, so nothing that was compiled by other code is ever read.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from threading import Lock

LIBRARIES = ("ibis-framework", "sqlglot", "duckdb")
COMPILING = (
    "core",
    "engine",
    "sources",
    "clean",
    "features",
    "rules",
    "publish",
)  # the packages whose code makes queries
FOLDER = "SEGMENTRY_CACHE"  # the environment variable that names another folder; empty: nothing is kept
MOST_CONDITIONS = 8  # of one query: the latest are kept
MOST_PLANS = 100


class Plan:
    """The SQL texts of one recipe's queries, by step and condition. Safe to use from several threads."""

    def __init__(self, recipe: str) -> None:
        folder = cache_folder()
        self._path = folder / "plans" / f"{_digest(recipe, _code(), *map(version, LIBRARIES))}.json" if folder else None
        self._texts = _read(self._path)
        self._lock = Lock()
        self.condition = ""

    @property
    def is_known(self) -> bool:
        """Whether the recipe was compiled before, so that Ibis will probably not be needed."""
        return bool(self._texts)

    def text(self, step: str, compiled: Callable[[], str], *, condition: str = "") -> str:
        """Return the SQL of *step*: what is known under this condition and the plan's, or what *compiled* returns."""
        key = _digest(self.condition, condition)
        found = self._texts.get(step, {}).get(key)
        if found is None:
            found = compiled()
            with self._lock:
                kept = list(self._texts.get(step, {}).items())[1 - MOST_CONDITIONS :]
                self._texts[step] = dict([*kept, (key, found)])
                _write(self._path, self._texts)
        return found


def cache_folder() -> Path | None:
    """Return the folder for what may be thrown away at any time; none where the environment switches it off."""
    given = os.environ.get(FOLDER)
    if given is not None:
        return Path(given) if given else None
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        home = "~/Library/Caches"
    else:
        home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        return Path(home).expanduser() / "segmentry"
    except RuntimeError:  # there is no home folder
        return None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _code() -> str:
    """Return a digest of the code that makes queries."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for folder in COMPILING:
        for path in sorted((package / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(path: Path | None) -> dict[str, dict[str, str]]:
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        path.touch()  # the plans used last stay
    except (OSError, ValueError):
        return {}
    sound = isinstance(found, dict) and all(isinstance(texts, dict) for texts in found.values())
    return found if sound else {}


def _write(path: Path | None, texts: dict[str, dict[str, str]]) -> None:
    """Write *texts* beside *path* and rename it there, and forget the plans used longest ago. Failing is no harm."""
    if path is None:
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, beside = tempfile.mkstemp(dir=path.parent, suffix=".partial")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(texts, file)
        Path(beside).replace(path)
        plans = sorted(path.parent.glob("*.json"), key=lambda plan: plan.stat().st_mtime)
        for old in plans[:-MOST_PLANS]:
            old.unlink()
