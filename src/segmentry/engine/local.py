"""The engine inside: an in-process DuckDB, in memory or, where memory is bound, in a folder of its own on disk."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from pathlib import Path

import duckdb

from .memory import amount_of, engines_share

# Nothing is fetched from outside at run time, and dates do not depend on the machine's zone.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": "false", "TimeZone": "UTC"}


def open_local(memory: str | None = None) -> duckdb.DuckDBPyConnection:
    """Return a new DuckDB that fetches nothing from outside and takes UTC for its zone.

    With *memory* (``4GB``: what the whole process may take) its tables are in a file, compressed, and what is too large
    to be worked on in memory is worked on there. The file is in a folder of the system's for temporary files
    (``TMPDIR``), which goes with the connection. Raises RecipeError where *memory* is no amount.
    """
    if memory is None:
        folder = Path(tempfile.gettempdir()) / f"segmentry-{os.getpid()}-{os.urandom(4).hex()}"  # made when needed
        return duckdb.connect(":memory:", config=SETTINGS | {"temp_directory": str(folder)})
    limit = engines_share(amount_of(memory))
    folder = Path(tempfile.mkdtemp(prefix="segmentry-"))
    bound = {"memory_limit": f"{limit // 1024}KiB", "temp_directory": str(folder / "spilled")}
    connection = duckdb.connect(str(folder / "rows.duckdb"), config=SETTINGS | bound)
    weakref.finalize(connection, shutil.rmtree, folder, ignore_errors=True)
    return connection
