"""Finding the groups: comes in ``Prepared``, goes out ``Clustering``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segmentry.core import display
from segmentry.core.errors import DataError
from segmentry.core.progress import Progress, Silent
from segmentry.core.recipe import Cluster
from segmentry.core.seeds import generator
from segmentry.prepare.result import Prepared

from .assign import assign, nearest
from .choose_k import decide
from .lloyd import settle
from .quality import calinski_harabasz, davies_bouldin, silhouettes
from .reference import reference_drops
from .result import Clustering, KChoice, KScore
from .search import Solution, solve
from .stability import stability

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

EXACT_SILHOUETTES = 20_000  # customers: up to here every silhouette is computed, beyond for a sample of the next size
SILHOUETTE_SAMPLE = 10_000


def find_groups(
    prepared: Prepared, settings: Cluster, *, value: Floats, progress: Progress | None = None
) -> Clustering:
    """Return the groups of the customers in *prepared*, ordered by the mean of *value*, shape (n,), best first.

    Groups are sought among the customers that ``fitted_on`` names; all are assigned. With the outlier policy ``drop``
    the others have label -1, confidence 0 and, as ``nearest_other``, the nearest group.
    Raises DataError where k is larger than the number of distinct customers.
    """
    rows = np.flatnonzero(prepared.fitted_on)
    matrix = np.ascontiguousarray(prepared.matrix[rows])
    ks, note = _candidates(matrix, settings)
    solutions = solve(
        matrix,
        ks,
        starts=settings.starts,
        rng=generator(settings.seed, "cluster.starts"),
        advance=(progress or Silent()).advance,
    )
    sample = _sample(solutions[ks[-1]].labels, generator(settings.seed, "cluster.silhouette"))
    values = dict(zip(ks, silhouettes(matrix[sample], [solutions[k].labels[sample] for k in ks]), strict=True))
    choice = _choice(matrix, solutions, {k: float(one.mean()) for k, one in values.items()}, settings, note)
    choice = replace(choice, silhouette_customers=len(sample))
    solution = solutions.get(choice.k) or _one_group(matrix)
    apart = (
        ~prepared.fitted_on if getattr(prepared.pipeline, "policy", "") == "drop" else np.zeros(len(value), dtype=bool)
    )
    centroids = _by_value(solution.centroids, prepared.matrix, matrix, np.asarray(value, dtype=np.float64), apart)
    found = assign(prepared.matrix, centroids)
    return Clustering(
        labels=np.where(apart, -1, found.labels),
        centroids=centroids,
        confidence=np.where(apart, 0.0, found.confidence),
        nearest_other=np.where(apart, found.labels, found.nearest_other),
        silhouettes=values.get(choice.k, np.zeros(len(sample))),
        silhouette_rows=rows[sample],
        choice=choice,
    )


def _candidates(matrix: Floats, settings: Cluster) -> tuple[list[int], str]:
    """Return the numbers of groups to score, ascending, and a note where the range had to be cut down."""
    low, high = settings.k_range
    asked = settings.k if isinstance(settings.k, int) else None
    distinct = _distinct(matrix, enough=max(high, asked or 0) + 1)
    if asked is not None and asked > distinct:
        raise _too_many("cluster.k", asked, distinct, len(matrix))
    # with as many groups as distinct customers nothing is left to compare, save for two or three customers
    top = min(high, max(distinct - 1, 2))
    if asked is None and (low > distinct or distinct < 2):
        raise _too_many("cluster.k_range begins at", low, distinct, len(matrix))
    top = max(top, min(low, distinct))
    note = ""
    if asked is None and top < high:
        note = f"only up to {top} segments were tried, for there are {display.count(distinct)} distinct customers"
    ks = {k for k in range(low, top + 1) if k <= distinct} | ({asked} if asked and asked > 1 else set())
    return sorted(ks) or [1], note


def _choice(
    matrix: Floats, solutions: Mapping[int, Solution], means: Mapping[int, float], settings: Cluster, note: str
) -> KChoice:
    ks = [k for k in solutions if k > 1]
    total = float(((matrix - matrix.mean(axis=0)) ** 2).sum())
    drops = reference_drops(matrix, ks, generator(settings.seed, "cluster.reference")) if ks else np.zeros((1, 0))
    steady = stability(matrix, {k: solutions[k].labels for k in ks}, generator(settings.seed, "cluster.stability"))
    reference = total * np.exp(drops.mean(axis=0))
    scores = tuple(
        _score(matrix, k, solutions[k], means[k], steady[k], float(null)) for k, null in zip(ks, reference, strict=True)
    )
    if not scores:
        return KChoice(1, "as asked: one segment", (), None, "none", "one segment was asked for", True, 0)
    noise = float(drops.std(axis=0).mean())
    verdict = decide(scores, total=total, noise=noise, min_share=settings.min_share, note=note)
    reason, k = verdict.reason, verdict.k
    if isinstance(settings.k, int):
        reason = (
            f"as asked; the rule would take {k}: {reason}"
            if k != settings.k
            else f"as asked, and as the rule: {reason}"
        )
        k = settings.k
    return KChoice(
        k=k,
        reason=reason,
        scores=scores,
        knee=verdict.knee,
        structure=verdict.structure,
        structure_reason=verdict.structure_reason,
        asked=settings.k != "auto",
        silhouette_customers=0,
    )


def _score(matrix: Floats, k: int, solution: Solution, silhouette: float, steady: float, reference: float) -> KScore:
    return KScore(
        k=k,
        inertia=solution.inertia,
        silhouette=silhouette,
        calinski_harabasz=calinski_harabasz(matrix, solution.labels, solution.centroids, solution.inertia),
        davies_bouldin=davies_bouldin(matrix, solution.labels, solution.centroids),
        stability=steady,
        smallest_share=float(np.bincount(solution.labels, minlength=k).min() / len(matrix)),
        reference_inertia=reference,
    )


def _by_value(centroids: Floats, everyone: Floats, fitted: Floats, value: Floats, apart: NDArray[np.bool_]) -> Floats:
    """Return the centroids, groups of higher mean value first; ties go by size, then by place.

    The lowest label takes rows half-way between two centroids, so a new order can move such a row, and with it the
    centroids: order and groups are settled in turn until both stay.
    """
    for _ in range(20):
        labels, _distance = nearest(everyone, centroids)
        order = _order(labels[~apart], centroids, value[~apart])
        if order == list(range(len(centroids))):
            break
        centroids, _labels, _iterations = settle(fitted, centroids[order])
    return centroids


def _order(labels: Labels, centroids: Floats, value: Floats) -> list[int]:
    known = np.isfinite(value)
    sums = np.bincount(labels[known], weights=value[known], minlength=len(centroids))
    counts = np.bincount(labels, minlength=len(centroids))
    means = sums / np.maximum(np.bincount(labels[known], minlength=len(centroids)), 1)
    return sorted(range(len(centroids)), key=lambda j: (-means[j], -counts[j], tuple(centroids[j].tolist())))


def _sample(labels: Labels, rng: np.random.Generator) -> Labels:
    """Return the rows whose silhouettes are computed: all, or a sample with each group's share (one row at least)."""
    n = len(labels)
    if n <= EXACT_SILHOUETTES:
        return np.arange(n)
    shuffled = rng.permutation(n)
    by_group = shuffled[np.argsort(labels[shuffled], kind="stable")]
    parts: Sequence[Labels] = np.split(by_group, np.cumsum(np.bincount(labels))[:-1])
    return np.sort(np.concatenate([part[: -(-len(part) * SILHOUETTE_SAMPLE // n)] for part in parts]))


def _distinct(matrix: Floats, *, enough: int) -> int:
    """Return the number of distinct rows, or some number of at least *enough* where there are that many."""
    first = len(np.unique(matrix[:1000], axis=0))
    return first if first >= enough or len(matrix) <= 1000 else len(np.unique(matrix, axis=0))


def _one_group(matrix: Floats) -> Solution:
    centre = matrix.mean(axis=0, keepdims=True)
    return Solution(centre, np.zeros(len(matrix), dtype=np.int64), float(((matrix - centre) ** 2).sum()), 1)


def _too_many(setting: str, k: int, distinct: int, customers: int) -> DataError:
    alike = f", {display.count(distinct)} of them different" if distinct < customers else ""
    return DataError(
        f"{setting} {'=' if setting == 'cluster.k' else ''} {k}, but there are {display.count(customers)} customers{alike}.".replace(
            "  ", " "
        ),
        possible=f"At most {distinct} segments are possible.",
        action="Set cluster.k or cluster.k_range lower.",
    )
