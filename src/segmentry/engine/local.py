"""The engine inside: an in-process DuckDB, and its start hidden behind other work."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

# Nothing is fetched from outside at run time, and dates do not depend on the machine's zone.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": "false", "TimeZone": "UTC"}


def open_local() -> duckdb.DuckDBPyConnection:
    """Return a new in-process DuckDB that fetches nothing from outside and takes UTC for its zone."""
    return duckdb.connect(":memory:", config=SETTINGS)


def warm_up() -> threading.Thread:
    """Start importing Ibis in the background and return the thread.

    The import takes 0.5 s, in which DuckDB, which holds no Python lock while it reads, gets through a whole file.
    """
    thread = threading.Thread(target=_import_ibis, name="import-ibis", daemon=True)
    thread.start()
    return thread


def wait_for_ibis(connection: duckdb.DuckDBPyConnection) -> Backend:
    """Return the Ibis backend over *connection*."""
    import ibis

    return ibis.duckdb.from_connection(connection)


def _import_ibis() -> None:
    import ibis.backends.duckdb  # noqa: F401 -- imported for its effect: the next import of it is free
