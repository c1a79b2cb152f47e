"""Principal components: the few directions that hold most of the variance, in place of many features that overlap.

The axes are the right singular vectors of the centred rows (Jolliffe 2002, Principal Component Analysis, ch. 3), each
turned so that its largest loading is positive: the same data give the same components on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core import display

Floats = NDArray[np.float64]

ALL = 1 - 1e-12  # a share of variance that is all of it, but for rounding
SPELLED_OUT = 8  # components whose shares are listed in words


@dataclass(frozen=True)
class Components:
    """A fitted rotation, as plain numbers.

    Attributes
    ----------
    centre
        The mean of each of the d columns.
    axes
        One row of d loadings for each of the c components, rows orthonormal.
    explained
        Share of the columns' variance that each component holds, shape (c,), descending.
    """

    centre: tuple[float, ...]
    axes: tuple[tuple[float, ...], ...]
    explained: tuple[float, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the matrix: ``component 1``, ``component 2`` and so on."""
        return tuple(f"component {number}" for number in range(1, len(self.axes) + 1))

    @property
    def loadings(self) -> Floats:
        """The axes as a matrix, shape (c, d)."""
        return np.array(self.axes)

    def summary(self) -> str:
        """Return how many components there are and what they hold, in words.

        >>> Components((0.0, 0.0, 0.0), ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)), (0.5, 0.3)).summary()
        '2 principal components of 3 columns hold 80.0 % of their variance (50.0 %, 30.0 %)'
        """
        shares = ", ".join(display.share(share) for share in self.explained[:SPELLED_OUT])
        rest = ", …" if len(self.explained) > SPELLED_OUT else ""
        return (
            f"{len(self.axes)} principal {'component' if len(self.axes) == 1 else 'components'} of {len(self.centre)} "
            f"columns hold{'s' if len(self.axes) == 1 else ''} {display.share(sum(self.explained))} of their variance "
            f"({shares}{rest})"
        )

    def fits(self, columns: int) -> bool:
        """Return whether centre and every axis have one number for each of so many *columns*."""
        lengths = {len(self.centre), *(len(axis) for axis in self.axes)}
        return lengths == {columns} and len(self.axes) == len(self.explained)

    def forward(self, matrix: Floats) -> Floats:
        """Return *matrix*, shape (n, d), on the components, shape (n, c).

        Summed column by column, never by a matrix product: a customer comes out the same, to the last bit, alone or
        among a million others.
        """
        rotated = np.zeros((len(matrix), len(self.axes)))
        for column, mean, loadings in zip(np.asarray(matrix).T, self.centre, self.loadings.T, strict=True):
            rotated += (column - mean)[:, None] * loadings
        return rotated

    def inverse(self, matrix: Floats) -> Floats:
        """Return the point of the columns' space, shape (n, d), that each row of *matrix*, shape (n, c), stands for.

        What the components left out is gone: the columns come back as if it were average.
        """
        back: Floats = np.asarray(matrix, dtype=np.float64) @ self.loadings + np.array(self.centre)
        return back


def fit_components(matrix: Floats, *, components: int | None = None, variance: float | None = None) -> Components:
    """Return the first *components* of *matrix*, shape (n, d), or as few as hold at least *variance* of its variance.

    At most min(n, d) components exist; without either limit all are returned.

    >>> line = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]])
    >>> fit_components(line, variance=0.9).explained
    (1.0,)
    """
    centre = matrix.mean(axis=0)
    # The R of a QR decomposition has the singular values and right vectors of the whole, and only d rows.
    _, singular, axes = np.linalg.svd(np.linalg.qr(matrix - centre, mode="r"), full_matrices=False)
    largest = axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)]
    axes = axes * np.where(largest < 0, -1.0, 1.0)[:, None]
    total = float((singular**2).sum())
    shares = singular**2 / total if total > 0 else np.zeros(len(singular))
    kept = len(axes) if components is None else min(components, len(axes))
    if variance is not None:
        enough = np.cumsum(shares) >= min(variance, ALL)
        kept = int(enough.argmax()) + 1 if enough.any() else len(axes)
    return Components(
        tuple(centre.tolist()), tuple(tuple(axis) for axis in axes[:kept].tolist()), tuple(shares[:kept].tolist())
    )
