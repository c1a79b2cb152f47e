"""*Stage 5: cluster.* Groups found by the data.

Reads ``Prepared`` (prepare), the recipe's ``cluster`` section and what each customer is worth. Writes ``Clustering``:
labels in order of value, centroids, confidence, next-nearest group, and how the number of groups was chosen.
Next: ``profile``.

``KMeans`` is the same search as a scikit-learn estimator; scikit-learn is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .agreement import adjusted_rand
from .assign import Assignment, assign
from .groups import find_groups
from .quality import calinski_harabasz, davies_bouldin, silhouette_samples
from .result import Clustering, KChoice, KScore

if TYPE_CHECKING:
    from .estimators import KMeans

__all__ = [
    "Assignment",
    "Clustering",
    "KChoice",
    "KMeans",
    "KScore",
    "adjusted_rand",
    "assign",
    "calinski_harabasz",
    "davies_bouldin",
    "find_groups",
    "silhouette_samples",
]


def __getattr__(name: str) -> object:
    if name == "KMeans":
        return getattr(import_module(f"{__name__}.estimators"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
