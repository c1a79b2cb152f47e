"""The steps of preparation as scikit-learn transformers: thin shells over the kernels of this package.

A scikit-learn transformer cannot leave rows out. ``Outliers(policy="fit_without")`` therefore hands every row on,
unchanged, in an array that also carries ``is_outlier`` (``Marked``). Our ``Transform``, ``Scale``, ``Pca`` and
``cluster.KMeans`` leave the marked rows out when they are fitted, and treat them like all others afterwards. Other
estimators, scikit-learn's own PCA among them, see an ordinary array. The mark does not survive slicing, arithmetic or
``set_output(transform="pandas")``.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from . import impute, outliers, pca, scale, transform

Floats = NDArray[np.float64]


class Marked(np.ndarray[tuple[int, int], np.dtype[np.float64]]):
    """An array of shape (n, d) whose attribute ``is_outlier``, shape (n,), says which rows a fit leaves out."""

    is_outlier: NDArray[np.bool_] | None

    def __array_finalize__(self, source: NDArray[Any] | None) -> None:
        self.is_outlier = None  # a slice or a copy has other rows: it carries no mark


def marked(matrix: Floats, is_outlier: NDArray[np.bool_] | None) -> Floats:
    """Return *matrix* carrying *is_outlier*, or as it is where there is nothing to carry."""
    if is_outlier is None:
        return matrix
    carrier = matrix.view(Marked)
    carrier.is_outlier = is_outlier
    return carrier


def mark_of(X: object) -> NDArray[np.bool_] | None:
    """Return the mark that *X* carries, if any."""
    return X.is_outlier if isinstance(X, Marked) else None


def _inside(X: object, matrix: Floats) -> Floats:
    """Return the rows of *matrix* that a fit may use; all of them where every row is marked."""
    is_outlier = mark_of(X)
    return matrix if is_outlier is None or is_outlier.all() else matrix[~is_outlier]


def _one_of(name: str, value: object, options: tuple[str, ...]) -> None:
    if value not in options:
        message = f"{name}={value!r} is not known. Possible: {', '.join(options)}."
        raise ValueError(message)


class Impute(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Replace missing values (NaN) by each column's median, mean or a constant.

    Parameters
    ----------
    method
        ``median``, ``mean`` or ``constant``.
    value
        The replacement for ``constant``, and for columns without a single number.
    flags
        Add a 0/1 column, named ``<column>_missing``, for every column with missing values at fit.

    Attributes
    ----------
    fills_
        What replaces a missing value, shape (d,).
    flagged_
        Positions of the columns that have a flag.
    """

    def __init__(self, method: str = "median", *, value: float = 0.0, flags: bool = False) -> None:
        self.method, self.value, self.flags = method, value, flags

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's signature
        """Learn the replacements from *X*, shape (n, d)."""
        _one_of("method", self.method, ("median", "mean", "constant"))
        matrix = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")
        self.fills_ = np.array([impute.fill_value(column, self.method, self.value) for column in matrix.T])
        self.flagged_ = np.flatnonzero(impute.missing(matrix).any(axis=0)) if self.flags else np.array([], dtype=int)
        return self

    def transform(self, X: ArrayLike) -> Floats:
        """Return *X* without missing values, flags behind the columns."""
        check_is_fitted(self)
        matrix = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        gaps = impute.missing(matrix)
        return np.hstack([np.where(gaps, self.fills_, matrix), gaps[:, self.flagged_].astype(np.float64)])

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the names of the columns that ``transform`` gives."""
        check_is_fitted(self)
        names = _names_in(self, input_features)
        return np.concatenate([names, np.array([f"{names[j]}_missing" for j in self.flagged_], dtype=object)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class Outliers(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Find rows with a value beyond its column's limits, and keep them out of later fits, or pull them to the limit.

    Parameters
    ----------
    method
        ``zscore``, ``iqr``, ``percentile`` or ``none``.
    threshold
        Standard deviations, interquartile ranges beyond the quartiles, or percent cut from each tail.
    policy
        ``fit_without``: values unchanged, the rows are marked for ``Transform``, ``Scale`` and ``KMeans``; ``clip``:
        values are pulled to the limit; ``keep``: nothing changes, ``flag`` tells.

    Attributes
    ----------
    low_, high_
        The limits, shape (d,).
    """

    def __init__(self, method: str = "zscore", *, threshold: float = 3.0, policy: str = "fit_without") -> None:
        self.method, self.threshold, self.policy = method, threshold, policy

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's signature
        """Learn the limits from *X*, shape (n, d)."""
        _one_of("method", self.method, ("zscore", "iqr", "percentile", "none"))
        _one_of("policy", self.policy, ("fit_without", "clip", "keep"))
        matrix = validate_data(self, X, dtype=np.float64)
        self.low_, self.high_ = outliers.find_limits(matrix, self.method, self.threshold)
        return self

    def transform(self, X: ArrayLike) -> Floats:
        """Return *X*, clipped or carrying ``is_outlier`` as the policy says."""
        check_is_fitted(self)
        matrix = validate_data(self, X, dtype=np.float64, reset=False, copy=True)
        if self.policy == "clip":
            limited: Floats = np.clip(matrix, self.low_, self.high_)
            return limited
        is_outlier = outliers.beyond(matrix, self.low_, self.high_) if self.policy == "fit_without" else None
        return marked(matrix, is_outlier)

    def flag(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Return which rows of *X* are outliers, shape (n,)."""
        check_is_fitted(self)
        return outliers.beyond(validate_data(self, X, dtype=np.float64, reset=False), self.low_, self.high_)

    def inverse_transform(self, X: ArrayLike) -> Floats:
        """Return *X* as it is: what clipping replaced cannot be known again."""
        check_is_fitted(self)
        return np.array(X, dtype=np.float64)


class Transform(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Make columns symmetric.

    Parameters
    ----------
    method
        ``auto`` (by skewness, each column for itself), ``log1p``, ``yeo-johnson``, ``quantile`` or ``none``.

    Attributes
    ----------
    transformations_
        The fitted transform of each column.
    reasons_
        Why each was chosen, in words.
    """

    def __init__(self, method: str = "auto") -> None:
        self.method = method

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's signature
        """Choose and fit the transforms on *X*, shape (n, d), without the rows marked as outliers."""
        _one_of("method", self.method, ("auto", *transform.METHODS))
        matrix = _inside(X, validate_data(self, X, dtype=np.float64))
        if self.method == "auto":
            chosen = [transform.choose(column) for column in matrix.T]
        else:
            chosen = [(transform.fit_transformation(column, self.method), "as asked") for column in matrix.T]
        self.transformations_ = [one for one, _ in chosen]
        self.reasons_ = [reason for _, reason in chosen]
        return self

    def transform(self, X: ArrayLike) -> Floats:
        """Return *X* transformed."""
        check_is_fitted(self)
        matrix = validate_data(self, X, dtype=np.float64, reset=False)
        columns = [one.forward(matrix[:, j]) for j, one in enumerate(self.transformations_)]
        return marked(np.column_stack(columns), mark_of(X))

    def inverse_transform(self, X: ArrayLike) -> Floats:
        """Return *X* in its former units."""
        check_is_fitted(self)
        matrix = np.asarray(X, dtype=np.float64)
        return np.column_stack([one.inverse(matrix[:, j]) for j, one in enumerate(self.transformations_)])


class Scale(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Make columns comparable: (x − centre) / spread.

    Parameters
    ----------
    method
        ``standard`` (mean, standard deviation), ``minmax`` (minimum, range), ``robust`` (median, interquartile range)
        or ``none``.

    Attributes
    ----------
    scaling_
        The fitted scaling.

    Examples
    --------
    >>> Scale("minmax").fit_transform([[0.0], [5.0], [10.0]]).ravel().tolist()
    [0.0, 0.5, 1.0]
    """

    def __init__(self, method: str = "standard") -> None:
        self.method = method

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's signature
        """Learn centre and spread from *X*, shape (n, d), without the rows marked as outliers."""
        _one_of("method", self.method, scale.METHODS)
        self.scaling_ = scale.fit_scaling(_inside(X, validate_data(self, X, dtype=np.float64)), self.method)
        return self

    def transform(self, X: ArrayLike) -> Floats:
        """Return *X* scaled."""
        check_is_fitted(self)
        return marked(self.scaling_.forward(validate_data(self, X, dtype=np.float64, reset=False)), mark_of(X))

    def inverse_transform(self, X: ArrayLike) -> Floats:
        """Return *X* in its former units."""
        check_is_fitted(self)
        return self.scaling_.inverse(np.asarray(X, dtype=np.float64))


class Pca(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Replace columns by their first principal components.

    Parameters
    ----------
    components
        Number of components; by default all.
    variance
        Share of the variance that they hold together, in place of a number.

    Attributes
    ----------
    components_
        The fitted rotation, with ``axes`` and ``explained``.

    Examples
    --------
    >>> Pca(1).fit_transform([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]).ravel().round(6).tolist()
    [-5.0, 0.0, 5.0]
    """

    def __init__(self, components: int | None = None, *, variance: float | None = None) -> None:
        self.components, self.variance = components, variance

    def fit(self, X: ArrayLike, y: object = None) -> Self:  # noqa: ARG002 -- scikit-learn's signature
        """Find the components of *X*, shape (n, d), without the rows marked as outliers."""
        if self.components is not None and self.variance is not None:
            message = "components and variance are both given. Give one of them."
            raise ValueError(message)
        matrix = _inside(X, validate_data(self, X, dtype=np.float64))
        self.components_ = pca.fit_components(matrix, components=self.components, variance=self.variance)
        return self

    def transform(self, X: ArrayLike) -> Floats:
        """Return *X* on the components, shape (n, c)."""
        check_is_fitted(self)
        rotated = self.components_.forward(validate_data(self, X, dtype=np.float64, reset=False))
        return marked(rotated, mark_of(X))

    def inverse_transform(self, X: ArrayLike) -> Floats:
        """Return the columns that *X*, shape (n, c), stands for; what the components left out counts as average."""
        check_is_fitted(self)
        return self.components_.inverse(np.asarray(X, dtype=np.float64))

    @property
    def _n_features_out(self) -> int:
        return len(self.components_.axes)


def _names_in(estimator: BaseEstimator, given: ArrayLike | None) -> NDArray[np.object_]:
    if given is not None:
        names = np.asarray(given, dtype=object)
        if len(names) != estimator.n_features_in_:
            message = f"input_features should have length equal to number of features ({estimator.n_features_in_})"
            raise ValueError(message)
        return names
    default = [f"x{j}" for j in range(estimator.n_features_in_)]
    return np.array(getattr(estimator, "feature_names_in_", default), dtype=object)
