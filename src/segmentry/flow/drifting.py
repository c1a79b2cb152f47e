"""Drift of new customers from those a model was fitted on: what a fit keeps for it, and what a refresh finds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import clean, publish
from ..cluster.assign import nearest
from ..core.tables import CustomerTable, Floats
from ..prepare import Pipeline
from ..runs import Drift, Histogram, far_distance, far_share, quality_changes, shift_of_features, shift_of_shares

if TYPE_CHECKING:
    from .predecessor import Predecessor
    from .segmentation import Segmentation
    from .steps import Book

REFERENCE = "reference"


def reference_of(found: Segmentation) -> dict[str, Any]:
    """Return what the manifest of a fit keeps: the histogram of each deciding feature, and what distance is far."""
    return _reference(found.book.customers, found.book.deciding, found.prepared.pipeline, found.clustering.centroids)


def reference_before(before: Predecessor) -> dict[str, Any]:
    """Return what the run *before* kept; of one of an older version, which kept nothing, its own customers tell."""
    model = before.model
    saved: dict[str, Any] | None = before.run.manifest.get(REFERENCE)
    return saved or _reference(before.customers, model.features, model.pipeline, model.centroids)


def _reference(
    customers: CustomerTable, features: tuple[str, ...], pipeline: Pipeline, centroids: Floats
) -> dict[str, Any]:
    return {
        "features": {name: Histogram.of(customers.values[name]).to_dict() for name in features},
        "far": far_distance(_distances(pipeline, centroids, customers)),
    }


def drift_of(before: Predecessor, book: Book, labels: NDArray[np.int64]) -> Drift:
    """Return how far the customers of *book*, whom the model of the run *before* gives *labels*, are from its fit."""
    model, saved = before.model, reference_before(before)
    histograms = {name: Histogram.from_dict(one) for name, one in saved["features"].items()}
    return Drift(
        features=shift_of_features(histograms, book.customers.values),
        shares=shift_of_shares(_sizes(before.labels), _sizes(publish.shown_ids(labels, model.numbers()))),
        far_share=far_share(_distances(model.pipeline, model.centroids, book.customers), saved["far"]),
        quality=quality_changes(ledger_of(before.run.manifest["ledger"]), book.ledger),
    )


def _distances(pipeline: Pipeline, centroids: Floats, customers: CustomerTable) -> Floats:
    """Return the distance of each customer to the nearest centroid, in the prepared space."""
    distances: Floats = np.sqrt(nearest(pipeline.transform(customers), centroids)[1])
    return distances


def _sizes(numbers: NDArray[np.int64]) -> dict[int, int]:
    ids, counts = np.unique(numbers, return_counts=True)
    return dict(zip(ids.tolist(), counts.tolist(), strict=True))


def ledger_of(lines: list[Mapping[str, Any]]) -> clean.Ledger:
    """Return the ledger that a manifest keeps: rows set aside by reason, then what was kept, then all."""
    read = [
        clean.LedgerLine(
            line["reason"], line["rows"], line["orders"], line["customers"], Decimal(line["money"]), explanation=""
        )
        for line in lines
    ]
    return clean.Ledger(tuple(read[:-2]), read[-2], read[-1])
