"""Groups that an earlier fit found, with other customers in them: comes in ``Prepared``, goes out ``Clustering``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.seeds import generator
from ..prepare.result import Prepared
from .assign import Floats
from .assigner import Assigner, NearestCentre
from .crew import crew
from .groups import set_apart
from .result import Clustering, KChoice
from .sampling import measure

NOISE = -1


def groups_as_before(
    prepared: Prepared, centroids: Floats, assigner: Assigner | None, choice: KChoice, *, method: str, seed: int
) -> Clustering:
    """Return the customers in *prepared* in the groups that the fitted *assigner* (without one, the nearest of
    *centroids*) gives them; *choice* is how the number of groups was chosen then. Silhouettes are those of today.
    """
    found = (assigner or NearestCentre(centroids)).assign(prepared.matrix)
    apart = set_apart(prepared)
    labels = np.where(apart, NOISE, found.labels)
    rows, silhouettes = _silhouettes(prepared.matrix, labels, seed)
    return Clustering(
        labels=labels,
        centroids=centroids,
        confidence=np.where(apart, 0.0, found.confidence),
        nearest_other=np.where(apart, found.labels, found.nearest_other),
        silhouettes=silhouettes,
        silhouette_rows=rows,
        choice=choice,
        method=method,
        assigner=assigner or NearestCentre(centroids),
        memberships=found.memberships,
    )


def _silhouettes(matrix: Floats, labels: NDArray[np.int64], seed: int) -> tuple[NDArray[np.int64], Floats]:
    """Return which rows were measured, and their silhouettes; nobody's where there is one group only."""
    inside = np.flatnonzero(labels != NOISE)
    groups = np.unique(labels[inside], return_inverse=True)[1]
    if len(inside) == 0 or groups.max() == 0:
        return inside[:0], np.empty(0)
    with crew() as workers:
        rng = generator(seed, "cluster.silhouette")
        found = measure(np.ascontiguousarray(matrix[inside]), groups, lambda rows: [groups[rows]], rng, workers)
    return inside[found.rows], found.values[0]
