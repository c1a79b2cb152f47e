"""Customers as of past dates: the features of every view in one pass, by the definitions that hold for one date.

Comes in: marked transactions, views. Goes out: a customer table for each view; who has no purchase in it is not there.
Nothing after a view's last date touches its rows. Cleaning looks at one row at a time or at equal rows of the same
moment, so that it does not know the future either; netting does, so recipes with it have no snapshots.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..clean import BEFORE_WINDOW, KEPT, Marked
from ..clean.marking import table
from ..clean.rules import CANCELLATION
from ..core.tables import CustomerTable
from ..engine import Engine
from .affinity import Categories, affinity_shares, affinity_sums, is_share
from .cadence import cadence_features
from .catalogue import CATALOGUE
from .customers import described
from .orders import order_measures
from .views import VIEWS, Views, seen, seen_ever, with_cell_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

CELLS, SUMS, NUMBERS = "cells", "sums_in_views", "customers_in_views"
KEYS = ("view_id", "customer_id")
_CELLS = {
    "customer_id": "string", "cell": "int64", "before": "int64", "orders": "int64", "lines": "int64",
    "amount": "decimal(38, 4)", "quantity": "float64", "first": "date", "last": "date",
}  # fmt: skip
_SUMS = {
    "view_id": "int64", "customer_id": "string", "orders": "int64", "lines": "int64", "amount": "decimal(38, 4)",
    "quantity": "float64", "recent": "decimal(38, 4)", "first": "date", "last": "date",
}  # fmt: skip


class Seen(NamedTuple):
    """All customers of any view, ids ascending, and for each view which of them are in it, with their features."""

    ids: NDArray[np.object_]
    views: list[tuple[NDArray[np.int64], CustomerTable]]


def collect_views(
    engine: Engine, marked: Marked, names: Sequence[str], views: Views, categories: Categories | None = None
) -> Seen:
    """Return the customers of each view with the features *names*."""
    condition = repr((marked.name, list(names), views, categories and categories.spellings))

    def store(query: Callable[[], ir.Table], name: str) -> None:
        engine.store(query, name, step=name, condition=condition)

    engine.hold(views.columns(), VIEWS, step=VIEWS)
    store(lambda: order_cells(marked, views), CELLS)
    store(lambda: sums_in_views(table(_CELLS, CELLS)), SUMS)
    # Ids are text, which is fetched slowly: once, and a number for each row of each view.
    store(_numbered, NUMBERS)
    ids = engine.columns(lambda: _numbers().order_by("customer_id"), step="customers in views", condition=condition)
    place = np.empty(len(ids["number"]), dtype=np.int64)
    place[ids["number"].astype(np.int64)] = np.arange(len(place))
    found = engine.columns(
        lambda: _with_numbers(view_features(marked, names, views, categories)),
        step="features in views",
        condition=condition,
    )
    rows = place[found["number"].astype(np.int64)]
    order = np.lexsort((rows, found["view_id"]))
    ends = np.searchsorted(found["view_id"][order], np.arange(len(views.all) + 1))
    every = ids["customer_id"].astype(object)
    seen_in = [order[start:stop] for start, stop in itertools.pairwise(ends)]
    return Seen(
        every,
        [
            (
                rows[chosen],
                CustomerTable(
                    every[rows[chosen]],
                    {name: np.asarray(found[name][chosen], dtype=np.float64) for name in names},
                    described(names, categories),
                    view.as_of,
                ),
            )
            for view, chosen in zip(views.all, seen_in, strict=True)
        ],
    )


def _numbered() -> ir.Table:
    """Return each customer with a number from 0, in whatever order the engine has."""
    import ibis

    customers = table(_CELLS, CELLS).select("customer_id").distinct()
    return customers.mutate(number=ibis.row_number().over(order_by="customer_id").cast("int64"))


def _numbers() -> ir.Table:
    return table({"customer_id": "string", "number": "int64"}, NUMBERS)


def _with_numbers(features: ir.Table) -> ir.Table:
    return features.inner_join(_numbers(), "customer_id").drop("customer_id")


def view_features(marked: Marked, names: Sequence[str], views: Views, categories: Categories | None = None) -> ir.Table:
    """Return ``view_id``, ``customer_id`` and the features *names*; the tables they follow from are there."""
    sums = table(_SUMS, SUMS)
    with_orders = sums.filter(sums.orders > 0)  # what orders have in them is missing for who has none
    as_of = views.as_of
    blocks: dict[str, Callable[[], ir.Table]] = {
        "orders": lambda: sums.select(*KEYS, **order_measures(sums, as_of=as_of(sums.view_id))),
        "baskets": lambda: _baskets(marked, views, with_orders),
        "cadence": lambda: _cadence(marked, views, with_orders),
        "returns": lambda: _returns(marked, views, sums),
    }
    if categories is not None:
        blocks["affinity"] = lambda: _affinity(marked, views, categories)
    needed = dict.fromkeys(["orders", *("affinity" if is_share(name) else CATALOGUE[name].block for name in names)])
    tables = [blocks[block]() for block in needed]
    joined = reduce(_beside, tables)
    return joined.select(*KEYS, **{name: joined[name].cast("float64") for name in names})


def _beside(left: ir.Table, right: ir.Table) -> ir.Table:
    return left.left_join(right, KEYS).drop("view_id_right", "customer_id_right")


def _bought(entries: ir.Table) -> ir.Table:
    """Return the entries (or lines) that are purchases, whether or not they are in the window of the latest date."""
    return entries.filter(entries.reason.isin([KEPT, BEFORE_WINDOW]))


def order_cells(marked: Marked, views: Views) -> ir.Table:
    """Return the purchases by customer and cell; ``orders`` are those whose cell before is ``before``."""
    entries = _bought(marked.orders)
    entries = entries.mutate(cell=views.cell(entries.date))
    orders = entries.group_by("customer_id", "order_id", "cell").agg(
        lines=entries.lines.sum(),
        amount=entries.amount.sum(),
        quantity=entries.quantity.sum(),
        first=entries.date.min(),
        last=entries.date.max(),
    )
    orders = with_cell_before(orders, ["customer_id", "order_id"])
    cells = orders.group_by("customer_id", "cell", "before").agg(
        orders=orders.order_id.count(),
        lines=orders.lines.sum(),
        amount=orders.amount.sum(),
        quantity=orders.quantity.sum(),
        first=orders["first"].min(),
        last=orders["last"].max(),
    )
    return cells.select(*_CELLS)


def sums_in_views(cells: ir.Table) -> ir.Table:
    """Return the sums of *cells* in each view, by customer."""
    import ibis

    rows = seen(cells)
    sums = rows.group_by(*KEYS).agg(
        orders=ibis.ifelse(rows.before < rows.start, rows.orders, 0).sum(),
        lines=rows.lines.sum(),
        amount=rows.amount.sum(),
        quantity=rows.quantity.sum(),
        recent=ibis.ifelse(rows.cell >= rows.recent, rows.amount, 0).sum().cast("decimal(38, 4)"),
        first=rows["first"].min(),
        last=rows["last"].max(),
    )
    return sums.select(*_SUMS)


def _cadence(marked: Marked, views: Views, sums: ir.Table) -> ir.Table:
    entries = _bought(marked.orders)
    days = entries.select("customer_id", "date").distinct()
    rows = seen(days.mutate(cell=views.cell(days.date))).select(*KEYS, "date")
    counts = sums.select(*KEYS, "orders", as_of=views.as_of(sums.view_id))
    return cadence_features(rows, counts, keys=KEYS)


def _baskets(marked: Marked, views: Views, sums: ir.Table) -> ir.Table:
    """Return different products over all, and in an order: each counts in the first of a view's cells that has it."""
    lines = _bought(marked.lines)
    lines = lines.filter(lines["product"].notnull())
    lines = lines.mutate(cell=views.cell(lines.date)).select("customer_id", "order_id", "product", "cell").distinct()
    overall = lines.select("customer_id", "product", "cell").distinct()
    different = _counted(overall, ["customer_id", "product"])
    in_orders = _counted(lines, ["customer_id", "order_id", "product"])
    joined = _beside(_beside(sums, different.rename(distinct_products="n")), in_orders.rename(bought="n"))
    return joined.select(
        *KEYS,
        distinct_products=joined.distinct_products.fill_null(0),
        products_per_order=joined.bought.fill_null(0) / joined.orders,
    )


def _counted(things: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Return as ``n`` how many different *things*, told apart by *keys*, each customer has in each view."""
    import ibis

    things = with_cell_before(things, keys)
    cells = things.group_by("customer_id", "cell", "before").agg(n=things.count())
    rows = seen(cells)
    return rows.group_by(*KEYS).agg(n=ibis.ifelse(rows.before < rows.start, rows.n, 0).sum())


def _returns(marked: Marked, views: Views, sums: ir.Table) -> ir.Table:
    entries = marked.orders.filter(marked.orders.reason == CANCELLATION)
    entries = entries.mutate(cell=views.cell(entries.date))
    cells = entries.group_by("customer_id", "cell").agg(returned=entries.turnover.sum())
    rows = seen_ever(cells)
    returned = rows.group_by(*KEYS).agg(returned=rows.returned.sum())
    joined = _beside(sums, returned)
    rate = joined.returned.fill_null(0).cast("float64") / joined.amount.cast("float64").nullif(0.0)
    return joined.select(*KEYS, return_rate=rate)


def _affinity(marked: Marked, views: Views, categories: Categories) -> ir.Table:
    lines = _bought(marked.lines)
    sums = affinity_sums(lines.mutate(cell=views.cell(lines.date)), categories, ["customer_id", "cell"])
    rows = seen(sums)
    money = [name for name in sums.columns if name not in {"customer_id", "cell"}]
    totals = rows.group_by(*KEYS).agg(**{name: rows[name].sum() for name in money})
    return totals.select(*KEYS, **affinity_shares(totals, categories))
