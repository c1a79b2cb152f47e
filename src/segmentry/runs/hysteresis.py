"""Hysteresis: customers near a border do not move back and forth. Comes in: segments before and as proposed now. Goes
out: segments.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int64]


def steady(
    previous: Labels,
    proposed: Labels,
    confidence: NDArray[np.float64],
    stays: NDArray[np.int64],
    *,
    margin: float,
    min_stay: int,
) -> Labels:
    """Return the segment of each customer: the proposed one where they may move, the previous one elsewhere.

    Parameters
    ----------
    previous
        Shape (n,): ids of the segments before, in the numbering of *proposed*; ``movement.ABSENT`` for a customer who
        is new, or whose segment is gone: they get the proposed one.
    proposed
        Shape (n,): ids of the segments that the model says.
    confidence
        Shape (n,): of the proposed segments, from 0 to 1; not a number where it is not known, which holds nobody back.
    stays
        Shape (n,): for how many days each customer has been in the previous segment.
    margin
        Least confidence for a move.
    min_stay
        Least stay before a move.

    >>> before, now, sure = np.array([0, 0, -2]), np.array([1, 1, 1]), np.array([0.6, 0.1, 0.1])
    >>> steady(before, now, sure, np.array([3, 3, 0]), margin=0.3, min_stay=2).tolist()
    [1, 0, 1]
    """
    # Only a refresh needs it, and movement is more than a number.
    from ..movement import ABSENT

    may_move = ~(confidence < margin) & (stays >= min_stay)
    return np.where((previous == ABSENT) | may_move, proposed, previous)
