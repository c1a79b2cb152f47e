"""Finding the groups: comes in ``Prepared``, goes out ``Clustering``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.errors import DataError, RecipeError
from ..core.progress import Progress, Silent
from ..core.recipe import Cluster
from ..core.tables import Column, CustomerTable
from ..prepare.result import Prepared
from .assign import Assignment, assign, nearest
from .assigner import NearestCentre
from .choose_k import Verdict, decide
from .crew import crew
from .evidence import ALL_ROWS, Evidence, evidence_of, evidence_of_many
from .lloyd import settle
from .result import Clustering, KChoice, KScore

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

FEW = 1_000  # distinct rows that are counted one by one
ONE_GROUP = KChoice(1, "as asked", (), None, "none", "one segment was asked for", asked=True, silhouette_customers=0)


def find_groups(
    prepared: Prepared, settings: Cluster, *, value: Floats, progress: Progress | None = None
) -> Clustering:
    """Return the groups of the customers in *prepared*, ordered by the mean of *value*, shape (n,), best first.

    Groups are sought among the customers that ``fitted_on`` names; all are assigned. With the outlier policy ``drop``
    the others have label -1, confidence 0 and, as ``nearest_other``, the nearest group.
    Other methods than k-means are in ``methods``; noise has label -1.
    Raises DataError where k is larger than the number of distinct customers, or where a method finds no group.
    """
    if settings.method != "kmeans":
        from .other_methods import find_by_method

        return find_by_method(prepared, settings, value=value, progress=progress)
    rows = np.flatnonzero(prepared.fitted_on)
    whole = len(rows) == len(prepared.matrix)
    matrix = np.ascontiguousarray(prepared.matrix if whole else prepared.matrix[rows])
    apart = set_apart(prepared)
    known = np.asarray(value, dtype=np.float64)
    with crew() as workers:
        ks, note = candidates(matrix, settings)
        given = _given_centres(prepared, settings)
        search = evidence_of if len(matrix) <= ALL_ROWS else evidence_of_many
        evidence = search(matrix, ks, settings, workers, given=given, progress=progress or Silent()) if ks else None
        choice = _choice(evidence, settings, note)
        settled = evidence is not None and choice.k > 1
        centroids = evidence.settled(choice.k) if evidence and settled else matrix.mean(axis=0, keepdims=True)
    if len(matrix) <= ALL_ROWS:
        centroids = _by_value(centroids, prepared.matrix, matrix, known, apart)
        found = assign(prepared.matrix, centroids)
    else:
        centroids, found = _in_order(centroids, prepared.matrix, known, apart)
        if settled:
            choice = _restated(choice, float(nearest(matrix, centroids)[1].sum()))
    sample = evidence.sample if evidence else np.arange(len(matrix))
    return Clustering(
        **_said(found, apart),
        centroids=centroids,
        silhouettes=evidence.silhouettes[choice.k] if evidence and settled else np.zeros(len(sample)),
        silhouette_rows=rows[sample],
        choice=choice,
        assigner=NearestCentre(centroids),
    )


def set_apart(prepared: Prepared) -> NDArray[np.bool_]:
    """Return which customers the outlier policy ``drop`` puts in a segment of their own, shape (n,)."""
    if getattr(prepared.pipeline, "policy", "") == "drop":
        return ~prepared.fitted_on
    return np.zeros(len(prepared.fitted_on), dtype=bool)


def _given_centres(prepared: Prepared, settings: Cluster) -> Floats | None:
    """Return the centres that the recipe gives, brought into the prepared space, shape (k, d); None without any."""
    if settings.start_from is None:
        return None
    features: tuple[str, ...] = prepared.pipeline.features
    for number, centre in enumerate(settings.start_from):
        if set(centre) != set(features):
            raise RecipeError(
                f"cluster.start_from.{number} gives {', '.join(centre)}.",
                possible=f"Each centre gives {', '.join(features)}.",
            )
    values = {name: np.array([centre[name] for centre in settings.start_from]) for name in features}
    ids = np.array([str(number) for number in range(len(settings.start_from))], dtype=object)
    table = CustomerTable(ids, values, tuple(Column(name) for name in features))
    return np.asarray(prepared.pipeline.transform(table), dtype=np.float64)


def candidates(matrix: Floats, settings: Cluster) -> tuple[list[int], str]:
    """Return the numbers of groups to score, ascending from 2, and a note where the range had to be cut down."""
    low, high = settings.k_range
    asked = settings.k if isinstance(settings.k, int) else None
    distinct = _distinct(matrix, enough=max(high, asked or 0) + 1)
    if asked is not None and asked > distinct:
        raise _too_many("cluster.k is", asked, distinct, len(matrix))
    # with as many groups as distinct customers nothing is left to compare, save for two or three customers
    top = min(high, max(distinct - 1, 2))
    if asked is None and (low > distinct or distinct < 2):
        raise _too_many("cluster.k_range begins at", low, distinct, len(matrix))
    top = max(top, min(low, distinct))
    note = ""
    if asked is None and top < high:
        note = f"only up to {top} segments were tried, for there are {display.count(distinct)} distinct customers"
    ks = {k for k in range(low, top + 1) if k <= distinct} | ({asked} if asked and asked > 1 else set())
    return sorted(ks), note


def _choice(evidence: Evidence | None, settings: Cluster, note: str) -> KChoice:
    if evidence is None:
        return ONE_GROUP
    verdict = decide(
        evidence.scores,
        evidence.boundaries,
        total=evidence.total,
        noise=evidence.noise,
        min_share=settings.min_share,
    )
    measured, customers = len(evidence.sample), evidence.customers
    return choice_of(evidence.scores, verdict, settings, note=note, measured=measured, customers=customers)


def choice_of(
    scores: tuple[KScore, ...], verdict: Verdict, settings: Cluster, *, note: str, measured: int, customers: int
) -> KChoice:
    """Return the number of groups: the one asked for, or the one of the *verdict* on *scores*.

    *measured* of *customers* have silhouettes, *note* is what else there is to say.
    """
    k, reason = verdict.k, verdict.reason
    if isinstance(settings.k, int):
        rule = f"the rule takes {k}, too" if k == settings.k else f"the rule would take {k}"
        k, reason = settings.k, f"as asked; {rule}: {reason}"
    choice = KChoice(
        k=k,
        reason=f"{reason}; {note}" if note else reason,
        scores=scores,
        knee=verdict.knee,
        structure=verdict.structure,
        structure_reason=verdict.structure_reason,
        asked=settings.k != "auto",
        silhouette_customers=measured,
        customers=customers,
    )
    own = next((score for score in scores if score.k == k), None)
    if own is None or own.silhouette_error == 0:
        return choice
    return replace(choice, reason=f"{choice.reason}; silhouette {own.silhouette_text} ({choice.measured_text})")


def _by_value(centroids: Floats, everyone: Floats, fitted: Floats, value: Floats, apart: NDArray[np.bool_]) -> Floats:
    """Return the centroids, groups of higher mean value first; ties go by size, then by place.

    The lowest label takes rows half-way between two centroids, so a new order can move such a row, and with it the
    centroids: order and groups are settled in turn until both stay.
    """
    for _ in range(20):
        labels, _distance = nearest(everyone, centroids)
        order = order_of(labels[~apart], centroids, value[~apart])
        if order == list(range(len(centroids))):
            break
        centroids, _labels = settle(fitted, centroids[order])
    return centroids


def _in_order(
    centroids: Floats, everyone: Floats, value: Floats, apart: NDArray[np.bool_]
) -> tuple[Floats, Assignment]:
    """Return the centroids in order of value, and the assignment of *everyone* to them.

    Of many rows those half-way between two centroids are too few to move either: only the order is looked at again.
    """
    few = slice(None, None, max(1, len(everyone) // 50_000))  # a first order, which is nearly always the last
    labels, _ = nearest(everyone[few], centroids)
    order = order_of(labels[~apart[few]], centroids, value[few][~apart[few]])
    for _ in range(20):
        centroids = centroids[order]
        found = assign(everyone, centroids)
        order = order_of(found.labels[~apart], centroids, value[~apart])
        if order == list(range(len(centroids))):
            break
    return centroids, found


def _restated(choice: KChoice, inertia: float) -> KChoice:
    """Return *choice* with the *inertia* of the groups that came out, which were polished further than the others."""
    scores = (replace(score, inertia=inertia) if score.k == choice.k else score for score in choice.scores)
    return replace(choice, scores=tuple(scores))


def order_of(labels: Labels, centroids: Floats, value: Floats) -> list[int]:
    """Return the groups by mean *value*, best first; ties go by size, then by place."""
    known = np.isfinite(value)
    sums = np.bincount(labels[known], weights=value[known], minlength=len(centroids))
    counts = np.bincount(labels, minlength=len(centroids))
    means = sums / np.maximum(np.bincount(labels[known], minlength=len(centroids)), 1)
    return by_mean(means.tolist(), counts.tolist(), centroids)


def by_mean(means: Sequence[float], sizes: Sequence[int], centroids: Floats) -> list[int]:
    """Return the groups by the mean of their value, best first; ties go by size, then by place."""
    return sorted(range(len(centroids)), key=lambda j: (-means[j], -sizes[j], tuple(centroids[j].tolist())))


def moved_to(clustering: Clustering, prepared: Prepared, centroids: Floats) -> Clustering:
    """Return *clustering* of the customers in *prepared* with other *centroids*, and everyone assigned to these."""
    return replace(
        clustering,
        centroids=centroids,
        assigner=NearestCentre(centroids),
        **_said(assign(prepared.matrix, centroids), set_apart(prepared)),
    )


def _said(found: Assignment, apart: NDArray[np.bool_]) -> dict[str, Any]:
    """Return what a clustering says of customers, of whom some are set *apart*."""
    return {
        "labels": np.where(apart, -1, found.labels),
        "confidence": np.where(apart, 0.0, found.confidence),
        "nearest_other": np.where(apart, found.labels, found.nearest_other),
    }


def _distinct(matrix: Floats, *, enough: int) -> int:
    """Return the number of distinct rows, or some number of at least *enough* where there are that many."""
    if enough > FEW:
        return len(np.unique(matrix, axis=0))
    found: list[Floats] = []
    for left in (matrix[:1000], matrix[1000:]):  # nearly always the first rows tell
        for row in found:
            left = left[(left != row).any(axis=1)]  # noqa: PLW2901 -- it shrinks
        while len(left):
            if len(found) >= enough:
                return enough
            found.append(left[0])
            left = left[(left != left[0]).any(axis=1)]  # noqa: PLW2901
    return len(found)


def _too_many(setting: str, k: int, distinct: int, customers: int) -> DataError:
    alike = f", {display.count(distinct)} of them different" if distinct < customers else ""
    return DataError(
        f"{setting} {k}, but {display.count(customers)} customers take part in finding segments{alike}.",
        possible=f"At most {display.count(distinct)} segments are possible.",
        action="Set cluster.k or cluster.k_range lower.",
    )
