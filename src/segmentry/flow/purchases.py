"""Stages 1 to 3 for transactions: roles and types, cleaning with its ledger, features, collected at the border."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

from .. import clean, features, publish, sources
from ..core import display
from ..core.progress import Progress
from ..core.recipe import Recipe
from ..core.tables import CustomerTable
from ..engine import GOODS, Engine, lacks
from .steps import Book
from .telling import tell_assumptions, tell_ledger, tell_reading


class Purchased(NamedTuple):
    """Purchases, cleaned: where they came from, their marks, what decides, all features, and categories with shares."""

    found: sources.Transactions
    marked: clean.Marked
    deciding: list[str]
    names: list[str]
    categories: features.Categories | None

    @property
    def needed(self) -> list[str]:
        """The features that are needed to find segments and to order them."""
        return [name for name in self.names if name in {*self.deciding, "monetary"}]


def purchases(
    recipe: Recipe, raw: sources.Raw, engine: Engine, progress: Progress, *, not_before: date | None = None
) -> Purchased:
    """Stages 1 and 2 for transactions: roles and types, cleaning with its ledger, and which features there will be.

    *not_before* is the earliest as-of date where the recipe does not set one.
    """
    found = sources.transactions(raw, recipe.source, engine)
    tell_reading(raw.where, found.facts, progress)
    deciding, names = chosen_features(recipe, found, progress)
    marked = settled_rows(recipe, found, engine, raw.where, not_before=not_before)
    tell_ledger(marked.ledger, progress)
    categories, deciding, names = _with_shares(recipe, engine, marked, deciding, names)
    return Purchased(found, marked, deciding, names, categories)


def chosen_features(recipe: Recipe, found: sources.Transactions, progress: Progress) -> tuple[list[str], list[str]]:
    """Return the features that decide the segments, and all to compute: fewer of a large book. Raises RecipeError."""
    deciding, names = features.choose(recipe.features, recipe.describe, found.facts.roles)
    if found.facts.rows > clean.LARGE and recipe.describe is None:
        names = _without_own_passes(names, deciding, found.facts.rows, progress)
    return deciding, names


def settled_rows(
    recipe: Recipe,
    found: sources.Transactions,
    engine: Engine,
    where: str,
    *,
    not_before: date | None = None,
    name: str = "marked",
) -> clean.Marked:
    """Stage 2: return the rows *found*, marked under *name*, with their ledger. Raises NothingLeft."""
    roles, today = found.facts.roles, datetime.now(UTC).date()
    rows = clean.Rows(
        found.as_table,
        found.facts.rows,
        where,
        among=found.among,
        have_orders="order" in roles or recipe.source.no_order == "customer-day",
        roles=roles,
        condition=f"{recipe.as_of} {today if recipe.clean.dates != 'keep' else ''}",
    )
    return clean.settle(
        engine,
        rows,
        recipe.clean,
        as_of=recipe.as_of,
        today=today,
        window_days=recipe.window_days,
        not_before=not_before,
        name=name,
    )


def transactions_book(
    recipe: Recipe, raw: sources.Raw, engine: Engine, progress: Progress, *, not_before: date | None = None
) -> Book:
    """Stages 1 to 3 for transactions: roles and types, cleaning with its ledger, features, collected at the border.

    *not_before* is the earliest as-of date where the recipe does not set one.
    """
    found, marked, deciding, names, categories = done = purchases(recipe, raw, engine, progress, not_before=not_before)
    needed = done.needed
    shared = features.Shared(engine, marked)
    everyone = None
    if marked.ledger.kept.customers > recipe.cluster.fetch_at_most:
        from .everyone import buyers

        everyone, customers = buyers(recipe, engine, done, shared)
    else:
        customers = features.collect(engine, marked, shared, needed, categories)
    # What follows runs while groups are sought; for a large book it takes longer than those.
    engine.leave_cores(int(found.facts.rows <= clean.LARGE))
    progress.step("Customers", f"{display.count(customers.count)} as of {marked.as_of}")

    def described() -> CustomerTable:
        if names == needed or everyone is not None:
            return customers
        return features.collect(engine, marked, shared, names, categories)

    most = None if recipe.source.connection is None else recipe.source.most_rejected
    if most is not None and marked.ledger.total.rows - marked.ledger.kept.rows > most:
        progress.step("", f"rejected.parquet gets the first {display.count(most)} of them (source.most_rejected)")

    def write_rejected(path: Path) -> None:
        publish.write_rejected(engine, marked, found, path, most=most)

    @cache
    def trade() -> features.Trade | None:
        return features.trade(engine, marked)

    facts = found.facts
    if everyone is not None:
        from .everyone import assumed

        facts = replace(facts, assumptions=(*facts.assumptions, assumed(customers)))
        tell_assumptions(facts.assumptions[-1:], progress)
    roles = facts.roles
    has_goods = bool({"product", "category"} & {*roles})
    if has_goods and GOODS in lacks(engine.abilities.name):
        progress.step("Left out", f"what segments buy: {engine.abilities.title} has no medians")
        has_goods = False
    if has_goods and found.facts.rows > clean.LARGE and "products" not in recipe.model_fields_set:
        progress.step("Left out", "what segments buy, for it reads every row again: set products to have it")
        has_goods = False
    return Book(
        raw.where,
        customers,
        facts,
        marked.ledger,
        tuple(deciding),
        described,
        write_rejected,
        engine,
        trade=trade,
        bought=features.Purchases(engine, marked, shared, roles=roles) if has_goods else None,
        categories=categories,
        everyone=everyone,
        views=views_of(recipe, raw.where, engine, done),
    )


def views_of(
    recipe: Recipe, where: str, engine: Engine, done: Purchased
) -> Callable[[list[str], features.Views], features.Seen]:
    """Return what tells the customers of views: of all in one pass, unless what cleaning says of a row depends on the
    date.
    """

    def settle(until: date) -> clean.Marked:
        then = recipe.model_copy(update={"as_of": until, "window_days": None})  # views have windows of their own
        # One name for all dates, so that the tables of one take the place of those of the one before.
        return settled_rows(then, done.found, engine, where, name=f"{done.marked.name}_then")

    def seen(names: list[str], views: features.Views) -> features.Seen:
        if not clean.nets(recipe.clean):
            return features.collect_views(engine, done.marked, names, views, done.categories)
        from .netted import collect_netted_views

        return collect_netted_views(engine, settle, names, views, done.categories)

    return seen


def _without_own_passes(names: list[str], deciding: list[str], rows: int, progress: Progress) -> list[str]:
    """Return *names* without features that only describe and need a pass of their own over so many *rows*."""
    costly = [name for name in names if name not in deciding and features.needs_own_pass(name)]
    if costly:
        reason = f"each needs a pass of its own over {display.count(rows)} rows; name them under describe to have them"
        progress.step("Left out", f"{', '.join(costly)}: {reason}")
    return [name for name in names if name not in costly]


def _with_shares(
    recipe: Recipe, engine: Engine, marked: clean.Marked, *chosen: list[str]
) -> tuple[features.Categories | None, list[str], list[str]]:
    """Return the categories whose shares are among *chosen*, deciding and all features, and these spelled out."""
    deciding, names = chosen
    asked = [name for name in names if features.is_share(name)]
    if not asked:
        return None, deciding, names
    categories = features.find_categories(engine, marked, asked, recipe.products.categories)
    return categories, features.expanded(deciding, categories), features.expanded(names, categories)
