"""The business as a whole: revenue, orders and customers by month and by country, from kept purchases.

Comes in: marked transactions. Goes out: a :class:`Trade` of plain numbers, a few dozen rows. Only charts read it, so a
run without a report never asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from ..clean import KEPT, Marked
from ..clean.copies import NONE
from ..engine import Engine

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Month:
    """One calendar month with purchases: its first day, the money of its kept rows, distinct orders and customers."""

    start: date
    revenue: float
    orders: int
    customers: int


@dataclass(frozen=True)
class Country:
    """One country or region, as the source writes it (None: no country): money, distinct orders and customers; None
    where orders are too many to be told apart once more.
    """

    name: str | None
    revenue: float
    orders: int | None
    customers: int


@dataclass(frozen=True)
class Trade:
    """The business over time and by country.

    Attributes
    ----------
    months
        By date; months without a kept purchase are absent.
    first, last
        The first and last day with a kept purchase.
    countries
        By falling revenue; empty where the source has no country.
    money, events
        What the money and the orders are called: ``revenue`` and ``orders``, or ``turnover`` and ``trades``.
    """

    months: tuple[Month, ...]
    first: date
    last: date
    countries: tuple[Country, ...] = ()
    money: str = "revenue"
    events: str = "orders"


def trade(engine: Engine, marked: Marked, *, turnover: bool = False) -> Trade | None:
    """Return the business by month and, where rows name countries, by country; None where no row is kept.

    *turnover* counts money without its sign, as of securities that are bought and sold.
    """
    condition = repr((marked.name, marked.as_of, turnover))
    is_large = marked.is_summed_at_once and not turnover
    condition += str(is_large)

    def by_month() -> ir.Table:
        return _large_by_month(marked) if is_large else _monthly(marked, turnover=turnover)

    def by_country() -> ir.Table:
        return _large_by_country(marked) if is_large else _by_country(marked, turnover=turnover)

    months = engine.rows(by_month, step="months", condition=condition)
    if not months:
        return None
    countries = engine.rows(by_country, step="countries", condition=condition)
    if all(row["country"] is None for row in countries):
        countries = []
    span = engine.rows(lambda: _span(marked), step="first and last day", condition=condition)[0]
    return Trade(
        months=tuple(Month(date(row["year"], row["month"], 1), **_figures(row)) for row in months),
        first=span["first"],
        last=span["last"],
        countries=tuple(Country(row["country"], **_figures(row)) for row in countries),
        **({"money": "turnover", "events": "trades"} if turnover else {}),
    )


def _span(marked: Marked) -> ir.Table:
    kept = marked.customers.filter(marked.customers.reason == KEPT)
    return kept.agg(first=kept["first"].min(), last=kept["last"].max())


def _figures(row: dict[str, Any]) -> dict[str, Any]:
    revenue = row["revenue"]
    return {
        "revenue": 0.0 if revenue is None else float(revenue),
        "orders": row["orders"],
        "customers": row["customers"],
    }


def _monthly(marked: Marked, *, turnover: bool) -> ir.Table:
    kept = marked.orders.filter(marked.orders.reason == KEPT)
    kept = kept.mutate(year=kept.date.year().cast("int32"), month=kept.date.month().cast("int32"))
    months = kept.group_by("year", "month").agg(
        revenue=(kept.turnover if turnover else kept.amount).sum(),
        orders=kept.order_id.nunique(),
        customers=kept.customer_id.nunique(),
    )
    return months.order_by("year", "month")


def _large_by_month(marked: Marked) -> ir.Table:
    """Return the same of a large book: an order, its money and its customer count in the month of its last line."""
    import ibis

    found, copies = marked.dated_orders, marked.copies.filter(marked.copies.reason == KEPT)
    ids = (found.customer_id == copies.customer_id) & (
        found.order_id.fill_null(NONE) == copies.order_id.fill_null(NONE)
    )
    twice = copies.inner_join(found, ids).select(last=found["last"], amount=-copies.amount.cast("decimal(38, 4)"))
    nobody = ibis.null("string")
    orders = found.select("last", "amount", "customer_id", "order_id")
    orders = orders.union(twice.mutate(customer_id=nobody, order_id=nobody))
    dated = orders.mutate(year=orders["last"].year().cast("int32"), month=orders["last"].month().cast("int32"))
    months = dated.group_by("year", "month").agg(
        revenue=dated.amount.sum(),
        orders=dated.order_id.count(),
        customers=dated.customer_id.nunique(),
    )
    return months.order_by("year", "month")


def _large_by_country(marked: Marked) -> ir.Table:
    """Return money and customers by country, of a large book."""
    import ibis

    kept = marked.customer_countries.filter(marked.customer_countries.reason == KEPT)
    countries = kept.group_by("country").agg(
        revenue=kept.amount.sum(), customers=kept.count(), orders=ibis.null("int64")
    )
    return countries.order_by(ibis.desc("revenue"), "country")


def _by_country(marked: Marked, *, turnover: bool) -> ir.Table:
    """Return money, orders and customers by country; an order with rows in two countries counts in both."""
    import ibis

    kept = marked.orders.filter(marked.orders.reason == KEPT)
    countries = kept.group_by("country").agg(
        revenue=(kept.turnover if turnover else kept.amount).sum(),
        orders=kept.order_id.nunique(),
        customers=kept.customer_id.nunique(),
    )
    return countries.order_by(ibis.desc("revenue"), "country")
