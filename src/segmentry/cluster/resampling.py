"""Stability of any method: groups found again on resamples of the customers, compared by the adjusted Rand index.

A resample is four customers in five, drawn without replacement: customers drawn twice would look like dense regions.
The same resamples serve every method and every number of groups (Ben-Hur, Elisseeff & Guyon 2002). Noise counts as a
group of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..core.recipe import Cluster
from ..core.seeds import generator
from .agreement import adjusted_rand
from .assign import Floats, Labels
from .assigner import Assigner

RESAMPLES = 10
SHARE = 0.8
SAMPLE = 5_000  # customers: beyond, resamples are drawn from a sample of so many
STARTS = 3  # of the recipe's: a start that is missed once counts against the method

Refit = Callable[[Floats], Mapping[int, Assigner]]


def resamples(n: int, seed: int) -> tuple[Labels, list[Labels]]:
    """Return the rows that stability is measured on, and of these the positions in each resample, ascending."""
    rng = generator(seed, "cluster.resamples")
    rows = np.sort(rng.choice(n, SAMPLE, replace=False)) if n > SAMPLE else np.arange(n)
    size = max(1, round(SHARE * len(rows)))
    return rows, [np.sort(rng.choice(len(rows), size, replace=False)) for _ in range(RESAMPLES)]


def stability_of(matrix: Floats, groupings: Mapping[int, Labels], refit: Refit, seed: int) -> dict[int, float]:
    """Return the mean adjusted Rand index of each of *groupings* (k to labels of shape (n,)) with those found again.

    *refit* finds groups in the rows of a resample, for the same keys; its assigners label all rows.
    """
    rows, drawn = resamples(len(matrix), seed)
    sample = np.ascontiguousarray(matrix[rows])
    found: dict[int, list[float]] = {k: [] for k in groupings}
    for positions in drawn:
        again = refit(np.ascontiguousarray(sample[positions]))
        for k, labels in groupings.items():
            found[k].append(adjusted_rand(labels[rows] + 1, again[k].assign(sample).labels + 1))
    return {k: float(np.mean(values)) for k, values in found.items()}


def refit_with(settings: Cluster, ks: Sequence[int]) -> Refit:
    """Return what finds groups by *settings.method* in a resample: for each of *ks*, or (density) for the one key 0."""
    starts = 1 if settings.method == "mixture" else min(settings.starts, STARTS)  # a mixture starts from k-means
    quick = settings.model_copy(update={"starts": starts, "start_from": None})

    def refit(matrix: Floats) -> dict[int, Assigner]:
        from .assigner import NearestCentre
        from .methods import fit, solve
        from .search import solve as solve_kmeans

        if settings.method in {"dbscan", "hdbscan"}:
            return {0: fit(matrix, quick).assigner}
        if settings.method == "kmeans":
            rng = generator(settings.seed, "cluster.starts")
            wanted = [k for k in ks if k > 1]
            solutions = solve_kmeans(matrix, wanted, starts=quick.starts, rng=rng) if wanted else {}
            one: dict[int, Assigner] = {1: NearestCentre(matrix.mean(axis=0, keepdims=True))}
            return one | {k: NearestCentre(solution.centroids) for k, solution in solutions.items()}
        # A resample of few customers can hold fewer different ones than there are groups.
        possible = {k: min(k, len(np.unique(matrix, axis=0))) for k in ks}
        found = solve(matrix, sorted({*possible.values()}), quick)
        return {k: found[fewer].assigner for k, fewer in possible.items()}

    return refit
