"""Customers shared out to groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def shared_out(shares: Sequence[float], customers: int, random: np.random.Generator) -> Ints:
    """Return the group number of each customer, shape (customers,), in random order with exact *shares*, which add up
    to 1.
    """
    edges = np.round(np.cumsum(shares) * customers).astype(np.int64)
    groups = np.searchsorted(edges, np.arange(customers), side="right").clip(max=len(shares) - 1)
    return random.permutation(groups)
