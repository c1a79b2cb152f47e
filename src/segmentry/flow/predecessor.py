"""The run that a refresh follows: its model, and which segment each customer was in, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ModelError, Refused
from ..core.recipe import Recipe
from ..core.tables import Floats
from ..engine import read_columns
from ..movement import ABSENT
from ..runs import Model, StoredRun, load_model

FOREVER = 2**31  # days: of who is new, or where dates are not known
SINCE, HELD = "segment_since", "is_held_back"
# What of a recipe a fitted model depends on: with another value, it is another model that is asked for.
OF_THE_MODEL = ("source", "window_days", "features", "prepare", "cluster", "cohorts")


@dataclass(frozen=True)
class Predecessor:
    """An earlier run of the same segmentation.

    Attributes
    ----------
    run
        The run.
    model
        What gave its customers their segments.
    ids, labels
        The customers, ascending, and the number of the segment of each, as tables show it; -1: set apart.
    since
        From which day on each has been in that segment, as far as runs tell.
    money
        What each had spent; NaN where that is not known.
    """

    run: StoredRun
    model: Model
    ids: NDArray[np.object_]
    labels: NDArray[np.int64]
    since: NDArray[np.datetime64]
    money: Floats

    @property
    def fitted_in(self) -> str:
        """The id of the run that fitted the model."""
        return str(self.run.model_from or self.run.run_id)

    def labels_of(self, ids: NDArray[np.object_]) -> NDArray[np.int64]:
        """Return the segment each of *ids*, ascending, was in: ABSENT for who was no customer then."""
        rows, known = self._rows(ids)
        return np.where(known, self.labels[rows], ABSENT)

    def since_of(self, ids: NDArray[np.object_]) -> NDArray[np.datetime64]:
        """Return from which day on each of *ids* had been there; NaT for who was no customer then."""
        rows, known = self._rows(ids)
        return np.where(known, self.since[rows], np.datetime64("NaT", "D"))

    def _rows(self, ids: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        places = {one: row for row, one in enumerate(self.ids.tolist())}
        rows = np.array([places.get(one, -1) for one in ids.tolist()], dtype=np.int64)
        return np.maximum(rows, 0), rows >= 0


def read_predecessor(run: StoredRun) -> Predecessor:
    """Return what a refresh has to know of *run*. Raises ModelError where its files are not those it wrote, and Refused
    for a run that cannot be followed.
    """
    if run.manifest.get("cohorts"):
        raise Refused(
            f"The run {run.run_id!r} has accounts in cohorts, each with a model of its own.",
            possible="Refreshes follow runs with one model: of transactions and customer tables.",
            action="Run it again: segmentry run RECIPE",
        )
    model = load_model(run.path)
    columns = read_columns(run.path / "customers.parquet")
    try:
        ids, labels = columns["customer_id"].astype(object), columns["segment_id"].astype(np.int64)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"The customers of {str(run.path)!r} lack {error}.", action="Make a new run: segmentry run RECIPE"
        ) from error
    day = np.datetime64(run.as_of.isoformat() if run.as_of else "NaT", "D")
    since = columns.get(SINCE, np.full(len(ids), day)).astype("datetime64[D]")
    money = columns.get("monetary", np.full(len(ids), np.nan)).astype(np.float64)
    return Predecessor(run, model, ids, labels, since, money)


def what_changed(recipe: Recipe, before: Predecessor) -> list[str]:
    """Return which parts of *recipe* that a model depends on are not as in the run before, where those it left to the
    data count as unchanged.
    """
    now, then = recipe.model_dump(mode="json"), before.run.manifest["recipe"]
    return [part for part in OF_THE_MODEL if part != "source" and now.get(part) != then.get(part)]


def as_the_model_has_it(recipe: Recipe, model: Model) -> Recipe:
    """Return *recipe* with what the data decided when *model* was fitted: the categories that have a feature."""
    update = {"features": list(model.features), "products": model.recipe.products}
    return recipe.model_copy(update=update)


def days(since: NDArray[np.datetime64], as_of: date | None) -> NDArray[np.int64]:
    """Return how many days before *as_of* each date is; a very large number where either is not known."""
    if as_of is None:
        return np.full(len(since), FOREVER, dtype=np.int64)
    found = (np.datetime64(as_of.isoformat(), "D") - since).astype("timedelta64[D]")
    return np.where(np.isnat(since), FOREVER, found.astype(np.int64))
