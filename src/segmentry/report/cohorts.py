"""The report over several cohorts: what they are side by side; each has a chapter of its own besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..cluster.result import Clustering
from ..core import display
from ..core.recipe import Recipe
from ..core.tables import CustomerTable
from ..prepare.result import Prepared
from ..profile.segments import Segment
from .over_time import NOTHING, OverTime, other_dates, what_moved
from .provenance import how_it_was_made, ledger_part, opening
from .since import Since, since_the_run_before

if TYPE_CHECKING:  # these stages bring Ibis along, which drawing does not need
    from ..clean.ledger import Ledger
    from ..sources.facts import Facts

Contents = dict[str, Any]
Part = tuple[CustomerTable, tuple[Segment, ...], Clustering, Prepared]

WORDS = {
    "active": "traded in the last {months} months",
    "inactive": "traded before, but not in the last {months} months",
    "nonactive": "never traded",
}
HEADS = ["Cohort", "Accounts", "of accounts", "NAV", "of NAV", "Turnover", "of turnover", "Segments", "Structure"]


def cohort_contents(
    *,
    recipe: Recipe,
    facts: Facts,
    ledger: Ledger,
    customers: CustomerTable,
    cohorts: Mapping[str, Part],
    meta: dict[str, Any],
    over_time: OverTime = NOTHING,
    since: Since | None = None,
) -> Contents:
    """Return what the report says of all cohorts: findings, a line for each, the ledger, and how it was made.

    *cohorts* maps the name of each to its customers, segments, clustering and preparation; *meta*, *over_time* and
    *since* are those of :func:`contents`.
    """
    totals = {feature: _total(customers, feature) for feature in ("nav", "monetary")}
    return {
        **opening(recipe, facts, customers),
        "findings": [
            *(_finding(name, part, customers, totals, recipe) for name, part in cohorts.items()),
            *what_moved(over_time, since),
        ],
        "heads": HEADS,
        "rows": [_row(name, part, customers, totals) for name, part in cohorts.items()],
        "since": since_the_run_before(since),
        **other_dates(over_time),
        "left_out": ledger_part(ledger) | {"outliers": "", "features": []},
        "made": how_it_was_made(recipe, facts, meta, customers),
        "part_of": "",
    }


def _total(customers: CustomerTable, feature: str) -> float:
    return float(np.nansum(customers.values[feature])) if feature in customers.values else 0.0


def _of(value: float, total: float) -> str:
    return display.share(value / total) if total > 0 else display.MISSING


def _row(name: str, part: Part, customers: CustomerTable, totals: Mapping[str, float]) -> list[str]:
    own, segments, clustering, _ = part
    nav, turnover = _total(own, "nav"), _total(own, "monetary")
    return [
        name.capitalize(),
        display.count(len(own)),
        display.share(len(own) / len(customers)),
        display.number(nav, "money") if nav else display.MISSING,
        _of(nav, totals["nav"]),
        display.number(turnover, "money") if turnover else display.MISSING,
        _of(turnover, totals["monetary"]),
        display.count(len(segments)),
        clustering.choice.structure if clustering.choice.k > 1 else display.MISSING,
    ]


def _finding(
    name: str, part: Part, customers: CustomerTable, totals: Mapping[str, float], recipe: Recipe
) -> dict[str, str]:
    """Return one sentence on a cohort: who is in it, how much they hold, and its most valuable segment."""
    own, segments, clustering, _ = part
    share = display.share(len(own) / len(customers))
    words = WORDS.get(name, name).format(months=recipe.cohorts.active_months)
    held = f"; they hold {_of(_total(own, 'nav'), totals['nav'])} of all net assets" if totals["nav"] > 0 else ""
    text = f"{display.counted(len(own), 'accounts')} ({share}) {words}{held}. "
    if len(segments) == 1:
        text += f"They are one segment: {clustering.choice.reason}."
    else:
        text += f"{len(segments)} segments; the most valuable is {segments[0].name} with "
        text += f"{display.counted(segments[0].customers, 'accounts')}."
    return {"about": name.capitalize(), "text": text}
