"""The best k-means solution for every number of groups when there are many customers: samples first, all rows last.

For each k, starts compete on a small sample as in ``search``. What is left goes on with a larger sample, on which those
that are clearly worse than the best drop out (a paired comparison, row by row); the last few are polished on all rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..core.progress import Advance
from .blocks import Blocks
from .border import Polished, nearest_squares, polish
from .crew import Crew
from .lloyd import Floats, Points, Singles, iterate
from .search import FIRST, SWAPS, best
from .starts import chains, extended, swapped

# Rows of the samples: at least so many, and with few columns, where a row costs less and groups overlap more, so many
# values. On smaller ones chance decides between solutions that differ by some tenths of a percent.
TINY, SMALL, LARGE = (5_000, 60_000), (20_000, 120_000), (100_000, 600_000)
LONG, SECOND, GOING_ON, KEPT = 20, 10, 12, 6
FINALISTS = 3  # at most, polished on all rows
ROUGHLY = 3e-4  # in the race, how far from rest is near enough (border.SETTLED)
CLEARLY = 3.0  # standard errors of the mean difference between two solutions, row by row
CHANCE = 1.02  # a solution two percent behind on a sample does not catch up any more
MOVING = 1.01  # one that still moves may
ALIKE = 0.15  # of the rows' root mean square distance from their centre: centres as near as that are the same
RACE, ON, LAST = 3, 30, 2  # looks at all rows: of the large sample in the race and after it, and of all customers


def solve_many(
    data: Blocks, ks: Sequence[int], *, starts: int, rng: np.random.Generator, crew: Crew, advance: Advance
) -> dict[int, Polished]:
    """Return the best solution found for each of *ks* (ascending, from 2) on *data*.

    Inertia is at most 0.1 % above the best of ten full scikit-learn runs at every k: ``benchmarks/sweep.py`` shows it.
    """
    n = len(data)
    few, more, many = (max(least, values // len(data.centre)) for least, values in (TINY, SMALL, LARGE))
    large = data.take(_sample(n, many, rng)) if n > many else data
    small = data.points(_sample(n, more, rng))
    tiny = small.take(_sample(len(small), few, rng))
    grown = chains(tiny, max(ks), starts, rng)
    chances = dict(zip(ks, rng.spawn(len(ks)), strict=True))
    downwards = sorted(ks, reverse=True)  # the longest work first, so that no thread is left alone with it
    firsts = crew.each(lambda k: _compete(small, tiny, grown[:, :k], chances[k]), downwards)
    found = dict(zip(downwards, firsts, strict=True))
    seconds = crew.each(lambda k: _with_neighbours(small, tiny, found, k, chances[k]), downwards)
    candidates = dict(zip(downwards, seconds, strict=True))
    done: list[int] = []

    def finish(k: int) -> Polished:
        solution = _finished(data, large, candidates[k])
        done.append(k)
        advance(len(done), len(ks))
        return solution

    return dict(sorted(zip(downwards, crew.each(finish, downwards), strict=True)))


def _compete(small: Points, tiny: Points, begin: Singles, rng: np.random.Generator) -> Singles:
    """Return the few best of the starts *begin*, shape (s, k, d), and of variants of the best of them."""
    centres, inertia = iterate(small, _best_unlike(*iterate(tiny, begin, LONG), len(tiny), GOING_ON), SECOND)
    varied = swapped(tiny, best(centres, inertia, 1)[0], SWAPS, rng)
    moved, lower = iterate(small, _best_unlike(*iterate(tiny, varied, LONG), len(tiny), 2), SECOND)
    centres, inertia = np.concatenate([centres, moved]), np.concatenate([inertia, lower])
    return _best_unlike(centres, inertia, len(small), KEPT)


def _with_neighbours(
    small: Points, tiny: Points, found: Mapping[int, Singles], k: int, rng: np.random.Generator
) -> Singles:
    """Return the few best solutions for *k*, those among them that begin at a neighbour's."""
    begin = []
    if k + 1 in found:
        begin += [np.delete(found[k + 1][0], one, axis=0) for one in range(k + 1)]
    else:
        begin += list(swapped(tiny, found[k][0], 3 * SWAPS, rng))  # the largest k has no finer neighbour
    if k - 1 in found:
        begin += [extended(tiny, found[k - 1][0], rng, trials=1 + one % 3) for one in range(SWAPS // 2)]
    tried = _best_unlike(*iterate(tiny, np.array(begin), FIRST), len(tiny), 3)
    centres, inertia = iterate(small, np.concatenate([found[k], tried]), SECOND)
    return _best_unlike(centres, inertia, len(small), KEPT)


def _finished(data: Blocks, large: Blocks, candidates: Singles) -> Polished:
    """Return the best of *candidates*, shape (s, k, d), polished on the *large* sample and then on all rows."""
    race = [polish(large, one.astype(np.float64), rounds=RACE, settled=ROUGHLY) for one in candidates]
    finals = [polish(large, one.centres, rounds=ON) for one in _left(large, race)]
    if large is not data:
        finals = [polish(data, one.centres, rounds=LAST) for one in _left(large, finals)[:FINALISTS]]
    winner = min(finals, key=lambda one: one.inertia)
    return winner if winner.at_rest else polish(data, winner.centres, rounds=LAST)


def _left(large: Blocks, solutions: Sequence[Polished]) -> list[Polished]:
    """Return those of *solutions* that are not clearly worse than the best one, best first, alike ones once."""
    inertia = np.array([one.inertia for one in solutions])
    ranked = [solutions[place] for place in _unlike([one.centres for one in solutions], inertia, len(large))]
    if len(ranked) == 1:
        return ranked
    leader = nearest_squares(large, ranked[0].centres)
    left = ranked[:1]
    for one in ranked[1:]:
        difference = nearest_squares(large, one.centres) - leader
        error = float(difference.std(dtype=np.float64)) / len(difference) ** 0.5
        behind = float(difference.mean(dtype=np.float64))
        if behind <= CLEARLY * error or (not one.at_rest and one.inertia <= ranked[0].inertia * MOVING):
            left.append(one)
    return left


def _best_unlike(centres: Singles, inertia: Floats, n: int, most: int) -> Singles:
    """Return at most so many of the best *centres*, shape (s, k, d), no two of which are the same solution."""
    return centres[_unlike(list(centres), inertia, n)[:most]]


def _unlike(solutions: Sequence[NDArray[np.floating]], inertia: Floats, n: int) -> list[int]:
    """Return the places of the *solutions*, best first, without those near a better one, centre by centre.

    Solutions of the same inertia can be different ones: which is better on all rows, a sample cannot tell.
    """
    order = [int(place) for place in np.argsort(inertia, kind="stable")]
    kept: list[int] = []
    for one in order:
        near = (ALIKE**2) * float(inertia[one]) / n
        if inertia[one] > inertia[order[0]] * CHANCE:
            break
        if not any(_distance(solutions[one], solutions[other]) <= near for other in kept):
            kept.append(one)
    return kept


def _distance(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Return the largest squared distance of a centre of *one* to the nearest of *other*."""
    squares = ((one[:, None] - other) ** 2).sum(axis=2)
    return float(squares.min(axis=1).max())


def _sample(n: int, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return np.sort(rng.choice(n, min(size, n), replace=False)).astype(np.int64)
