"""What segments buy, counted in the engine: products, categories and baskets by segment, and what products are called.

The counts follow from kept rows and from a small table of customers and their segments. A run which does not ask pays
nothing for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from ..clean import KEPT, Marked
from ..engine import Engine
from ..sources.contents import BLANKS_AROUND, NOTHING_BUT_BLANKS
from .shared import Shared, orders, pairs

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import numpy as np
    from numpy.typing import NDArray

    Columns = dict[str, NDArray[Any]]

# The tables that hold the counts.
LABELS, SPENT, DESCRIPTIONS = "segment_of_customer", "customer_categories", "descriptions"


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


class Purchases:
    """What customers buy, counted in two steps: by customer, maybe while segments are still sought, then by segment.

    *roles* are those that the columns of the source play.
    """

    def __init__(self, engine: Engine, marked: Marked, shared: Shared, *, roles: Collection[str]) -> None:
        self._engine, self._marked, self._shared = engine, marked, shared
        self._by_product = "product" in roles
        self._by_category = "category" in roles
        self._described = self._by_product and "description" in roles
        self._lock = Lock()
        self._is_counted = False

    def count(self) -> None:
        """Sum up the rows by customer and product or category, and find what products are called; once."""
        with self._lock:
            if self._is_counted:
                return
            if self._by_product:
                self._shared.store_pairs()
            if self._described:
                self._store(lambda: product_descriptions(self._marked.rows), DESCRIPTIONS)
            if self._by_category:
                self._store(lambda: customer_categories(self._marked.kept), SPENT)
            self._shared.store_orders()
            self._is_counted = True

    def label(self, ids: NDArray[Any], labels: NDArray[np.int64]) -> None:
        """Keep the segments that *labels*, shape (n,), give the customers *ids* as the table ``LABELS``."""
        self._engine.hold({"customer_id": ids, "segment": labels}, LABELS, step="segments")

    def by_segment(self) -> Bought:
        """Return what the segments buy that the table ``LABELS`` gives customers."""
        self.count()
        called = self._columns(_descriptions, "descriptions") if self._described else {}
        return Bought(
            products=self._columns(lambda: by_segment(pairs(), _labels()), "products") if self._by_product else None,
            descriptions=dict(zip(called["product"], called["description"], strict=True)) if called else {},
            categories=self._columns(lambda: by_segment(_spent(), _labels()), "categories by segment")
            if self._by_category
            else None,
            baskets=self._columns(lambda: segment_baskets(orders(), _labels()), "baskets by segment"),
        )

    def _store(self, query: Callable[[], ir.Table], name: str) -> None:
        self._engine.store(query, name, step=name, condition=self._marked.name)

    def _columns(self, query: Callable[[], ir.Table], step: str) -> Columns:
        return self._engine.columns(query, step=step, condition=self._marked.name)


def customer_categories(kept: ir.Table) -> ir.Table:
    """Return what each customer spent on each category, null where the line has none, from *kept* rows."""
    return kept.group_by("customer_id", "category").agg(amount=kept.amount.sum())


def product_descriptions(marked: ir.Table) -> ir.Table:
    """Return each product's most frequent description among kept rows; the first in the alphabet on a tie."""
    import ibis

    kept = marked.filter(marked.reason == KEPT)
    times = kept.group_by("product", "description").agg(times=kept.count())
    missing = times.description.isnull() | times.description.re_search(NOTHING_BUT_BLANKS)
    times = times.filter(times["product"].notnull() & ~missing)  # now they are few
    place = ibis.row_number().over(group_by="product", order_by=(times.times.desc(), times.description))
    ranked = times.mutate(place=place)
    # Not strip(): what Ibis 12 writes for Spark takes the letters f and v away as well.
    tidy = ranked.description.re_replace(BLANKS_AROUND, "")
    return ranked.filter(ranked.place == 0).select("product", description=tidy)


def by_segment(pairs: ir.Table, labels: ir.Table) -> ir.Table:
    """Return buyers and revenue of each product (or category) in each segment; *pairs* are by customer."""
    thing = pairs.columns[1]
    joined = pairs.inner_join(labels, "customer_id")
    counted = joined.group_by("segment", thing).agg(buyers=joined.count(), revenue=joined.amount.sum())
    return counted.order_by("segment", thing)


def segment_baskets(orders: ir.Table, labels: ir.Table) -> ir.Table:
    """Return mean and median size of an order in each segment, from whole *orders*: lines, items, value."""
    joined = orders.inner_join(labels, "customer_id")
    sizes: dict[str, Any] = {}
    for name in ("lines", "items", "value"):
        # The mean from exact sums: an engine may add floats in any order.
        sizes[f"{name}_mean"] = joined[name].sum().cast("float64") / joined.count()
        sizes[f"{name}_median"] = joined[name].cast("float64").median()
    return joined.group_by("segment").agg(orders=joined.count(), **sizes).order_by("segment")


def _labels() -> ir.Table:
    import ibis

    return ibis.table({"customer_id": "string", "segment": "int64"}, name=LABELS)


def _spent() -> ir.Table:
    import ibis

    return ibis.table({"customer_id": "string", "category": "string", "amount": "decimal(38, 4)"}, name=SPENT)


def _descriptions() -> ir.Table:
    import ibis

    return ibis.table({"product": "string", "description": "string"}, name=DESCRIPTIONS)
