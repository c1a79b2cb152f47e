"""The part of a recipe on the way from features to a matrix."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from .section import Section


class Impute(Section):
    """What stands in for missing values."""

    method: Literal["median", "mean", "constant"] = "median"
    """Statistic that replaces a missing value."""
    value: float = 0.0
    """The replacement for ``constant``."""
    flags: bool = False
    """Add a 0/1 column that says where a value was missing."""


class Outliers(Section):
    """Customers far from all others: how they are found and what happens to them. None is ever lost from the output."""

    method: Literal["zscore", "iqr", "percentile", "none"] = "zscore"
    """Rule that flags a value."""
    threshold: float = Field(3.0, gt=0)
    """zscore: standard deviations; iqr: interquartile ranges beyond the quartiles; percentile: percent of each tail."""
    policy: Literal["fit_without", "clip", "keep", "drop"] = "fit_without"
    """fit_without: not used to find segments, assigned afterwards; clip: pulled to the limit; keep: only flagged;
    drop: not used and put in a segment of their own."""
    measured: Literal["transformed", "original"] = "transformed"
    """Scale the rule looks at: after or before the transform."""


class Transform(Section):
    """Which features are transformed towards symmetry, by method."""

    log1p: list[str] = []
    """log(1 + x), for non-negative skewed features."""
    yeo_johnson: list[str] = []
    """The Yeo–Johnson power transform, for features that can be negative."""
    quantile: list[str] = []
    """Ranks mapped to a normal distribution."""


class Pca(Section):
    """Principal components in place of many features that overlap; one of the two says how many."""

    components: int | None = Field(None, ge=1)
    """Number of components."""
    variance: float | None = Field(None, gt=0, le=1)
    """Share of the variance that the components hold together, such as 0.9; as few as reach it are used."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.components is None) == (self.variance is None):
            message = "pca takes either components (such as 5) or variance (such as 0.9)"
            raise ValueError(message)
        return self


class Prepare(Section):
    """From features in real units to the matrix in which distances make sense, and back."""

    impute: Impute = Impute()
    """Missing values."""
    outliers: Outliers = Outliers()
    """Extreme customers."""
    transform: Transform | Literal["auto", "none"] = "auto"
    """``auto`` decides by each feature's skewness, and says how."""
    scale: Literal["standard", "minmax", "robust", "none"] = "standard"
    """How features are made comparable."""
    pca: Pca | None = None
    """Seek groups on principal components of the scaled features, instead of on the features themselves."""
