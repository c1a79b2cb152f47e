"""Run the marking: how often the rows are read, what is kept of them, the as-of date, and the ledger.

**Inside** (an engine with hashes), whole rows are never stored again: they are views of the source. They are read

1. once for their lines: ids, date, money and the first rule that each breaks, which are kept. All else reads these;
2. once more, where an order may hold a row twice, for the copies.

The lines are summed up by reason, customer, order, date and country (a fourth as many entries or fewer, from which the
ledger and nearly all features follow), with masks that tell in which orders a row may repeat (``copies``); what copies
add to the sums is then taken out entry by entry.

A **large** book would not fit into memory that way. Its rows are read once to be summed up by customer and order alone,
with the masks; then the suspicious orders; then once to be summed up by customer and country; with a window, once
before for the last date.

**Elsewhere** the rows are marked in the words of any engine, once, and stored there for the time of the run.
"""

from __future__ import annotations

from datetime import date, timedelta

from ..core.errors import NothingLeft
from ..core.recipe import Clean
from ..engine import Engine
from . import sums
from .inside import Large, Usual
from .ledger import Ledger
from .marking import Marked
from .rules import AFTER_AS_OF
from .ways import Elsewhere, Limits, Rows, Way

LARGE = 20_000_000  # rows


def settle(
    engine: Engine,
    rows: Rows,
    settings: Clean,
    *,
    as_of: date | None,
    today: date,
    window_days: int | None = None,
    not_before: date | None = None,
    name: str = "marked",
) -> Marked:
    """Mark the *rows*, settle the as-of date and the window, and count. Raises NothingLeft with the ledger.

    Without *as_of* it is the day after the last kept event, or *not_before* when that is later.
    """
    inside = Large if rows.count > LARGE else Usual
    limits = Limits(as_of, today, window_days is not None)
    way: Way = (inside if engine.has_hashes else Elsewhere)(engine, rows, settings, limits, name=name)
    way.begin()
    last = way.last_kept()
    settled = as_of or max((last or date.min) + timedelta(days=(last or date.max) < date.max), not_before or date.min)
    first = None
    if window_days is not None:
        first = settled - timedelta(days=min(window_days, (settled - date.min).days))
    way.end(first)
    condition = repr((rows.condition, name, first, settled, type(way).__name__))
    ledger = sums.sum_up(engine, name, settled, condition=condition, counted=way.counted, has_copies=way.has_copies)
    if not ledger.kept.rows:
        nothing = f"No row of {rows.where} is left after cleaning.", _way_on(ledger)
        if last is not None:
            nothing = (
                f"No row of {rows.where} lies within {window_days} days before {settled}.",
                "Set a longer window_days or another as_of.",
            )
        raise NothingLeft(nothing[0], ledger=ledger, action=nothing[1])
    return Marked(name, ledger, settled, way.has_aside, way.has_masks, way.is_summed_at_once)


def _way_on(ledger: Ledger) -> str:
    most = max(ledger.set_aside, key=lambda line: line.rows, default=None)
    if most is None:
        return "Give a source with rows."
    if most.reason == AFTER_AS_OF:
        return f"{most.rows:,} of {ledger.total.rows:,} rows lie after the as-of date: set a later one (--as-of)."
    share = f"{most.rows:,} of {ledger.total.rows:,} rows"
    return f"Most went for '{most.reason}' ({share}); the recipe's clean section sets the rules."
