"""The run that a refresh follows: its model, and which segment each customer was in, since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.errors import ModelError, Refused
from ..core.recipe import Recipe, parse_recipe
from ..core.tables import Column, CustomerTable, Floats
from ..features import DEFAULT, EVERY, is_share
from ..movement import ABSENT
from ..publish.tables import SINCE
from ..runs import Model, StoredRun, load_model, load_models
from .accounts import COHORT, asked_features

FOREVER = 2**31  # days: of who is new
# What of a recipe a fitted model depends on: with another value, it is another model that is asked for.
OF_THE_MODEL = ("window_days", "prepare", "cluster", "cohorts")
# How much is fetched, and what is put beside it; features are compared with those that the model has.
BESIDE_THE_MODEL = {"cluster": {"fetch_at_most", "compare"}, "cohorts": {"features"}}
AT_REST = "cohorts_without_accounts"  # whose models are kept
AGAIN = "Make a new run: segmentry run RECIPE"


@dataclass(frozen=True)
class Whereabouts:
    """Where customers were in an earlier run.

    Attributes
    ----------
    run
        The run.
    ids, labels
        The customers, ascending, and the number of the segment of each, as tables show it; -1: set apart.
    since
        From which day on each has been in that segment, as far as runs tell.
    """

    run: StoredRun
    ids: NDArray[np.object_]
    labels: NDArray[np.int64]
    since: NDArray[np.datetime64]

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

    def labels_of(self, ids: NDArray[np.object_]) -> NDArray[np.int64]:
        """Return the segment each of *ids*, ascending, was in: ABSENT for who was no customer then."""
        rows, known = self._rows(ids)
        found = np.full(len(ids), ABSENT, dtype=np.int64)
        found[known] = self.labels[rows]
        return found

    def since_of(self, ids: NDArray[np.object_]) -> NDArray[np.datetime64]:
        """Return from which day on each of *ids* had been there; NaT for who was no customer then."""
        rows, known = self._rows(ids)
        found = np.full(len(ids), np.datetime64("NaT", "D"))
        found[known] = self.since[rows]
        return found

    def _rows(self, ids: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return which of *ids* were customers, shape (n,), and the rows of these."""
        places = {one: row for row, one in enumerate(self.ids.tolist())}
        rows = np.array([places.get(one, -1) for one in ids.tolist()], dtype=np.int64)
        return rows[rows >= 0], rows >= 0


@dataclass(frozen=True)
class Predecessor(Whereabouts):
    """An earlier run of the same segmentation; of a book of accounts, one cohort of it.

    Attributes
    ----------
    model
        What gave its customers their segments.
    customers
        The same customers with their features.
    facts
        What the manifest says of them.
    """

    model: Model
    customers: CustomerTable
    facts: Mapping[str, Any]

    @property
    def names(self) -> dict[int, str]:
        """The names of segments by the ids that tables show."""
        numbers = self.model.numbers()
        return {numbers.get(label, label): name for label, name in self.model.names().items()}


@dataclass(frozen=True)
class RunBefore(Whereabouts):
    """The run that a refresh follows, with all its customers.

    Attributes
    ----------
    cohorts
        Cohort to what it was; a run of anything but accounts has one, without a name.
    money
        What each customer had spent, shape (n,); NaN where that is not known.
    recipe
        The recipe that its models are from.
    """

    cohorts: dict[str, Predecessor]
    money: Floats
    recipe: Recipe

    @property
    def names(self) -> dict[int, str]:
        """The names of segments by the ids that tables show; see :func:`names_of_all`."""
        return names_of_all({name: one.names for name, one in self.cohorts.items()})

    @property
    def used(self) -> range:
        """All ids that tables of this segmentation ever showed, and maybe some they did not."""
        return range(self.run.manifest.get("next_segment_id", max(self.names, default=-1) + 1))


def names_of_all(cohorts: Mapping[str, Mapping[int, str]]) -> dict[int, str]:
    """Return the names of the segments of all *cohorts* by id, each ``cohort: segment`` where cohorts have names; last
    comes who is set apart, which is no segment of any cohort.
    """
    apart = {number: name for names in cohorts.values() for number, name in names.items() if number < 0}
    found = {
        number: f"{cohort}: {name}" if cohort else name
        for cohort, names in cohorts.items()
        for number, name in names.items()
        if number >= 0
    }
    return found | apart


def read_run_before(run: StoredRun) -> RunBefore:
    """Return what a refresh has to know of *run*. Raises ModelError where its files are not those it wrote, and Refused
    for a run that cannot be followed.
    """
    from .explaining import tables_of

    cohorts: Mapping[str, Any] = run.manifest.get("cohorts") or {}
    facts = {**cohorts, **(run.manifest.get(AT_REST) or {})} if cohorts else {"": run.manifest}
    models: dict[str, Model] = dict(load_models(run.path).items()) if cohorts else {"": load_model(run.path)}
    _check_ids(run, models)
    columns, features = tables_of(run.path)
    values = {name: one.astype(np.float64) for name, one in features.items() if one.dtype.kind in "fiu"}
    day = np.datetime64((run.as_of or run.created.date()).isoformat(), "D")
    try:
        ids, labels = columns["customer_id"].astype(object), columns["segment_id"].astype(np.int64)
        cohort = columns[COHORT] if cohorts else np.full(len(ids), "", dtype=object)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The customers of {str(run.path)!r} lack {error}.", action=AGAIN) from error
    if unknown := ({*cohort.tolist()} - {*models}) | ({*models} ^ {*facts}):
        raise ModelError(
            f"{str(run.path)!r} lacks the model, or what is known, of {', '.join(sorted(unknown))}.", action=AGAIN
        )
    since = columns.get(SINCE, np.full(len(ids), day)).astype("datetime64[D]")
    customers = CustomerTable(ids, values, tuple(map(Column, values)), run.as_of)
    parts = {}
    for name, model in models.items():
        rows = np.flatnonzero(cohort == name)
        parts[name] = Predecessor(run, ids[rows], labels[rows], since[rows], model, customers.at(rows), facts[name])
    recipe = parse_recipe(run.manifest["recipe"]) if cohorts else models[""].recipe
    money = values.get("monetary", np.full(len(ids), np.nan))
    return RunBefore(run, ids, labels, since, parts, money, recipe)


def _check_ids(run: StoredRun, models: Mapping[str, Model]) -> None:
    """Raise Refused where an id means a segment in each of several cohorts."""
    shown = [model.numbers().get(one, one) for model in models.values() for one in model.names() if one >= 0]
    if len({*shown}) < len(shown):
        raise Refused(
            f"The run {run.run_id!r} is of an older version: the same id means another segment in each cohort.",
            possible="Refreshes follow runs in which an id means one segment.",
            action="Run it again: segmentry run RECIPE",
        )


def what_changed(recipe: Recipe, before: RunBefore) -> list[str]:
    """Return which parts of *recipe* that a model depends on are not as they were for the models of the run *before*.

    Raises Refused for a recipe of another kind of source.
    """
    kinds = recipe.source.kind, before.recipe.source.kind
    if kinds[0] != kinds[1]:
        raise Refused(
            f"The run {before.run.run_id!r} before is of {kinds[1]}, and the recipe of {kinds[0]}.",
            action="Give the recipe another name.",
        )
    now, then = (one.model_dump(mode="json", exclude=BESIDE_THE_MODEL) for one in (recipe, before.recipe))
    changed = [part for part in OF_THE_MODEL if now[part] != then[part]]
    is_other = any(_features(recipe, name, one) != list(one.model.features) for name, one in before.cohorts.items())
    return changed + ["features"] * is_other


def _features(recipe: Recipe, cohort: str, before: Predecessor) -> list[str]:
    """Return the features that decide by *recipe*; what it leaves to the data is as the model *before* found it."""
    model = before.model
    if cohort:
        return list(asked_features(recipe, cohort, before.customers) or model.features)
    if recipe.features is None:
        return list(DEFAULT if recipe.source.kind == "transactions" else model.features)
    shares = [name for name in model.features if is_share(name)]
    return list(dict.fromkeys(one for name in recipe.features for one in (shares if name == EVERY else [name])))


def as_the_models_have_it(recipe: Recipe, before: RunBefore) -> Recipe:
    """Return *recipe* with what the data decided when the models of the run *before* were fitted: the features of
    cohorts, and the categories that have one.
    """
    if "" not in before.cohorts:
        features = {name: list(one.model.features) for name, one in before.cohorts.items()}
        return recipe.model_copy(update={"cohorts": recipe.cohorts.model_copy(update={"features": features})})
    model = before.cohorts[""].model
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
