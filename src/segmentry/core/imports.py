"""When modules are imported: on first use, or on another thread while a file is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def on_first_use(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of *package*, whose public names live in the submodules that *homes* says."""

    def find(name: str) -> Any:
        if name in homes:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        message = f"module {package!r} has no attribute {name!r}"
        raise AttributeError(message)

    return find


def aside(*modules: str) -> threading.Thread:
    """Start importing *modules* in the background, and return the thread.

    Unpacking and DuckDB hold no Python lock: a whole file is read while libraries are on their way.
    """
    thread = threading.Thread(target=lambda: [import_module(name) for name in modules], name="imports", daemon=True)
    thread.start()
    return thread
