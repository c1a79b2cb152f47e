"""*Stage 5: cluster.* Groups found by the data.

Reads ``Prepared`` (prepare), the recipe's ``cluster`` section and what each customer is worth. Writes ``Clustering``:
labels in order of value, centroids, confidence, next-nearest group, and how the number of groups was chosen.
Next: ``profile``.

``KMeans`` is the same search as a scikit-learn estimator, and so is each other method; scikit-learn is imported when
one is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.imports import on_first_use
from .agreement import adjusted_rand
from .assign import Assignment, assign
from .assigner import Assigner, NearestCentre, assigner_from
from .groups import by_mean, find_groups, moved_to, order_of
from .kept import groups_as_before
from .quality import calinski_harabasz, davies_bouldin, silhouette_samples
from .result import Clustering, KChoice, KDistances, KScore, Tree

if TYPE_CHECKING:
    from .estimators import KMeans
    from .other_estimators import DBSCAN, HDBSCAN, Hierarchical, MiniBatchKMeans, Mixture
    from .side_by_side import MethodComparison, MethodRow, compare_methods

__all__ = [
    "DBSCAN",
    "HDBSCAN",
    "Assigner",
    "Assignment",
    "Clustering",
    "Hierarchical",
    "KChoice",
    "KDistances",
    "KMeans",
    "KScore",
    "MethodComparison",
    "MethodRow",
    "MiniBatchKMeans",
    "Mixture",
    "NearestCentre",
    "Tree",
    "adjusted_rand",
    "assign",
    "assigner_from",
    "by_mean",
    "calinski_harabasz",
    "compare_methods",
    "davies_bouldin",
    "find_groups",
    "groups_as_before",
    "moved_to",
    "order_of",
    "silhouette_samples",
]

__getattr__ = on_first_use(
    __name__,
    {
        "KMeans": "estimators",
        **dict.fromkeys(("DBSCAN", "HDBSCAN", "Hierarchical", "MiniBatchKMeans", "Mixture"), "other_estimators"),
        **dict.fromkeys(("MethodComparison", "MethodRow", "compare_methods"), "side_by_side"),
    },
)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
