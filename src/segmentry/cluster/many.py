"""The best k-means solution for every number of groups when there are many customers: samples first, all rows last.

For each k, starts compete on a small sample as in ``search``. What is left goes on with a larger sample, on which those
that are clearly worse than the best drop out (a paired comparison, row by row); the last few are polished on all rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.progress import Advance
from .blocks import Blocks
from .border import Polished, nearest_squares, polish
from .crew import Crew
from .lloyd import Floats, Points, Singles, iterate
from .search import FIRST, KEPT, SECOND, SWAPS, best, distinct
from .starts import chains, extended, swapped

SMALL, LARGE = 10_000, 100_000  # rows of the samples
FINALISTS = 3  # at most, polished on all rows
CLEARLY = 3.0  # standard errors of the mean difference between two solutions, row by row
ALIKE = 1e-5  # relative: solutions as near as that are one
RACE, ON, LAST = 3, 12, 2  # looks at all rows: of the large sample in the race and after it, and of all customers


def solve_many(
    data: Blocks, ks: Sequence[int], *, starts: int, rng: np.random.Generator, crew: Crew, advance: Advance
) -> dict[int, Polished]:
    """Return the best solution found for each of *ks* (ascending, from 2) on *data*.

    Inertia is at most 0.1 % above the best of ten full scikit-learn runs at every k: ``benchmarks/sweep.py`` shows it.
    """
    n = len(data)
    large = data.take(_sample(n, LARGE, rng)) if n > LARGE else data
    small = data.points(_sample(n, SMALL, rng))
    grown = chains(small, max(ks), starts, rng)
    chances = dict(zip(ks, rng.spawn(len(ks)), strict=True))
    downwards = sorted(ks, reverse=True)  # the longest work first, so that no thread is left alone with it
    firsts = crew.each(lambda k: _compete(small, grown[:, :k], chances[k]), downwards)
    found = dict(zip(downwards, firsts, strict=True))
    seconds = crew.each(lambda k: _with_neighbours(small, found, k, chances[k]), downwards)
    candidates = dict(zip(downwards, seconds, strict=True))
    done: list[int] = []

    def finish(k: int) -> Polished:
        solution = _finished(data, large, candidates[k])
        done.append(k)
        advance(len(done), len(ks))
        return solution

    return dict(sorted(zip(downwards, crew.each(finish, downwards), strict=True)))


def _compete(small: Points, begin: Singles, rng: np.random.Generator) -> Singles:
    """Return the few best of the starts *begin*, shape (s, k, d), and of variants of the best of them."""
    centres = best(*iterate(small, begin, FIRST), max(KEPT, len(begin) // 2))
    centres, inertia = iterate(small, centres, SECOND)
    moved, lower = iterate(small, swapped(small, best(centres, inertia, 1)[0], SWAPS, rng), FIRST)
    centres, inertia = np.concatenate([centres, moved]), np.concatenate([inertia, lower])
    centres, inertia = iterate(small, distinct(centres, inertia, KEPT, apart=5e-4, chance=1.02), SECOND)
    return best(centres, inertia, KEPT)


def _with_neighbours(small: Points, found: Mapping[int, Singles], k: int, rng: np.random.Generator) -> Singles:
    """Return the few best solutions for *k*, those among them that begin at a neighbour's."""
    begin = []
    if k + 1 in found:
        begin += [np.delete(found[k + 1][0], one, axis=0) for one in range(k + 1)]
    else:
        begin += list(swapped(small, found[k][0], 3 * SWAPS, rng))  # the largest k has no finer neighbour
    if k - 1 in found:
        begin += [extended(small, found[k - 1][0], rng, trials=1 + one % 3) for one in range(SWAPS // 2)]
    tried = best(*iterate(small, np.array(begin), FIRST), 2)
    centres, inertia = iterate(small, np.concatenate([found[k], tried]), SECOND)
    return distinct(centres, inertia, KEPT, apart=5e-4, chance=1.02)


def _finished(data: Blocks, large: Blocks, candidates: Singles) -> Polished:
    """Return the best of *candidates*, shape (s, k, d), polished on the *large* sample and then on all rows."""
    race = [polish(large, one.astype(np.float64), rounds=RACE) for one in candidates]
    finals = [polish(large, one.centres, rounds=ON) for one in _left(large, race)]
    if large is not data:
        finals = [polish(data, one.centres, rounds=1) for one in _left(large, finals)[:FINALISTS]]
    winner = min(finals, key=lambda one: one.inertia)
    return winner if winner.at_rest else polish(data, winner.centres, rounds=LAST)


def _left(large: Blocks, solutions: Sequence[Polished]) -> list[Polished]:
    """Return those of *solutions* that are not clearly worse than the best one, best first, alike ones once."""
    ranked = sorted(solutions, key=lambda one: one.inertia)
    if len(ranked) == 1:
        return ranked
    leader = nearest_squares(large, ranked[0].centres)
    left = ranked[:1]
    for one in ranked[1:]:
        if one.inertia <= left[-1].inertia * (1 + ALIKE):
            continue
        difference = nearest_squares(large, one.centres) - leader
        error = float(difference.std(dtype=np.float64)) / len(difference) ** 0.5
        if float(difference.mean(dtype=np.float64)) <= CLEARLY * error:
            left.append(one)
    return left


def _sample(n: int, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return np.sort(rng.choice(n, min(size, n), replace=False)).astype(np.int64)
