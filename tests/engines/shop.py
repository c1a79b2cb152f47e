"""A small shop with everything that engines disagree about, and what cleaning and features have to make of it.

The rows are plain Python; so is the computation here, which shares no line with the engine's.
"""

from __future__ import annotations

import itertools
import random
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
COLUMNS = {
    'Kunde "Nr"': "BIGINT", "invoice No": "VARCHAR", "When": "TIMESTAMPTZ", "Menge": "DECIMAL(10,1)", "Preis €": "DECIMAL(12,2)",
    "SKU": "VARCHAR", "Text": "VARCHAR", "category": "VARCHAR", "Land": "VARCHAR", "branch": "INTEGER",
}  # fmt: skip
ROLES = dict(
    zip(
        ("customer", "order", "time", "quantity", "unit_price", "product", "description", "category", "country"),
        COLUMNS,
        strict=False,
    )
)
PRODUCTS = [
    ("Käse-01", "Käse, mild", "Käse & Brot"), ("käse-01", "Käse, reif", "Käse & Brot"), ("  Tee ", "Tee", "Getränke"),
    ("O'Neil \"x\"", "two\nlines, one comma", "Getränke"), ("POST", "Porto", None), ("日本茶", "", "お茶"), ("n/a", None, None),
    (None, "free text", "Käse & Brot"), ("PLAIN", "plain", "plain"), ("wine", "Wein \\ rot; 10%", "Getränke"),
]  # fmt: skip
COUNTRIES = ["Österreich", "UK", " UK", None, "", "EIRE"]
NON_PRODUCT = "POST|BANK.*"
AS_OF_LIMIT = date(2020, 1, 1)


def rows() -> list[tuple[Any, ...]]:
    """Return the rows, in the order of COLUMNS."""
    chance = random.Random(11)
    found: list[tuple[Any, ...]] = []
    for number in range(150):
        customer = None if number % 19 == 7 else 2**53 + chance.choice(range(48))
        order = f"{number:05d}"
        moment = datetime(2024, 1, 5, tzinfo=UTC) + timedelta(days=chance.randrange(330))
        # Just before and after midnight, in UTC and in Berlin, in summer and in winter.
        moment += timedelta(seconds=chance.choice([0, 1, 79199, 79200, 82799, 82800, 86399, 45000]))
        place = chance.choice(COUNTRIES)
        for product in chance.sample(PRODUCTS, chance.choice([1, 2, 3, 5])):
            quantity = chance.choice(
                [Decimal("1.0"), Decimal("2.5"), Decimal("12.0"), Decimal("0.0"), None] + [Decimal("3.0")] * 9
            )
            price = chance.choice([Decimal("0.00"), None] + [Decimal(chance.randrange(1, 100_000)) / 100] * 12)
            row = (customer, order, moment, quantity, price, *product, place, number % 3)
            found.append(row)
            if chance.random() < 0.08:
                found.append(row)
            if chance.random() < 0.10 and quantity:
                later = moment + timedelta(days=chance.choice([0, 1, 40]), seconds=1)
                found.append((customer, f"C{order}", later, -quantity, price, *product, place, number % 3))
    found.append((2**53 + 1, "late", None, Decimal("1.0"), Decimal("5.00"), *PRODUCTS[0], "UK", 0))
    found.append(
        (
            2**53 + 2,
            "old",
            datetime(1999, 12, 31, 23, 30, tzinfo=UTC),
            Decimal("1.0"),
            Decimal("5.00"),
            *PRODUCTS[0],
            "UK",
            0,
        )
    )
    found.append(
        (
            2**53 + 3,
            "big",
            datetime(2024, 7, 1, tzinfo=UTC),
            Decimal("999999.0"),
            Decimal("99999.99"),
            *PRODUCTS[9],
            "UK",
            1,
        )
    )
    found.append(
        (2**53 + 99, "gone", datetime(2024, 7, 1, tzinfo=UTC), Decimal("0.0"), Decimal("1.00"), *PRODUCTS[9], "UK", 2)
    )
    chance.shuffle(found)
    return found


@dataclass
class Line:
    """One row as it should be understood, with the reason it is set aside (or ``kept``)."""

    row: tuple[Any, ...]
    customer: str | None
    order: str
    day: date | None
    quantity: Decimal | None
    amount: Decimal | None
    product: str | None
    category: str | None
    country: str | None
    reason: str = "kept"
    extra: dict[str, Any] = field(default_factory=dict)


def tidy(text: str | None) -> str | None:
    """Return *text* without blanks around it; None for a word that says there is nothing."""
    bare = (text or "").strip()
    return None if bare.lower() in {"", "n/a"} else bare


def understood(rows: list[tuple[Any, ...]], *, nets: bool = True) -> list[Line]:
    """Return each row with its reason, by the rules of the recipe in ``conftest``, or without netting."""
    seen: set[tuple[Any, ...]] = set()
    lines = []
    for row in rows:
        customer, order, moment, quantity, price, product, _, category, country, _ = row
        day = moment and moment.astimezone(ZONE).date()
        amount = None if quantity is None or price is None else quantity * price
        line = Line(
            row, customer and str(customer), order, day, quantity, amount, tidy(product), tidy(category), tidy(country)
        )
        line.reason = _reason(line, price, is_copy=row in seen)
        seen.add(row)
        lines.append(line)
    if nets:
        _take_back(lines)
    return lines


def _reason(line: Line, price: Decimal | None, *, is_copy: bool) -> str:
    rules = {
        "no customer": line.customer is None,
        "exact duplicate": is_copy,
        "cancellation": line.order.startswith("C") or (line.quantity is not None and line.quantity < 0),
        "not positive": any(value is not None and value <= 0 for value in (line.quantity, price, line.amount)),
        "unparseable": line.day is None or line.amount is None,
        "not a product": line.product is not None and re.fullmatch(NON_PRODUCT, line.product) is not None,
        "impossible date": line.day is not None and line.day < AS_OF_LIMIT,
    }
    return next((reason for reason, is_broken in rules.items() if is_broken), "kept")


def _take_back(lines: list[Line]) -> None:
    """Mark the purchases that a later cancellation takes back: the latest that still stands, as brackets match."""
    groups: dict[Any, list[Line]] = defaultdict(list)
    for line in lines:
        if line.reason in {"kept", "cancellation"} and None not in {line.quantity, line.product, line.row[2]}:
            groups[line.customer, line.product, abs(line.quantity or 0)].append(line)
    for group in groups.values():
        standing: list[Line] = []
        for line in sorted(group, key=lambda line: (line.row[2], line.reason == "kept")):
            if line.reason == "kept":
                standing.append(line)
            elif standing:
                standing.pop().reason = "reversed purchase"


def kept_by_customer(lines: list[Line]) -> dict[str, list[Line]]:
    """Return the kept lines of each customer, by id."""
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.reason == "kept" and line.customer is not None:
            found[line.customer].append(line)
    return dict(sorted(found.items()))


def ledger(lines: list[Line]) -> dict[str, tuple[int, int, int, Decimal]]:
    """Return rows, orders, customers and money by reason, and of ``all``."""
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        groups[line.reason].append(line)
        groups["all"].append(line)
    return {
        reason: (
            len(group),
            len({line.order for line in group}),
            len({line.customer for line in group} - {None}),
            sum((line.amount for line in group if line.amount is not None), Decimal(0)),
        )
        for reason, group in groups.items()
    }


def as_of(lines: list[Line]) -> date:
    """Return the day after the last kept line."""
    return max(line.day for line in lines if line.reason == "kept" and line.day) + timedelta(days=1)


def features(lines: list[Line], settled: date | None = None) -> dict[str, dict[str, float | None]]:
    """Return every feature of the catalogue by customer, *settled* being the as-of date: the last one where there is
    none.
    """
    settled = settled or as_of(lines)
    found = {}
    for customer, own in kept_by_customer(lines).items():
        days = sorted({line.day for line in own if line.day})
        orders = {line.order for line in own}
        money = sum(line.amount or 0 for line in own)
        gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]
        baskets: dict[str, set[str]] = defaultdict(set)
        for line in own:
            baskets[line.order] |= {line.product} - {None}
        cancelled = [line for line in lines if line.customer == customer and line.reason == "cancellation"]
        back = sum(abs(line.amount or 0) for line in cancelled if line.day and line.day <= settled)
        middle = median(gaps) if gaps else None
        recency = (settled - days[-1]).days
        found[customer] = {
            "recency_days": recency,
            "frequency": len(orders),
            "monetary": float(money),
            "total_quantity": float(sum(line.quantity or 0 for line in own)),
            "average_order_value": float(money) / len(orders),
            "tenure_days": (settled - days[0]).days,
            "recent_spend_share": float(
                sum(line.amount or 0 for line in own if line.day >= settled - timedelta(days=90))
            )
            / float(money),
            "lines_per_order": len(own) / len(orders),
            "products_per_order": sum(map(len, baskets.values())) / len(orders),
            "distinct_products": len({line.product for line in own} - {None}),
            "days_between_orders_mean": sum(gaps) / len(gaps) if gaps else None,
            "days_between_orders_median": middle,
            "own_rhythm_recency": recency / middle if middle and len(orders) >= 3 else None,
            "return_rate": float(back) / float(money),
        }
    return found
