"""DBSCAN (Ester, Kriegel, Sander & Xu 1996), by scikit-learn: dense regions are groups, the rest is noise.

**Ours**: a customer on the border of two groups is in reach of cores of both, and DBSCAN gives it to whichever it finds
first. Here the nearest core decides: the order of rows does not matter, and a saved model labels as the fit did.
"""

from __future__ import annotations

import math

import numpy as np

from ...core.recipe import Cluster
from ..assign import Floats
from ..choose_k import find_knee
from ..neighbours import Neighbours
from ..result import KDistances
from .fitted import Fitted, cores_needed, distances_to


def fit(matrix: Floats, settings: Cluster) -> Fitted:
    """Return the dense regions of *matrix*; ``eps`` from the knee of the k-distance curve unless it is given."""
    from sklearn.cluster import DBSCAN

    needed = cores_needed(settings.min_samples, matrix)
    curve = np.sort(distances_to(matrix, needed))[::-1]
    eps = knee_distance(curve) if settings.eps == "auto" else settings.eps
    peer = DBSCAN(eps=eps, min_samples=needed).fit(matrix)
    cores = peer.core_sample_indices_
    reach = np.full(len(cores), np.inf if settings.noise == "join" else eps)
    assigner = Neighbours(matrix[cores], peer.labels_[cores].astype(np.int64), reach, np.ones(len(cores)), core=True)
    source = "the knee of the k-distance curve" if settings.eps == "auto" else "as given"
    return Fitted(
        assigner.assign(matrix).labels,
        assigner,
        words=f"eps {eps:.4g} ({source}), min_samples {needed}",
        k_distances=KDistances(curve, needed, eps, given=settings.eps != "auto"),
    )


def knee_distance(curve: Floats) -> float:
    """Return the distance at the knee of *curve* (descending), rounded up to four digits so that it can be typed.

    The knee is the point farthest below the chord (Kneedle: Satopää et al. 2011); the median where there is none.

    >>> knee_distance(np.array([9.0, 1.00001, 0.9, 0.8, 0.7]))
    1.001
    """
    knee = find_knee(range(len(curve)), curve.tolist())
    distance = float(curve[knee]) if knee is not None else float(np.median(curve))
    if distance <= 0:  # most customers are the same as others
        distance = float(curve[curve > 0].min(initial=1.0))
    digits = 10.0 ** (3 - math.floor(math.log10(distance)))
    return math.ceil(distance * digits) / digits
