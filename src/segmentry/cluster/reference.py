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

from .lloyd import SETTLED, Floats, Singles, points
from .starts import chains

DRAWS = 5
STARTS = 2
FIRST, REST = 5, 15
SAMPLE = 1_500  # customers: the inertia per customer hardly depends on more


def reference_drops(matrix: Floats, ks: Sequence[int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return log(inertia at k ÷ inertia at 1) on reference data shaped like *matrix*, shape (draws, len(ks))."""
    n, d = matrix.shape
    widths = box_of(matrix)
    draws, grown = [], []
    for _ in range(DRAWS):
        draws.append(points(rng.uniform(-1, 1, size=(min(n, SAMPLE), d)) * widths))
        grown.append(chains(draws[-1], max(ks), STARTS, rng))
    rows, columns = np.stack([draw.rows for draw in draws]), np.stack([draw.columns for draw in draws])
    totals = np.array([draw.squares.sum(dtype=np.float64) for draw in draws])
    starts, drops = np.stack(grown), np.empty((DRAWS, len(ks)))
    for j, k in enumerate(ks):
        tried = [_lloyd(rows, columns, starts[:, start, :k], FIRST) for start in range(STARTS)]
        best = np.argmax([gain for _, gain in tried], axis=0)
        centres = np.stack([centres for centres, _ in tried])[best, np.arange(DRAWS)]
        _, gain = _lloyd(rows, columns, centres, REST)
        drops[:, j] = np.log(np.maximum(totals - gain, 1e-12 * totals) / totals)
    return drops


def box_of(matrix: Floats) -> Floats:
    """Return half the width of the reference's box on each principal axis of *matrix*, shape (d,)."""
    return np.asarray(np.sqrt(3 * np.maximum(np.linalg.eigvalsh(np.atleast_2d(np.cov(matrix.T))), 0)))


def _lloyd(rows: Singles, columns: Singles, centres: Singles, iterations: int) -> tuple[Singles, Floats]:
    """Improve one solution of each of m data sets together; shapes (m, n, d + 1), (m, d + 1, n) and (m, k, d).

    Returns the centres and how much lower than at k = 1 the inertia is, shape (m,). It is :func:`lloyd.iterate` with as
    many data sets as solutions: small ones, for which a call of NumPy costs more than its work.
    """
    gain = np.zeros(len(rows))
    for _ in range(iterations):
        lengths = np.einsum("mkd,mkd->mk", centres, centres)[:, :, None]
        distances = np.concatenate([-2 * centres, lengths], axis=2) @ columns
        least = distances.min(axis=1)
        member = (distances == least[:, None]).astype(np.float32)
        sums = member @ rows
        counts = sums[:, :, -1:]
        centres = np.where(counts > 0, sums[:, :, :-1] / np.maximum(counts, 1), centres)
        before, gain = gain, -least.sum(axis=1, dtype=np.float64)
        if (gain - before <= SETTLED * np.abs(before)).all():
            break
    return centres, gain
