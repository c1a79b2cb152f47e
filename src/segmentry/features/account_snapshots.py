"""What the trades of accounts say as of past dates: all views in one pass, by the definitions that hold for one date.

Comes in: marked trades, views. Goes out: a lazy table with one row for each view and account with a trade up to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..clean import BEFORE_WINDOW, KEPT, Marked
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


def _different(trades: ir.Table, thing: str) -> ir.Table:
    """Return how many different values of *thing* each account has in each view, each counted in its first cell."""
    import ibis

    things = trades.select("customer_id", thing, "cell").distinct()
    things = with_cell_before(things, ["customer_id", thing])
    cells = things.group_by("customer_id", "cell", "before").agg(n=things.count())
    rows = seen(cells)
    return rows.group_by(*KEYS).agg(**{thing: ibis.ifelse(rows.before < rows.start, rows.n, 0).sum()})
