"""Lloyd's iteration (Lloyd 1982): the fast one, for many solutions at once, and the exact one that settles the labels.

The fast one works in float32 on centred data: one matrix product gives all distances of all solutions, the minimum over
centres marks the nearest, and a second product sums the rows of each group. The exact one works in float64 with the
distances of ``assign``, so that the labels it ends with are the labels that ``assign`` gives.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .assign import nearest

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Labels = NDArray[np.int64]

CACHE = 400_000  # distances worked on at a time: 1.6 MB, measured best of 30,000 to 1,000,000 here
SETTLED = 1e-7  # relative: below it float32 cannot tell a better solution from rounding


@dataclass(frozen=True)
class Points:
    """Rows in the form the fast iteration wants: centred, float32, with a column of ones.

    ``rows`` has shape (n, d + 1), ``columns`` is its transpose in memory order, ``squares`` the n squared lengths, and
    ``centre`` what was taken away.
    """

    rows: Singles
    columns: Singles
    squares: Singles
    centre: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: NDArray[np.int64]) -> Points:
        """Return the points at *rows*."""
        chosen = np.ascontiguousarray(self.rows[rows])
        return Points(chosen, np.ascontiguousarray(chosen.T), self.squares[rows], self.centre)


def points(matrix: Floats) -> Points:
    """Return *matrix*, shape (n, d), ready for the fast iteration."""
    centre = matrix.mean(axis=0)
    rows = np.ones((len(matrix), matrix.shape[1] + 1), dtype=np.float32)
    rows[:, :-1] = matrix - centre
    squares = np.einsum("ij,ij->i", rows[:, :-1], rows[:, :-1])
    return Points(rows, np.ascontiguousarray(rows.T), squares, centre)


def gaps(data: Points, centres: Singles, out: Singles | None = None) -> Singles:
    """Return squared distances less each point's squared length, shape (s, k, n), for *centres* of shape (s, k, d)."""
    s, k, d = centres.shape
    lengths = np.einsum("skd,skd->sk", centres, centres)[:, :, None]
    product = np.concatenate([-2 * centres, lengths], axis=2).reshape(s * k, d + 1)
    flat = None if out is None else out.reshape(s * k, -1)
    return np.matmul(product, data.columns, out=flat).reshape(s, k, -1)


def iterate(
    data: Points, centres: Singles, iterations: int, weights: Singles | None = None
) -> tuple[Singles, NDArray[np.float64]]:
    """Improve s solutions together, up to *iterations* times or until none gains any more.

    Comes in: *centres* of shape (s, k, d); *weights* of shape (s, n), if every solution weighs the points its own way.
    Goes out: the centres, and each solution's inertia before the last move of its centres, shape (s,).
    """
    s, k, _ = centres.shape
    offset = _weighted(data.squares, weights)
    before = np.full(s, np.finfo(np.float64).max)
    room = _Room.for_solutions(s, k, len(data))
    for _ in range(iterations):
        moved = [_move(data, centres, part, weights, room) for part in room.parts]
        centres = np.concatenate([one for one, _ in moved])
        inertia = np.maximum(offset + np.concatenate([gain for _, gain in moved]), 0)
        if (before - inertia <= SETTLED * np.abs(before)).all():
            break
        before = inertia
    return centres, inertia


@dataclass(frozen=True)
class _Room:
    """Working memory that is used again and again: fresh pages for every product cost more than the product."""

    distances: Singles
    member: NDArray[np.bool_]
    parts: tuple[slice, ...]

    @classmethod
    def for_solutions(cls, s: int, k: int, n: int) -> _Room:
        """Return room for so many of *s* solutions at a time as the processor's cache holds."""
        size = min(s, max(1, CACHE // (k * n)))
        parts = tuple(slice(start, min(start + size, s)) for start in range(0, s, size))
        return cls(np.empty((size, k, n), dtype=np.float32), np.empty((size, k, n), dtype=bool), parts)


def _move(
    data: Points, centres: Singles, part: slice, weights: Singles | None, room: _Room
) -> tuple[Singles, NDArray[np.float64]]:
    """Return the centres of the solutions in *part* after one iteration, and their inertia less the squared lengths."""
    s, k, d = centres[part].shape
    distances, member = room.distances[:s], room.member[:s]
    gaps(data, centres[part], out=distances)
    least = distances.min(axis=1)
    np.equal(distances, least[:, None], out=member)
    np.copyto(distances, member)
    if weights is not None:
        distances *= weights[part, None]
    # np.dot, for matmul keeps other threads waiting where the result is small
    sums = np.dot(distances.reshape(s * k, -1), data.rows).reshape(s, k, d + 1)
    counts = sums[:, :, -1:]
    moved = sums[:, :, :-1] / np.maximum(counts, 1)
    if (counts == 0).any():
        _reseed(data, moved, counts[:, :, 0] == 0, least + data.squares)
    return moved, _weighted(least, None if weights is None else weights[part])


def settle(matrix: Floats, centres: Floats, *, iterations: int = 300) -> tuple[Floats, Labels]:
    """Iterate exactly until no label changes; returns centroids, shape (k, d), and labels, shape (n,).

    Every centroid is the mean of its group, and every row is labelled with its nearest centroid, unless *iterations*
    ran out first. A group without rows is moved to the row farthest from its centroid.
    """
    labels, distance = nearest(matrix, centres)
    for _ in range(iterations):
        centres = means(matrix, labels, len(centres), distance)
        moved, distance = nearest(matrix, centres)
        if np.array_equal(moved, labels):
            return centres, labels
        labels = moved
    return centres, labels


def means(matrix: Floats, labels: Labels, k: int, distance: Floats) -> Floats:
    """Return the mean of each group, shape (k, d); an empty group takes the row with the largest *distance* left."""
    counts = np.bincount(labels, minlength=k)
    sums = [np.bincount(labels, weights=column, minlength=k) for column in matrix.T]
    centres: Floats = np.column_stack(sums) / np.maximum(counts, 1)[:, None]
    empty = np.flatnonzero(counts == 0)
    if empty.size:
        farthest = np.argsort(-distance, kind="stable")[: empty.size]
        centres[empty[: farthest.size]] = matrix[farthest]
    return centres


def inertia_of(matrix: Floats, centres: Floats, labels: Labels) -> float:
    """Return the sum of squared distances of the rows to the centroids of their *labels*."""
    return float(((matrix - centres[labels]) ** 2).sum())


def _weighted(values: Singles, weights: Singles | None) -> NDArray[np.float64]:
    """Return the sum over points, for each solution; float64, since float32 loses a gain of one part in a million."""
    if weights is not None:
        values = values * weights
    sums: NDArray[np.float64] = np.sum(values, axis=-1, dtype=np.float64)
    return sums


def _reseed(data: Points, centres: Singles, empty: NDArray[np.bool_], distance: Singles) -> None:
    """Put the centres of groups without points at the points farthest from their own centre, in place."""
    for solution in np.flatnonzero(empty.any(axis=1)):
        groups = np.flatnonzero(empty[solution])
        farthest = np.argsort(-distance[solution], kind="stable")[: len(groups)]
        centres[solution, groups[: len(farthest)]] = data.rows[farthest, :-1]
