"""HDBSCAN (Campello, Moulavi & Sander 2013), by scikit-learn: groups that are denser than what lies between them."""

from __future__ import annotations

import math

import numpy as np

from ...core.recipe import Cluster
from ..assign import Floats
from ..neighbours import Neighbours
from .fitted import Fitted, cores_needed, distances_to


def fit(matrix: Floats, settings: Cluster) -> Fitted:
    """Return the dense groups of *matrix*.

    Others are labelled as the nearest customer of the fit is, noise included, and are noise where they are farther from
    it than its own ``min_samples``-th neighbour.
    """
    from sklearn.cluster import HDBSCAN

    n = len(matrix)
    needed = cores_needed(settings.min_samples, matrix)
    size = settings.min_cluster_size
    least = max(2, min(max(10, math.ceil(settings.min_share * n)), n // 2)) if size == "auto" else min(size, n)
    peer = HDBSCAN(min_cluster_size=least, min_samples=needed, copy=True).fit(matrix)
    found, strength = peer.labels_.astype(np.int64), np.asarray(peer.probabilities_, dtype=np.float64)
    words = f"min_cluster_size {least}, min_samples {needed}"
    if settings.noise == "join":
        held = found >= 0
        assigner = Neighbours(matrix[held], found[held], np.full(int(held.sum()), np.inf), strength[held], core=False)
        return Fitted(assigner.assign(matrix).labels, assigner, words=words)
    assigner = Neighbours(matrix, found, distances_to(matrix, needed), strength, core=False)
    return Fitted(found, assigner, words=words)
