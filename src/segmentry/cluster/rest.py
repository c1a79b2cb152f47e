"""The chosen solution at rest on all rows, however many: labels that no iteration changes, centroids that are means.

Like ``lloyd.settle``, at a fraction of the cost: rows that are nearest to one centroid by more than centroids move are
summed up once, in float64, and the others labelled again and again with the distances of ``assign``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .assign import nearest
from .blocks import ROWS, Blocks
from .border import Room, apart, members, polish, reach_of
from .crew import Crew
from .lloyd import Floats, Labels

NEAR = 0.01  # share of rows near a border: centres hardly move any more
SETTLED, LOOKS = 1e-7, 8  # float32 goes as far as it can tell a gain
ROUNDS, ITERATIONS = 4, 30


def settle_all(matrix: Floats, data: Blocks, centroids: Floats, crew: Crew) -> Floats:
    """Return the centroids, shape (k, d), at which Lloyd's iteration over *matrix* rests when it starts at *centroids*.

    Each is the mean of the rows that are nearest to it by ``assign``; where a few labels still change after
    ``ITERATIONS`` exact iterations (the inertia then gains less than one part in ten million from one to the next), of
    those that were nearest to it in the last but one. *data* is *matrix* in blocks.
    """
    polished = polish(data, centroids - data.centre, rounds=LOOKS, settled=SETTLED)
    centroids = polished.centres + data.centre
    left = ITERATIONS
    for _ in range(ROUNDS):
        reach = reach_of(data, centroids - data.centre, NEAR)
        inner, near = _split(matrix, data, centroids, reach, crew)
        rows = matrix[near]
        begin, labels = centroids, np.full(len(rows), -1, dtype=np.int64)
        while apart(begin, centroids) <= reach:
            moved, distance = nearest(rows, centroids)
            left -= 1
            if np.array_equal(moved, labels) or left < 0:
                return centroids
            labels = moved
            centroids = _means(rows - data.centre, labels, inner, distance) + data.centre
    return centroids


def _split(
    matrix: Floats, data: Blocks, centroids: Floats, reach: float, crew: Crew
) -> tuple[Floats, NDArray[np.int64]]:
    """Return the sums of rows far from every border by group, shape (k, d + 1), the last their number, and the rest."""
    centres = centroids - data.centre

    def work(run: range) -> list[tuple[Floats, NDArray[np.int64]]]:
        room, found = Room(len(centres)), []
        for number in run:
            member, rest, _ = members(data.columns[number], data.squares[number], centres, reach, room)
            rows = matrix[number * ROWS : (number + 1) * ROWS] - data.centre
            exact = member.astype(np.float64)
            sums = np.column_stack([np.dot(exact, rows), exact.sum(axis=1)])
            found.append((sums, rest + number * ROWS))
        return found

    parts = crew.blocks(work, len(data.columns))
    return np.sum([sums for sums, _ in parts], axis=0), np.concatenate([rest for _, rest in parts])


def _means(rows: Floats, labels: Labels, inner: Floats, distance: Floats) -> Floats:
    """Return the mean of each group: *rows* by their *labels* with the *inner* sums; an empty one takes a far row."""
    k = len(inner)
    sums = [np.bincount(labels, weights=column, minlength=k) for column in rows.T]
    counts = inner[:, -1] + np.bincount(labels, minlength=k)
    means: Floats = (inner[:, :-1] + np.column_stack(sums)) / np.maximum(counts, 1)[:, None]
    empty = np.flatnonzero(counts == 0)
    if empty.size:
        farthest = np.argsort(-distance, kind="stable")[: empty.size]
        means[empty[: farthest.size]] = rows[farthest]
    return means
