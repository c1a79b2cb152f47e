"""Segments as of past dates: the dates, the features of all of them in one pass, and what the model says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from .. import movement
from ..core import display
from ..core.errors import DataError, RecipeError
from ..core.recipe import BY_DENSITY, Recipe
from ..core.recipe import Snapshots as Settings
from ..features import CATALOGUE, View, Views
from ..profile import NOISE, SET_APART, best_first
from ..runs import Model
from .account_scoring import shown_ids
from .predecessor import names_of_all

if TYPE_CHECKING:
    from .segmentation import Segmentation
    from .steps import Book

LEAST = 2  # customers on a date
MINIMUM_DATES = 2
APART = -1
# Beside what decides: money for the flows, and what a forecast learns from.
ALWAYS = ("monetary", "recency_days", "frequency", "tenure_days")
FORECASTING = ("recent_spend_share", "days_between_orders_mean")


def history_of(recipe: Recipe, book: Book, parts: Mapping[str, Segmentation]) -> movement.History:
    """Return the snapshots that *recipe* asks for (monthly ones, where it asks for none), labelled by the models of
    *parts*: by cohort, or of the only one, which has no name.

    Raises RecipeError for a book without dated events, and for one whose past cannot be told; DataError where there
    are customers on one date only.
    """
    settings = recipe.snapshots or Settings()
    check_history(recipe)
    as_of = book.customers.as_of
    if book.views is None or as_of is None:
        raise RecipeError(
            "snapshots: this source has no dated events.", possible="Transactions and accounts have them."
        )
    check_size(recipe, book)
    dates = movement.snapshot_dates(as_of, settings.every, settings.count, ahead=1)
    views = tuple(View(day, day) for day in dates[:-1]) + tuple(map(View, dates[1:], dates[:-1]))
    models = {name: part.model.model for name, part in parts.items()}
    seen = book.views(_features(recipe, book, models.values()), Views(views, recipe.window_days))
    labelled = [movement.Snapshot(table, rows, shown_ids(models, table)) for rows, table in seen.views]
    first = next((place for place in range(len(dates) - 1) if len(labelled[place].rows) >= LEAST), len(dates))
    snapshots = tuple(labelled[first : len(dates) - 1])
    if len(snapshots) < MINIMUM_DATES:
        raise DataError(
            f"Before {dates[-2]} there were fewer than {LEAST} customers on every date.",
            possible=f"There is one date per {movement.period(settings.every)}.",
            action="Set a shorter snapshots.every, or leave snapshots out.",
        )
    names, tones = _named(recipe, parts, is_apart=any((one.labels == APART).any() for one in labelled))
    return movement.History(
        seen.ids,
        snapshots,
        tuple(labelled[len(dates) - 1 + first :]),
        names,
        tones,
        movement.period(settings.every),
    )


def _features(recipe: Recipe, book: Book, models: Iterable[Model]) -> list[str]:
    """Return what is needed of each customer on each date."""
    known: Collection[str] = CATALOGUE if recipe.source.kind == "transactions" else book.customers.values
    by_rules = [] if book.rulebook is None else book.rulebook.looks_at(known)
    others = [name for name in (*ALWAYS, *(FORECASTING if recipe.forecast else ())) if name in known]
    return list(dict.fromkeys([*(name for model in models for name in model.features), *by_rules, *others]))


def _named(
    recipe: Recipe, parts: Mapping[str, Segmentation], *, is_apart: bool
) -> tuple[dict[int, str], dict[int, str]]:
    """Return names and tones by the ids that tables show, the most welcome of each cohort first; *is_apart* says that
    somebody is set apart, maybe on an earlier date only.
    """
    ranked = {name: best_first(part.profiles) for name, part in parts.items()}
    names = names_of_all({name: {one.number: one.name for one in segments} for name, segments in ranked.items()})
    tones = {one.number: one.tone for segments in ranked.values() for one in segments}
    if APART not in names and is_apart:
        apart = NOISE if recipe.cluster.method in BY_DENSITY else SET_APART
        names, tones = {**names, APART: apart.name}, {**tones, APART: apart.tone}
    return names, tones


def check_size(recipe: Recipe, book: Book) -> None:
    """Raise RecipeError where the snapshots of *book* are more than may be fetched."""
    dates = (recipe.snapshots or Settings()).count
    if 2 * dates * book.customers.count > recipe.cluster.fetch_at_most:
        raise RecipeError(
            f"snapshots: {display.count(book.customers.count)} customers on {dates} dates are too many to be fetched.",
            possible=f"Twice as many rows are read, and cluster.fetch_at_most is {recipe.cluster.fetch_at_most}.",
            action="Set a lower snapshots.count, or a higher cluster.fetch_at_most.",
        )


def check_history(recipe: Recipe) -> None:
    """Raise RecipeError where *recipe* asks for snapshots that cannot be told; nothing is read yet."""
    if recipe.source.kind == "customers":
        raise RecipeError(
            "snapshots: source.kind is customers, whose past is not known.",
            possible="Transactions and accounts have a past: their features can be told as of any date.",
            action="Leave snapshots and forecast out.",
        )


def forecasts_of(recipe: Recipe, history: movement.History) -> tuple[movement.Forecast, ...]:
    """Return where the customers of the last date of *history* will be, as many periods ahead as *recipe* asks."""
    settings = recipe.snapshots or Settings()
    ahead = 1 if recipe.forecast is None else recipe.forecast.periods
    dates = movement.snapshot_dates(history.dates[-1], settings.every, 1, ahead=ahead)[1:]
    return movement.forecasts(history, dates, seed=recipe.cluster.seed)


def lifetimes_of(recipe: Recipe, forecast: movement.Forecast) -> movement.Lifetimes | None:
    """Return who is still a customer and what to expect until the date of the *forecast*; None in a window, in which
    first purchases are not the first.
    """
    if recipe.window_days is not None:
        return None
    customers = forecast.history.snapshots[-1].customers
    return movement.lifetimes(customers, ahead=(forecast.date - forecast.history.dates[-1]).days)
