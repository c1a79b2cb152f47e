"""Scores: a feature cut into a few levels, from 1 (worst) to *levels* (best).

A value's level is that of its mid-rank percentile: the share of customers below it plus half of those equal to it.
Equal values always share a level and the order of rows cannot matter, unlike with ranks that break ties (NTILE).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Levels = NDArray[np.int64]

MISSING = 0  # the level of a missing value


@dataclass(frozen=True)
class Scale:
    """How one measure is scored.

    Attributes
    ----------
    measure
        The feature.
    cuts
        The smallest value of level 2, 3 … in the direction in which more is better: ascending. Two equal cuts skip a
        level: so many customers share one value that a level stays empty.
    less_is_better
        Whether small values get high levels, as days since the last purchase do. *cuts* are then of negated values.
    note
        What ties do to the levels, in words; empty where every level has customers.
    """

    measure: str
    cuts: tuple[float, ...]
    less_is_better: bool = False
    note: str = ""

    @property
    def levels(self) -> int:
        """The number of levels."""
        return len(self.cuts) + 1

    def score(self, values: Floats) -> Levels:
        """Return the level of each of *values*, shape (n,): 1 to ``levels``, 0 where the value is missing.

        >>> Scale("orders", cuts=(2, 3, 5, 10)).score(np.array([1, 2, 4, 5, 9, 10, np.nan])).tolist()
        [1, 2, 3, 4, 4, 5, 0]
        """
        directed = -values if self.less_is_better else values
        levels = np.searchsorted(np.asarray(self.cuts, dtype=np.float64), directed, side="right") + 1
        return np.where(np.isnan(values), MISSING, levels).astype(np.int64)


def fit_scale(measure: str, values: Floats, levels: int, *, less_is_better: bool = False) -> Scale:
    """Return the scale that gives each of *levels* an equal share of the customers, as far as ties allow.

    *values* has shape (n,); missing ones do not count. Raises ValueError for fewer than two levels.
    """
    if levels < 2:
        message = f"{levels} levels: a scale needs two at least"
        raise ValueError(message)
    known = values[~np.isnan(values)]
    directed, counts = np.unique(-known if less_is_better else known, return_counts=True)
    below = np.cumsum(counts) - counts
    percentile = (below + counts / 2) / max(len(known), 1)
    found = np.minimum(np.floor(percentile * levels).astype(np.int64) + 1, levels)
    cuts = tuple(_first(directed, found, level) for level in range(2, levels + 1))
    used = len(set(found.tolist()))
    note = ""
    if used < levels and counts.size:
        most = int(counts.argmax())
        share, value = counts[most] / counts.sum() * 100, directed[most] * (-1 if less_is_better else 1)
        note = f"{share:.0f} % of customers have {measure} {value:g}: it carries {used} levels, not {levels}"
    return Scale(measure, cuts, less_is_better, note)


def _first(directed: Floats, found: Levels, level: int) -> float:
    """Return the smallest value of at least *level*; infinity where none is so high."""
    high = directed[found >= level]
    return float(high[0]) if high.size else float("inf")


def code(levels: Sequence[Levels]) -> NDArray[np.object_]:
    """Return each customer's levels side by side, ``555`` or ``10.3.1``, shape (n,); None where one is missing."""
    dotted = any(int(column.max(initial=0)) > 9 for column in levels)
    rows = np.column_stack(levels).tolist()
    joined = [None if MISSING in row else (".".join if dotted else "".join)(map(str, row)) for row in rows]
    return np.array(joined, dtype=object)
