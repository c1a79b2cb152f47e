"""Why a customer is on the list, in words: where they differ most from their declared segment, and who is near."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.tables import Column, CustomerTable, Floats
from ..profile.phrases import compared, noun, sentence
from .crosstable import CrossTable
from .mismatches import Behaviour

Codes = NDArray[np.int64]

# A second feature is named when the customer differs in it nearly as much as in the first.
NEARLY_AS_MUCH = 0.6
# From one and a half times on, a ratio says it better than "more" does.
WORTH_A_RATIO = 1.5


def reasons(
    rows: Codes, table: CrossTable, found: Behaviour, customers: CustomerTable, *, matrix: Floats, names: Sequence[str]
) -> tuple[str, ...]:
    """Return for each of *rows* one or two features and the share of neighbours.

    Features are weighed in the prepared *matrix*, shape (n, d) with columns *names*, and told in real units: the
    difference from the median of the own declared segment, in the direction of the pointed one.
    """
    places = [place for place, name in enumerate(names) if name in customers.values]
    features = [customers.column(names[place]) for place in places]
    prepared = matrix[:, places]
    real = customers.matrix([column.name for column in features])
    own, pointed = table.segment[rows], found.pointed[rows]
    middle, real_middle = _medians(prepared, table), _medians(real, table)
    gap = prepared[rows] - middle[own]
    toward = np.where(np.isnan(real[rows]), -np.inf, gap * np.sign(middle[pointed] - middle[own]))
    order = np.argsort(-toward, axis=1, kind="stable")
    events = next((column.unit for column in customers.columns if column.name == "frequency"), "") or "orders"
    said = []
    for line, row in enumerate(rows.tolist()):
        segment = table.segments[own[line]]
        words = [
            in_a_clause(features[place], real[row, place], real_middle[own[line], place], segment, events=events)
            for place in _telling(toward[line], order[line])
        ]
        said.append(sentence("; ".join([*words, _neighbours(found, row, table.segments[pointed[line]])])))
    return tuple(said)


def in_a_clause(column: Column, value: float, middle: float, segment: str, *, events: str = "orders") -> str:
    """Return how a customer's *value* stands to the median of the other customers of *segment*; *events* are counted.

    >>> in_a_clause(Column("frequency", "orders"), 12, 3, "Silver")
    'orders 4.0 × as often as other Silver (12, median 3)'
    >>> in_a_clause(Column("recency_days", "days"), 12, 80, "Silver")
    'last order 12 days ago, other Silver 80 days (median)'
    >>> in_a_clause(Column("NAV"), 4000, 16000, "Gold")
    '25 % of the NAV of other Gold (4,000, median 16,000)'
    >>> in_a_clause(Column("cash_balance"), -20, 10, "Gold")
    'lower cash balance than other Gold (-20, median 10)'
    """
    mine, theirs = (display.number(one, column.short_unit) for one in (value, middle))
    if column.name == "recency_days":
        return f"last {events.removesuffix('s')} {mine} ago, other {segment} {theirs} (median)"
    figures = f"({mine}, median {theirs})"
    ratio = float(value / middle) if value > 0 and middle > 0 else 1.0
    if column.unit == "share" or 1 / WORTH_A_RATIO < ratio < WORTH_A_RATIO:
        return f"{compared(column, more=value > middle)} than other {segment} {figures}"
    if column.name == "frequency" and ratio > 1:
        return f"{events} {display.times(ratio)} as often as other {segment} {figures}"
    share = f"{display.times(ratio)} the" if ratio > 1 else f"{ratio * 100:.0f} % of the"
    what = events if column.name == "frequency" else noun(column)
    return f"{share} {what} of other {segment} {figures}"


def _telling(toward: Floats, order: Codes) -> list[int]:
    """Return the one or two places of the features that say most; none where no feature leads to the other segment."""
    first, *rest = order.tolist()
    if not toward[first] > 0:
        return []
    return [first, *[place for place in rest[:1] if toward[place] >= NEARLY_AS_MUCH * toward[first]]]


def _neighbours(found: Behaviour, row: int, pointed: str) -> str:
    share = f"{found.confidence[row] * 100:.0f} %"
    return f"{share} of the {found.asked} nearest undisputed customers are {pointed}"


def _medians(values: Floats, table: CrossTable) -> Floats:
    """Return the median of each column within each declared segment, shape (s, columns); NaN where there is none."""
    medians = np.full((len(table.segments), values.shape[1]), np.nan)
    order = np.argsort(table.segment, kind="stable")
    starts = np.searchsorted(table.segment[order], np.arange(len(table.segments) + 1))
    for code, (start, end) in enumerate(pairwise(starts.tolist())):
        for place, column in enumerate(values[order[start:end]].T):
            known = column[~np.isnan(column)]
            medians[code, place] = np.median(known) if len(known) else np.nan
    return medians
