"""K-means as a scikit-learn estimator: a thin shell over ``find_groups``."""

from __future__ import annotations

from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, ClusterMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ..core.recipe import Cluster
from ..prepare.estimators import mark_of
from ..prepare.result import Prepared
from .assign import assign, nearest
from .groups import find_groups
from .result import KChoice

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


def prepared_of(X: ArrayLike, matrix: Floats) -> Prepared:
    """Return *matrix*, the checked *X*, as preparation would: rows that *X* marks are left out unless all are."""
    is_outlier = mark_of(X)
    if is_outlier is None or is_outlier.all():
        is_outlier = np.zeros(len(matrix), dtype=bool)
    names = tuple(map(str, range(matrix.shape[1])))
    return Prepared(matrix, names, ~is_outlier, is_outlier, {}, (), pipeline=None)


# scikit-learn has no types, hence the ignored bases
class KMeans(ClassNamePrefixFeaturesOutMixin, TransformerMixin, ClusterMixin, BaseEstimator):  # type: ignore[misc]
    """K-means with the number of groups found from the data, or given.

    Rows marked by ``prepare.Outliers(policy="fit_without")`` earlier in a pipeline are left out of the fit and labelled
    afterwards. Without a notion of value, groups are ordered by size, largest first.

    Parameters
    ----------
    k
        ``auto`` or a number.
    k_range
        Smallest and largest number that ``auto`` tries.
    starts
        Random starts for each number.
    min_share
        Smallest useful group, as a share of rows.
    seed
        Seed of every random choice: the same rows give the same groups.

    Attributes
    ----------
    cluster_centers_
        Shape (k, d).
    labels_
        Shape (n,).
    inertia_
        Sum of squared distances of the rows that took part in the fit.
    k_choice_
        How k was chosen (``cluster.KChoice``).

    Examples
    --------
    >>> rows = [[0.0], [0.1], [0.2], [5.0], [5.1], [9.0]]
    >>> KMeans(k=3).fit_predict(rows).tolist()
    [0, 0, 0, 1, 1, 2]
    """

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

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's signature
        """Find the groups of *X*, shape (n, d), scaled and without missing values."""
        matrix = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        settings = Cluster.model_validate(self.get_params())
        prepared = prepared_of(X, matrix)
        found = find_groups(prepared, settings, value=np.zeros(len(matrix)))
        self.cluster_centers_: Floats = found.centroids
        self.labels_: Labels = found.labels
        self.k_choice_: KChoice = found.choice
        self.inertia_ = float(nearest(matrix[prepared.fitted_on], found.centroids)[1].sum())
        self._n_features_out = len(found.centroids)
        return self

    def predict(self, X: ArrayLike) -> Labels:
        """Return the nearest group of each row of *X*, shape (n,)."""
        return assign(self._checked(X), self.cluster_centers_).labels

    def transform(self, X: ArrayLike) -> Floats:
        """Return each row's distance to each centroid, shape (n, k)."""
        matrix = self._checked(X)
        return np.column_stack([np.sqrt(nearest(matrix, centre[None])[1]) for centre in self.cluster_centers_])

    def score(self, X: ArrayLike, y: object = None) -> float:  # noqa: ARG002 -- scikit-learn's signature
        """Return minus the sum of squared distances of *X* to the nearest centroids: the higher, the better."""
        return -float(nearest(self._checked(X), self.cluster_centers_)[1].sum())

    def _checked(self, X: ArrayLike) -> Floats:
        check_is_fitted(self)
        matrix: Floats = validate_data(self, X, dtype=np.float64, reset=False)
        return matrix
