"""Drift of new customers from those a model was fitted on: what a fit keeps for it, and what a refresh finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import clean, publish
from ..cluster.assign import nearest
from ..core.tables import CustomerTable, Floats
from ..prepare import Pipeline
from ..runs import (
    BookDrift,
    Drift,
    Histogram,
    QualityChanges,
    far_distance,
    far_share,
    quality_changes,
    shift_of_cohorts,
    shift_of_features,
    shift_of_shares,
)
from .accounts import COHORT

if TYPE_CHECKING:
    from ..core.recipe import Recipe
    from .predecessor import Predecessor, RunBefore
    from .segmentation import Segmentation
    from .steps import Book

REFERENCE = "reference"


def reference_of(found: Segmentation) -> dict[str, Any]:
    """Return what the manifest of a fit keeps: the histogram of each deciding feature, and what distance is far."""
    return _reference(found.book.customers, found.book.deciding, found.prepared.pipeline, found.clustering.centroids)


def reference_before(before: Predecessor) -> dict[str, Any]:
    """Return what *before* kept of its fit; of a run of an older version, which kept nothing, its customers tell."""
    model = before.model
    saved: dict[str, Any] | None = before.facts.get(REFERENCE)
    return saved or _reference(before.customers, model.features, model.pipeline, model.centroids)


def _reference(
    customers: CustomerTable, features: tuple[str, ...], pipeline: Pipeline, centroids: Floats
) -> dict[str, Any]:
    return {
        "features": {name: Histogram.of(customers.values[name]).to_dict() for name in features},
        "far": far_distance(_distances(pipeline, centroids, customers)),
    }


def drift_of(before: RunBefore, book: Book, recipe: Recipe) -> Drift | BookDrift | None:
    """Return how far the customers of *book* are from those that the models of the run *before* were fitted on; None
    where a model's features are not there.

    Of accounts, cohorts with too few of them to look for groups in are left out: of few, chance says anything.
    """
    quality = quality_changes(ledger_of(before.run.manifest["ledger"]), book.ledger)
    if "" in before.cohorts:
        return _drift(before.cohorts[""], book.customers, quality)
    from .cohorts import enough

    cohort = book.customers.words[COHORT]
    sizes = Counter(cohort.tolist())
    found = {
        name: _drift(part, book.customers.at(np.flatnonzero(cohort == name)), None)
        for name, part in before.cohorts.items()
        if min(sizes[name], len(part.ids)) >= enough(recipe)
    }
    return BookDrift(
        {name: one for name, one in found.items() if one is not None},
        shift_of_cohorts({name: len(part.ids) for name, part in before.cohorts.items()}, sizes),
        quality,
    )


def _drift(before: Predecessor, customers: CustomerTable, quality: QualityChanges | None) -> Drift | None:
    model = before.model
    if any(name not in customers.values for name in model.features):
        return None
    saved, labels = reference_before(before), model.label(customers).labels
    histograms = {name: Histogram.from_dict(one) for name, one in saved["features"].items()}
    return Drift(
        features=shift_of_features(histograms, customers.values),
        shares=shift_of_shares(_sizes(before.labels), _sizes(publish.shown_ids(labels, model.numbers()))),
        far_share=far_share(_distances(model.pipeline, model.centroids, customers), saved["far"]),
        quality=quality,
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
