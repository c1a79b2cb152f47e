"""The reference null: what k-means would achieve on customers without any groups.

The gap statistic (Tibshirani, Walther & Hastie 2001, JRSS B 63: 411–423) compares log inertia with that of uniform data
in a box along the principal axes. Of all single-peaked shapes the uniform one looks most like groups to k-means, so it
is the careful choice. **Ours**: the box has the data's variance on each axis instead of their range, so that one far
customer does not inflate it, and curves are compared from their common value at k = 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .lloyd import Floats, iterate, points
from .starts import chains

DRAWS = 5
STARTS = 2
FIRST, REST = 5, 15
SAMPLE = 1_500  # customers: the inertia per customer hardly depends on more


def reference_drops(matrix: Floats, ks: Sequence[int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return log(inertia at k ÷ inertia at 1) on reference data shaped like *matrix*, shape (draws, len(ks))."""
    n, d = matrix.shape
    widths = np.sqrt(3 * np.maximum(np.linalg.eigvalsh(np.atleast_2d(np.cov(matrix.T))), 0))
    drops = np.empty((DRAWS, len(ks)))
    for draw in range(DRAWS):
        data = points(rng.uniform(-1, 1, size=(min(n, SAMPLE), d)) * widths)
        grown = chains(data, max(ks), STARTS, rng)
        total = float(data.squares.sum(dtype=np.float64))
        for j, k in enumerate(ks):
            centres, inertia = iterate(data, grown[:, :k], FIRST)
            _, inertia = iterate(data, centres[inertia.argmin()][None], REST)
            drops[draw, j] = np.log(max(float(inertia[0]), 1e-12 * total) / total)
    return drops
