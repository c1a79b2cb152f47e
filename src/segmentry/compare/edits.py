"""The smallest change to the rules that puts most misplaced money right: one or two thresholds, moved.

Comes in: the declared conditions, the customers, and where each one's behaviour points. Goes out: new thresholds.

A threshold that moves past a customer changes their segment or does not, whatever the rest of the condition is. So two
evaluations, the threshold below everybody and above everybody, tell what every position of it would do: all of them are
weighed exactly, not on a grid. The worth of a position is the money of misplaced customers it moves to where their
behaviour points, less the money of other customers it moves anywhere else than there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable, Floats
from ..rules.conditions import Conditions, Threshold, compared_values
from ..rules.tree import significant

Codes = NDArray[np.int64]

FARTHEST = sys.float_info.max
COSTS_NOTHING = 0.005  # of an edit's worth: what a threshold of fewer digits may cost
WORTH_A_SECOND = 1.15  # a second threshold moves where both are worth so much more than the best one alone
MOST_THRESHOLDS = 12  # whose pairs are looked at, the best ones first: 66 pairs
STEPS = 48  # positions of each threshold of a pair at first; exact afterwards
SCREENED = 20_000  # customers on whom pairs are compared first
BEST_PAIRS = 3  # pairs that are then weighed exactly


@dataclass(frozen=True)
class Move:
    """One threshold moved: the segment whose condition it is in, what it is compared with and how, from what to what."""

    segment: str
    column: str
    operator: str
    before: float
    after: float


@dataclass(frozen=True)
class Stakes:
    """What each customer's place is worth, shape (n,) each.

    Attributes
    ----------
    own, pointed
        Present declared segment and the one the behaviour points to, as places in the conditions' segments; -1: none.
    misplaced
        Whether the customer is misplaced.
    worth
        What they count: money, or 1 each where there is no money.
    """

    own: Codes
    pointed: Codes
    misplaced: NDArray[np.bool_]
    worth: Floats

    def of(self, segments: Codes) -> Floats:
        """Return what it is worth to have the customers in *segments*, against now, shape (n,)."""
        settled = segments == self.pointed
        upset = ~self.misplaced & ~settled & (segments != self.own)
        return np.where(self.misplaced & settled, self.worth, 0.0) - np.where(upset, self.worth, 0.0)

    def at(self, rows: Codes) -> Stakes:
        """Return the same for some *rows*."""
        return Stakes(self.own[rows], self.pointed[rows], self.misplaced[rows], self.worth[rows])


@dataclass(frozen=True)
class Knob:
    """A threshold that can move: the number of its rule, where it is in the condition, and what it is compared with."""

    rule: int
    threshold: Threshold
    values: Floats

    @property
    def upper_is_closed(self) -> bool:
        """Whether a customer on the threshold is with those above it, as with ``>=`` and ``<``."""
        return self.threshold.operator in {">=", "<"}


Settings = Mapping[Knob, float]
