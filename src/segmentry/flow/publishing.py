"""Send the customers of a run to tables of databases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core import display
from ..core.progress import Progress
from ..core.recipe import Recipe
from ..engine import connect
from ..engine.engine import Rows
from .segmentation import Segmentation

if TYPE_CHECKING:
    from .segmenting import Found


def send(found: Found, recipe: Recipe, run_id: str, progress: Progress) -> None:
    """Write the customers of *found* to each table that *recipe* names, as one table each, complete or not at all.

    Beside the columns of ``customers.parquet`` a table has ``as_of`` and ``run_id``. Raises Refused for a table that no
    run wrote, SourceError, OutputError or EngineError where a database does not take it.
    """
    if not recipe.publish:
        return
    rows = table_to_send(found, run_id)
    for target in recipe.publish:
        engine = found.book.engine if target.connection is None else connect(target.connection)
        try:
            engine.replace_table(rows, target.table, step="publish")
        finally:
            if target.connection is not None:
                engine.close()
        sent = display.counted(found.book.customers.count)
        progress.step("Published", f"{sent} in table {target.table} ({engine.abilities.title})")


def table_to_send(found: Found, run_id: str) -> Rows:
    """Return the customers table with ``as_of``, a date, and ``run_id``: columns, or a query if it is not fetched."""
    day = found.book.customers.as_of
    if isinstance(found, Segmentation) and found.book.everyone is not None:
        import ibis

        table = found.book.everyone.table(found.model.model)
        return table.mutate(as_of=ibis.null("date") if day is None else ibis.literal(day), run_id=ibis.literal(run_id))
    columns = found.customer_columns()
    count = len(columns["customer_id"])
    as_of = np.full(count, np.datetime64("NaT" if day is None else day.isoformat(), "D"))
    return {**columns, "as_of": as_of, "run_id": np.full(count, run_id, dtype=object)}
