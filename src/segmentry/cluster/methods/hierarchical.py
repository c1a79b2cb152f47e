"""Hierarchical groups (Ward 1963), by SciPy, as scikit-learn's ``AgglomerativeClustering`` does it.

One tree serves every number of groups: it is cut where so many branches are left.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...core.recipe import Cluster
from ..assign import Floats, Labels, assign
from ..neighbours import Neighbours
from ..result import Tree
from .fitted import Fitted, group_means


def solve(matrix: Floats, ks: Sequence[int], settings: Cluster) -> dict[int, Fitted]:
    """Return the tree's groups for each of *ks*; others get the group of the nearest customer of the fit.

    Not that of the nearest mean, as k-means would: on Online Retail it would move a tenth of the fit's own customers.
    How surely a customer is in its group is told by the means: 1 − distance to the own ÷ distance to the next one.
    """
    del settings  # nothing is drawn
    from scipy.cluster.hierarchy import linkage

    steps = linkage(matrix, "ward") if len(matrix) > 1 else np.empty((0, 4))
    merges, sizes = steps[:, :2].astype(np.int64), steps[:, 3].astype(np.int64)
    found = {}
    for k in ks:
        labels = cut(merges, len(matrix), k)
        tree = Tree(merges, steps[:, 2], sizes, labels)
        strength = _strength(matrix, labels, group_means(matrix, labels, k))
        found[k] = Fitted(
            labels, Neighbours(matrix, labels, np.full(len(matrix), np.inf), strength, core=False), tree=tree
        )
    return found


def _strength(matrix: Floats, labels: Labels, means: Floats) -> Floats:
    found = assign(matrix, means)
    return np.where(found.labels == labels, found.confidence, 0.0)


def cut(merges: NDArray[np.int64], n: int, k: int) -> Labels:
    """Return the label of each of *n* rows after all *merges*, shape (n - 1, 2), but the last k − 1; by first row.

    >>> cut(np.array([[0, 1], [2, 4]]), 3, 2).tolist()
    [0, 0, 1]
    """
    owner = np.arange(n + len(merges))
    for step in range(len(merges) - (k - 1) - 1, -1, -1):  # from the top of each branch down to its rows
        owner[merges[step]] = owner[n + step]
    _, first, labels = np.unique(owner[:n], return_index=True, return_inverse=True)
    place = np.empty(len(first), dtype=np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    return place[labels]
