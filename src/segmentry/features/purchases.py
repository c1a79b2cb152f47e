"""What segments buy, counted in the engine: products, categories and baskets by segment, and what products are called.

The counts follow from kept rows and from a small table of customers and their segments; descriptions and categories are
fetched from the source by row only here, so that a run which does not ask pays nothing for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..clean import KEPT, Marked
from ..core.tables import CustomerTable
from ..engine import Engine
from ..sources.contents import NOTHING_BUT_BLANKS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    from numpy.typing import NDArray

    Columns = dict[str, NDArray[Any]]

LABELS = "segment_of_customer"


@dataclass(frozen=True)
class Bought:
    """Counts by segment, each a table as NumPy columns, sorted; none where the source lacks the role.

    Attributes
    ----------
    products
        ``segment, product, buyers`` (customers who bought it), ``revenue``.
    descriptions
        Product to what most of its kept lines call it.
    categories
        ``segment, category`` (None: lines without one), ``buyers, revenue``.
    baskets
        ``segment, orders, lines_mean, lines_median, items_mean, items_median, value_mean, value_median``: per order.
    """

    products: Columns | None
    descriptions: dict[str, str]
    categories: Columns | None
    baskets: Columns


def collect_bought(
    engine: Engine,
    marked: Marked,
    source: Callable[[], ir.Table],
    customers: CustomerTable,
    labels: NDArray[np.int64],
    *,
    roles: Collection[str],
) -> Bought:
    """Count what the segments given by *labels*, shape (n,), of *customers* buy. *source* is the canonical table."""
    engine.hold({"customer_id": customers.ids, "segment": labels}, LABELS, step="segments")

    def columns(query: Callable[[], ir.Table], step: str) -> Columns:
        return engine.columns(query, step=step, condition=marked.name)

    named = "product" in roles and "description" in roles
    called = columns(lambda: product_descriptions(marked.kept, source()), "descriptions") if named else {}
    return Bought(
        products=columns(lambda: segment_products(marked.kept, _labels()), "products") if "product" in roles else None,
        descriptions=dict(zip(called["product"], called["description"], strict=True)) if named else {},
        categories=columns(lambda: segment_categories(marked.kept, source(), _labels()), "categories by segment")
        if "category" in roles
        else None,
        baskets=columns(lambda: segment_baskets(marked.orders, _labels()), "baskets by segment"),
    )


def segment_products(kept: ir.Table, labels: ir.Table) -> ir.Table:
    """Return buyers and revenue of each product in each segment, from *kept* rows and *labels*."""
    rows = kept.filter(kept["product"].notnull())
    pairs = rows.group_by("customer_id", "product").agg(amount=rows.amount.sum())
    joined = pairs.inner_join(labels, "customer_id")
    counted = joined.group_by("segment", "product").agg(buyers=joined.count(), revenue=joined.amount.sum())
    return counted.order_by("segment", "product")


def product_descriptions(kept: ir.Table, source: ir.Table) -> ir.Table:
    """Return each product's most frequent description among kept lines; the first in the alphabet on a tie."""
    import ibis

    rows = kept.select("row_id", "product").inner_join(source.select("row_id", "description"), "row_id")
    times = rows.group_by("product", "description").agg(times=rows.count())
    missing = times.description.isnull() | times.description.re_search(NOTHING_BUT_BLANKS)
    times = times.filter(times["product"].notnull() & ~missing)  # now they are few
    place = ibis.row_number().over(group_by="product", order_by=(times.times.desc(), times.description))
    ranked = times.mutate(place=place)
    return (
        ranked.filter(ranked.place == 0).select("product", description=ranked.description.strip()).order_by("product")
    )


def segment_categories(kept: ir.Table, source: ir.Table, labels: ir.Table) -> ir.Table:
    """Return buyers and revenue of each category in each segment."""
    rows = kept.select("row_id", "customer_id", "amount").inner_join(source.select("row_id", "category"), "row_id")
    pairs = rows.group_by("customer_id", "category").agg(amount=rows.amount.sum())
    joined = pairs.inner_join(labels, "customer_id")
    counted = joined.group_by("segment", "category").agg(buyers=joined.count(), revenue=joined.amount.sum())
    return counted.order_by("segment", "category")


def segment_baskets(orders: ir.Table, labels: ir.Table) -> ir.Table:
    """Return mean and median size of an order in each segment, from marked *orders*: lines, items, value."""
    kept = orders.filter(orders.reason == KEPT)
    whole = kept.group_by("customer_id", "order_id").agg(
        lines=kept.lines.sum(), items=kept.quantity.sum(), value=kept.amount.sum()
    )
    joined = whole.inner_join(labels, "customer_id")
    sizes: dict[str, Any] = {}
    for name in ("lines", "items", "value"):
        # The mean from exact sums: an engine may add floats in any order.
        sizes[f"{name}_mean"] = joined[name].sum().cast("float64") / joined.count()
        sizes[f"{name}_median"] = joined[name].cast("float64").median()
    return joined.group_by("segment").agg(orders=joined.count(), **sizes).order_by("segment")


def _labels() -> ir.Table:
    import ibis

    return ibis.table({"customer_id": "string", "segment": "int64"}, name=LABELS)
