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
    scaled, features
        What decides, scaled and as columns, shape (n, f), and its names: the matrix, unless that was rotated.
    seed
        The seed of the run.
    """

    labels: Codes
    names: Mapping[int, str]
    matrix: Floats
    scaled: Floats
    features: Sequence[str]
    seed: int


@dataclass(frozen=True)
class Rules:
    """What the company says of n customers: the declared segment of each, shape (n,), None without one; the declared
    segments in their order; and the conditions that give them, where rules are conditions.
    """

    segments: NDArray[np.object_]
    order: Sequence[str] = ()
    conditions: Conditions | None = None
