"""Stages 1 to 3 for a customer table: one row per customer is there already, so cleaning is all there is to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import clean, features, publish, sources
from ..core import display
from ..core.errors import DataError, NothingLeft, UnknownColumn
from ..core.progress import Progress
from ..core.recipe import Recipe
from ..core.tables import Column, CustomerTable, Floats
from ..engine import Engine
from .steps import Book
from .telling import tell_assumptions, tell_ledger, tell_reading

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from .everyone import Everyone


def customers_book(recipe: Recipe, raw: sources.Raw, engine: Engine, progress: Progress) -> Book:
    """Return the customers of a customer table, sorted by id, with every numeric column as a feature."""
    found = sources.customers(raw, recipe.source, engine)
    tell_reading(raw.where, found.facts, progress)
    if not found.numbers:
        raise DataError(
            f"{raw.where} has no column of numbers.",
            possible="A customer table needs numbers to find segments by.",
            action="For purchases, set source.kind: transactions.",
        )
    marked = clean.settle_customers(engine, clean.mark_customers(found.table))
    ledger = clean.count_customers(engine, marked)
    if not ledger.kept.rows:
        raise NothingLeft(f"No row of {raw.where} names a customer.", ledger=ledger, action="Set source.columns.")
    tell_ledger(ledger, progress)
    numbers, renamed = sources.under_our_names(found.numbers, recipe.features or ())
    found = replace(found, numbers=dict(numbers))
    everyone, customers = _collect(recipe, engine, marked, found, ledger.kept.rows)
    progress.step("Customers", display.count(customers.count))
    deciding, codes = _deciding(recipe, customers, raw.where)
    notes = (*renamed, *codes)
    if everyone is not None:
        from .everyone import assumed

        notes = (*notes, assumed(customers))
    tell_assumptions(notes, progress)
    facts = replace(found.facts, assumptions=(*found.facts.assumptions, *notes))

    def write_rejected(path: Path) -> None:
        publish.write_rejected_customers(engine, marked, found, path)

    return Book(
        raw.where, customers, facts, ledger, deciding, lambda: customers, write_rejected, engine, everyone=everyone
    )


def _collect(
    recipe: Recipe, engine: Engine, marked: ir.Table, found: sources.Customers, count: int
) -> tuple[Everyone | None, CustomerTable]:
    """Return the *count* customers that are kept; where they are too many to be fetched, all of them and a sample."""
    kept = marked.filter(marked.reason == clean.KEPT)
    if count > recipe.cluster.fetch_at_most:
        from .everyone import listed

        everyone, customers = listed(recipe, engine, kept, found.numbers, count)
        return everyone, replace(customers, columns=_described(customers.values))
    table = kept.order_by("customer_id").select("customer_id", *found.numbers, *found.texts)
    columns = engine.columns(table, step="features")
    values = {title: np.ascontiguousarray(columns[name], dtype=np.float64) for name, title in found.numbers.items()}
    words = {title: columns[name].astype(object) for name, title in found.texts.items()}
    return None, CustomerTable(columns["customer_id"].astype(object), values, _described(values), words=words)


def _described(values: Mapping[str, Floats]) -> tuple[Column, ...]:
    """Return what each column of *values* means."""
    return tuple(
        replace(column, unit="code", meaning="A number that stands for a word; means of it say nothing")
        if sources.is_code(column.name, values[column.name])
        else features.CATALOGUE[column.name].column
        if column.name in features.CATALOGUE
        else column
        for column in sources.described(list(values))
    )


def _deciding(recipe: Recipe, customers: CustomerTable, where: str) -> tuple[tuple[str, ...], list[sources.Assumption]]:
    """Return the features that decide, those of the recipe or every number that is no code, and what is assumed."""
    for name in recipe.features or ():
        if name not in customers.values:
            raise UnknownColumn(name, customers.values, where=where)
    # What the company calls its customers' segments is no measure of them.
    codes = [column.name for column in customers.columns if column.unit == "code"]
    measures = tuple(name for name in customers.values if name not in {*codes, recipe.rules.label})
    if recipe.features or not codes or not measures:
        return tuple(recipe.features or measures or customers.values), []
    text = f"{', '.join(codes)} hold codes, not amounts: kept, but not used to find segments"
    return measures, [sources.Assumption(text, "features: [COLUMN, …]")]
