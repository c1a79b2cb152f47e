"""Send the customers of a run to tables of databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..core import display
from ..core.progress import Progress
from ..core.recipe import Recipe
from ..engine import connect

if TYPE_CHECKING:
    from .segmenting import Found


def send(found: Found, recipe: Recipe, run_id: str, progress: Progress) -> None:
    """Write the customers of *found* to each table that *recipe* names, as one table each, complete or not at all.

    Beside the columns of ``customers.parquet`` a table has ``as_of`` and ``run_id``. Raises Refused for a table that no
    run wrote, SourceError, OutputError or EngineError where a database does not take it.
    """
    if not recipe.publish:
        return
    columns = table_to_send(found, run_id)
    for target in recipe.publish:
        engine = found.book.engine if target.connection is None else connect(target.connection)
        try:
            engine.replace_table(columns, target.table, step="publish")
        finally:
            if target.connection is not None:
                engine.close()
        rows = display.counted(len(columns["customer_id"]))
        progress.step("Published", f"{rows} in table {target.table} ({engine.abilities.title})")


def table_to_send(found: Found, run_id: str) -> dict[str, Any]:
    """Return the customers table with ``as_of``, a date, and ``run_id``."""
    columns = found.customer_columns()
    count = len(columns["customer_id"])
    day = found.book.customers.as_of
    as_of = np.full(count, np.datetime64("NaT" if day is None else day.isoformat(), "D"))
    return {**columns, "as_of": as_of, "run_id": np.full(count, run_id, dtype=object)}
