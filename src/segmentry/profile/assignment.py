"""Which segment gets which name: the choice with the smallest total cost."""

from __future__ import annotations

import math
from collections.abc import Sequence

# Two segments share a name rather than one of them going by a name that fits 1 step of a 1–5 score (squared) worse.
SHARING_COST = 1.0


def assign(costs: Sequence[Sequence[float]]) -> list[int]:
    """Return the option of each row at the smallest total cost; rows beyond the first on an option pay SHARING_COST.

    Ties go to the earlier row and option.

    >>> assign([[0.0, 0.4], [0.1, 0.2]]), assign([[0.0, 5.0], [0.1, 5.0]])
    ([0, 1], [0, 0])
    """
    copies = len(costs)
    spread = [[cost + SHARING_COST * (copy > 0) for copy in range(copies) for cost in row] for row in costs]
    options = len(costs[0])
    return [column % options for column in smallest_total(spread)]


def smallest_total(costs: Sequence[Sequence[float]]) -> list[int]:
    """Return a different column for each row so that the sum of costs is smallest; there are at least as many columns.

    The Hungarian method with potentials (Kuhn 1955, Munkres 1957), row by row; written out because importing SciPy's
    costs more than the whole profile.
    """
    rows, columns = len(costs), len(costs[0])
    row_price, column_price = [0.0] * (rows + 1), [0.0] * (columns + 1)
    owner = [0] * (columns + 1)  # row (from 1) that holds each column (from 1); column 0 stands for "not yet placed"
    for row in range(1, rows + 1):
        _place(row, costs, row_price, column_price, owner)
    chosen = [0] * rows
    for column in range(1, columns + 1):
        if owner[column]:
            chosen[owner[column] - 1] = column - 1
    return chosen


def _place(
    row: int, costs: Sequence[Sequence[float]], row_price: list[float], column_price: list[float], owner: list[int]
) -> None:
    """Give *row* a column, moving the rows placed before along the cheapest augmenting path."""
    columns = len(column_price) - 1
    owner[0] = row
    slack, came_from, used = [math.inf] * (columns + 1), [0] * (columns + 1), [False] * (columns + 1)
    here = 0
    while owner[here]:
        used[here] = True
        present = owner[here]
        for column in range(1, columns + 1):
            reduced = costs[present - 1][column - 1] - row_price[present] - column_price[column]
            if not used[column] and reduced < slack[column]:
                slack[column], came_from[column] = reduced, here
        following = min((column for column in range(1, columns + 1) if not used[column]), key=slack.__getitem__)
        step = slack[following]
        for column in range(columns + 1):
            if used[column]:
                row_price[owner[column]] += step
                column_price[column] -= step
            else:
                slack[column] -= step
        here = following
    while here:
        owner[here], here = owner[came_from[here]], came_from[here]
