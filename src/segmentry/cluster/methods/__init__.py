"""The methods beside our own k-means: one file each, its library imported when it is used.

Those that take a number of groups have ``solve(matrix, ks, settings)``, the others ``fit(matrix, settings)``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module

from threadpoolctl import threadpool_limits

from ...core.recipe import Cluster
from ..assign import Floats
from .fitted import Fitted

TITLES = {
    "kmeans": "K-means",
    "minibatch": "Mini-batch k-means",
    "mixture": "Gaussian mixture",
    "hierarchical": "Hierarchical (Ward)",
    "dbscan": "DBSCAN",
    "hdbscan": "HDBSCAN",
}

LIBRARIES = {
    "minibatch": "sklearn.cluster",
    "mixture": "sklearn.mixture",
    "hierarchical": "scipy.cluster.hierarchy",
    "dbscan": "sklearn.cluster",
    "hdbscan": "sklearn.cluster",
}

__all__ = ["TITLES", "Fitted", "at_work", "fit", "solve"]


@contextmanager
def at_work(*methods: str) -> Iterator[None]:
    """Import what *methods* need and keep it to one thread: threads spin on work as small as this, 20 times as long.

    The limit holds for libraries that are there when it begins, hence the imports.
    """
    for method in methods:
        if method in LIBRARIES:
            import_module(LIBRARIES[method])
    with threadpool_limits(1):
        yield


def solve(matrix: Floats, ks: Sequence[int], settings: Cluster) -> dict[int, Fitted]:
    """Return the solution of *settings.method*, one that takes a number of groups, for each of *ks*."""
    found: dict[int, Fitted] = import_module(f"{__name__}.{settings.method}").solve(matrix, ks, settings)
    return found


def fit(matrix: Floats, settings: Cluster) -> Fitted:
    """Return the solution of *settings.method*, one that finds the number of groups itself."""
    found: Fitted = import_module(f"{__name__}.{settings.method}").fit(matrix, settings)
    return found
