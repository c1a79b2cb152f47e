"""Scores: a feature cut into a few levels, from 1 (worst) to *levels* (best).

A value's level is that of its mid-rank percentile: the share of customers below it plus half of those equal to it.
Equal values always share a level and the order of rows cannot matter, unlike with ranks that break ties (NTILE).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..core import display

Floats = NDArray[np.float64]
Levels = NDArray[np.int64]

ORDERS = (2, 3, 5, 10)  # 1, 2, 3-4, 5-9, 10 and more orders: levels that mean the same in every shop
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
        What ties do to the levels, in words; empty where they do nothing.
    origin
        Where the cuts are from: ``floating``, computed from the customers; ``given`` by the recipe; ``frozen``, kept
        from an earlier run.
    """

    measure: str
    cuts: tuple[float, ...]
    less_is_better: bool = False
    note: str = ""
    origin: Literal["floating", "given", "frozen"] = "floating"

    @property
    def levels(self) -> int:
        """The number of levels."""
        return len(self.cuts) + 1

    @property
    def own_cuts(self) -> list[float | None]:
        """The cuts in the measure's own direction: the value from which level 2, 3 … is reached; None where by none."""
        sign = -1 if self.less_is_better else 1
        return [sign * cut if np.isfinite(cut) else None for cut in self.cuts]

    @property
    def advice(self) -> str:
        """How orders are scored by their number, where ties leave levels empty."""
        if self.measure != "frequency" or self.levels != len(ORDERS) + 1 or not self.note or self.origin != "floating":
            return ""
        return f" (by value instead: rules.bins: {{frequency: {list(ORDERS)}}})"

    @classmethod
    def of_cuts(
        cls, measure: str, cuts: Sequence[float | None], *, less_is_better: bool, origin: Literal["given", "frozen"]
    ) -> Scale:
        """Return the scale with *cuts* in the measure's own direction, as ``own_cuts`` has them.

        >>> Scale.of_cuts("recency_days", [90, 30], less_is_better=True, origin="given").score(np.array([90.0, 30, 91]))
        array([2, 3, 1])
        """
        sign = -1 if less_is_better else 1
        directed = tuple(float("inf") if cut is None else sign * float(cut) for cut in cuts)
        return cls(measure, directed, less_is_better, origin=origin)

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
    # Percentile × levels in whole numbers: a percentile that is just a border has its level for any number of them.
    found = np.minimum((2 * below + counts) * levels // max(2 * len(known), 1) + 1, levels)
    cuts = tuple(_first(directed, found, level) for level in range(2, levels + 1))
    value = _most_frequent(-directed if less_is_better else directed, counts)
    return Scale(measure, cuts, less_is_better, _tie_note(measure, value, counts, found, levels))


def _most_frequent(own: Floats, counts: Levels) -> float:
    return float(own[int(counts.argmax())]) if counts.size else float("nan")


def _tie_note(measure: str, value: float, counts: Levels, found: Levels, levels: int) -> str:
    """Return what it means that the most frequent *value* holds more customers than a level should; nothing otherwise.

    *counts* and *found* are customers and level of each distinct value.
    """
    used = len(set(found.tolist()))
    share = counts.max(initial=0) / max(counts.sum(), 1)
    if not counts.size or (used == levels and share <= 1 / levels):
        return ""
    begin = f"{share:.0%} of customers have {measure} {value:g}".replace("%", " %")
    if used < levels:
        return f"{begin}: it carries {display.counted(used, 'levels')}, not {levels}"
    return f"{begin}: level {found[int(counts.argmax())]} has more than one customer in {levels}"


def _first(directed: Floats, found: Levels, level: int) -> float:
    """Return the smallest value of at least *level*; infinity where none is so high."""
    high = directed[found >= level]
    return float(high[0]) if high.size else float("inf")


def code(levels: Sequence[Levels], *, dotted: bool = False) -> NDArray[np.object_]:
    """Return each customer's levels side by side, ``555`` or *dotted* ``10.3.1``, shape (n,).

    Where one is missing there is no code but None.
    """
    rows = np.column_stack(levels).tolist()
    joined = [None if MISSING in row else (".".join if dotted else "".join)(map(str, row)) for row in rows]
    return np.array(joined, dtype=object)
