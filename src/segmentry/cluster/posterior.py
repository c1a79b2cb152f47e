"""Assigning customers by a mixture of normal distributions: how probable each group is for each customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .assign import Assignment, Floats
from .assigner import Tables, as_columns, as_matrix


@dataclass(frozen=True)
class Posterior:
    """A mixture of normal distributions.

    Attributes
    ----------
    weights
        Shape (k,), summing to 1.
    means
        Shape (k, d).
    factors
        Shape (k, d, d): upper triangular F with F Fᵀ = the inverse of each group's covariance.
    """

    kind: ClassVar[str] = "posterior"

    weights: Floats
    means: Floats
    factors: Floats

    @property
    def rule(self) -> str:
        """Which group a new customer gets, in words."""
        return "the group with the highest posterior probability"

    def assign(self, matrix: Floats) -> Assignment:
        """Return the most probable group of each row, the second, and the posterior of all as ``memberships``.

        Confidence is 1 − second-highest ÷ highest posterior: 0 half-way between two groups, 1 where no other can be.
        """
        posterior = self.posterior(matrix)
        n, k = posterior.shape
        labels = posterior.argmax(axis=1)
        if k == 1:
            return Assignment(labels, labels.copy(), np.ones(n), posterior)
        rows = np.arange(n)
        rest = posterior.copy()
        rest[rows, labels] = -1.0
        other = rest.argmax(axis=1)
        return Assignment(labels, other, 1 - rest[rows, other] / posterior[rows, labels], posterior)

    def posterior(self, matrix: Floats) -> Floats:
        """Return the probability of each group for each row, shape (n, k)."""
        joint = np.column_stack([self._log_joint(matrix, j) for j in range(len(self.weights))])
        joint -= joint.max(axis=1, keepdims=True)
        np.exp(joint, out=joint)
        share: Floats = joint / joint.sum(axis=1, keepdims=True)
        return share

    def reordered(self, order: Sequence[int]) -> Posterior:
        """Return the same mixture, its groups in another order."""
        chosen = list(order)
        return Posterior(self.weights[chosen], self.means[chosen], self.factors[chosen])

    def parameters(self) -> dict[str, Any]:
        """Return nothing: the tables say it all."""
        return {}

    def tables(self) -> Tables:
        """Return weight, mean and factor (row by row) of each group."""
        k = len(self.weights)
        return {
            "means": {"weight": self.weights, **as_columns(self.means)},
            "factors": as_columns(self.factors.reshape(k, -1)),
        }

    @classmethod
    def restored(cls, parameters: Mapping[str, Any], tables: Mapping[str, Mapping[str, NDArray[Any]]]) -> Posterior:
        """Return the mixture that was saved."""
        del parameters
        means = as_matrix(tables["means"])
        k, d = means.shape
        weights = np.asarray(tables["means"]["weight"], dtype=np.float64)
        return cls(weights, means, as_matrix(tables["factors"]).reshape(k, d, d))

    def _log_joint(self, matrix: Floats, group: int) -> Floats:
        """Return log(weight × density) of *group* at each row, but for a constant that all groups share.

        Summed feature by feature: a customer's value is the same, to the last bit, alone or among a million others.
        """
        factor = self.factors[group]
        steps = [column - mean for column, mean in zip(np.asarray(matrix).T, self.means[group], strict=True)]
        squares = np.zeros(len(matrix))
        for j in range(len(steps)):
            along = np.zeros(len(matrix))
            for i in range(j + 1):
                if factor[i, j] != 0:
                    along += factor[i, j] * steps[i]
            squares += along * along
        shape = float(np.log(np.diag(factor)).sum() + np.log(max(self.weights[group], 1e-300)))
        return shape - squares / 2
