"""A shallow decision tree over customers in real units, its thresholds round numbers. Rows in, leaves as boxes out.

Grown best split first by the Gini impurity (Breiman, Friedman, Olshen & Stone 1984). Written here and not taken from
scikit-learn because thresholds can then be chosen for people, missing values kept apart, and ties broken the same way
for any order of the rows; and because importing scikit-learn takes longer than growing the tree.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

NOWHERE = -1


@dataclass(frozen=True)
class Side:
    """The customers of a leaf in one feature: at least *low*, below *high*; *missing*: those without a value too."""

    low: float = -math.inf
    high: float = math.inf
    missing: bool = True


@dataclass(frozen=True)
class Leaf:
    """A box of customers, feature number to side, and the code that most of them have."""

    sides: dict[int, Side]
    code: int


@dataclass(frozen=True)
class Split:
    """Customers below *threshold* in *feature*, and all others; whose value is missing goes where *missing_below* says.

    *gain* is the impurity it takes away, in customers.
    """

    feature: int
    threshold: float
    missing_below: bool
    gain: float

    def below(self, matrix: Floats) -> NDArray[np.bool_]:
        """Return which rows of *matrix* go to the lower side, shape (n,)."""
        values = matrix[:, self.feature]
        return np.where(np.isnan(values), self.missing_below, values < self.threshold)


@dataclass
class Node:
    """A node while the tree grows: its rows, how deep it is, its best split and, once split, its two sides."""

    rows: Codes
    depth: int
    counts: Codes
    split: Split | None = None
    sides: list[Node] = field(default_factory=list)


def grow(matrix: Floats, codes: Codes, *, kinds: int, depth: int, leaves: int, least: int) -> Node:
    """Return a tree that tells the *codes*, shape (n,), 0 … kinds-1, of the rows of *matrix*, shape (n, d), NaN: none.

    It has at most so many levels and *leaves*, and each leaf at least *least* rows.
    """

    def node(rows: Codes, level: int) -> Node:
        made = Node(rows, level, np.bincount(codes[rows], minlength=kinds))
        made.split = _best_split(matrix[rows], codes[rows], kinds, least) if level < depth else None
        return made

    root = node(np.arange(len(codes)), 0)
    ends = [root]
    while len(ends) < leaves:
        place, best = max(enumerate(ends), key=lambda one: (one[1].split.gain if one[1].split else 0.0, -one[0]))
        if best.split is None:
            break
        below = best.split.below(matrix[best.rows])
        best.sides = [node(best.rows[below], best.depth + 1), node(best.rows[~below], best.depth + 1)]
        ends[place : place + 1] = best.sides
    return root


def rounded(root: Node, matrix: Floats, codes: Codes, *, cost: float) -> None:
    """Give each split of the tree the roundest threshold that puts at most *cost* more rows into wrong leaves."""
    for node in [node for node in _nodes(root) if node.sides and node.split]:
        split, right = node.split, _right(root, matrix, codes)
        assert split is not None  # noqa: S101 -- for mypy: chosen so above
        for digits in range(1, 7):
            node.split = replace(split, threshold=significant(split.threshold, digits))
            if _right(root, matrix, codes) >= right - cost:
                break
        else:
            node.split = split


def predict(root: Node, matrix: Floats) -> Codes:
    """Return the code of each row's leaf, shape (n,)."""
    found = np.empty(len(matrix), dtype=np.int64)
    todo = [(root, np.arange(len(matrix)))]
    while todo:
        node, rows = todo.pop()
        if not node.sides or node.split is None:
            found[rows] = node.counts.argmax()
            continue
        below = node.split.below(matrix[rows])
        todo += [(node.sides[0], rows[below]), (node.sides[1], rows[~below])]
    return found


def boxes(root: Node) -> list[Leaf]:
    """Return the leaves as boxes, joined where two of one code lie side by side; no customer is in two of them."""
    found = list(_leaves(root, {}))
    while (pair := _neighbours(found)) is not None:
        first, second, joined = pair
        found[first] = joined
        del found[second]
    return found


def significant(value: float, digits: int) -> float:
    """Return *value* to so many significant digits.

    >>> significant(1234.5, 2), significant(0.0456, 1)
    (1200.0, 0.05)
    """
    return float(f"{value:.{digits - 1}e}")


def roundest(low: float, high: float) -> float:
    """Return the number above *low* and not above *high* that has the fewest significant digits.

    >>> roundest(1180, 1225), roundest(668.53, 668.57), roundest(-3, 2)
    (1200.0, 668.55, 0.0)
    """
    if low < 0 <= high:
        return 0.0
    for digits in range(1, 17):
        found = significant(low / 2 + high / 2, digits)
        if low < found <= high:
            return found
    return high


def _best_split(matrix: Floats, codes: Codes, kinds: int, least: int) -> Split | None:
    """Return the split that takes most impurity away, of the first feature where several do; None where none does."""
    if len(codes) < 2 * least or codes.min() == codes.max():
        return None
    found = [split for feature in range(matrix.shape[1]) if (split := _split_by(matrix, feature, codes, kinds, least))]
    return max(found, key=lambda split: (round(split.gain, 9), -split.feature), default=None)


def _split_by(matrix: Floats, feature: int, codes: Codes, kinds: int, least: int) -> Split | None:
    values = matrix[:, feature]
    known = np.flatnonzero(~np.isnan(values))
    if len(known) < 2:
        return None
    order = known[np.argsort(values[known], kind="stable")]
    ordered = values[order]
    members = np.zeros((len(order), kinds))
    members[np.arange(len(order)), codes[order]] = 1
    below = np.cumsum(members, axis=0)
    everyone = np.bincount(codes, minlength=kinds).astype(np.float64)
    absent = everyone - below[-1]
    ends = np.flatnonzero(ordered[1:] != ordered[:-1])
    best: Split | None = None
    for missing_below in (False, True)[: 1 + bool(absent.any())]:
        lower = below[ends] + (absent if missing_below else 0)
        gain = np.where(
            np.minimum(lower.sum(axis=1), len(codes) - lower.sum(axis=1)) >= least,
            _purity(lower) + _purity(everyone - lower) - _purity(everyone[None]),
            -1.0,
        )
        if len(gain) and gain.max() > (best.gain if best else 1e-9):
            place = ends[int(gain.round(9).argmax())]
            best = Split(feature, roundest(ordered[place], ordered[place + 1]), missing_below, float(gain.max()))
    return best


def _purity(counts: Floats) -> Floats:
    """Return customers − Gini impurity × customers of each row of *counts*: Σ count² ÷ Σ count."""
    total = counts.sum(axis=1)
    purity: Floats = np.divide((counts**2).sum(axis=1), total, out=np.zeros(len(counts)), where=total > 0)
    return purity


def _right(root: Node, matrix: Floats, codes: Codes) -> int:
    return int((predict(root, matrix) == codes).sum())


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for side in node.sides:
        yield from _nodes(side)


def _leaves(node: Node, sides: dict[int, Side]) -> Iterator[Leaf]:
    if not node.sides or node.split is None:
        yield Leaf(sides, int(node.counts.argmax()))
        return
    split = node.split
    side = sides.get(split.feature, Side())
    below = Side(side.low, min(side.high, split.threshold), side.missing and split.missing_below)
    above = Side(max(side.low, split.threshold), side.high, side.missing and not split.missing_below)
    yield from _leaves(node.sides[0], sides | {split.feature: below})
    yield from _leaves(node.sides[1], sides | {split.feature: above})


def _neighbours(leaves: list[Leaf]) -> tuple[int, int, Leaf] | None:
    """Return the first two leaves of one code that differ in one feature only and touch there, and what they join."""
    for first, one in enumerate(leaves):
        for second in range(first + 1, len(leaves)):
            joined = _joined(one, leaves[second])
            if joined is not None:
                return first, second, joined
    return None


def _joined(one: Leaf, other: Leaf) -> Leaf | None:
    if one.code != other.code:
        return None
    names = one.sides.keys() | other.sides.keys()
    differing = [name for name in names if one.sides.get(name, Side()) != other.sides.get(name, Side())]
    if len(differing) != 1:
        return None
    name = differing[0]
    pair = sorted((one.sides.get(name, Side()), other.sides.get(name, Side())), key=lambda side: side.low)
    if any(lower.high != upper.low for lower, upper in pairwise(pair)):
        return None
    whole = Side(pair[0].low, pair[1].high, any(side.missing for side in pair))
    sides = {**one.sides, name: whole}
    return Leaf({name: side for name, side in sides.items() if side != Side()}, one.code)
