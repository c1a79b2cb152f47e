"""Stages 1 to 3 for a book of accounts: trades cleaned with their ledger, one row per account, and its cohort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import clean, features, publish, sources
from ..core import display
from ..core.errors import DataError
from ..core.progress import Progress
from ..core.recipe import Clean, Cohort, Recipe
from ..core.tables import CustomerTable
from ..engine import Engine, open_local
from .steps import Book
from .telling import tell_ledger, tell_reading

# A fault in purchases is everyday among trades: sales have negative quantities, and a trade's id may begin with C.
TRADES_ARE = {"cancellations": "keep", "non_positive": "keep"}
COHORT = "cohort"
ACTIVE, INACTIVE, NONACTIVE = "active", "inactive", "nonactive"


def accounts_book(
    recipe: Recipe, progress: Progress, *, not_before: date | None = None, memory: str | None = None
) -> Book:
    """Return the accounts of the book that *recipe* names, each with its cohort in ``words["cohort"]``.

    *not_before* is the earliest as-of date where the recipe does not set one, *memory* what the process may take.
    """
    connection = open_local(memory)
    parts = sources.read_account_files(recipe.source, lambda: connection, progress=progress)
    engine = Engine(connection)
    found = sources.accounts(parts, recipe.source, engine)
    where = ", ".join(dict.fromkeys(part.raw.where for part in parts))
    tell_reading(where, found.facts, progress)
    roles = found.facts.roles
    marked = clean.settle(
        engine,
        clean.Rows(
            found.trades.as_table,
            found.facts.rows,
            where,
            have_orders="order" in roles,
            roles=roles,
        ),
        rules_for_trades(recipe.clean),
        as_of=recipe.as_of,
        today=datetime.now(UTC).date(),
        window_days=recipe.window_days,
        not_before=not_before,
    )
    tell_ledger(marked.ledger, progress)
    collected = features.collect_accounts(engine, marked, found)
    if unlisted := features.count_unlisted(engine, marked, found):
        progress.step(
            "", f"{display.count(unlisted)} accounts trade, but stand in no file of accounts: they have no value"
        )
    if unopened := features.count_unopened(engine, marked, found):
        progress.step("", f"{display.count(unopened)} accounts were opened after {marked.as_of}: they are left out")
    if not len(collected):
        raise DataError(f"{where} names no account.", action="Set source.columns.customer.")
    months = recipe.cohorts.active_months
    customers, odd = with_cohorts(collected, months)
    if odd:
        progress.step(
            "", f"{display.count(odd)} accounts lie in another folder than their last trade says: the folder counts"
        )
    progress.step("Accounts", f"{display.count(len(customers))} as of {marked.as_of}: {_sizes(customers)}")

    @cache
    def trade() -> features.Trade | None:
        return features.trade(engine, marked, turnover=True)

    def write_rejected(path: Path) -> None:
        publish.write_rejected(engine, marked, found.trades, path)

    def views_of(names: list[str], views: features.Views) -> features.Seen:
        del names  # all features come together
        seen = features.collect_account_views(engine, marked, found, views)
        today = features.View(marked.as_of, marked.as_of)
        dated = zip(views.all, seen.views, strict=True)
        return features.Seen(
            seen.ids, [(rows, _dated(table, months, is_today=view == today)) for view, (rows, table) in dated]
        )

    return Book(
        where,
        customers,
        found.facts,
        marked.ledger,
        (),
        lambda: customers,
        write_rejected,
        engine,
        trade=trade,
        views=views_of,
    )


def rules_for_trades(settings: Clean) -> Clean:
    """Return *settings* with the defaults of trades where the recipe leaves them open."""
    return settings.model_copy(
        update={name: value for name, value in TRADES_ARE.items() if name not in settings.model_fields_set}
    )


def cohort_of(customers: CustomerTable, months: int) -> NDArray[np.object_]:
    """Return each account's cohort by its last trade, shape (n,).

    It is active within *months* before the as-of date, inactive before that, and nonactive without any trade.
    """
    assert customers.as_of is not None  # noqa: S101 -- accounts have dates
    limit = (customers.as_of - features.months_before(customers.as_of, months)).days
    recency = customers.values["recency_days"]
    cohort = np.full(len(customers), NONACTIVE, dtype=object)
    cohort[~np.isnan(recency)] = INACTIVE
    cohort[recency <= limit] = ACTIVE
    return cohort


def asked_features(recipe: Recipe, cohort: str, customers: CustomerTable) -> list[str] | None:
    """Return the features that *recipe* wants to decide in *cohort*; None where it leaves them to the data. Those for
    all cohorts are of trades: they say nothing where none of *customers* traded.
    """
    has_traded = not np.isnan(customers.values["recency_days"]).all()
    own = {str(name): features for name, features in recipe.cohorts.features.items()}.get(cohort)
    return own or (recipe.features if has_traded else None)


def together(tables: Mapping[Cohort, Mapping[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    """Return the customers *tables* of the cohorts as one, sorted by id, with the cohort behind the id.

    A column that a cohort lacks (a mixture of fewer segments has fewer memberships) is missing there.
    """
    columns = dict.fromkeys(column for table in tables.values() for column in table)
    joined = {
        column: np.concatenate(
            [table.get(column, np.full(len(table["customer_id"]), np.nan)) for table in tables.values()]
        )
        for column in columns
    }
    cohort = np.concatenate([np.full(len(table["customer_id"]), name, object) for name, table in tables.items()])
    order = np.argsort(joined["customer_id"], kind="stable")
    ordered = {column: values[order] for column, values in joined.items()}
    return {"customer_id": ordered.pop("customer_id"), COHORT: cohort[order], **ordered}


def with_cohorts(customers: CustomerTable, months: int) -> tuple[CustomerTable, int]:
    """Return *customers* with their cohorts, the folder's where files lie in folders, else by the last trade; and how
    many folders say otherwise than the last trade.
    """
    by_folder, by_trade = customers.words[COHORT], cohort_of(customers, months)
    named = np.array([isinstance(name, str) for name in by_folder], dtype=bool)
    cohort = np.where(named, by_folder, by_trade).astype(object)
    return replace(customers, words=customers.words | {COHORT: cohort}), int((cohort != by_trade).sum())


def _dated(customers: CustomerTable, months: int, *, is_today: bool) -> CustomerTable:
    """Return *customers* of a view with their cohorts: folders say what is so today, and on no other date."""
    if is_today:
        return with_cohorts(customers, months)[0]
    return replace(customers, words=customers.words | {COHORT: cohort_of(customers, months)})


def _sizes(customers: CustomerTable) -> str:
    counts = Counter(customers.words[COHORT].tolist())
    return ", ".join(f"{display.count(counts[name])} {name}" for name in sources.COHORTS if counts[name])
