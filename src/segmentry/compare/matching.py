"""One partner each: the assignment of rows to columns that makes the sum of their numbers as large as it can be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def one_to_one(worth: NDArray[np.int64] | NDArray[np.float64]) -> tuple[int | None, ...]:
    """Return the column that each row of *worth*, shape (rows, columns), is matched with; None for a row left over.

    The sum over the matched cells is the largest possible. Cells of zero are never matched. The Hungarian method with
    potentials (Kuhn 1955; Jonker & Volgenant 1987), on tables of a few dozen rows: SciPy has it too, but importing
    ``scipy.optimize`` takes longer than a whole comparison.

    >>> one_to_one(np.array([[5, 4], [5, 0]]))
    (1, 0)
    """
    rows, columns = worth.shape
    size = max(rows, columns)
    cost = np.zeros((size + 1, size + 1))
    cost[1 : rows + 1, 1 : columns + 1] = -worth
    owner = _owners(cost, size)
    partner: list[int | None] = [None] * rows
    for column in range(1, columns + 1):
        row = owner[column]
        if row <= rows and worth[row - 1, column - 1] > 0:
            partner[row - 1] = column - 1
    return tuple(partner)


def _owners(cost: NDArray[np.float64], size: int) -> NDArray[np.int64]:
    """Return the row that each column belongs to in the cheapest assignment; rows and columns count from 1."""
    of_row, of_column = np.zeros(size + 1), np.zeros(size + 1)
    owner = np.zeros(size + 1, dtype=np.int64)
    for row in range(1, size + 1):
        owner[0] = row
        reach = np.full(size + 1, np.inf)
        came_from = np.zeros(size + 1, dtype=np.int64)
        done = np.zeros(size + 1, dtype=bool)
        column = 0
        while owner[column]:
            done[column] = True
            here = owner[column]
            reduced = cost[here] - of_row[here] - of_column
            nearer = ~done & (reduced < reach)
            nearer[0] = False
            reach[nearer], came_from[nearer] = reduced[nearer], column
            open_reach = np.where(done, np.inf, reach)
            open_reach[0] = np.inf
            column_next = int(open_reach.argmin())
            step = open_reach[column_next]
            of_row[owner[done]] += step
            of_column[done] -= step
            reach[~done] -= step
            column = column_next
        while column:  # along the path back, each column takes the row of the one before
            owner[column] = owner[came_from[column]]
            column = int(came_from[column])
    return owner
