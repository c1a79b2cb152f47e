"""The smallest change to the rules that puts most misplaced money right: one or two thresholds, moved.

Comes in: the declared conditions, the customers, and where each one's behaviour points. Goes out: new thresholds.

A threshold that moves past a customer changes their segment or does not, whatever the rest of the condition is. So two
evaluations, the threshold below everybody and above everybody, tell what every position of it would do: all of them are
weighed exactly, not on a grid. The worth of a position is the money of misplaced customers it moves to where their
behaviour points, less the money of all other customers it moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable, Floats
from ..rules.conditions import Conditions
from ..rules.tree import significant
from .bench import FARTHEST, Bench, Knob, Move, Settings

Codes = NDArray[np.int64]
Steps = tuple[Floats, Codes]  # positions of a knob, and how many of them each customer is above

COSTS_NOTHING = 0.01  # of an edit's worth: what a threshold of fewer digits may cost
WORTH_A_SECOND = 1.15  # a second threshold moves where both are worth so much more than the best one alone
MOST_THRESHOLDS = 12  # whose pairs are looked at, the best ones first: 66 pairs
STEPS = 48  # positions of each threshold of a pair at first; exact afterwards
SCREENED = 20_000  # customers on whom pairs are compared first
BEST_PAIRS = 3  # pairs that are then weighed exactly


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
        settled = self.misplaced & (segments == self.pointed)
        upset = ~self.misplaced & (segments != self.own)
        return np.where(settled, self.worth, 0.0) - np.where(upset, self.worth, 0.0)

    def at(self, rows: Codes) -> Stakes:
        """Return the same for some *rows*."""
        return Stakes(self.own[rows], self.pointed[rows], self.misplaced[rows], self.worth[rows])


@dataclass(frozen=True)
class Edit:
    """One or two moves, the conditions with them, and what they are worth (see the module)."""

    moves: tuple[Move, ...]
    conditions: Conditions
    worth: float


def smallest_edit(
    conditions: Conditions, customers: CustomerTable, stakes: Stakes, random: np.random.Generator
) -> Edit | None:
    """Return the best move of one threshold, or of two where that is worth clearly more; None where no move helps.

    *stakes* are in the places of ``conditions.segments``. *random* draws the customers on whom pairs of thresholds are
    compared first, where there are many.
    """
    bench = Bench.of(conditions, customers)
    if not bench.knobs or not stakes.misplaced.any():
        return None
    singles = [best_position(bench, place, {}, stakes) for place in range(len(bench.knobs))]
    place, single = max(enumerate(singles), key=lambda one: (one[1].worth, -one[0]))
    settings, worth = {place: single.value}, single.worth
    ahead = sorted(range(len(singles)), key=lambda one: (-singles[one].worth, one))[:MOST_THRESHOLDS]
    pair, both = best_pair(bench, sorted(ahead), stakes, random)
    if both > WORTH_A_SECOND * max(worth, 0.0):
        settings, worth = pair, both
    if worth <= 0:
        return None
    return Edit(bench.moves(settings), bench.edited(settings), worth)


@dataclass(frozen=True)
class Position:
    """A threshold's position and what it is worth."""

    value: float
    worth: float


def best_position(bench: Bench, place: int, others: Settings, stakes: Stakes) -> Position:
    """Return the best position of the knob *place*, the *others* set as given: the exact optimum, at a round number.

    Of positions worth the same, the one that moves fewest customers, then the one nearest to where it is today.
    """
    knob = bench.knobs[place]
    under = bench.segments(others | {place: FARTHEST})
    over = bench.segments(others | {place: -FARTHEST})
    today = Position(knob.threshold.value, float(stakes.of(bench.segments(others)).sum()))
    known = ~np.isnan(knob.values)
    rows = np.flatnonzero((under != over) & known)
    if not len(rows):
        return today
    rows = rows[np.argsort(knob.values[rows], kind="stable")]
    values, some = knob.values[rows], stakes.at(rows)
    # Between which two values a threshold has so many of the rows below it; never beyond all customers, nor far out.
    beyond = (values[-1] - values[0]) / 10 or np.inf
    lower = np.r_[max(knob.values[known].min(), values[0] - beyond), values]
    upper = np.r_[values, min(knob.values[known].max(), values[-1] + beyond)]
    ends = np.flatnonzero(lower < upper)
    rest = float(stakes.of(under).sum() - some.of(under[rows]).sum())
    worth = rest + _along(some.of(under[rows]), some.of(over[rows]))
    moved = _along(under[rows] != some.own, over[rows] != some.own)
    middle = lower / 2 + upper / 2
    digits = max(float(np.abs(worth).max()), 1.0) * 1e-9
    order = np.lexsort((np.abs(middle - today.value)[ends], moved[ends], -np.round(worth[ends] / digits)))
    if not len(ends) or worth[ends[order[0]]] <= today.worth + digits:
        return today
    best = ends[order[0]]

    def worth_at(value: float) -> float:
        return float(worth[np.searchsorted(values, value, side="left" if knob.holds_its_own else "right")])

    exact = float(middle[best])
    allowed = COSTS_NOTHING * (float(worth[best]) - today.worth)
    for count in range(1, 17):
        value = significant(exact, count)
        # One digit only where it costs nothing: it can be far from what was found.
        if worth_at(value) >= worth[best] - (allowed if count > 1 else digits):
            return Position(value, worth_at(value))
    return Position(exact, float(worth[best]))


def best_pair(bench: Bench, places: list[int], stakes: Stakes, random: np.random.Generator) -> tuple[Settings, float]:
    """Return the best settings of two of the knobs *places*, and their worth; nothing, worth 0, of fewer than two."""
    size = len(stakes.own)
    rows = np.arange(size)
    if size > SCREENED:
        rows = np.sort(random.choice(size, size=SCREENED, replace=False))
    screen, fewer = bench.at(rows), stakes.at(rows)
    steps = {place: _steps(screen.knobs[place], fewer) for place in places}
    starts = [_on_a_grid(screen, {one: steps[one] for one in pair}, fewer) for pair in combinations(places, 2)]
    best: tuple[Settings, float] = ({}, 0.0)
    for settings, _ in sorted(starts, key=lambda one: -one[1])[:BEST_PAIRS]:
        found = _refined(bench, settings, stakes)
        if found[1] > best[1]:
            best = found
    return best


def _refined(bench: Bench, settings: Settings, stakes: Stakes) -> tuple[Settings, float]:
    """Return *settings* after each knob in turn has gone to its best position, twice; and their worth."""
    found, worth = dict(settings), 0.0
    for _ in range(2):
        for place in settings:
            others = {other: value for other, value in found.items() if other != place}
            position = best_position(bench, place, others, stakes)
            found[place], worth = position.value, position.worth
    return _kept_together(bench, found, worth, stakes)


def _kept_together(bench: Bench, settings: Settings, worth: float, stakes: Stakes) -> tuple[Settings, float]:
    """Return *settings* with one threshold for both knobs where they are one border written twice, and that costs
    nothing: where the first rule decides, the second may be anywhere, and should be where people look for it.
    """
    one, other = (bench.knobs[place].threshold for place in settings)
    if (one.column, one.value) != (other.column, other.value):
        return settings, worth
    together = [dict.fromkeys(settings, value) for value in settings.values()]
    worths = [float(stakes.of(bench.segments(same)).sum()) for same in together]
    best = max(range(len(together)), key=worths.__getitem__)
    return (together[best], worths[best]) if worths[best] >= (1 - COSTS_NOTHING) * worth else (settings, worth)


def _on_a_grid(bench: Bench, steps: dict[int, Steps], stakes: Stakes) -> tuple[Settings, float]:
    """Return the best settings of two knobs on the grid of their *steps*, and their worth."""
    pair = tuple(steps)
    grids, counts = zip(*steps.values(), strict=True)
    shape = (len(grids[0]) + 1, len(grids[1]) + 1)
    cell = counts[0] * shape[1] + counts[1]
    worth = np.zeros((shape[0] - 1, shape[1] - 1))
    for first_over in (False, True):
        for second_over in (False, True):
            ends = (-FARTHEST if first_over else FARTHEST, -FARTHEST if second_over else FARTHEST)
            value = stakes.of(bench.segments(dict(zip(pair, ends, strict=True))))
            table: Floats = np.bincount(cell, value, shape[0] * shape[1]).astype(np.float64)
            worth += _summed(table.reshape(shape), first_over=first_over, second_over=second_over)
    best = np.unravel_index(int(worth.argmax()), worth.shape)
    settings = {place: float(grid[step]) for place, grid, step in zip(pair, grids, best, strict=True)}
    return settings, float(worth[best])


def _steps(knob: Knob, stakes: Stakes) -> Steps:
    """Return positions of *knob*, ascending, and for each customer how many of them have the customer above."""
    known = knob.values[~np.isnan(knob.values) & (stakes.worth > 0)]
    shares = np.linspace(0, 1, STEPS)
    quantiles = np.quantile(known, shares, method="inverted_cdf") if len(known) else np.empty(0)
    grid = np.unique(np.append(quantiles, knob.threshold.value))
    side = "right" if knob.holds_its_own else "left"
    above = np.searchsorted(grid, np.nan_to_num(knob.values, nan=-np.inf), side=side)  # type: ignore[call-overload]
    return grid, above


def _summed(table: Floats, *, first_over: bool, second_over: bool) -> Floats:
    """Return, for each pair of positions, the sum over the customers who are above (or not) each of them."""
    below = table.cumsum(axis=0)
    part = (below[-1:] - below if first_over else below)[:-1]
    across = part.cumsum(axis=1)
    return (across[:, -1:] - across if second_over else across)[:, :-1]


def _along(under: NDArray[np.generic], over: NDArray[np.generic]) -> Floats:
    """Return, for a threshold past the first 0, 1 … m customers, the sum of *under* before it and *over* after it."""
    before, after = (np.r_[0.0, np.cumsum(side, dtype=np.float64)] for side in (under, over))
    total: Floats = before + (after[-1] - after)
    return total
