"""What the choice of k rests on: the best solution for every k, and how good each one is.

Up to ``ALL_ROWS`` customers everything is computed on all of them. Beyond, solutions still have the inertia, the sizes
and the Caliński–Harabasz ratio of all customers; silhouettes are those of a stratified sample with a stated error, and
boundary shares, Davies–Bouldin, stability and the reference are measured on random samples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

import numpy as np

from ..core.progress import Progress
from ..core.recipe import Cluster
from ..core.seeds import generator
from .assign import Floats, Labels, nearest
from .blocks import Blocks, blocks_of
from .border import labels_of, polish
from .crew import Crew
from .many import solve_many
from .quality import calinski_harabasz, davies_bouldin, harabasz_of, silhouettes
from .reference import reference_drops
from .rest import settle_all
from .result import KScore
from .sampling import measure
from .search import settled_from, solve
from .separation import boundary_share
from .stability import SAMPLE as STABILITY_ROWS
from .stability import stability

ALL_ROWS = 20_000  # customers: up to here the full computation takes a second or two
MEASURED = 50_000  # customers on whom boundary shares and Davies–Bouldin are measured where there are more


@dataclass(frozen=True)
class Evidence:
    """Scores by ascending k and what else the choice looks at.

    Attributes
    ----------
    scores, boundaries
        How good each k is, and its boundary share (``separation``).
    total, noise
        Inertia of one group, and the standard deviation of the reference's log inertia.
    sample, silhouettes
        The rows that have silhouettes, and these by k.
    customers
        How many took part.
    settled
        Returns the centroids for a k, shape (k, d), at rest on all rows.
    """

    scores: tuple[KScore, ...]
    boundaries: Mapping[int, float]
    total: float
    noise: float
    sample: Labels
    silhouettes: Mapping[int, Floats]
    customers: int
    settled: Callable[[int], Floats]


def evidence_of(
    matrix: Floats, ks: Sequence[int], settings: Cluster, crew: Crew, *, given: Floats | None, progress: Progress
) -> Evidence:
    """Return the evidence on *matrix*, shape (n, d), for each of *ks*, everything measured on all rows.

    *given* are centres to start from for as many groups.
    """
    seed = settings.seed
    waiting = crew.begin(lambda: reference_drops(matrix, ks, generator(seed, "cluster.reference")))
    rng = generator(seed, "cluster.starts")
    solutions = solve(matrix, ks, starts=settings.starts, rng=rng, advance=progress.advance)
    if given is not None:
        solutions[len(given)] = settled_from(matrix, given)
    groupings = {k: solution.labels for k, solution in solutions.items()}
    steady = crew.begin(lambda: stability(matrix, groupings, generator(seed, "cluster.stability")))
    values = dict(zip(groupings, silhouettes(matrix, list(groupings.values()), crew), strict=True))
    drops = waiting.result()
    total = float(((matrix - matrix.mean(axis=0)) ** 2).sum())
    reference = dict(zip(groupings, (total * np.exp(drops.mean(axis=0))).tolist(), strict=True))
    scores = tuple(
        KScore(
            k=k,
            inertia=one.inertia,
            silhouette=float(values[k].mean()),
            calinski_harabasz=calinski_harabasz(matrix, one.labels, one.centroids, one.inertia),
            davies_bouldin=davies_bouldin(matrix, one.labels, one.centroids),
            stability=steady.result()[k],
            smallest_share=float(np.bincount(one.labels, minlength=k).min() / len(matrix)),
            reference_inertia=reference[k],
        )
        for k, one in solutions.items()
    )
    boundaries = {k: boundary_share(matrix, one.labels, one.centroids) for k, one in solutions.items()}
    noise = float(drops.std(axis=0).mean())
    every = np.arange(len(matrix))
    return Evidence(scores, boundaries, total, noise, every, values, len(matrix), lambda k: solutions[k].centroids)


def evidence_of_many(
    matrix: Floats, ks: Sequence[int], settings: Cluster, crew: Crew, *, given: Floats | None, progress: Progress
) -> Evidence:
    """Return the evidence for each of *ks* as :func:`evidence_of`, where *matrix* has too many rows to measure all."""
    n, seed = len(matrix), settings.seed
    data = blocks_of(matrix, crew)
    rows = np.sort(generator(seed, "cluster.measured").choice(n, min(n, MEASURED), replace=False))
    seen = matrix[rows]
    waiting = crew.begin(lambda: reference_drops(seen, ks, generator(seed, "cluster.reference")))
    rng = generator(seed, "cluster.starts")
    solutions = solve_many(data, ks, starts=settings.starts, rng=rng, crew=crew, advance=progress.advance)
    if given is not None:
        solutions[len(given)] = polish(data, given - data.centre)
    centroids = {k: one.centres + data.centre for k, one in solutions.items()}
    steady = _stability_of_few(matrix, centroids, seed, crew)
    found = measure(
        matrix,
        labels_of(data, solutions[ks[-1]].centres),
        lambda some: [nearest(matrix[some], centroids[k])[0] for k in ks],
        generator(seed, "cluster.silhouette"),
        crew,
    )
    ratios = crew.each(lambda k: _ratios(seen, centroids[k]), ks)
    drops = waiting.result()
    reference = (data.total * np.exp(drops.mean(axis=0))).tolist()
    scores = tuple(
        KScore(
            k=k,
            inertia=solutions[k].inertia,
            silhouette=found.means[i],
            calinski_harabasz=harabasz_of(data.total, solutions[k].inertia, n, k),
            davies_bouldin=ratios[i][0],
            stability=steady.result()[k],
            smallest_share=float(solutions[k].counts.min() / n),
            reference_inertia=reference[i],
            silhouette_error=found.errors[i],
        )
        for i, k in enumerate(ks)
    )
    boundaries = {k: boundary for k, (_, boundary) in zip(ks, ratios, strict=True)}
    noise, values = float(drops.std(axis=0).mean()), dict(zip(ks, found.values, strict=True))
    rest = partial(_at_rest, matrix, data, centroids, crew)
    return Evidence(scores, boundaries, data.total, noise, found.rows, values, n, rest)


def _stability_of_few(
    matrix: Floats, centroids: Mapping[int, Floats], seed: int, crew: Crew
) -> Future[dict[int, float]]:
    """Begin to measure stability on the rows that ``stability`` itself would draw, and return what will hold it."""
    chance = generator(seed, "cluster.stability")
    few = matrix[np.sort(chance.choice(len(matrix), STABILITY_ROWS, replace=False))]
    groupings = {k: nearest(few, centres)[0] for k, centres in centroids.items()}
    return crew.begin(lambda: stability(few, groupings, chance))


def _ratios(seen: Floats, centroids: Floats) -> tuple[float, float]:
    """Return the Davies–Bouldin ratio and the boundary share of the rows *seen*."""
    labels, _ = nearest(seen, centroids)
    return davies_bouldin(seen, labels, centroids), boundary_share(seen, labels, centroids)


def _at_rest(matrix: Floats, data: Blocks, centroids: Mapping[int, Floats], crew: Crew, k: int) -> Floats:
    return settle_all(matrix, data, centroids[k], crew)
