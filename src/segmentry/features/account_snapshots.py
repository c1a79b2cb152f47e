"""Accounts as of past dates: what trades, values and deposits say in all views in one pass, by one date's definitions.

Comes in: marked trades, the tables of a book, views. Goes out: an account table for each view. Nothing after a view's
last date touches its rows; what files say of accounts without a date (numbers, words) is as it is today.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from ..clean import BEFORE_WINDOW, KEPT, Marked
from ..clean.marking import table
from ..engine import Engine
from .accounts import account_measures, as_accounts, first_known, value_measures
from .months import months_before
from .snapshots import Seen
from .views import VIEWS, Views, seen, seen_ever, with_cell_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..sources import Accounts

KEYS = ("view_id", "customer_id")
NUMBERS = "numbers_of_accounts"
UNDATED = 0  # the cell of rows without a date: nobody knows when they were, so they were always there


def collect_account_views(engine: Engine, marked: Marked, book: Accounts, views: Views) -> Seen:
    """Return the accounts of each view, with all features, their words, and the folder they lie in as ``cohort``."""
    condition = repr((marked.name, views))
    engine.hold(views.columns(), VIEWS, step=VIEWS)
    engine.store(lambda: _numbered(marked, book), NUMBERS, step=NUMBERS, condition=condition)
    ids = engine.columns(lambda: _numbers().order_by("customer_id"), step="accounts in views", condition=condition)
    found = engine.columns(lambda: _in_views(marked, book, views), step="features of accounts", condition=condition)
    rows, view_id = (found.pop(name).astype(np.int64) for name in ("number", "view_id"))
    order = np.lexsort((rows, view_id))
    ends = np.searchsorted(view_id[order], np.arange(len(views.all) + 1))
    every = ids["customer_id"].astype(object)
    tables = []
    for view, (start, stop) in zip(views.all, itertools.pairwise(ends), strict=True):
        own = order[start:stop]
        of_view = {name: values[own] for name, values in found.items()}
        tables.append((rows[own], as_accounts(every[rows[own]], of_view, book, view.as_of)))
    return Seen(every, tables)


def _numbered(marked: Marked, book: Accounts) -> ir.Table:
    """Return every account that trades or files name, numbered from 0 in the order of their ids."""
    import ibis

    named = [marked.orders, book.trades.table, *([] if book.accounts is None else [book.accounts])]
    ids = [one.filter(one.customer_id.notnull()).select("customer_id") for one in named]
    every = ibis.union(*ids, distinct=True)
    return every.mutate(number=ibis.row_number().over(order_by="customer_id").cast("int64"))


def _numbers() -> ir.Table:
    return table({"customer_id": "string", "number": "int64"}, NUMBERS)


def _in_views(marked: Marked, book: Accounts, views: Views) -> ir.Table:
    """Return the measures of each account in each view that it is in, with ``view_id`` and its ``number``."""
    traded, folders = traded_in_views(marked, views), _folders_in_views(book, views)
    keys = traded.select(*KEYS).union(folders.select(*KEYS), distinct=True)
    tables = [traded, folders]
    known = None if book.accounts is None else first_known(book.accounts)
    if known is not None:
        each = known.select("customer_id").cross_join(table({"view_id": "int64"}, VIEWS))
        keys = keys.union(each.select(*KEYS), distinct=True)
    if book.has_deposits:
        tables.append(_deposits_in_views(book, views))
    if book.history is not None:
        tables.append(valued_in_views(book.history, views))
    joined = keys
    for one in tables:
        joined = joined.left_join(one, KEYS).drop("view_id_right", "customer_id_right")
    if known is not None:
        joined = joined.left_join(known, "customer_id").drop("customer_id_right")
        is_open = joined.opened.isnull() | (joined.opened <= views.until(joined.view_id))
        joined = joined.filter(is_open | joined.is_named.notnull())
    dates = {"as_of": views.as_of(joined.view_id), "until": views.until(joined.view_id)}
    measures = account_measures(joined, book, **dates)
    told = joined.select(*KEYS, **measures)
    return told.inner_join(_numbers(), "customer_id").drop("customer_id")


def _folders_in_views(book: Accounts, views: Views) -> ir.Table:
    """Return the folder of each account that trades name in each view."""
    import ibis

    rows = book.trades.table
    rows = rows.filter(rows.customer_id.notnull())
    cell = ibis.ifelse(rows.time.isnull(), ibis.literal(UNDATED, "int64"), views.cell(rows.time.date()))
    cells = rows.mutate(cell=cell).group_by("customer_id", "cell").agg(folder=lambda rows: rows.cohort.min())
    ever = seen_ever(cells)
    return ever.group_by(*KEYS).agg(folder=ever.folder.min(), is_named=ibis.literal(True))


def _deposits_in_views(book: Accounts, views: Views) -> ir.Table:
    rows = book.trades.table
    rows = rows.filter(rows.is_deposit & rows.customer_id.notnull() & rows.time.notnull())
    rows = rows.mutate(cell=views.cell(rows.time.date()))
    cells = rows.group_by("customer_id", "cell").agg(deposits=rows.amount.abs().sum())
    ever = seen_ever(cells)
    return ever.group_by(*KEYS).agg(deposits=ever.deposits.sum().cast("float64"))


def traded_in_views(marked: Marked, views: Views) -> ir.Table:
    """Return ``view_id``, ``customer_id``, recency, frequency, monetary and months traded; the table VIEWS is there.

    An account that traded before a view's window only has recency, and no trades in the window.
    """
    trades = marked.orders.filter(marked.orders.reason.isin([KEPT, BEFORE_WINDOW]))
    trades = trades.mutate(cell=views.cell(trades.date), month=trades.date.truncate("M"))
    cells = trades.group_by("customer_id", "cell").agg(last=trades.date.max(), turnover=trades.turnover.sum())
    ever = seen_ever(cells)
    sums = ever.group_by(*KEYS).agg(last=ever["last"].max())
    inside = seen(cells)
    money = inside.group_by(*KEYS).agg(turnover=inside.turnover.sum())
    orders = _different(trades, "order_id")
    months = _different(trades, "month")
    joined = sums
    for part in (money, orders, months):
        joined = joined.left_join(part, KEYS).drop("view_id_right", "customer_id_right")
    return joined.select(
        *KEYS,
        recency_days=views.as_of(joined.view_id).delta(joined["last"], unit="day"),
        frequency=joined.order_id.fill_null(0),
        monetary=joined.turnover.fill_null(0).cast("float64"),
        months_traded=joined.month.fill_null(0),
    )


def valued_in_views(history: ir.Table, views: Views) -> ir.Table:
    """Return ``view_id``, ``customer_id``, the last value known in the view, and that of twelve months before its
    as-of date or the first one since; the table VIEWS is there.
    """
    import ibis

    known = history.filter(history.customer_id.notnull() & history.amount.notnull() & history.time.notnull())
    known = known.mutate(day=known.time.date())
    rows = seen_ever(known.mutate(cell=views.cell(known.day)))
    years = [ibis.literal(months_before(view.as_of, 12)) for view in views.all]
    year_ago = ibis.cases(*((rows.view_id == place, day) for place, day in enumerate(years)), else_=years[0])
    return rows.group_by(*KEYS).agg(**value_measures(rows, earlier=rows.day <= year_ago))


def _different(trades: ir.Table, thing: str) -> ir.Table:
    """Return how many different values of *thing* each account has in each view, each counted in its first cell."""
    import ibis

    things = trades.select("customer_id", thing, "cell").distinct()
    things = with_cell_before(things, ["customer_id", thing])
    cells = things.group_by("customer_id", "cell", "before").agg(n=things.count())
    rows = seen(cells)
    return rows.group_by(*KEYS).agg(**{thing: ibis.ifelse(rows.before < rows.start, rows.n, 0).sum()})
