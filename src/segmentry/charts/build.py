"""Which charts a run gets, in the order of the report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..cluster.result import Clustering
from ..core.tables import Column, CustomerTable
from ..prepare.result import Prepared
from ..profile.buying import Products
from ..profile.phrases import money_word
from ..profile.segments import Segment
from .before_and_after import before_and_after
from .breakdown import categories, countries
from .category_shares import category_shares
from .chart import Chart
from .choosing_k import elbow, silhouette_by_k, stability_by_k
from .concentration import concentration
from .correlations import correlations
from .customer_map import customer_map
from .dendrogram import dendrogram
from .distributions import distributions
from .feature_profile import feature_profile
from .k_distance import k_distance
from .ledger import ledger as ledger_chart
from .loadings import loadings
from .measures import rfmn, telling
from .method_comparison import method_comparison
from .mismatches import mismatches
from .missing_values import missing_values
from .monthly import monthly
from .outlier_boxes import outlier_boxes
from .outliers import outliers
from .product_lift import product_lift
from .rfm_map import rfm_map
from .rfmn_heat_map import rfmn_heat_map
from .rule_tree_map import rule_tree_map
from .rules_beside_segments import rules_beside_segments
from .segment_means import segment_means
from .segment_sizes import segment_sizes
from .silhouettes import silhouette_by_segment
from .skewness import skewness
from .snake_plot import snake_plot
from .theme import segment_colours
from .tsne_map import tsne_map
from .words import drawable

if TYPE_CHECKING:  # these stages bring Ibis along, which drawing does not need
    from ..clean.ledger import Ledger
    from ..cluster.side_by_side import MethodComparison
    from ..compare.comparison import Comparison
    from ..features import Trade


def build_charts(
    *,
    segments: tuple[Segment, ...],
    customers: CustomerTable,
    labels: NDArray[np.int64],
    prepared: Prepared,
    clustering: Clustering,
    ledger: Ledger | None,
    seed: int,
    comparison: Comparison | None = None,
    trade: Trade | None = None,
    declared: NDArray[np.object_] | None = None,
    declared_by: str = "rules",
    tsne: bool = False,
    methods: MethodComparison | None = None,
) -> dict[str, Chart]:
    """Return the charts of a run by name, in report order; a chart that the data cannot fill is left out.

    *labels* are segment ids, shape (n,), in the order of *customers*; *seed* decides which customers the map draws.
    *trade* is the business by month and country, *declared* the segment that rules give each customer, shape (n,),
    and *comparison* what they have to do with the segments; *tsne* asks for the map by t-SNE, which takes seconds;
    *methods* are other methods beside the one that was used.
    """
    segments = tuple(replace(segment, name=drawable(segment.name)) for segment in segments)
    colours = segment_colours(segments)
    columns = shown_columns(segments, customers, prepared)
    measures = telling(segments, columns, customers, prepared.deciding) if columns else ()
    built = [
        customer_map(segments, colours, customers, labels, prepared, seed=seed),
        # The segments
        segment_sizes(segments, colours, money_word(customers)),
        rfmn_heat_map(segments, rfmn(columns, customers)),
        segment_means(segments, colours, measures),
        snake_plot(segments, colours, customers, labels, prepared),
        rfm_map(segments, colours, customers, labels),
        rule_tree_map(declared, customers, by=declared_by),
        feature_profile(segments, columns, prepared.deciding) if columns else None,
        distributions(segments, colours, customers, labels, columns) if columns else None,
        None if comparison is None else rules_beside_segments(comparison),
        None if comparison is None else mismatches(comparison),
        # The business
        monthly(trade),
        concentration(customers),
        countries(trade, customers.count),
        categories(segments, colours, customers, labels),
        # How sure are we?
        elbow(clustering.choice),
        silhouette_by_k(clustering.choice),
        stability_by_k(clustering.choice),
        dendrogram(segments, colours, clustering),
        k_distance(clustering),
        silhouette_by_segment(segments, colours, labels, clustering),
        # The evidence
        loadings(customers, prepared),
        tsne_map(segments, colours, labels, prepared, seed=seed) if tsne else None,
        correlations(customers, columns, seed=seed),
        before_and_after(customers, prepared),
        None if methods is None else method_comparison(methods),
        skewness(prepared, customers),
        outliers(prepared, customers),
        outlier_boxes(customers, prepared),
        missing_values(customers, prepared),
        None if ledger is None or _is_complete_table(ledger) else ledger_chart(ledger),
    ]
    return {chart.name: chart for chart in built if chart is not None}


def build_overview_charts(trade: Trade | None, ledger: Ledger) -> dict[str, Chart]:
    """Return the charts over all cohorts by name: the business by month, and what cleaning set aside."""
    built = [monthly(trade), ledger_chart(ledger)]
    return {chart.name: chart for chart in built if chart is not None}


def build_product_charts(bought: Products | None, segments: tuple[Segment, ...]) -> dict[str, Chart]:
    """Return the charts of what segments buy by name; none where that is not known."""
    if bought is None:
        return {}
    colours = segment_colours(segments)
    built = [category_shares(bought, colours), product_lift(bought, colours)]
    return {chart.name: chart for chart in built if chart is not None}


def _is_complete_table(ledger: Ledger) -> bool:
    """Return whether the rows were customers and all were kept: bars of that show nothing."""
    return ledger.is_of_customers and ledger.kept.rows == ledger.total.rows


def shown_columns(segments: tuple[Segment, ...], customers: CustomerTable, prepared: Prepared) -> tuple[Column, ...]:
    """Return the features that segments have figures of: those that decided the segments first, then the rest."""
    known = [
        column
        for column in customers.columns
        if column.unit != "code"
        and all(column.name in segment.features for segment in segments)
        and np.isfinite(customers.values[column.name]).any()
    ]
    deciding = [column for name in prepared.deciding for column in known if column.name == name]
    return (*deciding, *(column for column in known if column not in deciding))
