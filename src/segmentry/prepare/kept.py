"""Customers prepared as those of an earlier fit were: nothing is fitted anew."""

from __future__ import annotations

import numpy as np

from ..core.tables import CustomerTable
from .impute import filled
from .pipeline import Pipeline
from .result import Prepared, Skewness
from .transform import skewness

EVERYBODY = {"clip", "keep"}  # policies under which outliers take part like all others


def prepare_as_before(customers: CustomerTable, pipeline: Pipeline) -> Prepared:
    """Return *customers* as the matrix that the fitted *pipeline* makes of them. Raises UnknownColumn."""
    is_outlier = pipeline.flag(customers)
    takes_part = np.ones(len(is_outlier), dtype=bool) if pipeline.policy in EVERYBODY else ~is_outlier
    skews = []
    for feature, fill, transformation in zip(pipeline.features, pipeline.fills, pipeline.transformations, strict=True):
        column = filled(customers.values[feature], fill)
        before, after = skewness(column), skewness(transformation.forward(column))
        skews.append(Skewness(feature, transformation.method, "as in the fit", before, after))
    return Prepared(pipeline.transform(customers), pipeline.names, takes_part, is_outlier, {}, tuple(skews), pipeline)
