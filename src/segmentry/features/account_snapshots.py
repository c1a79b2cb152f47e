"""What the trades and values of accounts say as of past dates: all views in one pass, by one date's definitions.

Comes in: marked trades or values over time, views. Goes out: a lazy table, one row for each view and account in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..clean import BEFORE_WINDOW, KEPT, Marked
from .accounts import value_measures
from .months import months_before
from .views import Views, seen, seen_ever, with_cell_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

KEYS = ("view_id", "customer_id")


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
