"""A generated retail book: a shop's invoices."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.seeds import generator
from .groups import Ints, shared_out

FIRST_DAY = np.datetime64("2023-01-01")
DAYS = 730
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
# Weight of each month, January first: a gift shop sells in November.
SEASON = (0.8, 0.75, 0.9, 0.9, 1.0, 0.95, 0.9, 0.9, 1.1, 1.3, 1.6, 1.2)
COUNTRIES = (
    "United Kingdom",
    "Germany",
    "France",
    "EIRE",
    "Spain",
    "Netherlands",
    "Belgium",
    "Switzerland",
    "Portugal",
    "Norway",
)
COUNTRY_SHARES = (0.82, 0.04, 0.04, 0.03, 0.02, 0.015, 0.01, 0.01, 0.01, 0.005)
THINGS = (
    "LANTERN",
    "MUG",
    "TEA TOWEL",
    "CUSHION",
    "CANDLE",
    "BUNTING",
    "CAKE STAND",
    "LUNCH BAG",
    "PHOTO FRAME",
    "CLOCK",
)
LOOKS = ("WHITE", "RED SPOTTY", "VINTAGE", "BLUE", "GLASS", "WOODEN", "SMALL", "LARGE", "RETROSPOT", "HEART")
OTHER_CODES = (("POST", "POSTAGE", 18.0), ("M", "Manual", 5.0), ("BANK CHARGES", "Bank Charges", 15.0))


@dataclass(frozen=True)
class Group:
    """Customers who behave alike: their share, mean orders, mean lines per order, money scale, and between how many
    days before the end they bought first and last.
    """

    name: str
    share: float
    orders: float
    lines: float
    scale: float
    first: tuple[int, int]
    last: tuple[int, int]


GROUPS = (
    Group("champions", 0.08, 17.0, 5.0, 2.2, (420, 729), (1, 25)),
    Group("loyal", 0.17, 7.0, 4.0, 1.3, (360, 729), (5, 75)),
    Group("promising", 0.14, 3.2, 3.5, 1.0, (90, 200), (5, 60)),
    Group("new", 0.12, 1.2, 3.0, 0.8, (5, 45), (1, 30)),
    Group("at risk", 0.15, 5.5, 4.0, 1.3, (560, 729), (180, 320)),
    Group("can't lose", 0.03, 15.0, 5.0, 2.4, (640, 729), (200, 330)),
    Group("lost", 0.18, 2.2, 3.0, 0.8, (600, 729), (400, 590)),
    Group("one-timers", 0.13, 1.0, 2.0, 0.6, (120, 600), (100, 580)),
)


def generate_retail(path: Path, *, customers: int = 3000, seed: int = 7) -> dict[str, str]:
    """Write about 20 invoice lines a customer to the CSV file *path* and return each customer's true group.

    The file has what such files have: a November peak, heavy-tailed spending, cancellations (``C…`` invoices with
    negative quantities), lines without a customer, exact copies of lines, postage and other codes that are no products.
    """
    groups, owners = _groups(customers, generator(seed, "retail customers"))
    invoices = _invoices(groups, generator(seed, "retail invoices"))
    lines = _lines(invoices, groups, owners, generator(seed, "retail lines"))
    path.write_text(
        "\n".join([HEADER, *_with_blemishes(lines, generator(seed, "retail blemishes")), ""]), encoding="utf-8"
    )
    return {str(owner): GROUPS[group].name for owner, group in zip(owners.tolist(), groups.tolist(), strict=True)}


@dataclass(frozen=True)
class _Invoices:
    """One entry an invoice, in order of time: the position of its customer, and its minute since the first day."""

    customer: Ints
    minute: Ints


@dataclass(frozen=True)
class _Lines:
    """One entry an invoice line."""

    invoice: Ints
    minute: Ints
    customer: list[str]
    country: list[str]
    product: Ints
    quantity: Ints
    price: NDArray[np.float64]


def _groups(customers: int, random: np.random.Generator) -> tuple[Ints, Ints]:
    """Return the group of each customer, with exact shares, and their ids."""
    groups = shared_out([group.share for group in GROUPS], customers, random)
    return groups, 12_346 + np.arange(customers, dtype=np.int64)


def _invoices(groups: Ints, random: np.random.Generator) -> _Invoices:
    """Return the invoices of customers of *groups*: first and last within the group's limits, the rest between."""
    size = len(groups)

    def limits(name: str) -> Ints:
        bounds = np.array([getattr(group, name) for group in GROUPS])[groups]
        return random.integers(bounds[:, 0], bounds[:, 1] + 1)

    mean = np.array([group.orders for group in GROUPS])[groups]
    # A gamma-mixed Poisson: within a group, too, some buy much more than others.
    orders = 1 + random.poisson(np.maximum(mean - 1, 0) * random.gamma(4.0, 0.25, size))
    first, last = limits("first"), limits("last")
    first = np.maximum(first, last)
    customer = np.repeat(np.arange(size), orders)
    starts = np.cumsum(orders) - orders
    season = np.cumsum(_season())
    low, high = season[DAYS - 1 - first][customer], season[DAYS - 1 - last][customer]
    day = np.searchsorted(season, low + random.random(len(customer)) * (high - low)).clip(max=DAYS - 1)
    ends = starts + orders - 1
    day[starts] = DAYS - 1 - first
    day[ends] = DAYS - 1 - last
    minute = day * 1440 + 8 * 60 + random.integers(0, 10 * 60, len(day))
    order = np.lexsort((customer, minute))
    return _Invoices(customer[order], minute[order])


def _season() -> NDArray[np.float64]:
    """Return the weight of each day."""
    days = FIRST_DAY + np.arange(DAYS)
    months = (days.astype("datetime64[M]").astype(int)) % 12
    weights: NDArray[np.float64] = np.array(SEASON)[months]
    return weights


def _lines(invoices: _Invoices, groups: Ints, owners: Ints, random: np.random.Generator) -> _Lines:
    of_customer = groups[invoices.customer]
    mean = np.array([group.lines for group in GROUPS])[of_customer]
    count = 1 + random.poisson(mean - 1)
    invoice = np.repeat(np.arange(len(invoices.customer)), count)
    total = len(invoice)
    taste = random.lognormal(0.0, 0.45, len(groups))  # some customers buy in bulk
    scale = (np.array([group.scale for group in GROUPS])[groups] * taste)[invoices.customer][invoice]
    popular = (random.pareto(1.2, total) * 12).astype(np.int64) % 400
    prices = np.round(generator(0, "retail prices").lognormal(0.9, 0.7, 400) + 0.2, 2)
    country = random.choice(len(COUNTRIES), len(groups), p=COUNTRY_SHARES)
    return _Lines(
        invoice=invoice,
        minute=invoices.minute[invoice],
        customer=[str(owner) for owner in owners[invoices.customer][invoice].tolist()],
        country=[COUNTRIES[place] for place in country[invoices.customer][invoice].tolist()],
        product=popular,
        quantity=1 + random.poisson(4.0 * scale),
        price=prices[popular],
    )


def _with_blemishes(lines: _Lines, random: np.random.Generator) -> list[str]:
    """Return the lines as CSV text, in order of time, with all that makes real files dirty."""
    size = len(lines.invoice)
    nobody = random.random(int(lines.invoice.max()) + 1) < 0.02
    other = random.random(size) < 0.01
    cancelled = random.random(size) < 0.015
    copied = random.random(size) < 0.005
    delay = random.integers(60, 14 * 1440, size)
    kind = random.integers(0, len(OTHER_CODES), size)
    stamps = np.datetime_as_string(FIRST_DAY.astype("datetime64[m]") + lines.minute, unit="m")
    returns = np.datetime_as_string(FIRST_DAY.astype("datetime64[m]") + lines.minute + delay, unit="m")
    last = int(lines.minute.max())
    text: list[tuple[int, str]] = []
    for place in range(size):
        minute, quantity = int(lines.minute[place]), int(lines.quantity[place])
        customer = "" if nobody[lines.invoice[place]] else lines.customer[place]
        if other[place]:
            code, title, price = OTHER_CODES[kind[place]]
            goods, quantity = f"{code},{title}", 1
        else:
            number, price = int(lines.product[place]), float(lines.price[place])
            goods = f"{20_000 + number},{LOOKS[number // 10 % 10]} {THINGS[number % 10]}"
        tail = f"{price:.2f},{customer},{lines.country[place]}"
        stamp = stamps[place].replace("T", " ")
        row = f"{500_000 + int(lines.invoice[place])},{goods},{quantity},{stamp},{tail}"
        text.append((minute, row))
        if copied[place]:
            text.append((minute, row))
        if cancelled[place] and minute + int(delay[place]) <= last:
            later = returns[place].replace("T", " ")
            text.append((minute + int(delay[place]), f"C{700_000 + place},{goods},{-quantity},{later},{tail}"))
    text.sort(key=lambda entry: entry[0])
    return [row for _, row in text]
