"""The segments of the nearest customers: exact, the same for any order of the rows, fast for many customers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

ENOUGH = 25
"""Neighbours that are asked; of few customers fewer, the square root of their number."""
SMALL = 40_000_000
"""Distances up to which all are computed; beyond, a tree finds the near ones (and costs the import of SciPy)."""
BLOCK = 1_000_000  # distances held at a time
FLAT = 6  # up to so many features a tree saves nearly all distances; beyond, hardly any
MOST = 300_000_000  # distances that more features may cost: about 10 s on two cores


def how_many(customers: int) -> int:
    """Return how many neighbours to ask among so many *customers*.

    >>> how_many(30), how_many(4338)
    (5, 25)
    """
    return max(1, min(ENOUGH, int(np.sqrt(customers))))


def witnesses(asked: int, possible: Codes, features: int, random: np.random.Generator) -> Codes:
    """Return the rows among which neighbours are sought: all that are *possible*, or as many drawn as time allows.

    A draw is needed only where both customers and features are many.
    """
    most = max(5_000, MOST // max(asked, 1))
    if features <= FLAT or len(possible) <= most:
        return possible
    return np.sort(random.choice(possible, size=most, replace=False))


def neighbour_shares(asked: Floats, near: Floats, codes: Codes, *, kinds: int, k: int) -> Floats:
    """Return the share of each kind among the *k* nearest rows of *near*, shape (len(asked), kinds).

    Rows at the same distance as the k-th count with equal parts of what is left, so that no order of rows decides.

    Parameters
    ----------
    asked
        Shape (m, d): the points whose neighbours are sought.
    near
        Shape (w, d): the points that can be neighbours, w >= k.
    codes
        Shape (w,): the kind of each of *near*, 0 … kinds-1.
    """
    if not len(asked) or not len(near):
        return np.zeros((len(asked), kinds))
    if len(asked) * len(near) <= SMALL:
        return _by_all_distances(asked, near, codes, kinds, k)
    return _by_tree(asked, near, codes, kinds, k)


def _by_all_distances(asked: Floats, near: Floats, codes: Codes, kinds: int, k: int) -> Floats:
    members = np.eye(kinds)[codes]
    step = max(1, BLOCK // len(near))
    parts = []
    for start in range(0, len(asked), step):
        distance = np.zeros((len(asked[start : start + step]), len(near)))
        for mine, theirs in zip(asked[start : start + step].T, near.T, strict=True):
            gap = mine[:, None] - theirs
            gap *= gap
            distance += gap
        last = np.partition(distance, k - 1, axis=1)[:, k - 1 : k]
        parts.append(_parts((distance < last) @ members, (distance == last) @ members, k))
    return np.concatenate(parts)


def _by_tree(asked: Floats, near: Floats, codes: Codes, kinds: int, k: int) -> Floats:
    """As above, over the distinct points of *near*: what lies on one point is counted, not searched."""
    from scipy.spatial import cKDTree

    points, weights = _distinct(near, codes, kinds)
    everyone = weights.sum(axis=1)
    tree = cKDTree(points)
    shares = np.zeros((len(asked), kinds))
    rows = np.arange(len(asked))
    reach = min(k + 4, len(points))
    while len(rows):
        found = tree.query(asked[rows], k=np.arange(1, reach + 1), workers=-1)
        distance, place = np.asarray(found[0]), np.asarray(found[1])
        enough = np.cumsum(everyone[place], axis=1) >= k
        last = np.take_along_axis(distance, enough.argmax(axis=1)[:, None], axis=1)
        # Known only where something farther was found: else more points may be as far as the k-th customer.
        known = (enough[:, -1] & (distance[:, -1] > last[:, 0])) | (reach == len(points))
        closer, tied = distance[known] < last[known], distance[known] == last[known]
        shares[rows[known]] = _parts(_counted(closer, place[known], weights), _counted(tied, place[known], weights), k)
        rows, reach = rows[~known], min(reach * 2, len(points))
    return shares


def _parts(closer: Floats, tied: Floats, k: int) -> Floats:
    """Return shares of kinds from how many of each are *closer* than the k-th neighbour, and *tied* with it."""
    left = k - closer.sum(axis=1, keepdims=True)
    found: Floats = (closer + tied * (left / tied.sum(axis=1, keepdims=True))) / k
    return found


def _counted(which: NDArray[np.bool_], place: Codes, weights: Floats) -> Floats:
    """Return how many customers of each kind are on those of the points *place*, shape (m, r), that *which* says."""
    return np.column_stack([(kind[place] * which).sum(axis=1) for kind in weights.T])


def _distinct(near: Floats, codes: Codes, kinds: int) -> tuple[Floats, Floats]:
    """Return the distinct rows of *near*, shape (u, d), and how many customers of each kind they hold, (u, kinds)."""
    order = np.lexsort(near.T)
    ordered = near[order]
    is_new = np.r_[True, (ordered[1:] != ordered[:-1]).any(axis=1)]
    point = np.cumsum(is_new) - 1
    held = np.bincount(point * kinds + codes[order], minlength=int(is_new.sum()) * kinds)
    return ordered[is_new], held.reshape(-1, kinds).astype(np.float64)
