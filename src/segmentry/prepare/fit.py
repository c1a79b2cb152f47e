"""Fitting the preparation to the customers: comes in a ``CustomerTable``, goes out ``Prepared``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.errors import DataError, RecipeError, UnknownColumn, did_you_mean
from ..core.recipe import Impute, Outliers, Pca, Prepare, Transform
from ..core.tables import CustomerTable
from .impute import fill_value, filled, missing
from .outliers import beyond, find_limits
from .pca import fit_components
from .pipeline import Pipeline
from .result import Prepared, Skewness
from .scale import fit_scaling
from .transform import Transformation, choose, fit_transformation, skewness

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def prepare(customers: CustomerTable, features: Sequence[str], settings: Prepare) -> Prepared:
    """Return *customers* as a scaled matrix of *features*, with who takes part in the search for groups.

    A feature that is constant, or missing for every customer, is left out with the reason; customers never are.
    Raises UnknownColumn, RecipeError (settings that do not fit the features) and DataError (nothing to tell customers
    apart by).
    """
    wanted = list(dict.fromkeys(features))
    _check(customers, wanted, settings)
    left_out = _unusable(customers, wanted, settings)
    while True:
        kept = [feature for feature in wanted if feature not in left_out]
        if not kept:
            raise _nothing_to_tell_apart(len(customers), left_out)
        fit = _fit(customers, kept, settings)
        # with outliers set apart, a feature may be constant for everyone else: it takes no part, and flags no one
        flat = [j for j, column in enumerate(_of(fit.transformed, fit.inside).T) if np.ptp(column) == 0]
        if not flat:
            return _prepared(customers, fit, left_out)
        set_apart = display.count(int((~fit.inside).sum()))
        reason = f"the same for every customer but the {set_apart} beyond the outlier limits"
        left_out |= {kept[j]: reason for j in flat}


def as_they_are(customers: CustomerTable, features: Sequence[str]) -> Prepared:
    """Return *customers* as a matrix of *features* in real units: for customers who form one group whatever they are.

    A feature that is missing for everyone is left out, unless all are: then the first is zero.
    """
    known = [name for name in features if not np.isnan(customers.values[name]).all()]
    plain = Prepare(
        impute=Impute(method="median" if known else "constant"),
        outliers=Outliers(method="none", policy="keep"),
        transform="none",
        scale="none",
    )
    left_out = {name: "missing for every customer" for name in features if name not in known}
    return _prepared(customers, _fit(customers, known or list(features[:1]), plain), left_out)


@dataclass(frozen=True)
class _Fit:
    pipeline: Pipeline
    original: Floats
    transformed: Floats
    is_outlier: Flags
    inside: Flags
    reasons: tuple[str, ...]


def _fit(customers: CustomerTable, features: list[str], settings: Prepare) -> _Fit:
    rule = settings.outliers
    columns = [customers.values[feature] for feature in features]
    fills = [fill_value(column, settings.impute.method, settings.impute.value) for column in columns]
    original = np.column_stack([filled(column, fill) for column, fill in zip(columns, fills, strict=True)])
    clip = rule.policy == "clip"
    inside = np.ones(len(customers), dtype=bool)
    if rule.measured == "original":
        low, high = find_limits(original, rule.method, rule.threshold)
        is_outlier = beyond(original, low, high)
        original = np.clip(original, low, high) if clip else original
        inside = _inside(is_outlier, rule)
    seen = np.ascontiguousarray(_of(original, inside).T)
    chosen = [_transformation(feature, seen[j], settings.transform) for j, feature in enumerate(features)]
    transformed = np.column_stack([t.forward(original[:, j]) for j, (t, _) in enumerate(chosen)])
    if rule.measured == "transformed":
        low, high = find_limits(transformed, rule.method, rule.threshold)
        is_outlier = beyond(transformed, low, high)
        transformed = np.clip(transformed, low, high) if clip else transformed
        inside = _inside(is_outlier, rule)
    pipeline = Pipeline(
        features=tuple(features),
        fills=tuple(fills),
        flagged=tuple(_flagged(customers, features)) if settings.impute.flags else (),
        transformations=tuple(transformation for transformation, _ in chosen),
        measured=rule.measured,
        policy=rule.policy,
        low=tuple(low.tolist()),
        high=tuple(high.tolist()),
        scaling=fit_scaling(_of(transformed, inside), settings.scale),
    )
    if settings.pca is not None:
        pipeline = _rotated(pipeline, customers, inside, settings.pca)
    return _Fit(pipeline, original, transformed, is_outlier, inside, tuple(reason for _, reason in chosen))


def _rotated(pipeline: Pipeline, customers: CustomerTable, inside: Flags, asked: Pca) -> Pipeline:
    """Return *pipeline* with the principal components of those who take part. Raises RecipeError for too many."""
    available = len(pipeline.columns)
    if asked.components is not None and asked.components > available:
        raise RecipeError(
            f"prepare.pca.components is {asked.components}, but {available} columns decide the segments.",
            possible=f"1 to {available}, or prepare.pca.variance instead.",
        )
    scaled = pipeline.transform(customers)[inside]
    return replace(pipeline, components=fit_components(scaled, components=asked.components, variance=asked.variance))


def _prepared(customers: CustomerTable, fit: _Fit, left_out: dict[str, str]) -> Prepared:
    return Prepared(
        matrix=fit.pipeline.finished(fit.transformed, customers),
        names=fit.pipeline.names,
        fitted_on=fit.inside,
        is_outlier=fit.is_outlier,
        left_out=left_out,
        skewness=tuple(
            Skewness(
                feature=feature,
                transform=fit.pipeline.transformations[j].method,
                reason=fit.reasons[j],
                before=skewness(fit.original[:, j]),
                after=skewness(fit.transformed[:, j]),
            )
            for j, feature in enumerate(fit.pipeline.features)
        ),
        pipeline=fit.pipeline,
    )


def _of(matrix: Floats, inside: Flags) -> Floats:
    """Return the rows *inside*, without a copy where that is all of them."""
    return matrix if inside.all() else matrix[inside]


def _inside(is_outlier: Flags, rule: Outliers) -> Flags:
    """Return who takes part in the search for groups."""
    if rule.policy in {"clip", "keep"}:
        return np.ones(len(is_outlier), dtype=bool)
    if is_outlier.all():
        raise DataError(
            f"prepare.outliers ({rule.method}, threshold {rule.threshold:g}) flags all {len(is_outlier)} customers.",
            action="Raise prepare.outliers.threshold, or set prepare.outliers.method to none.",
        )
    return ~is_outlier


def _transformation(feature: str, column: Floats, settings: Transform | str) -> tuple[Transformation, str]:
    if settings == "auto":
        return choose(column)
    method = _asked(settings).get(feature, "none") if isinstance(settings, Transform) else "none"
    try:
        return fit_transformation(column, method), f"{method} as the recipe asks" if method != "none" else "none asked"
    except ValueError as error:
        raise RecipeError(
            f"prepare.transform.{method} does not suit {feature!r}: {error}.", action="Use yeo_johnson for it, or auto."
        ) from error


def _asked(settings: Transform) -> dict[str, str]:
    lists = (("log1p", settings.log1p), ("yeo-johnson", settings.yeo_johnson), ("quantile", settings.quantile))
    return {feature: method for method, features in lists for feature in features}


def _check(customers: CustomerTable, features: list[str], settings: Prepare) -> None:
    """Raise an error for settings that cannot be followed, and for fewer than two customers."""
    if len(customers) < 2:
        raise DataError(
            f"There {'is one customer' if len(customers) else 'are no customers'}.",
            possible="Segments need at least 2.",
        )
    if not features:
        raise RecipeError("features is empty.", possible=f"Features: {', '.join(customers.values)}.")
    for feature in features:
        if feature not in customers.values:
            raise UnknownColumn(feature, customers.values, where="the customer table")
    if isinstance(settings.transform, Transform):
        _check_transform(features, settings.transform)
    if settings.outliers.method == "percentile" and settings.outliers.threshold >= 50:
        raise RecipeError(
            f"prepare.outliers.threshold is {settings.outliers.threshold:g} percent cut from each tail.",
            possible="It has to be below 50.",
        )


def _check_transform(features: list[str], settings: Transform) -> None:
    named = [*settings.log1p, *settings.yeo_johnson, *settings.quantile]
    for feature in named:
        if feature not in features:
            raise RecipeError(
                f"prepare.transform names {feature!r}, which is not among the features that decide the segments.",
                possible=f"Features: {', '.join(features)}.",
                action=did_you_mean(feature, features),
            )
        if named.count(feature) > 1:
            raise RecipeError(f"prepare.transform names {feature!r} twice.", possible="A feature takes one transform.")


def _unusable(customers: CustomerTable, features: list[str], settings: Prepare) -> dict[str, str]:
    """Return the features that cannot tell customers apart, with the reason."""
    reasons = {}
    for feature in features:
        column = customers.values[feature]
        if missing(column).all():
            reasons[feature] = "missing for every customer"
            continue
        complete = column
        if missing(column).any():
            complete = filled(column, fill_value(column, settings.impute.method, settings.impute.value))
        if np.ptp(complete) == 0:
            reasons[feature] = f"the same for every customer ({complete[0]:g})"
    return reasons


def _flagged(customers: CustomerTable, features: list[str]) -> list[str]:
    return [feature for feature in features if missing(customers.values[feature]).any()]


def _nothing_to_tell_apart(customers: int, left_out: dict[str, str]) -> DataError:
    reasons = "; ".join(f"{feature} is {reason}" for feature, reason in left_out.items())
    return DataError(
        f"No feature tells the {display.count(customers)} customers apart: {reasons}.",
        action="Choose other features, or a longer window.",
    )
