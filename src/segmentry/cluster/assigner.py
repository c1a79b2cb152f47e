"""What a fitted method leaves behind to label customers it has not seen: plain numbers, saved as JSON and Parquet.

Every assigner works in NumPy and SciPy alone: scoring with a model needs no scikit-learn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ModelError
from .assign import Assignment, Floats, assign

Tables = dict[str, dict[str, NDArray[Any]]]

KINDS = {
    "nearest_centre": (__name__, "NearestCentre"),
    "posterior": ("segmentry.cluster.posterior", "Posterior"),
    "neighbours": ("segmentry.cluster.neighbours", "Neighbours"),
}


class Assigner(Protocol):
    """Labels customers of the prepared space; ``kind`` names the class in a saved model."""

    kind: ClassVar[str]

    @property
    def rule(self) -> str:
        """Which group a new customer gets, in words."""

    def assign(self, matrix: Floats) -> Assignment:
        """Return the group of each row of *matrix*, shape (n, d); label -1 for noise."""

    def reordered(self, order: Sequence[int]) -> Self:
        """Return the same assigner with the group ``order[i]`` labelled i."""

    def parameters(self) -> dict[str, Any]:
        """Return what is saved as JSON."""

    def tables(self) -> Tables:
        """Return what is saved as Parquet: table to column to values."""

    @classmethod
    def restored(cls, parameters: Mapping[str, Any], tables: Mapping[str, Mapping[str, NDArray[Any]]]) -> Self:
        """Return the assigner that ``parameters`` and ``tables`` described."""


@dataclass(frozen=True)
class NearestCentre:
    """The nearest of *centres*, shape (k, d); the lower label on a tie."""

    kind: ClassVar[str] = "nearest_centre"

    centres: Floats

    @property
    def rule(self) -> str:
        """Which group a new customer gets, in words."""
        return "the group with the nearest centre"

    def assign(self, matrix: Floats) -> Assignment:
        """Return the nearest centre of each row, and how clear that is (:func:`cluster.assign`)."""
        return assign(matrix, self.centres)

    def reordered(self, order: Sequence[int]) -> NearestCentre:
        """Return the same centres in another order."""
        return NearestCentre(self.centres[list(order)])

    def parameters(self) -> dict[str, Any]:
        """Return nothing: the centres say it all."""
        return {}

    def tables(self) -> Tables:
        """Return the centres, one row each."""
        return {"centres": as_columns(self.centres)}

    @classmethod
    def restored(cls, parameters: Mapping[str, Any], tables: Mapping[str, Mapping[str, NDArray[Any]]]) -> NearestCentre:
        """Return the centres that were saved."""
        del parameters
        return cls(as_matrix(tables["centres"]))


def assigner_from(
    kind: str, parameters: Mapping[str, Any], tables: Mapping[str, Mapping[str, NDArray[Any]]]
) -> Assigner:
    """Return the assigner of a saved model. Raises ModelError where the parts do not make one."""
    if kind not in KINDS:
        raise ModelError(
            f"The model labels customers by {kind!r}.",
            possible=f"Known: {', '.join(KINDS)}.",
            action="Update Segmentry: pip install --upgrade segmentry",
        )
    module, name = KINDS[kind]
    try:
        found: Assigner = getattr(import_module(module), name).restored(parameters, tables)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"The model's part {kind!r} is damaged: {error!r}.") from error
    return found


def as_columns(matrix: Floats) -> dict[str, Floats]:
    """Return the columns of *matrix*, shape (m, d), by the names x0, x1 and so on."""
    return {f"x{j}": np.ascontiguousarray(column) for j, column in enumerate(matrix.T)}


def as_matrix(table: Mapping[str, NDArray[Any]]) -> Floats:
    """Return the columns x0, x1, … of *table* side by side. Raises KeyError where there are none."""
    names = [f"x{j}" for j in range(sum(name.startswith("x") for name in table))]
    if not names:
        raise KeyError("x0")
    return np.column_stack([np.asarray(table[name], dtype=np.float64) for name in names])
