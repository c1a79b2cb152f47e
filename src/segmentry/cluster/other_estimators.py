"""The other methods as scikit-learn estimators: thin shells over ``find_groups``, each of which labels new rows."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..core.errors import DataError
from ..core.recipe import BY_DENSITY, Cluster, Method
from .assign import Floats, Labels
from .assigner import Assigner
from .estimators import prepared_of
from .groups import find_groups
from .methods import fit as fit_density
from .result import Clustering


# scikit-learn has no types, hence the ignored bases
class _Grouping(ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """What the methods have in common: rows in, labels out, groups ordered by size, noise labelled -1."""

    _method: Method

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's signature
        """Find the groups of *X*, shape (n, d), scaled and without missing values."""
        matrix = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        settings = Cluster.model_validate({**self.get_params(), "method": self._method})
        prepared = prepared_of(X, matrix)
        try:
            found = find_groups(prepared, settings, value=np.zeros(len(matrix)))
        except DataError:
            if self._method not in BY_DENSITY:
                raise
            # a segmentation without segments is an error, an estimator that calls all rows noise is not
            self.assigner_: Assigner = fit_density(matrix[prepared.fitted_on], settings).assigner
            self.labels_: Labels = np.full(len(matrix), -1, dtype=np.int64)
            return self
        assert found.assigner is not None  # noqa: S101 -- for mypy: every method leaves one
        self.assigner_, self.labels_ = found.assigner, found.labels
        self._keep(found)
        return self

    def predict(self, X: ArrayLike) -> Labels:
        """Return the group of each row of *X*, shape (n,); -1 for noise. ``assigner_.rule`` says in words how."""
        matrix = self._checked(X)
        return self.assigner_.assign(matrix).labels

    def _keep(self, found: Clustering) -> None:
        """Keep what else the method has to show."""

    def _checked(self, X: ArrayLike) -> Floats:
        check_is_fitted(self)
        matrix: Floats = validate_data(self, X, dtype=np.float64, reset=False)
        return matrix


class _Counted(_Grouping):
    """A method that takes a number of groups, or chooses one."""

    def _keep(self, found: Clustering) -> None:
        self.cluster_means_, self.k_choice_ = found.centroids, found.choice


class MiniBatchKMeans(_Counted):
    """Mini-batch k-means with the number of groups found from the data, or given; parameters as in ``KMeans``.

    Examples
    --------
    >>> rows = [[i / 10] for i in range(20)] + [[9 + i / 10] for i in range(12)]
    >>> MiniBatchKMeans(k=2).fit(rows).predict([[0.5], [9.5]]).tolist()
    [0, 1]
    """

    _method = "minibatch"

    def __init__(
        self,
        k: int | Literal["auto"] = "auto",
        *,
        k_range: tuple[int, int] = (2, 10),
        starts: int = 10,
        min_share: float = 0.02,
        seed: int = 7,
    ) -> None:
        self.k, self.k_range, self.starts, self.min_share, self.seed = k, k_range, starts, min_share, seed


class Mixture(_Counted):
    """A mixture of normal distributions; *covariance*: full, tied, diag or spherical. Others as in ``KMeans``.

    Examples
    --------
    >>> rows = [[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]]
    >>> Mixture(k=2).fit(rows).predict_proba([[0.1]]).round(3).tolist()
    [[1.0, 0.0]]
    """

    _method = "mixture"

    def __init__(
        self,
        k: int | Literal["auto"] = "auto",
        *,
        k_range: tuple[int, int] = (2, 10),
        covariance: Literal["full", "tied", "diag", "spherical"] = "full",
        starts: int = 10,
        min_share: float = 0.02,
        seed: int = 7,
    ) -> None:
        self.k, self.k_range, self.covariance = k, k_range, covariance
        self.starts, self.min_share, self.seed = starts, min_share, seed

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Return the posterior probability of each group for each row of *X*, shape (n, k)."""
        matrix = self._checked(X)
        found = self.assigner_.assign(matrix).memberships
        assert found is not None  # noqa: S101 -- a mixture has memberships
        return found


class Hierarchical(_Counted):
    """Ward's groups; new rows get the group of the nearest row of the fit. Parameters as in ``KMeans``.

    Examples
    --------
    >>> rows = [[0.0], [0.1], [0.2], [5.0], [5.1], [9.0]]
    >>> Hierarchical(k=3).fit_predict(rows).tolist()
    [0, 0, 0, 1, 1, 2]
    """

    _method = "hierarchical"

    def __init__(
        self,
        k: int | Literal["auto"] = "auto",
        *,
        k_range: tuple[int, int] = (2, 10),
        min_share: float = 0.02,
        seed: int = 7,
    ) -> None:
        self.k, self.k_range, self.min_share, self.seed = k, k_range, min_share, seed


class DBSCAN(_Grouping):
    """Dense regions; new rows get the group of the nearest core within *eps*, or are noise (-1).

    Examples
    --------
    >>> rows = [[0.0], [0.1], [0.2], [5.0], [5.1], [9.0]]
    >>> DBSCAN(eps=0.5, min_samples=2).fit(rows).predict([[0.4], [5.4], [7.0]]).tolist()
    [0, 1, -1]
    """

    _method = "dbscan"

    def __init__(
        self,
        *,
        eps: float | Literal["auto"] = "auto",
        min_samples: int | Literal["auto"] = "auto",
        noise: Literal["separate", "join"] = "separate",
        seed: int = 7,
    ) -> None:
        self.eps, self.min_samples, self.noise, self.seed = eps, min_samples, noise, seed

    def _keep(self, found: Clustering) -> None:
        if found.k_distances is not None:
            self.eps_ = found.k_distances.eps


class HDBSCAN(_Grouping):
    """Groups denser than what lies between; new rows are labelled as the nearest row of the fit, within its reach.

    Examples
    --------
    >>> rows = [[i / 10] for i in range(20)] + [[9 + i / 10] for i in range(12)] + [[30.0]]
    >>> HDBSCAN(min_samples=3).fit(rows).predict([[0.3], [9.5], [30.0]]).tolist()
    [0, 1, -1]
    """

    _method = "hdbscan"

    def __init__(
        self,
        *,
        min_cluster_size: int | Literal["auto"] = "auto",
        min_samples: int | Literal["auto"] = "auto",
        min_share: float = 0.02,
        noise: Literal["separate", "join"] = "separate",
        seed: int = 7,
    ) -> None:
        self.min_cluster_size, self.min_samples, self.min_share = min_cluster_size, min_samples, min_share
        self.noise, self.seed = noise, seed
