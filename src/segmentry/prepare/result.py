"""What preparation hands on: the matrix in which groups are sought, and who takes part in the search."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable


@dataclass(frozen=True)
class Skewness:
    """How a feature was made symmetric: the transform, why it was chosen, and the skewness before and after."""

    feature: str
    transform: str
    reason: str
    before: float
    after: float


@dataclass(frozen=True)
class Prepared:
    """The customer table as a matrix.

    Attributes
    ----------
    matrix
        Shape (n, d), float64, no missing values, scaled.
    names
        The d columns: features, then missing-value flags; or principal components.
    fitted_on
        Shape (n,), bool: the customers that take part in finding the segments.
    is_outlier
        Shape (n,), bool: the customers beyond the outlier rule's limit.
    left_out
        Feature to the reason why it takes no part (constant, all missing).
    skewness
        One entry per feature that takes part.
    pipeline
        The fitted preparation (``prepare.Pipeline``): transforms new rows, goes back to real units, saves and loads.
    """

    matrix: NDArray[np.float64]
    names: tuple[str, ...]
    fitted_on: NDArray[np.bool_]
    is_outlier: NDArray[np.bool_]
    left_out: dict[str, str]
    skewness: tuple[Skewness, ...]
    pipeline: Any

    @property
    def deciding(self) -> tuple[str, ...]:
        """What decides the segments, in real units: features, then missing-value flags, whether rotated or not."""
        return tuple(self.pipeline.columns)

    def scaled(self, customers: CustomerTable) -> NDArray[np.float64]:
        """Return the *deciding* columns of *customers*, those of the matrix, scaled: the matrix but for a rotation."""
        if self.pipeline.components is None:
            return self.matrix
        scaled: NDArray[np.float64] = self.pipeline.scaled(customers)
        return scaled
