"""Stages 1 to 3 for a customer table: one row per customer is there already, so cleaning is all there is to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .. import clean, publish, sources
from ..core import display
from ..core.errors import DataError, NothingLeft, UnknownColumn
from ..core.progress import Progress
from ..core.recipe import Recipe
from ..core.tables import Column, CustomerTable
from ..engine import Engine
from .steps import Book, tell_reading

if TYPE_CHECKING:
    import ibis.expr.types as ir


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
    customers = _collect(engine, marked, found)
    progress.step("Customers", display.count(len(customers)))
    deciding = _deciding(recipe, customers, raw.where)

    def write_rejected(path: Path) -> None:
        publish.write_rejected_customers(engine, marked, found, path)

    return Book(raw.where, customers, found.facts, ledger, deciding, lambda: customers, write_rejected, engine)


def _collect(engine: Engine, marked: ir.Table, found: sources.Customers) -> CustomerTable:
    kept = marked.filter(marked.reason == clean.KEPT).order_by("customer_id")
    columns = engine.columns(kept.select("customer_id", *found.numbers, *found.texts), step="features")
    values = {title: np.ascontiguousarray(columns[name], dtype=np.float64) for name, title in found.numbers.items()}
    words = {title: columns[name].astype(object) for name, title in found.texts.items()}
    described = tuple(Column(title) for title in values)
    return CustomerTable(columns["customer_id"].astype(object), values, described, words=words)


def _deciding(recipe: Recipe, customers: CustomerTable, where: str) -> tuple[str, ...]:
    """Return the features that decide: those of the recipe, or every number of the table."""
    for name in recipe.features or ():
        if name not in customers.values:
            raise UnknownColumn(name, customers.values, where=where)
    # What the company calls its customers' segments is no measure of them.
    return tuple(recipe.features or [name for name in customers.values if name != recipe.rules.label])
