"""Explain a finished run: which customers and which model the explanations stand on, without the data."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import ModelError, RecipeError, SourceNotFound
from ..core.tables import Column, CustomerTable
from ..explain import CustomerExplanation, Fitted, SegmentExplanation, explain_customer, explain_segment
from ..runs import Model, find_run, load_model

if TYPE_CHECKING:
    from numpy.typing import NDArray


def explain(
    found: Fitted, customer: str | None = None, *, segment: str | None = None
) -> CustomerExplanation | SegmentExplanation:
    """Return the explanation of a *customer* or of a *segment* of what was *found*. Raises DataError or RecipeError."""
    if (customer is None) == (segment is None):
        raise RecipeError(
            "Name either a customer or a segment to explain.", possible="One of the two, not both and not none."
        )
    if customer is not None:
        return explain_customer(found, str(customer))
    return explain_segment(found, str(segment))


def fitted(model: Model, customers: CustomerTable, labels: NDArray[np.int64]) -> Fitted:
    """Return *customers* with their *labels* and their *model* as explanations need them."""
    return Fitted(
        customers=customers,
        labels=labels,
        names=model.names(),
        pipeline=model.pipeline,
        centroids=model.centroids,
        assign=lambda table: model.label(table).labels,
        has_orders=model.as_of is not None,
        window_days=model.recipe.window_days,
        seed=model.recipe.cluster.seed,
    )


def fitted_run(path: Path) -> Fitted:
    """Read the run at *path* (its folder, the model in it, or a folder of runs: the newest).

    Raises SourceNotFound where there is none, and ModelError where its customers are not those of its model.
    """
    run = find_run(path) or find_run(path.parent) if (path / "model.json").is_file() else find_run(path)
    if run is None or not (run / "customers.parquet").is_file():
        raise SourceNotFound(
            f"There is no run at {str(path)!r}.",
            possible="A run is a folder with a manifest.json and customers.parquet.",
            action="Run: segmentry run DATA",
        )
    model = load_model(run)
    customers, labels = _customers(run, model)
    found = fitted(model, customers, labels)
    if not np.array_equal(found.assign(customers), labels):
        raise ModelError(
            f"The customers of {str(run)!r} are not in the segments its model gives them: a file was changed.",
            action="Make a new run: segmentry run DATA",
        )
    return found


def _customers(run: Path, model: Model) -> tuple[CustomerTable, NDArray[np.int64]]:
    """Return the customers of *run* with every feature, and their labels."""
    import duckdb

    from ..engine import read_columns

    try:
        columns = read_columns(run / "customers.parquet")
        with (run / "segments.csv").open(encoding="utf-8", newline="") as file:
            heads = next(csv.reader(file))
        names = [name for head in heads if (name := head.removesuffix("_mean")) != head and name in columns]
        known = {column.name: column for column in model.columns}
        described = tuple(known.get(name, Column(name)) for name in dict.fromkeys([*model.features, *names]))
        values = {column.name: columns[column.name].astype(np.float64) for column in described}
        labels = columns["segment_id"].astype(np.int64)
        ids = columns["customer_id"].astype(object)
    except (OSError, duckdb.Error, KeyError, ValueError, StopIteration) as error:
        raise ModelError(
            f"The tables of the run {str(run)!r} cannot be read: {error}.", action="Make a new run: segmentry run DATA"
        ) from error
    return CustomerTable(ids, values, described, model.as_of), labels
