"""Scaling: (x − centre) / spread for each column, so that columns weigh the same in a distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

METHODS = ("standard", "minmax", "robust", "none")


@dataclass(frozen=True)
class Scaling:
    """A fitted scaling: the method and each column's centre and spread, as plain numbers."""

    method: str
    centre: tuple[float, ...]
    spread: tuple[float, ...]

    def forward(self, matrix: Floats) -> Floats:
        """Return *matrix*, shape (n, d), scaled."""
        scaled = np.empty(matrix.shape)
        for j, (centre, spread) in enumerate(zip(self.centre, self.spread, strict=True)):
            scaled[:, j] = (matrix[:, j] - centre) / spread  # by column: rows are too short to be quick
        return scaled

    def inverse(self, matrix: Floats) -> Floats:
        """Return the scaled *matrix*, shape (n, d), in its former units."""
        restored: Floats = matrix * np.array(self.spread) + np.array(self.centre)
        return restored


def fit_scaling(matrix: Floats, method: str) -> Scaling:
    """Return the scaling of *matrix*, shape (n, d): ``standard`` (mean, population standard deviation), ``minmax``
    (minimum, range), ``robust`` (median, interquartile range) or ``none``. A column without spread is only centred.

    >>> fit_scaling(np.array([[0.0], [1.0], [5.0]]), "minmax")
    Scaling(method='minmax', centre=(0.0,), spread=(5.0,))
    """
    if method == "standard":
        centre, spread = matrix.mean(axis=0), matrix.std(axis=0)
    elif method == "minmax":
        centre, spread = matrix.min(axis=0), np.ptp(matrix, axis=0)
    elif method == "robust":
        lower, centre, upper = np.quantile(matrix, [0.25, 0.5, 0.75], axis=0)
        spread = upper - lower
    else:
        centre, spread = np.zeros(matrix.shape[1]), np.ones(matrix.shape[1])
    flat = spread <= 10 * np.finfo(np.float64).eps * np.maximum(np.abs(centre), 1e-300)
    return Scaling(method, tuple(centre.tolist()), tuple(np.where(flat, 1.0, spread).tolist()))
