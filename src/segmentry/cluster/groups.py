"""Finding the groups: comes in ``Prepared``, goes out ``Clustering``."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ..core import display
from ..core.errors import DataError, RecipeError
from ..core.progress import Progress, Silent
from ..core.recipe import Cluster
from ..core.seeds import generator
from ..core.tables import Column, CustomerTable
from ..prepare.result import Prepared
from .assign import assign, nearest
from .assigner import NearestCentre
from .choose_k import Verdict, decide
from .lloyd import settle
from .quality import calinski_harabasz, davies_bouldin, silhouettes
from .reference import reference_drops
from .result import Clustering, KChoice, KScore
from .search import Solution, settled_from, solve
from .separation import boundary_share
from .stability import stability

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

EXACT_SILHOUETTES = 20_000  # customers: up to here every silhouette is computed, beyond for a sample of the next size
SILHOUETTE_SAMPLE = 10_000
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
    matrix = np.ascontiguousarray(prepared.matrix[rows])
    # BLAS threads spin on products as small as these, which costs more than it brings, and far more on a busy machine
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(2) as pool:
        evidence = _search(matrix, settings, _given_centres(prepared, settings), progress or Silent(), pool)
    choice = _choice(matrix, evidence, settings)
    solution = evidence.solutions.get(choice.k) or _one_group(matrix)
    apart = set_apart(prepared)
    centroids = _by_value(solution.centroids, prepared.matrix, matrix, np.asarray(value, dtype=np.float64), apart)
    found = assign(prepared.matrix, centroids)
    return Clustering(
        labels=np.where(apart, -1, found.labels),
        centroids=centroids,
        confidence=np.where(apart, 0.0, found.confidence),
        nearest_other=np.where(apart, found.labels, found.nearest_other),
        silhouettes=evidence.silhouettes.get(choice.k, np.zeros(len(evidence.sample))),
        silhouette_rows=rows[evidence.sample],
        choice=choice,
        assigner=NearestCentre(centroids),
    )


def set_apart(prepared: Prepared) -> NDArray[np.bool_]:
    """Return which customers the outlier policy ``drop`` puts in a segment of their own, shape (n,)."""
    if getattr(prepared.pipeline, "policy", "") == "drop":
        return ~prepared.fitted_on
    return np.zeros(len(prepared.fitted_on), dtype=bool)


@dataclass(frozen=True)
class _Evidence:
    """What the choice of k rests on: everything by k, silhouettes for the rows in *sample*, reference by draw and k."""

    solutions: dict[int, Solution]
    sample: Labels
    silhouettes: dict[int, Floats]
    stability: dict[int, float]
    drops: Floats
    note: str


def _search(matrix: Floats, settings: Cluster, given: Floats | None, progress: Progress, pool: Executor) -> _Evidence:
    """Return the best solution for every k, and how good each is: two of the four tasks at a time."""
    ks, note = candidates(matrix, settings)
    if not ks:
        return _Evidence({}, np.arange(len(matrix)), {}, {}, np.zeros((1, 0)), note)
    seed = settings.seed
    drops = pool.submit(reference_drops, matrix, ks, generator(seed, "cluster.reference"))
    rng = generator(seed, "cluster.starts")
    solutions = solve(matrix, ks, starts=settings.starts, rng=rng, advance=progress.advance)
    if given is not None:
        solutions[len(given)] = settled_from(matrix, given)
    groupings = {k: solution.labels for k, solution in solutions.items()}
    steady = pool.submit(stability, matrix, groupings, generator(seed, "cluster.stability"))
    sample = sampled(groupings[ks[-1]], generator(seed, "cluster.silhouette"))
    values = silhouettes(matrix[sample], [labels[sample] for labels in groupings.values()])
    return _Evidence(solutions, sample, dict(zip(ks, values, strict=True)), steady.result(), drops.result(), note)


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


def _choice(matrix: Floats, evidence: _Evidence, settings: Cluster) -> KChoice:
    total = float(((matrix - matrix.mean(axis=0)) ** 2).sum())
    reference = (total * np.exp(evidence.drops.mean(axis=0))).tolist()
    scores = tuple(_score(matrix, k, evidence, null) for k, null in zip(evidence.stability, reference, strict=True))
    boundaries = {
        s.k: boundary_share(matrix, evidence.solutions[s.k].labels, evidence.solutions[s.k].centroids) for s in scores
    }
    if not scores:
        return ONE_GROUP
    noise = float(evidence.drops.std(axis=0).mean())
    verdict = decide(scores, boundaries, total=total, noise=noise, min_share=settings.min_share)
    return choice_of(scores, verdict, settings, note=evidence.note, measured=len(evidence.sample))


def choice_of(scores: tuple[KScore, ...], verdict: Verdict, settings: Cluster, *, note: str, measured: int) -> KChoice:
    """Return the number of groups: the one asked for, or the one of the *verdict* on *scores*.

    *measured* is the number of customers that have silhouettes, *note* what else there is to say.
    """
    k, reason = verdict.k, verdict.reason
    if isinstance(settings.k, int):
        rule = f"the rule takes {k}, too" if k == settings.k else f"the rule would take {k}"
        k, reason = settings.k, f"as asked; {rule}: {reason}"
    return KChoice(
        k=k,
        reason=f"{reason}; {note}" if note else reason,
        scores=scores,
        knee=verdict.knee,
        structure=verdict.structure,
        structure_reason=verdict.structure_reason,
        asked=settings.k != "auto",
        silhouette_customers=measured,
    )


def _score(matrix: Floats, k: int, evidence: _Evidence, reference: float) -> KScore:
    solution = evidence.solutions[k]
    return KScore(
        k=k,
        inertia=solution.inertia,
        silhouette=float(evidence.silhouettes[k].mean()),
        calinski_harabasz=calinski_harabasz(matrix, solution.labels, solution.centroids, solution.inertia),
        davies_bouldin=davies_bouldin(matrix, solution.labels, solution.centroids),
        stability=evidence.stability[k],
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
        order = order_of(labels[~apart], centroids, value[~apart])
        if order == list(range(len(centroids))):
            break
        centroids, _labels = settle(fitted, centroids[order])
    return centroids


def order_of(labels: Labels, centroids: Floats, value: Floats) -> list[int]:
    """Return the groups by mean *value*, best first; ties go by size, then by place."""
    known = np.isfinite(value)
    sums = np.bincount(labels[known], weights=value[known], minlength=len(centroids))
    counts = np.bincount(labels, minlength=len(centroids))
    means = sums / np.maximum(np.bincount(labels[known], minlength=len(centroids)), 1)
    return sorted(range(len(centroids)), key=lambda j: (-means[j], -counts[j], tuple(centroids[j].tolist())))


def sampled(labels: Labels, rng: np.random.Generator) -> Labels:
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
    return Solution(centre, np.zeros(len(matrix), dtype=np.int64), float(((matrix - centre) ** 2).sum()))


def _too_many(setting: str, k: int, distinct: int, customers: int) -> DataError:
    alike = f", {display.count(distinct)} of them different" if distinct < customers else ""
    return DataError(
        f"{setting} {k}, but {display.count(customers)} customers take part in finding segments{alike}.",
        possible=f"At most {display.count(distinct)} segments are possible.",
        action="Set cluster.k or cluster.k_range lower.",
    )
