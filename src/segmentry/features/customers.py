"""One row per customer: the blocks that the chosen features need, joined, and collected at the border."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from ..clean import KEPT, Marked
from ..clean.rules import CANCELLATION
from ..core.tables import Column, CustomerTable
from ..engine import Engine
from .affinity import Categories, affinity_features, is_share
from .baskets import basket_features
from .cadence import cadence_features
from .catalogue import CATALOGUE
from .orders import order_features
from .returns import return_features
from .shared import Shared

if TYPE_CHECKING:
    import ibis.expr.types as ir

AFFINITY = "affinity"  # the block of features whose names depend on the data


def customer_features(marked: Marked, names: Sequence[str], categories: Categories | None = None) -> ir.Table:
    """Return ``customer_id`` and the features *names*, one row per customer with a kept purchase: an expression.

    *categories* are needed where shares of categories are among the names.
    """
    import ibis

    kept = marked.orders.filter(marked.orders.reason == KEPT)
    customers = marked.customers
    blocks = {
        "orders": lambda: order_features(customers.filter(customers.reason == KEPT), marked.counts, as_of=marked.as_of),
        "baskets": lambda: basket_features(marked),
        "cadence": lambda: cadence_features(
            kept.select("customer_id", "date").distinct(), marked.counts.mutate(as_of=ibis.literal(marked.as_of))
        ),
        "returns": lambda: return_features(customers, kept=KEPT, cancelled=CANCELLATION),
    }
    if categories is not None:
        blocks[AFFINITY] = lambda: affinity_features(marked.kept, categories)
    # The block of orders leads: whoever has a kept purchase is in it, and nobody else.
    needed = dict.fromkeys(["orders", *(AFFINITY if is_share(name) else CATALOGUE[name].block for name in names)])
    tables = [blocks[block]() for block in needed]
    joined = reduce(lambda left, right: left.left_join(right, "customer_id").drop("customer_id_right"), tables)
    return joined.select("customer_id", **{name: joined[name].cast("float64") for name in names})


def condition_of(marked: Marked, names: Sequence[str], categories: Categories | None) -> str:
    """Return what the text of a query with ``customer_features`` depends on beyond the recipe."""
    spellings = categories.spellings if categories else None
    return repr((marked.name, marked.has_masks, marked.as_of, list(names), spellings))


def looks_at_products(names: Sequence[str]) -> bool:
    """Return whether features among *names* are made of which products each customer bought."""
    return any(not is_share(name) and CATALOGUE[name].block == "baskets" for name in names)


def prepare(marked: Marked, shared: Shared, names: Sequence[str]) -> None:
    """Store the tables that ``customer_features`` reads for *names* beside those of *marked*."""
    if looks_at_products(names):
        shared.store_pairs()
        if marked.has_masks:
            shared.store_orders()


def collect(
    engine: Engine, marked: Marked, shared: Shared, names: Sequence[str], categories: Categories | None = None
) -> CustomerTable:
    """Compute the features *names* and return the customers, sorted by id; *shared* tables are stored if need be."""
    prepare(marked, shared, names)
    found = engine.columns(
        lambda: customer_features(marked, names, categories).order_by("customer_id"),
        step=f"{len(names)} features",
        condition=condition_of(marked, names, categories),
    )
    values = {name: np.ascontiguousarray(found[name], dtype=np.float64) for name in names}
    return CustomerTable(found["customer_id"].astype(object), values, described(names, categories), marked.as_of)


def described(names: Sequence[str], categories: Categories | None) -> tuple[Column, ...]:
    """Return meaning and unit of each of the features *names*."""
    return tuple(categories.column(name) if categories and is_share(name) else CATALOGUE[name].column for name in names)
