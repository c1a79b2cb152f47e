"""Where k-means begins: greedy k-means++ (Arthur & Vassilvitskii 2007; several trials a step, as scikit-learn does).

A chain of centres is grown point by point, so its first k centres are a start for k groups: one set of chains serves
every k at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .lloyd import Points, Singles, gaps

Drawn = NDArray[np.float64]


def chains(data: Points, k: int, count: int, rng: np.random.Generator, weights: Singles | None = None) -> Singles:
    """Return *count* chains of *k* centres, shape (count, k, d); *weights*, shape (count, n), weigh the points."""
    trials = 2 + int(np.log(k))
    grown = np.empty((count, k, data.rows.shape[1] - 1), dtype=np.float32)
    mass = np.ones((count, len(data)), dtype=np.float32) if weights is None else weights
    grown[:, 0] = data.rows[_draw(mass, rng.random((count, 1)))[:, 0], :-1]
    closest = np.maximum(gaps(data, grown[:, :1])[:, 0] + data.squares, 0)
    for step in range(1, k):
        grown[:, step], closest = _grow(data, closest, weights, rng.random((count, trials)))
    return grown


def extended(data: Points, centres: Singles, rng: np.random.Generator, *, trials: int = 12) -> Singles:
    """Return one more start: *centres*, shape (k, d), and the best of *trials* further points, shape (k + 1, d)."""
    closest = np.maximum(gaps(data, centres[None]).min(axis=1) + data.squares, 0)
    added, _ = _grow(data, closest, None, rng.random((1, trials)))
    return np.concatenate([centres, added])


def swapped(data: Points, centres: Singles, count: int, rng: np.random.Generator) -> Singles:
    """Return *count* variants of *centres*, shape (k, d), with one centre each moved to a drawn point (random swap)."""
    k = len(centres)
    removed = rng.permuted(np.tile(np.arange(k), -(-count // k)))[:count]
    kept = np.array([np.delete(centres, one, axis=0) for one in removed])
    closest = np.maximum(gaps(data, kept).min(axis=1) + data.squares, 0)
    added, _ = _grow(data, closest, None, rng.random((count, 3)))
    return np.concatenate([kept, added[:, None]], axis=1)


def _grow(data: Points, closest: Singles, weights: Singles | None, draws: Drawn) -> tuple[Singles, Singles]:
    """Return, for each chain, the point of several drawn ones that lowers the inertia most, and the new distances."""
    count = len(draws)
    drawn = _draw(closest if weights is None else closest * weights, draws)
    tried = data.rows[drawn, :-1]
    distances = gaps(data, tried)
    distances += data.squares
    np.maximum(distances, 0, out=distances)
    np.minimum(distances, closest[:, None], out=distances)
    left = distances.sum(axis=2) if weights is None else np.einsum("stn,sn->st", distances, weights)
    best = left.argmin(axis=1)
    chain = np.arange(count)
    return tried[chain, best], distances[chain, best]


def _draw(mass: Singles, draws: Drawn) -> NDArray[np.int64]:
    """Return points drawn in proportion to *mass*, shape (s, n), for *draws* in [0, 1) of shape (s, t)."""
    reached = np.cumsum(mass, axis=1, dtype=np.float64)
    rows = [np.searchsorted(total, draw * total[-1], side="right") for total, draw in zip(reached, draws, strict=True)]
    drawn: NDArray[np.int64] = np.minimum(np.array(rows), mass.shape[1] - 1)
    return drawn
