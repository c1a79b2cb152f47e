"""The format of ``manifest.json``: comes in a manifest of any version so far, goes out one of the present format.

Each step is a pure function from one format to the next; a manifest is never rewritten on disk. A change of the format
adds one step here, and a store written by the version before it to ``tests/runs/stores``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..core.errors import ModelError

FORMAT = 2


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest *document* in the present format.

    Raises ModelError for one of a newer version and ValueError for one that does not say its format.
    """
    number = document.get("format")
    if type(number) is not int or number < 1:
        message = f"its format is {number!r}"
        raise ValueError(message)
    if number > FORMAT:
        raise ModelError(
            f"The run was written by a newer version of Segmentry (format {number} of the manifest).",
            possible=f"This version reads formats 1 to {FORMAT}.",
            action="pip install --upgrade segmentry",
        )
    for step in range(number, FORMAT):
        document = MIGRATIONS[step](document)
    return document


def _to_2(document: dict[str, Any]) -> dict[str, Any]:
    """Format 2 says what kind of run it is, whose model it took over, and which run it follows."""
    return {**document, "format": 2, "kind": "run", "model_from": None, "previous": None}


# From each format to the next.
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _to_2}
