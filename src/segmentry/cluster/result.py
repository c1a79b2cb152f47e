"""What clustering hands on: labels, centroids, how sure each label is, and how the number of groups was chosen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core import display
from .assigner import Assigner


@dataclass(frozen=True)
class KScore:
    """The quality of one number of groups, measured on the customers that took part in the search.

    Attributes
    ----------
    k, inertia
        Number of groups, and the sum of squared distances to the nearest centroid.
    silhouette, calinski_harabasz, davies_bouldin
        As defined by scikit-learn; of more than 20,000 customers, the silhouette is a stratified sample's.
    stability
        Mean adjusted Rand index between this solution and solutions found on resampled customers.
    smallest_share
        Share of customers in the smallest group.
    reference_inertia
        Mean log inertia on reference data without groups (the gap statistic's null), as exp of that mean; not a number
        for methods that find the number of groups themselves.
    silhouette_error
        Standard error of the silhouette: 0 where all customers were measured.
    """

    k: int
    inertia: float
    silhouette: float
    calinski_harabasz: float
    davies_bouldin: float
    stability: float
    smallest_share: float
    reference_inertia: float
    silhouette_error: float = 0.0

    @property
    def silhouette_text(self) -> str:
        """The silhouette for people, with its standard error where it is a sample's: 0.37, or 0.371 ± 0.002."""
        if self.silhouette_error == 0:
            return f"{self.silhouette:.2f}"
        return f"{self.silhouette:.3f} ± {self.silhouette_error:.3f}"


@dataclass(frozen=True)
class KChoice:
    """The number of groups and why: one sentence for people, every candidate's scores, and how clear the structure is.

    ``structure`` is ``none``, ``weak``, ``moderate`` or ``strong``; ``asked`` says that the user gave k. Of a mixture,
    ``bics`` has the Bayesian information criterion beside each of the scores: the lower, the better.
    ``silhouette_customers`` of the ``customers`` who took part were measured for the silhouette.
    """

    k: int
    reason: str
    scores: tuple[KScore, ...]
    knee: int | None
    structure: str
    structure_reason: str
    asked: bool
    silhouette_customers: int
    bics: tuple[float, ...] = ()
    customers: int = 0

    @property
    def measured_text(self) -> str:
        """On whom silhouettes were measured: "4,338 customers", or "a sample of 8,004 of 351,944 customers"."""
        measured = display.count(self.silhouette_customers)
        if self.silhouette_customers >= self.customers:
            return f"{measured} customers"
        return f"a sample of {measured} of {display.count(self.customers)} customers"


@dataclass(frozen=True)
class Tree:
    """A hierarchical solution: which two branches each step merged, at what height, and how many rows it then held.

    Shapes (n - 1, 2), (n - 1,) and (n - 1,); ``labels``, shape (n,), has each row's group. Rows are branches 0 … n-1,
    and step i makes branch n + i.
    """

    merges: NDArray[np.int64]
    heights: NDArray[np.float64]
    sizes: NDArray[np.int64]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class KDistances:
    """Distances of all rows to their *rank*-th nearest, descending, shape (n,), and the eps that was taken."""

    curve: NDArray[np.float64]
    rank: int
    eps: float
    given: bool


@dataclass(frozen=True)
class Clustering:
    """The groups.

    Attributes
    ----------
    labels
        Shape (n,), int: 0 … k-1 in the order in which centroids are given; -1 for noise, and where policy ``drop`` set
        outliers apart.
    centroids
        Shape (k, d), in the prepared space: the means of the groups.
    confidence
        Shape (n,), 0 to 1: 1 − distance to the own centroid ÷ distance to the next one; for a mixture 1 − the second
        highest posterior ÷ the highest; for the others as ``neighbours.Neighbours`` has it. 0 for noise.
    nearest_other
        Shape (n,), int: the second nearest group (the own label where there is one group only); of noise, the nearest.
    silhouettes
        Silhouette value of each sampled customer, shape (m,), with ``silhouette_rows`` their row numbers; noise has
        none.
    choice
        How k was chosen.
    method
        The algorithm, as in the recipe.
    assigner
        What labels new customers; without it, the nearest centroid.
    agreement
        Share of customers to whom the assigner gives the label they have.
    memberships
        Shape (n, k): how much of each group is in each customer; only for a mixture.
    note
        What else has to be known of the search, in a sentence.
    tree, k_distances
        What charts show of a hierarchical and of a dbscan solution.
    """

    labels: NDArray[np.int64]
    centroids: NDArray[np.float64]
    confidence: NDArray[np.float64]
    nearest_other: NDArray[np.int64]
    silhouettes: NDArray[np.float64]
    silhouette_rows: NDArray[np.int64]
    choice: KChoice
    method: str = "kmeans"
    assigner: Assigner | None = None
    agreement: float = 1.0
    memberships: NDArray[np.float64] | None = None
    note: str = ""
    tree: Tree | None = None
    k_distances: KDistances | None = None
