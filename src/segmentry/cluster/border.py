"""Lloyd's iteration for many rows: after one look at all of them, only those near a border are looked at again.

A row whose nearest centre is nearer than any other by more than *reach* keeps its group while no two centres have moved
by more than that together (the triangle inequality; Hamerly 2010, SDM: 130–140, keeps such bounds row by row). Close to
the solution, which a sample gives, centres move little: a few rows in a hundred are near a border, and an iteration
costs as little. The result is Lloyd's, not an approximation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .blocks import ROWS, Blocks, cut
from .lloyd import Floats, Labels, Singles

NEAR = 0.15  # share of rows that count as near a border: measured best of 0.03 to 0.3
SLOWEST = 0.98  # gains are taken to shrink at least by so much from one iteration to the next
PUSH = 0.9  # at most so much of a move is added to it
ROUNDS = 30  # looks at all rows; a start from a sample's solution needs one to three
ITERATIONS = 200
SETTLED = 3e-5  # what further iterations may still gain of the inertia


@dataclass(frozen=True)
class Polished:
    """Centres, shape (k, d), less the rows' mean, the inertia they have, and the rows of each group, shape (k,).

    ``at_rest`` says whether another iteration would gain next to nothing.
    """

    centres: Floats
    inertia: float
    counts: Floats
    at_rest: bool


@dataclass(frozen=True)
class Split:
    """Rows far from every border, summed up by group, and the others.

    ``sums`` has shape (k, d + 1), the last column their number; ``squares`` is the sum of their squared lengths;
    ``farthest`` has a row, shape (d,), and its squared distance for each block.
    """

    sums: Floats
    squares: float
    near: Blocks
    farthest: list[tuple[float, Singles]]


def polish(data: Blocks, centres: Floats, *, rounds: int = ROUNDS, settled: float = SETTLED) -> Polished:
    """Return the solution to which *centres*, shape (k, d), come by Lloyd's iteration over *data*.

    It ends when further iterations would lower the inertia by less than *settled* of it, as the last gains tell, or
    after *rounds* looks at all rows.
    """
    room, pace = Room(len(centres)), _Pace(settled)
    found: Polished | None = None
    reach = reach_of(data, centres)
    for _ in range(rounds):
        split = split_at(data, centres, reach, room)
        begin = centres
        while apart(begin, centres) <= reach:
            sums, low = _sums(split.near, centres, room)
            inertia = max(low + split.squares + _moment(split.sums, centres), 0.0)
            sums += split.sums
            if pace.is_worse(inertia) and found is not None:
                centres = pace.back()
                continue
            found = Polished(centres, inertia, sums[:, -1], at_rest=pace.is_done(inertia))
            if found.at_rest:
                return found
            centres = pace.move(centres, _means(sums, centres, split), inertia)
    assert found is not None  # noqa: S101 -- for mypy: there is a first round, and a first look in it
    return found


class _Pace:
    """How far centres move: beyond the means where Lloyd's iteration crawls, and when to stop.

    Where gains shrink by the factor r² from one iteration to the next, the slowest direction shrinks by r. Adding
    r ÷ (2 − r) of the move to it shrinks slow and fast directions alike (successive over-relaxation; Young 1954), in
    half the iterations. A move that makes things worse is taken back.
    """

    def __init__(self, settled: float) -> None:
        self.settled, self.push, self.steps = settled, 0.0, 0
        self.inertia, self.gain = np.inf, np.inf
        self.means: Floats | None = None

    def is_worse(self, inertia: float) -> bool:
        """Return whether the last move went beyond the means and made the inertia worse."""
        return self.push > 0 and self.means is not None and inertia > self.inertia

    def back(self) -> Floats:
        """Return the means that the last move went beyond."""
        means, self.means, self.push, self.gain = self.means, None, 0.0, np.inf
        assert means is not None  # noqa: S101 -- for mypy: is_worse has seen them
        return means

    def is_done(self, inertia: float) -> bool:
        """Return whether what the last moves gained, carried on as a geometric series, is too little for another."""
        self.steps += 1
        gain = self.inertia - inertia
        shrinks = min(max(gain / self.gain, 0.0), SLOWEST) if np.isfinite(self.gain) and self.gain > 0 else SLOWEST
        return gain * shrinks / (1 - shrinks) <= self.settled * inertia or self.steps > ITERATIONS

    def move(self, centres: Floats, means: Floats, inertia: float) -> Floats:
        """Return where *centres* of this *inertia* go next: to the *means* of their groups, or beyond."""
        gain = self.inertia - inertia
        if np.isfinite(self.gain) and gain > 0:
            rate = min((min(gain / self.gain, 1.0) ** 0.5 + self.push) / (1 + self.push), 1.0)
            self.push = min(rate / (2 - rate), PUSH)
        self.inertia, self.gain, self.means = inertia, gain, means
        return means + self.push * (means - centres)


class Room:
    """Working memory for *k* centres and a block of rows, used again and again."""

    def __init__(self, k: int) -> None:
        self.distances = np.empty(k * ROWS, dtype=np.float32)
        self.member = np.empty(k * ROWS, dtype=bool)
        self.ones = np.ones(k, dtype=np.float32)

    def of(self, k: int, rows: int) -> tuple[Singles, NDArray[np.bool_]]:
        """Return the room for distances and for membership of *rows* rows, shape (k, rows) each."""
        size = k * rows
        return self.distances[:size].reshape(k, rows), self.member[:size].reshape(k, rows)


def split_at(data: Blocks, centres: Floats, reach: float, room: Room) -> Split:
    """Return *data* as rows that are nearest to one centre by more than *reach*, and the rest."""
    sums = np.zeros((len(centres), centres.shape[1] + 1))
    squares, near, farthest = 0.0, [], []
    for columns, lengths in zip(data.columns, data.squares, strict=True):
        member, rest, least = members(columns, lengths, centres, reach, room)
        # np.dot, for matmul keeps other threads waiting where the result is small
        sums += np.dot(member, columns.T)
        squares += float(lengths.sum(dtype=np.float64)) - float(lengths[rest].sum(dtype=np.float64))
        near.append(columns[:, rest])
        far = int(least.argmax())
        farthest.append((float(least[far]), columns[:-1, far].copy()))
    return Split(sums, squares, cut(np.concatenate(near, axis=1), data.centre), farthest)


def members(
    columns: Singles, lengths: Singles, centres: Floats, reach: float, room: Room
) -> tuple[Singles, NDArray[np.int64], Singles]:
    """Return which rows of a block belong to which centre, shape (k, rows), with the rows near a border in none.

    And the numbers of these, and every row's squared distance to the nearest centre.
    """
    product = _product(centres)
    distances, member = room.of(len(centres), columns.shape[1])
    np.matmul(product, columns, out=distances)
    least = distances.min(axis=0)
    np.less_equal(distances, _limit(least, lengths, reach, product), out=member)
    np.copyto(distances, member)
    rest = np.flatnonzero(np.dot(room.ones, distances) > 1)
    distances[:, rest] = 0
    least += lengths
    return distances, rest, least


def _limit(least: Singles, lengths: Singles, reach: float, product: Singles) -> Singles:
    """Return how far a centre may be to count as near, in the measure of *least*: squared distance less length."""
    limit = least + lengths
    np.maximum(limit, 0, out=limit)
    np.sqrt(limit, out=limit)
    limit += np.float32(reach)
    limit *= limit
    limit -= lengths
    np.maximum(limit, least, out=limit)
    # what float32 may be wrong by: a few units in the last place for each term
    slack = np.float32(2.4e-7 * (product.shape[1] + 3))
    limit += slack * (lengths + product[:, -1].max())
    return limit


def _sums(near: Blocks, centres: Floats, room: Room) -> tuple[Floats, float]:
    """Return the sums of the rows *near* a border by group, shape (k, d + 1), and their inertia."""
    sums, low = np.zeros((len(centres), centres.shape[1] + 1)), 0.0
    for columns, lengths in zip(near.columns, near.squares, strict=True):
        member, least = _nearest(columns, centres, room)
        sums += np.dot(member, columns.T)
        least += lengths
        low += float(least.sum(dtype=np.float64))
    return sums, low


def _nearest(columns: Singles, centres: Floats, room: Room) -> tuple[Singles, Singles]:
    """Return which rows of a block belong to which centre, shape (k, rows), and how far it is, less the length."""
    distances, member = room.of(len(centres), columns.shape[1])
    np.matmul(_product(centres), columns, out=distances)
    least = distances.min(axis=0)
    np.equal(distances, least, out=member)
    if np.count_nonzero(member) > columns.shape[1]:  # ties: the lowest takes the row
        np.equal(np.arange(len(centres))[:, None], distances.argmin(axis=0), out=member)
    np.copyto(distances, member)
    return distances, least


def _product(centres: Floats) -> Singles:
    """Return what a block is multiplied by to give squared distances less lengths, shape (k, d + 1)."""
    return np.column_stack([-2 * centres, (centres**2).sum(axis=1)]).astype(np.float32)


def _moment(sums: Floats, centres: Floats) -> float:
    """Return what turns the squared lengths of rows with these *sums* into their inertia around *centres*."""
    return float(((centres**2).sum(axis=1) * sums[:, -1]).sum() - 2 * (centres * sums[:, :-1]).sum())


def _means(sums: Floats, centres: Floats, split: Split) -> Floats:
    """Return the mean of each group, shape (k, d); an empty one takes a row that is far from its centre."""
    counts = sums[:, -1:]
    means: Floats = sums[:, :-1] / np.maximum(counts, 1)
    empty = np.flatnonzero(counts[:, 0] == 0)
    if empty.size:
        far = sorted(split.farthest, key=lambda one: -one[0])[: empty.size]
        means[empty] = centres[empty]
        means[empty[: len(far)]] = [row for _, row in far]
    return means


def apart(begin: Floats, centres: Floats) -> float:
    """Return how far the two centres that moved most have moved together."""
    moved = np.sort(np.sqrt(((centres - begin) ** 2).sum(axis=1)))
    return float(moved[-2:].sum())


def reach_of(data: Blocks, centres: Floats, share: float = NEAR) -> float:
    """Return the reach within which about *share* of the rows are near a border, as a few of them tell."""
    few, lengths = data.few
    distances = _product(centres) @ few
    nearest = distances.min(axis=0)
    distances[distances.argmin(axis=0), np.arange(few.shape[1])] = np.inf
    roots = np.sqrt(np.maximum(np.stack([nearest, distances.min(axis=0)]) + lengths, 0))
    return float(np.quantile(roots[1] - roots[0], share))


def nearest_squares(data: Blocks, centres: Floats) -> Singles:
    """Return each row's squared distance to the nearest of *centres*, shape (n,)."""
    product = _product(centres)
    parts = [
        (product @ columns).min(axis=0) + lengths for columns, lengths in zip(data.columns, data.squares, strict=True)
    ]
    found: Singles = np.maximum(np.concatenate(parts), 0)
    return found


def labels_of(data: Blocks, centres: Floats) -> Labels:
    """Return the nearest of *centres*, shape (k, d), for each row, shape (n,): to float32's precision."""
    room, numbers = Room(len(centres)), np.arange(len(centres), dtype=np.float32)
    parts = []
    for columns in data.columns:
        member, _ = _nearest(columns, centres, room)
        parts.append(np.dot(numbers, member))
    return np.concatenate(parts).astype(np.int64)
