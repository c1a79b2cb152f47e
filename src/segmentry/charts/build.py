"""Which charts a run gets, in the order of the report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..cluster.result import Clustering
from ..core.tables import Column, CustomerTable
from ..prepare.result import Prepared
from ..profile.segments import Segment
from .chart import Chart
from .choosing_k import elbow, silhouette_by_k, stability_by_k
from .concentration import concentration
from .customer_map import customer_map
from .distributions import distributions
from .feature_profile import feature_profile
from .ledger import ledger as ledger_chart
from .outliers import outliers
from .rfm_map import rfm_map
from .segment_sizes import segment_sizes
from .silhouettes import silhouette_by_segment
from .skewness import skewness
from .theme import segment_colours
from .words import drawable

if TYPE_CHECKING:  # these stages bring Ibis along, which drawing does not need
    from ..clean.ledger import Ledger


def build_charts(
    *,
    segments: tuple[Segment, ...],
    customers: CustomerTable,
    labels: NDArray[np.int64],
    prepared: Prepared,
    clustering: Clustering,
    ledger: Ledger | None,
    seed: int,
) -> dict[str, Chart]:
    """Return the charts of a run by name, in report order; a chart that the data cannot fill is left out.

    *labels* are segment ids, shape (n,), in the order of *customers*; *seed* decides which customers the map draws.
    """
    segments = tuple(replace(segment, name=drawable(segment.name)) for segment in segments)
    colours = segment_colours(segments)
    columns = shown_columns(segments, customers, prepared)
    built = [
        customer_map(segments, colours, customers, labels, prepared, seed=seed),
        segment_sizes(segments, colours),
        concentration(customers),
        feature_profile(segments, columns, prepared.deciding) if columns else None,
        rfm_map(segments, colours, customers, labels),
        distributions(segments, colours, customers, labels, columns) if columns else None,
        elbow(clustering.choice),
        silhouette_by_k(clustering.choice),
        stability_by_k(clustering.choice),
        silhouette_by_segment(segments, colours, labels, clustering),
        None if ledger is None or _is_complete_table(ledger) else ledger_chart(ledger),
        outliers(prepared, customers),
        skewness(prepared, customers),
    ]
    return {chart.name: chart for chart in built if chart is not None}


def _is_complete_table(ledger: Ledger) -> bool:
    """Return whether the rows were customers and all were kept: bars of that show nothing."""
    return ledger.is_of_customers and ledger.kept.rows == ledger.total.rows


def shown_columns(segments: tuple[Segment, ...], customers: CustomerTable, prepared: Prepared) -> tuple[Column, ...]:
    """Return the features that every segment has figures of: those that decided the segments first, then the rest."""
    known = [
        column
        for column in customers.columns
        if column.unit != "code" and all(column.name in segment.features for segment in segments)
    ]
    deciding = [column for name in prepared.deciding for column in known if column.name == name]
    return (*deciding, *(column for column in known if column not in deciding))
