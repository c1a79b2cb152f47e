"""What a method hands on: the labels of its fit, and what labels others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..assign import Floats, Labels
from ..assigner import Assigner
from ..result import KDistances, Tree


@dataclass(frozen=True)
class Fitted:
    """One solution.

    Attributes
    ----------
    labels
        Shape (n,): 0 … k-1, and -1 for noise.
    assigner
        Labels other rows.
    words
        How the number of groups came about, where the method found it itself.
    bic
        Bayesian information criterion, where the method has a likelihood: the lower, the better.
    tree, k_distances
        What charts show of a hierarchical and of a dbscan solution.
    """

    labels: Labels
    assigner: Assigner
    words: str = ""
    bic: float = math.nan
    tree: Tree | None = None
    k_distances: KDistances | None = None

    @property
    def groups(self) -> int:
        """The number of groups, noise not counted."""
        return int(self.labels.max(initial=-1)) + 1


def group_means(matrix: Floats, labels: Labels, k: int, otherwise: Floats | None = None) -> Floats:
    """Return the mean of each group, shape (k, d); a group without rows has its row of *otherwise* (or zeros)."""
    held = labels >= 0
    counts = np.bincount(labels[held], minlength=k)
    sums = [np.bincount(labels[held], weights=column[held], minlength=k) for column in matrix.T]
    means: Floats = np.column_stack(sums) / np.maximum(counts, 1)[:, None]
    if otherwise is not None:
        means[counts == 0] = otherwise[counts == 0]
    return means


def cores_needed(settings_value: int | str, matrix: Floats) -> int:
    """Return ``min_samples``: as given, or twice the number of features, at least 10 (at most half the rows).

    Sander, Ester, Kriegel & Xu (1998) take twice the number of dimensions; customer data have ties and noise, for which
    Schubert et al. (2017) advise more.
    """
    n, d = int(matrix.shape[0]), int(matrix.shape[1])
    if isinstance(settings_value, int):
        return min(settings_value, n)
    return max(2, min(max(10, 2 * d), n // 2))


def distances_to(matrix: Floats, rank: int) -> NDArray[np.float64]:
    """Return each row's distance to its *rank*-th nearest row, itself counted, shape (n,)."""
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(matrix).query(matrix, k=[rank])[0], dtype=np.float64).reshape(-1)
