"""What clustering hands on: labels, centroids, how sure each label is, and how the number of groups was chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class KScore:
    """The quality of one number of groups, measured on the customers that took part in the search.

    Attributes
    ----------
    k, inertia
        Number of groups, and the sum of squared distances to the nearest centroid.
    silhouette, calinski_harabasz, davies_bouldin
        As defined by scikit-learn; the silhouette is the exact one (on a stated number of customers).
    stability
        Mean adjusted Rand index between this solution and solutions found on resampled customers.
    smallest_share
        Share of customers in the smallest group.
    reference_inertia
        Mean log inertia on reference data without groups (the gap statistic's null), as exp of that mean.
    """

    k: int
    inertia: float
    silhouette: float
    calinski_harabasz: float
    davies_bouldin: float
    stability: float
    smallest_share: float
    reference_inertia: float


@dataclass(frozen=True)
class KChoice:
    """The number of groups and why: one sentence for people, every candidate's scores, and how clear the structure is.

    ``structure`` is ``none``, ``weak``, ``moderate`` or ``strong``; ``asked`` says that the user gave k.
    """

    k: int
    reason: str
    scores: tuple[KScore, ...]
    knee: int | None
    structure: str
    structure_reason: str
    asked: bool
    silhouette_customers: int


@dataclass(frozen=True)
class Clustering:
    """The groups.

    Attributes
    ----------
    labels
        Shape (n,), int: 0 … k-1 in the order in which centroids are given; -1 where policy ``drop`` set outliers apart.
    centroids
        Shape (k, d), in the prepared space.
    confidence
        Shape (n,), 0 to 1: 1 − distance to the own centroid ÷ distance to the next one.
    nearest_other
        Shape (n,), int: the second nearest centroid (the own label where there is one group only).
    silhouettes
        Silhouette value of each sampled customer, shape (m,), with ``silhouette_rows`` their row numbers.
    choice
        How k was chosen.
    """

    labels: NDArray[np.int64]
    centroids: NDArray[np.float64]
    confidence: NDArray[np.float64]
    nearest_other: NDArray[np.int64]
    silhouettes: NDArray[np.float64]
    silhouette_rows: NDArray[np.int64]
    choice: KChoice
