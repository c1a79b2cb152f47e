"""Assigning customers by customers of the fit: the nearest one decides, if the new customer lies within its reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .assign import Assignment, Floats, Labels
from .assigner import Tables, as_columns, as_matrix

NOISE = -1


def relabelled(labels: Labels, order: Sequence[int]) -> Labels:
    """Return *labels*, shape (n,), each by its place in *order*; noise stays noise.

    >>> relabelled(np.array([0, 1, -1, 2]), [2, 0, 1]).tolist()
    [1, 2, -1, 0]
    """
    new = np.empty(len(order) + 1, dtype=np.int64)
    new[list(order)] = np.arange(len(order))
    new[NOISE] = NOISE
    return new[labels]


@dataclass(frozen=True)
class Neighbours:
    """Customers of the fit that decide on others.

    Attributes
    ----------
    points
        Shape (m, d).
    labels
        Shape (m,): the group of each point; -1 for noise, which decides on its own surroundings.
    reach
        Shape (m,): how far each point's say goes; beyond it a customer is noise. Infinite where there is no noise.
    strength
        Shape (m,), 0 to 1: how surely each point is in its group.
    core
        Whether the points are the cores of DBSCAN (else: all customers of the fit).
    """

    kind: ClassVar[str] = "neighbours"

    points: Floats
    labels: Labels
    reach: Floats
    strength: Floats
    core: bool

    @property
    def groups(self) -> int:
        """The number of groups."""
        return int(self.labels.max(initial=NOISE)) + 1

    @property
    def rule(self) -> str:
        """Which group a new customer gets, in words."""
        who = "the nearest core customer" if self.core else "the nearest customer of the fit"
        return f"the group of {who}" + (", or noise out of its reach" if np.isfinite(self.reach).any() else "")

    def assign(self, matrix: Floats) -> Assignment:
        """Return the group of the nearest point within reach of each row, label -1 where there is none.

        Of points at the same distance that of the lowest label decides. Confidence is the nearest point's strength ×
        (1 − distance to it ÷ distance to the nearest point of another group, or its reach where that is shorter); 0 for
        noise, whose ``nearest_other`` is the nearest group.
        """
        n, k = len(matrix), self.groups
        if k == 0:
            none = np.full(n, NOISE, dtype=np.int64)
            return Assignment(none, none.copy(), np.zeros(n))
        distances, points = self._to_groups(np.asarray(matrix, dtype=np.float64))
        rows = np.arange(n)
        own = distances[:, :k].argmin(axis=1).astype(np.int64)
        nearest, point = distances[rows, own], points[rows, own]
        reach = self.reach[point]
        rest = distances.copy()
        rest[rows, own] = np.inf
        other = rest[:, :k].argmin(axis=1).astype(np.int64) if k > 1 else own
        limit = np.minimum(rest.min(axis=1), reach)
        is_noise = (nearest > reach) | (distances[:, k] < nearest)
        ratio = np.divide(nearest, limit, out=np.zeros(n), where=(limit > 0) & np.isfinite(limit))
        return Assignment(
            np.where(is_noise, NOISE, own),
            np.where(is_noise, own, other),
            np.where(is_noise, 0.0, self.strength[point] * np.clip(1 - ratio, 0.0, 1.0)),
        )

    def reordered(self, order: Sequence[int]) -> Neighbours:
        """Return the same points, their groups labelled anew."""
        return Neighbours(self.points, relabelled(self.labels, order), self.reach, self.strength, self.core)

    def parameters(self) -> dict[str, Any]:
        """Return whether the points are cores."""
        return {"core": self.core}

    def tables(self) -> Tables:
        """Return the points, their labels, reach and strength."""
        own = {"label": self.labels, "reach": self.reach, "strength": self.strength}
        return {"points": {**as_columns(self.points), **own}}

    @classmethod
    def restored(cls, parameters: Mapping[str, Any], tables: Mapping[str, Mapping[str, NDArray[Any]]]) -> Neighbours:
        """Return the points that were saved."""
        table = tables["points"]
        reach, strength = (np.asarray(table[name], dtype=np.float64) for name in ("reach", "strength"))
        labels = np.asarray(table["label"]).astype(np.int64)
        return cls(as_matrix(table), labels, reach, strength, bool(parameters["core"]))

    def _to_groups(self, matrix: Floats) -> tuple[Floats, Labels]:
        """Return distance to, and number of, the nearest point of each group, shape (n, k + 1): noise is the last."""
        from scipy.spatial import cKDTree  # needed by these methods only

        shape = len(matrix), self.groups + 1
        distances, points = np.full(shape, np.inf), np.zeros(shape, dtype=np.int64)
        for column in range(shape[1]):
            label = column if column < self.groups else NOISE
            held = np.flatnonzero(self.labels == label)
            if held.size:
                distances[:, column], nearest = cKDTree(self.points[held]).query(matrix)
                points[:, column] = held[nearest]
        return distances, points
