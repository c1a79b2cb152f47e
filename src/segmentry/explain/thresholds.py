"""What would move a customer of a table without orders: the smallest change of one feature, in real units.

Along one feature the customers of a segment form an interval: segments are the cells of the nearest centre, which are
convex, and every transform keeps the order of values. So halving the distance finds the border, to the last digit. (A
method whose segments have other shapes may have a nearer border; what is told moves the customer all the same.)
"""

from __future__ import annotations

import math

import numpy as np

from ..core.tables import Floats
from .book import APART, Fitted
from .moves import Change

HALVINGS = 80
INWARD = 1e-9  # of the range: a limit that was transformed and back may be on its other side


def single_changes(fitted: Fitted, row: int) -> tuple[Change, ...]:
    """Return the smallest change of each feature, within the values that occur, that moves the customer at *row*.

    The smallest one first, measured in the prepared space, where a step is as large in every feature.
    """
    start = {name: float(fitted.customers.values[name][row]) for name in fitted.pipeline.features}
    found = []
    for name in fitted.pipeline.features:
        values = fitted.customers.values[name]
        values = values[np.isfinite(values)]
        if not math.isfinite(start[name]) or not len(values):
            continue
        for limit in _ends(fitted, name, values, start[name]):
            change = _border(fitted, row, start, name, limit, whole=bool((values == np.round(values)).all()))
            if change is not None:
                found.append(change)
    return tuple(sorted(found, key=lambda change: (_step(fitted, start, change), change.feature)))


def _ends(fitted: Fitted, name: str, values: Floats, start: float) -> list[float]:
    """Return the lowest and the highest of the *values* that the feature *name* may go to, from *start*.

    Where outliers are set apart, beyond their limits is no segment to move to.
    """
    ends = [float(values.min()), float(values.max())]
    if fitted.pipeline.policy == "drop":
        low, high = fitted.limits(name)
        inward = INWARD * (ends[1] - ends[0])
        ends = [max(ends[0], low + inward), min(ends[1], high - inward)]
        # From beyond them, only the way back leads anywhere.
        ends = ends[1:] if start < ends[0] else ends[:1] if start > ends[1] else ends
    return ends


def _border(
    fitted: Fitted, row: int, start: dict[str, float], name: str, limit: float, *, whole: bool
) -> Change | None:
    """Return the smallest change of *name* towards *limit* that moves the customer, rounded away from the border."""
    own = int(fitted.labels[row])
    inside, outside = start[name], limit
    if inside == outside or _label(fitted, start, name, outside) in {own, APART}:
        return None
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        if middle in {inside, outside}:
            break
        if _label(fitted, start, name, middle) == own:
            inside = middle
        else:
            outside = middle
    value = _rounded(start[name], outside, limit, whole=whole)
    to = _label(fitted, start, name, value)
    if to in {own, APART}:
        value, to = outside, _label(fitted, start, name, outside)
    if to == APART:
        return None
    return Change("feature", value - start[name], to, {**start, name: value}, feature=name)


def _rounded(start: float, value: float, limit: float, *, whole: bool) -> float:
    """Return *value* rounded away from *start*: whole, or to three digits of the difference; never beyond *limit*."""
    unit = 1.0 if whole else 10.0 ** (math.floor(math.log10(abs(value - start))) - 2)
    rounded = (math.ceil(value / unit) if value > start else math.floor(value / unit)) * unit
    rounded = float(f"{rounded:.12g}")
    return min(rounded, limit) if value > start else max(rounded, limit)


def _label(fitted: Fitted, start: dict[str, float], name: str, value: float) -> int:
    return int(fitted.assign(fitted.table({**start, name: value}))[0])


def _step(fitted: Fitted, start: dict[str, float], change: Change) -> float:
    before, after = (fitted.pipeline.transform(fitted.table(one))[0] for one in (start, change.values))
    return float(np.abs(after - before).sum())
