"""The run that a refresh follows: its model, and which segment each customer was in, since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.errors import ModelError, Refused
from ..core.recipe import Recipe
from ..core.tables import Column, CustomerTable, Floats
from ..features import DEFAULT, EVERY, is_share
from ..movement import ABSENT
from ..publish.tables import SINCE
from ..runs import Model, StoredRun, load_model

FOREVER = 2**31  # days: of who is new
# What of a recipe a fitted model depends on: with another value, it is another model that is asked for.
OF_THE_MODEL = ("window_days", "prepare", "cluster")
BESIDE_THE_MODEL = {"cluster": {"fetch_at_most", "compare"}}  # how much is fetched, and what is put beside it


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
    customers
        The same customers with their features.
    """

    run: StoredRun
    model: Model
    ids: NDArray[np.object_]
    labels: NDArray[np.int64]
    since: NDArray[np.datetime64]
    customers: CustomerTable

    @property
    def money(self) -> Floats:
        """What each customer had spent, shape (n,); NaN where that is not known."""
        return self.customers.values.get("monetary", np.full(len(self.ids), np.nan))

    @property
    def known_until(self) -> date | None:
        """The last day whose events the run knew: where the recipe sets no date, its as-of date is the day after."""
        as_of = self.run.as_of
        is_day_after = as_of is not None and self.run.manifest["recipe"]["as_of"] is None and as_of > date.min
        return as_of - timedelta(days=1) if as_of is not None and is_day_after else as_of

    @property
    def fitted_in(self) -> str:
        """The id of the run that fitted the model."""
        return str(self.run.model_from or self.run.run_id)

    @property
    def names(self) -> dict[int, str]:
        """The names of segments by the ids that tables show."""
        numbers = self.model.numbers()
        return {numbers.get(label, label): name for label, name in self.model.names().items()}

    @property
    def used(self) -> range:
        """All ids that tables of this segmentation ever showed, and maybe some they did not."""
        return range(self.run.manifest.get("next_segment_id", max(self.names, default=-1) + 1))

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
    from .explaining import tables_of

    model = load_model(run.path)
    columns, features = tables_of(run.path)
    try:
        ids, labels = columns["customer_id"].astype(object), columns["segment_id"].astype(np.int64)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"The customers of {str(run.path)!r} lack {error}.", action="Make a new run: segmentry run RECIPE"
        ) from error
    day = np.datetime64((run.as_of or run.created.date()).isoformat(), "D")
    since = columns.get(SINCE, np.full(len(ids), day)).astype("datetime64[D]")
    values = {name: one.astype(np.float64) for name, one in features.items() if one.dtype.kind in "fiu"}
    customers = CustomerTable(ids, values, tuple(map(Column, values)), run.as_of)
    return Predecessor(run, model, ids, labels, since, customers)


def what_changed(recipe: Recipe, before: Predecessor) -> list[str]:
    """Return which parts of *recipe* that a model depends on are not as they were for the model of the run *before*."""
    # The model's own recipe has every setting, those too that are newer than the run's manifest.
    now, then = (one.model_dump(mode="json", exclude=BESIDE_THE_MODEL) for one in (recipe, before.model.recipe))
    changed = [part for part in OF_THE_MODEL if now[part] != then[part]]
    return changed + ["features"] * (_features(recipe, before.model) != list(before.model.features))


def _features(recipe: Recipe, model: Model) -> list[str]:
    """Return the features that decide by *recipe*; what it leaves to the data is as *model* found it."""
    if recipe.features is None:
        return list(DEFAULT if recipe.source.kind == "transactions" else model.features)
    shares = [name for name in model.features if is_share(name)]
    return list(dict.fromkeys(one for name in recipe.features for one in (shares if name == EVERY else [name])))


def as_the_model_has_it(recipe: Recipe, model: Model) -> Recipe:
    """Return *recipe* with what the data decided when *model* was fitted: the categories that have a feature."""
    update = {"features": list(model.features), "products": model.recipe.products}
    return recipe.model_copy(update=update)


def check_count(customers: int, recipe: Recipe) -> None:
    """Raise Refused where so many *customers* are more than *recipe* lets be fetched."""
    if customers > recipe.cluster.fetch_at_most:
        raise Refused(
            f"{display.count(customers)} customers are too many to be fetched, and a refresh compares each with the "
            "run before.",
            action="Set cluster.fetch_at_most higher, or label them by the model: segmentry score RUN DATA --out FILE",
        )


def days(since: NDArray[np.datetime64], as_of: date) -> NDArray[np.int64]:
    """Return how many days before *as_of* each date is, 0 for later ones; a very large number where not known."""
    found = (np.datetime64(as_of.isoformat(), "D") - since).astype("timedelta64[D]")
    return np.where(np.isnat(since), FOREVER, np.maximum(found.astype(np.int64), 0))
