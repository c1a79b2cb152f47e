"""The engine inside: an in-process DuckDB."""

from __future__ import annotations

import duckdb

# Nothing is fetched from outside at run time, and dates do not depend on the machine's zone.
SETTINGS: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": "false", "TimeZone": "UTC"}


def open_local() -> duckdb.DuckDBPyConnection:
    """Return a new in-process DuckDB that fetches nothing from outside and takes UTC for its zone."""
    return duckdb.connect(":memory:", config=SETTINGS)
