"""What each segment buys: its top products, what it buys unusually often, its categories and its baskets.

Comes in: the counts of ``features.purchases``. Goes out: ``Products``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.tables import Floats
from ..features.purchases import Bought
from .lift import false_discovery, lift

TOP = 5
FALSE_FINDS = 0.05
NO_CATEGORY = "(no category)"


@dataclass(frozen=True)
class ProductLine:
    """One product in one segment.

    ``share_of_segment`` and ``share_of_others`` are the shares of customers who bought it; ``lift`` is their ratio with
    its 95 % interval, and ``q_value`` the share of false finds among products at least as sure. Lift, bounds and
    q-value are NaN where the segment has fewer buyers than the recipe asks for.
    """

    segment_id: int
    segment: str
    product: str
    description: str
    buyers: int
    share_of_segment: float
    share_of_others: float
    lift: float
    low: float
    high: float
    q_value: float
    revenue: float

    @property
    def is_unusual(self) -> bool:
        """Whether the segment buys it more often than others, beyond chance."""
        return self.low > 1 and self.q_value <= FALSE_FINDS


@dataclass(frozen=True)
class Basket:
    """An order of the segment, mean and median: lines, items (NaN without quantities) and value."""

    orders: int
    lines_mean: float
    lines_median: float
    items_mean: float
    items_median: float
    value_mean: float
    value_median: float


@dataclass(frozen=True)
class Purchases:
    """What one segment buys.

    Attributes
    ----------
    segment_id, segment
        Whose.
    by_revenue
        The five products with most revenue.
    by_lift
        Up to five that it buys unusually often, by the lower bound of the lift.
    closest
        Where it buys nothing unusually often: up to five products that come nearest to it.
    tested, unusual
        How many products had buyers enough, and how many of them it buys unusually often.
    typical_lift
        Median lift of those tested: customers who buy more buy more of everything.
    categories
        Category to its share of the segment's revenue; empty without categories.
    basket
        Its orders.
    """

    segment_id: int
    segment: str
    by_revenue: tuple[ProductLine, ...]
    by_lift: tuple[ProductLine, ...]
    closest: tuple[ProductLine, ...]
    tested: int
    unusual: int
    typical_lift: float
    categories: dict[str, float]
    basket: Basket


@dataclass(frozen=True)
class Products:
    """What all segments buy.

    ``lines`` has every product with buyers enough, and the top five by revenue; ``overall`` is each category's share of
    all revenue, the largest first; ``min_buyers`` is how many buyers are enough.
    """

    segments: tuple[Purchases, ...]
    lines: tuple[ProductLine, ...]
    overall: dict[str, float]
    min_buyers: int
    has_products: bool

    def table(self) -> dict[str, list[Any]]:
        """Return the lines as one list per column."""
        return {field.name: [getattr(line, field.name) for line in self.lines] for field in fields(ProductLine)}


def products(bought: Bought, names: Mapping[int, str], sizes: Mapping[int, int], *, min_buyers: int) -> Products:
    """Return what each segment buys; *names* and *sizes* are names and numbers of customers by segment id."""
    lines = _lines(bought, names, sizes, min_buyers) if bought.products is not None else ()
    revenue = _category_revenue(bought)
    order = sorted(names, key=lambda label: (label < 0, label))
    segments = tuple(
        _purchases(label, names[label], [line for line in lines if line.segment_id == label], revenue, bought)
        for label in order
    )
    return Products(segments, lines, _shares(_summed(revenue)), min_buyers, bought.products is not None)


def _lines(
    bought: Bought, names: Mapping[int, str], sizes: Mapping[int, int], min_buyers: int
) -> tuple[ProductLine, ...]:
    """Return the products with buyers enough, and the top ones by revenue; by segment, then by the lift's lower end."""
    assert bought.products is not None  # noqa: S101 -- for mypy
    segment = bought.products["segment"].astype(np.int64)
    product = bought.products["product"]
    buyers, revenue = (bought.products[name].astype(np.float64) for name in ("buyers", "revenue"))
    place = {name: i for i, name in enumerate(dict.fromkeys(product.tolist()))}
    code = np.array([place[name] for name in product.tolist()], dtype=np.int64)
    everyone = np.bincount(code, weights=buyers)[code]
    size = np.array([sizes[label] for label in segment.tolist()], dtype=np.float64)
    others, rest = everyone - buyers, sum(sizes.values()) - size
    enough = buyers >= min_buyers
    ratio, low, high, q_value = _tested(buyers, size, others, rest, enough)
    with np.errstate(divide="ignore", invalid="ignore"):
        share_of_others = np.where(rest > 0, others / rest, np.nan)
    rows = np.flatnonzero(enough | _has_top_revenue(segment, revenue))
    worth = np.nan_to_num(low[rows], nan=-1.0)
    # Products come in order of their name: the last word where all else is equal.
    rows = rows[np.lexsort((rows, -revenue[rows], -worth, np.where(segment[rows] < 0, len(names), segment[rows])))]
    columns = (segment, product, buyers, buyers / size, share_of_others, ratio, low, high, q_value, revenue)
    return tuple(
        ProductLine(label, names[label], name, bought.descriptions.get(name, ""), int(count), *figures)
        for label, name, count, *figures in zip(*(column[rows].tolist() for column in columns), strict=True)
    )


def _has_top_revenue(segment: NDArray[np.int64], revenue: Floats) -> NDArray[np.bool_]:
    """Return which rows are among the TOP of their segment by revenue, the earlier one on a tie."""
    order = np.lexsort((np.arange(len(segment)), -revenue, segment))
    first = np.r_[True, segment[order][1:] != segment[order][:-1]][: len(order)]
    starts = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    top = np.zeros(len(segment), dtype=bool)
    top[order] = np.arange(len(order)) - starts < TOP
    return top


def _tested(
    buyers: Floats, size: Floats, others: Floats, rest: Floats, enough: Any
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return lift, bounds and q-value where there are buyers *enough*, NaN elsewhere."""
    parts = [np.full(len(buyers), np.nan) for _ in range(4)]
    tested = enough & (rest > 0)
    found = lift(buyers[tested], size[tested], others[tested], rest[tested])
    adjusted = false_discovery(found.p_value)
    for part, values in zip(parts, (found.ratio, found.low, found.high, adjusted), strict=True):
        part[tested] = values
    return parts[0], parts[1], parts[2], parts[3]


def _purchases(
    label: int, name: str, lines: Sequence[ProductLine], revenue: Mapping[int, dict[str, float]], bought: Bought
) -> Purchases:
    tested = [line for line in lines if not math.isnan(line.lift)]
    unusual = [line for line in tested if line.is_unusual]
    return Purchases(
        segment_id=label,
        segment=name,
        by_revenue=tuple(sorted(lines, key=lambda line: (-line.revenue, line.product))[:TOP]),
        by_lift=tuple(unusual[:TOP]),
        closest=() if unusual else tuple(tested[:TOP]),
        tested=len(tested),
        unusual=len(unusual),
        typical_lift=float(np.median([line.lift for line in tested])) if tested else math.nan,
        categories=_shares(revenue.get(label, {})),
        basket=_basket(bought, label),
    )


def _basket(bought: Bought, label: int) -> Basket:
    rows = np.flatnonzero(bought.baskets["segment"].astype(np.int64) == label)
    if not len(rows):
        return Basket(0, *[math.nan] * 6)
    return Basket(
        **{
            field.name: float(bought.baskets[field.name][rows[0]]) for field in fields(Basket) if field.name != "orders"
        },
        orders=int(bought.baskets["orders"][rows[0]]),
    )


def _category_revenue(bought: Bought) -> dict[int, dict[str, float]]:
    """Return the revenue of each category by segment."""
    found: dict[int, dict[str, float]] = {}
    if bought.categories is None:
        return found
    columns = (bought.categories[name].tolist() for name in ("segment", "category", "revenue"))
    for label, category, revenue in zip(*columns, strict=True):
        found.setdefault(int(label), {})[NO_CATEGORY if category is None else str(category)] = float(revenue)
    return found


def _summed(revenue: Mapping[int, Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for one in revenue.values():
        for category, money in one.items():
            total[category] = total.get(category, 0.0) + money
    return total


def _shares(money: Mapping[str, float]) -> dict[str, float]:
    """Return each category's share, the largest first; empty where the money does not sum to more than 0."""
    whole = sum(money.values())
    ordered = sorted(money, key=lambda category: (-money[category], category))
    return {category: money[category] / whole for category in ordered} if whole > 0 else {}
