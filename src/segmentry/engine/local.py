"""The engine inside: an in-process DuckDB, and its start hidden behind other work."""

from __future__ import annotations

import threading
from importlib import import_module

import duckdb

IBIS = "ibis.backends.duckdb"
# Nothing is fetched from outside at run time, and dates do not depend on the machine's zone.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": "false", "TimeZone": "UTC"}


def open_local() -> duckdb.DuckDBPyConnection:
    """Return a new in-process DuckDB that fetches nothing from outside and takes UTC for its zone."""
    return duckdb.connect(":memory:", config=SETTINGS)


def warm_up(*modules: str) -> threading.Thread:
    """Start importing *modules* in the background, and return the thread.

    Ibis takes 0.5 s, in which DuckDB, which holds no Python lock while it reads, gets through a whole file.
    """
    thread = threading.Thread(target=lambda: [import_module(name) for name in modules], name="imports", daemon=True)
    thread.start()
    return thread
