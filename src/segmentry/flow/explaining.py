"""Explain a finished run: which customers and which model the explanations stand on, without the data."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import publish
from ..core.errors import DataError, ModelError, RecipeError, SourceNotFound, did_you_mean
from ..core.tables import Column, CustomerTable
from ..explain import CustomerExplanation, Fitted, SegmentExplanation, explain_customer, explain_segment
from ..explain.book import ACTIVE
from ..features import months_before
from ..publish.tables import HELD
from ..runs import Model, find_run, load_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

AGAIN = "Make a new run: segmentry run DATA"
# Where one of these decides, orders and time move customers; elsewhere only a change of what is measured does.
FOLLOWING = {"recency_days", "frequency", "monetary", "total_quantity", "tenure_days"}


def explain(
    found: Mapping[str, Fitted], customer: str | None = None, *, segment: str | None = None
) -> CustomerExplanation | SegmentExplanation:
    """Return the explanation of a *customer* or of a *segment* of what was *found*, cohort by cohort.

    A segment whose name occurs in several cohorts is named ``cohort: segment``. Raises DataError or RecipeError.
    """
    if (customer is None) == (segment is None):
        raise RecipeError(
            "Name either a customer or a segment to explain.", possible="One of the two, not both and not none."
        )
    if customer is not None:
        return explain_customer(_holding(found, str(customer)), str(customer))
    cohort, name = _named(found, str(segment))
    return explain_segment(found[cohort], name)


def _holding(found: Mapping[str, Fitted], customer: str) -> Fitted:
    """Return the cohort that *customer* is in, or the largest where it is in none."""
    by_size = sorted(found.values(), key=lambda one: -len(one.customers))
    return next((one for one in by_size if customer in one.customers.ids), by_size[0])


def _named(found: Mapping[str, Fitted], segment: str) -> tuple[str, str]:
    """Return the cohort and the name of *segment*. Raises DataError where several cohorts have one of that name."""
    cohort, colon, name = segment.partition(":")
    if colon and cohort.strip() in found:
        return cohort.strip(), name.strip()
    known = [cohort for cohort, one in found.items() if segment.casefold() in map(str.casefold, one.names.values())]
    if len(known) > 1:
        shown = ", ".join(f"'{cohort}: {segment}'" for cohort in known)
        raise DataError(f"{segment!r} is a segment of {len(known)} cohorts.", possible=f"Name one: {shown}.")
    if not known and len(found) > 1:
        names = [f"{cohort}: {name}" for cohort, one in found.items() for name in one.names.values()]
        raise DataError(
            f"There is no segment {segment!r} in this run.",
            possible=f"Segments: {', '.join(names)}.",
            action=did_you_mean(segment, names),
        )
    return (known or list(found))[0], segment


def fitted(
    model: Model,
    customers: CustomerTable,
    labels: NDArray[np.int64],
    *,
    cohort: str = "",
    held: NDArray[np.bool_] | None = None,
) -> Fitted:
    """Return *customers* (of a *cohort* of accounts) with *labels* and *model* as explanations need them; *held* are
    those whom a refresh keeps where they were.
    """
    return Fitted(
        customers=customers,
        labels=labels,
        names=model.names(),
        pipeline=model.pipeline,
        centroids=model.centroids,
        assign=lambda table: model.label(table).labels,
        has_orders=model.as_of is not None and bool(FOLLOWING & {*model.pipeline.features}),
        window_days=model.recipe.window_days,
        seed=model.recipe.cluster.seed,
        cohort=cohort,
        active_months=_active_months(model, customers) if cohort == ACTIVE else None,
        numbers=model.numbers(),
        held=held,
    )


def _active_months(model: Model, customers: CustomerTable) -> int | None:
    """Return within how many months active accounts traded; None where folders, not trades, tell the cohorts."""
    months = model.recipe.cohorts.active_months
    recency = customers.values.get("recency_days")
    if customers.as_of is None or recency is None:
        return None
    limit = (customers.as_of - months_before(customers.as_of, months)).days
    return months if bool((recency <= limit).all()) else None


def fitted_run(path: Path) -> dict[str, Fitted]:
    """Read the run at *path* (its folder, the model in it, or a folder of runs: the newest), cohort by cohort.

    A run without cohorts has one, without a name. Raises SourceNotFound where there is no run, and ModelError where its
    customers are not those of its model.
    """
    run = find_run(path) or find_run(path.parent)
    if run is None or not (run / "customers.parquet").is_file():
        raise SourceNotFound(
            f"There is no run at {str(path)!r}.",
            possible="A run is a folder with a manifest.json and customers.parquet.",
            action="Run: segmentry run DATA",
        )
    folders = {
        folder.name: folder for folder in sorted((run / "model").glob("*/")) if (folder / "model.json").is_file()
    }
    models = {name: load_model(folder) for name, folder in folders.items()} or {"": load_model(run)}
    columns, features = tables_of(run)
    there = {*columns.get("cohort", models)}  # a cohort that has no accounts any more has a model all the same
    found = {name: _cohort(run, name, model, columns, features) for name, model in models.items() if name in there}
    for one in found.values():
        follows = one.assign(one.customers) == one.labels
        if not (follows if one.held is None else follows | one.held).all():
            raise ModelError(
                f"The customers of {str(run)!r} are not in the segments its model gives them: a file was changed.",
                action=AGAIN,
            )
    return found


def tables_of(run: Path) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]]]:
    """Return the columns of the customers of *run*, and those that are features by the feature's name."""
    import duckdb

    from ..engine import read_columns

    try:
        columns = read_columns(run / "customers.parquet")
        with (run / "segments.csv").open(encoding="utf-8", newline="") as file:
            heads = next(csv.reader(file))
    except (OSError, ValueError, csv.Error, duckdb.Error, StopIteration) as error:
        raise ModelError(f"The tables of the run {str(run)!r} cannot be read: {error}.", action=AGAIN) from error
    features = [publish.as_written(head.removesuffix("_mean")) for head in heads if head.endswith("_mean")]
    called = publish.feature_columns(features)
    return columns, {name: columns[called[name]] for name in features if called[name] in columns}


def _cohort(
    run: Path, name: str, model: Model, columns: dict[str, NDArray[Any]], features: dict[str, NDArray[Any]]
) -> Fitted:
    """Return the customers of the cohort *name* (all, where there is none) and their model."""
    known = {column.name: column for column in model.columns}
    described = tuple(known.get(one, Column(one)) for one in dict.fromkeys([*model.features, *features]))
    try:
        mine = columns["cohort"] == name if name else np.ones(len(columns["customer_id"]), dtype=bool)
        values = {column.name: features[column.name][mine].astype(np.float64) for column in described}
        shown = columns["segment_id"][mine].astype(np.int64)
        ids = columns["customer_id"][mine].astype(object)
        held = columns[HELD][mine].astype(bool) if HELD in columns else None
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The customers of {str(run)!r} lack {error}.", action=AGAIN) from error
    labels = shown.copy()
    for label, number in model.numbers().items():
        labels[shown == number] = label
    if not len(ids) or not all(isinstance(one, str) for one in ids):
        raise ModelError(
            f"The run {str(run)!r} has no customers{name and f' in {name}'}, or none with ids.", action=AGAIN
        )
    return fitted(model, CustomerTable(ids, values, described, model.as_of), labels, cohort=name, held=held)
