"""Why a customer is in another segment than before: a decomposition of each move that adds up.

Four things can have moved a customer, and they are let happen one after the other, in this order:

1. ``time``: the days pass, and the customer does nothing;
2. ``behaviour``: what the customer did in that time;
3. ``thresholds``: the same rules or centroids with other numbers;
4. ``model``: another model (features, method, number of segments).

The chain of segments that this gives begins where the customer was and ends where the customer is. A move is as much a
leaving as an arriving; so the place on the way is scored ½ for not being the first segment and ½ for being the last
one, and each thing accounts for the change of that score while it happens. For whoever moved, the parts add up to 1;
for whoever did not, to 0. A part is negative where one thing led away from the last segment and another back.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]
Parts = NDArray[np.float64]

CAUSES = ("time", "behaviour", "thresholds", "model")
MIXED = "several"
WORDS = {
    "time": "time passed",
    "behaviour": "own behaviour",
    "thresholds": "cut points moved",
    "model": "the model changed",
    MIXED: "several together",
}
WHY = {
    "time": "only because time passed",
    "behaviour": "by what they did",
    "thresholds": "only because cut points moved",
    "model": "only because the model changed",
    MIXED: "for several reasons together",
}


def causes(chain: Sequence[Labels]) -> Parts:
    """Return how much of each customer's move is due to each of ``CAUSES``, shape (n, 4).

    *chain* has five arrays of segments, each of shape (n,): before, then after each of the causes.

    >>> champion, sleeping = np.array([0, 0, 0]), np.array([2, 2, 0])
    >>> causes([champion, sleeping, np.array([2, 1, 1]), np.array([2, 1, 1]), np.array([2, 1, 1])]).tolist()
    [[1.0, 0.0, 0.0, 0.0], [0.5, 0.5, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]
    """
    first, last = chain[0], chain[-1]
    scores = np.stack([0.5 * (place != first) + 0.5 * (place == last) for place in chain])
    return np.ascontiguousarray(np.diff(scores, axis=0).T)


def main_causes(parts: Parts, moved: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return in a word why each customer moved, shape (n,): the one of ``CAUSES`` that alone accounts for it, else
    ``MIXED``; empty for who did not move.
    """
    alone = (parts >= 1 - 1e-9) & (np.abs(parts).sum(axis=1, keepdims=True) <= 1 + 1e-9)
    names = np.array([*CAUSES, MIXED], dtype=object)
    place = np.where(alone.any(axis=1), alone.argmax(axis=1), len(CAUSES))
    found = names[place]
    found[~moved] = ""
    return found
