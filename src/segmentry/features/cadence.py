"""Features of rhythm: the days between a customer's purchase dates, and recency measured in that rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir

MINIMUM_ORDERS = 3  # below it a median of one gap says nothing about a rhythm


def cadence_features(days: ir.Table, counts: ir.Table, keys: Sequence[str] = ("customer_id",)) -> ir.Table:
    """Return one row per customer (whatever *keys* tell apart) with the features of the block ``cadence``, from the
    different ``date``s with a purchase, and the counts of ``orders``, with the date ``as_of`` features look back from.
    """
    import ibis

    before = days.date.lag().over(ibis.window(group_by=keys, order_by="date"))
    gaps = days.mutate(gap=days.date.delta(before, unit="day"))
    # The mean from an exact sum: PostgreSQL rounds the mean of whole numbers to sixteen digits.
    mean = gaps.gap.sum().cast("float64") / gaps.gap.count()
    rhythm = gaps.group_by(*keys).agg(mean=mean, median=gaps.gap.median(), last=gaps.date.max())
    joined = rhythm.inner_join(counts, keys)
    recency = joined.as_of.delta(joined["last"], unit="day")
    own = ibis.ifelse(joined.orders >= MINIMUM_ORDERS, recency / joined["median"].nullif(0), ibis.null("float64"))
    return joined.select(
        *keys,
        days_between_orders_mean=joined["mean"],
        days_between_orders_median=joined["median"],
        own_rhythm_recency=own,
    )
