"""The two sides of a comparison, as they come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rules.conditions import Conditions

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Found:
    """What the data say of n customers.

    Attributes
    ----------
    labels, names
        Found segment of each customer, shape (n,), -1 for one set apart; the name of each by its id.
    matrix
        The prepared space, shape (n, d).
    features
        The names of what decides.
    seed
        The seed of the run.
    scaled
        What decides as scaled columns, shape (n, f), where the matrix was rotated and does not have them.
    """

    labels: Codes
    names: Mapping[int, str]
    matrix: Floats
    features: Sequence[str]
    seed: int
    scaled: Floats | None = None


@dataclass(frozen=True)
class Rules:
    """What the company says of n customers: the declared segment of each, shape (n,), None without one; the declared
    segments in their order; and the conditions that give them, where rules are conditions.
    """

    segments: NDArray[np.object_]
    order: Sequence[str] = ()
    conditions: Conditions | None = None
