"""Several methods on the same customers, side by side: one table, one recommendation with its reasons.

All figures are measured alike. Silhouette, Davies–Bouldin and Calinski–Harabasz: in the prepared space, on the
customers of the fit that are in a group (noise left out). Stability: mean adjusted Rand index between the groups and
those found again on the same resamples of customers for every method (``resampling``). Interpretability: the share of
customers whose segment a decision tree of depth 4 gives them too, and the rules (leaves) it takes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..core import display
from ..core.errors import DataError
from ..core.progress import Progress, Silent
from ..core.recipe import BY_DENSITY, WITH_K, Cluster, Method
from ..core.seeds import generator
from ..prepare.result import Prepared
from .assign import Floats, Labels
from .choose_k import FLOOR
from .groups import find_groups
from .lloyd import inertia_of
from .methods import TITLES, at_work
from .methods.fitted import group_means
from .quality import calinski_harabasz, davies_bouldin
from .recommend import recommend
from .resampling import refit_with, stability_of
from .result import Clustering
from .sampling import measure

DEPTH = 4
ALL_METHODS: tuple[Method, ...] = (*WITH_K, *BY_DENSITY)


@dataclass(frozen=True)
class MethodRow:
    """One method on these customers.

    Attributes
    ----------
    method, title
        As in the recipe, and for people.
    segments
        Number of segments, noise not counted; 0 where the method found none (then all figures are missing).
    noise_share, noise_value, smallest_share
        Share of all customers that are noise, of their value, and of customers in the smallest segment.
    silhouette, silhouette_customers
        Mean, and on how many customers; not a number for fewer than two segments, as are the next two.
    davies_bouldin, calinski_harabasz
        As scikit-learn defines them.
    stability
        Mean adjusted Rand index under resampling.
    imitation, rules
        Share of customers that a tree of depth 4 puts in their segment (noise counts as one), and its leaves.
    agreement
        Share of customers to whom the saved model gives the segment they have.
    seconds
        Wall time of finding the groups, with choosing their number.
    words
        How the number came about, or why there is none.
    """

    method: Method
    title: str
    segments: int
    noise_share: float
    noise_value: float
    smallest_share: float
    silhouette: float
    silhouette_customers: int
    davies_bouldin: float
    calinski_harabasz: float
    stability: float
    imitation: float
    rules: int
    agreement: float
    seconds: float
    words: str


@dataclass(frozen=True)
class MethodComparison:
    """One row per method in the order asked for, the recommended method, and why, in words.

    ``reasons`` says per method what speaks for or against it; ``customers`` took part in finding groups.
    """

    rows: tuple[MethodRow, ...]
    recommended: Method | None
    recommendation: str
    reasons: dict[Method, str]
    customers: int


def compare_methods(
    prepared: Prepared,
    settings: Cluster,
    methods: Sequence[Method] = ALL_METHODS,
    *,
    value: Floats,
    progress: Progress | None = None,
) -> MethodComparison:
    """Return *methods*, the one of *settings* always among them, side by side on the customers of *prepared*.

    Each takes of *settings* what applies to it: a k that is given counts for all that take one. *value*, shape (n,),
    orders the groups.
    """
    progress = progress or Silent()
    wanted = list(dict.fromkeys([settings.method, *methods]))
    wanted.sort(key=ALL_METHODS.index)
    rows = []
    with at_work(*wanted):
        for done, method in enumerate(wanted, start=1):
            rows.append(_row(prepared, settings.with_method(method), value))
            progress.advance(done, len(wanted))
    fewest = min(FLOOR, settings.k) if isinstance(settings.k, int) else FLOOR
    recommended, words, reasons = recommend(rows, min_share=settings.min_share, fewest=fewest)
    return MethodComparison(tuple(rows), recommended, words, reasons, int(prepared.fitted_on.sum()))


def _row(prepared: Prepared, settings: Cluster, value: Floats) -> MethodRow:
    begun = time.perf_counter()
    try:
        found = find_groups(prepared, settings, value=value)
    except DataError as error:
        return _none_found(settings.method, error.found, time.perf_counter() - begun)
    seconds = time.perf_counter() - begun
    matrix, labels = prepared.matrix[prepared.fitted_on], found.labels[prepared.fitted_on]
    k = len(found.centroids)
    held = labels >= 0
    silhouette, measured = _silhouette(matrix[held], labels[held], settings.seed)
    bouldin, harabasz = _ratios(matrix[held], labels[held], k)
    imitation, rules = imitated(prepared.matrix, found.labels)
    is_noise = (found.labels < 0) & (settings.method in BY_DENSITY)
    total = float(np.nansum(value))
    return MethodRow(
        method=settings.method,
        title=TITLES[settings.method],
        segments=len(np.unique(labels[held])),
        noise_share=float(is_noise.mean()),
        noise_value=float(np.nansum(value[is_noise])) / total if total > 0 else 0.0,
        smallest_share=float(np.bincount(found.labels[found.labels >= 0], minlength=k).min() / len(found.labels)),
        silhouette=silhouette,
        silhouette_customers=measured,
        davies_bouldin=bouldin,
        calinski_harabasz=harabasz,
        stability=_stability(np.ascontiguousarray(matrix), labels, found, settings),
        imitation=imitation,
        rules=rules,
        agreement=found.agreement,
        seconds=seconds,
        words=found.choice.reason,
    )


def imitated(matrix: Floats, labels: Labels) -> tuple[float, int]:
    """Return the share of rows that a decision tree of depth 4 gives their own label, and its number of leaves."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=DEPTH, random_state=0).fit(matrix, labels)
    return float((tree.predict(matrix) == labels).mean()), int(tree.get_n_leaves())


def _stability(matrix: Floats, labels: Labels, found: Clustering, settings: Cluster) -> float:
    k = found.choice.k
    key = 0 if settings.method in BY_DENSITY else k
    return stability_of(matrix, {key: labels}, refit_with(settings, [k]), settings.seed)[key]


def _silhouette(matrix: Floats, labels: Labels, seed: int) -> tuple[float, int]:
    if len(np.unique(labels)) < 2:
        return math.nan, 0
    kept = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    found = measure(matrix, kept, lambda rows: [kept[rows]], generator(seed, "cluster.silhouette"))
    return found.means[0], len(found.rows)


def _ratios(matrix: Floats, labels: Labels, k: int) -> tuple[float, float]:
    """Return Davies–Bouldin and Calinski–Harabasz; not a number for fewer than two groups."""
    if len(np.unique(labels)) < 2:
        return math.nan, math.nan
    kept = np.unique(labels, return_inverse=True)[1].astype(np.int64)
    means = group_means(matrix, kept, min(k, int(kept.max()) + 1))
    return (
        davies_bouldin(matrix, kept, means),
        calinski_harabasz(matrix, kept, means, inertia_of(matrix, means, kept)),
    )


def _none_found(method: Method, why: str, seconds: float) -> MethodRow:
    nan = math.nan
    return MethodRow(method, TITLES[method], 0, 1.0, 1.0, nan, nan, 0, nan, nan, nan, nan, 0, nan, seconds, why)


HEADS = (
    "Method", "Segments", "Noise", "Smallest", "Silhouette", "Davies–Bouldin", "Calinski–Harabasz", "Stability",
    "Tree agrees", "Rules", "Seconds",
)  # fmt: skip


def cells(row: MethodRow) -> list[str]:
    """Return *row* as texts below ``HEADS``."""

    def shown(figure: float, text: str) -> str:
        return text if math.isfinite(figure) else display.MISSING

    return [
        row.title,
        str(row.segments),
        display.share(row.noise_share) if row.method in BY_DENSITY else display.MISSING,
        shown(row.smallest_share, display.share(row.smallest_share) if row.segments else ""),
        shown(row.silhouette, f"{row.silhouette:.2f}"),
        shown(row.davies_bouldin, f"{row.davies_bouldin:.2f}"),
        shown(row.calinski_harabasz, f"{row.calinski_harabasz:,.0f}"),
        shown(row.stability, f"{row.stability:.2f}"),
        shown(row.imitation, display.share(row.imitation) if row.segments else ""),
        str(row.rules) if row.rules else display.MISSING,
        f"{row.seconds:.1f}",
    ]
