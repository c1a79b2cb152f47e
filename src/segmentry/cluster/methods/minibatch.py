"""Mini-batch k-means (Sculley 2010), by scikit-learn: centres learn from small random batches of customers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...core.recipe import Cluster
from ..assign import Floats
from ..assigner import NearestCentre
from .fitted import Fitted


def solve(matrix: Floats, ks: Sequence[int], settings: Cluster) -> dict[int, Fitted]:
    """Return the solution for each of *ks*: the centres of scikit-learn, and each row's nearest one."""
    from sklearn.cluster import MiniBatchKMeans

    found = {}
    for k in ks:
        peer = MiniBatchKMeans(k, n_init=settings.starts, random_state=settings.seed).fit(matrix)
        assigner = NearestCentre(np.asarray(peer.cluster_centers_, dtype=np.float64))
        found[k] = Fitted(assigner.assign(matrix).labels, assigner)
    return found
