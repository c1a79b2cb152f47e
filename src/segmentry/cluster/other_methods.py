"""Finding the groups by another method than k-means, with the same evidence and the same words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.errors import DataError
from ..core.progress import Progress, Silent
from ..core.recipe import BY_DENSITY, Cluster
from ..core.seeds import generator
from ..prepare.result import Prepared
from .assign import Assignment, Floats, Labels
from .choose_components import decide_components
from .choose_k import STRONG, SUBSTANTIAL, Verdict, decide
from .groups import ONE_GROUP, candidates, choice_of, order_of, set_apart
from .lloyd import inertia_of
from .methods import TITLES, Fitted, at_work, fit, solve
from .methods.fitted import group_means
from .neighbours import relabelled
from .quality import calinski_harabasz, davies_bouldin, silhouettes
from .reference import DRAWS, SAMPLE, box_of
from .resampling import refit_with, stability_of
from .result import Clustering, KChoice, KScore
from .sampling import measure
from .separation import boundary_share

ALL_ROWS = 20_000  # customers: beyond, all but mini-batch k-means look for groups in a random sample of so many
SEARCH_STARTS = 3  # of a mixture, for each number that is compared
TREE_ROWS = 10_000  # for hierarchical groups: a tree needs 8 bytes per pair of customers, twice (0.8 GB; 3.2 at 20,000)


def find_by_method(
    prepared: Prepared, settings: Cluster, *, value: Floats, progress: Progress | None = None
) -> Clustering:
    """Return the groups that *settings.method* finds, ordered by the mean of *value*, shape (n,), best first.

    The customers of the fit keep the labels of the fit; all others get theirs from the method's assigner.
    Raises DataError where the method finds no group.
    """
    rows, note = _rows_of_fit(prepared, settings)
    matrix = np.ascontiguousarray(prepared.matrix[rows])
    find = _by_density if settings.method in BY_DENSITY else _by_number
    with at_work(settings.method):
        solution = find(matrix, settings, progress or Silent())
    fitted, k, apart = solution.fitted, solution.k, set_apart(prepared)
    means = group_means(matrix, fitted.labels, k, _centres(fitted, k))
    known = np.asarray(value, dtype=np.float64)[~apart]
    first = _labelled(prepared.matrix, rows, fitted)[0].labels[~apart]
    order = order_of(first[first >= 0], means, known[first >= 0])
    fitted = _reordered(fitted, order)
    found, moved = _labelled(prepared.matrix, rows, fitted)
    return Clustering(
        labels=np.where(apart, -1, found.labels),
        centroids=means[order],
        confidence=np.where(apart, 0.0, found.confidence),
        nearest_other=np.where(apart & (found.labels >= 0), found.labels, found.nearest_other),
        silhouettes=solution.silhouettes,
        silhouette_rows=rows[solution.sample],
        choice=solution.choice,
        method=settings.method,
        assigner=fitted.assigner,
        agreement=float(1 - moved[~apart].mean()),
        memberships=found.memberships,
        note=note,
        tree=fitted.tree,
        k_distances=fitted.k_distances,
    )


@dataclass(frozen=True)
class _Solution:
    """The solution that counts, its k, why, and the silhouettes of the fit's rows in *sample*."""

    fitted: Fitted
    k: int
    choice: KChoice
    sample: Labels
    silhouettes: Floats


def _by_number(matrix: Floats, settings: Cluster, progress: Progress) -> _Solution:
    """Return the solution of a method that takes a number of groups, chosen by the rule of ``choose_k``."""
    ks, note = candidates(matrix, settings)
    if not ks:
        one = solve(matrix, [1], settings)[1]
        return _Solution(one, 1, ONE_GROUP, np.arange(len(matrix)), np.zeros(len(matrix)))
    solutions = solve(matrix, ks, _for_search(settings, ks))
    progress.advance(1, 2)
    groupings = {k: one.labels for k, one in solutions.items()}
    steady = stability_of(matrix, groupings, refit_with(settings, ks), settings.seed)
    progress.advance(2, 2)
    rng = generator(settings.seed, "cluster.silhouette")
    found = measure(matrix, groupings[ks[-1]], lambda rows: [one[rows] for one in groupings.values()], rng)
    sample, values = found.rows, dict(zip(ks, found.values, strict=True))
    means = {k: group_means(matrix, one.labels, k, _centres(one, k)) for k, one in solutions.items()}
    scores = tuple(
        replace(_score(matrix, groupings[k], means[k], mean, steady[k]), silhouette_error=error)
        for k, mean, error in zip(ks, found.means, found.errors, strict=True)
    )
    bics = {k: one.bic for k, one in solutions.items()} if settings.method == "mixture" else {}
    if bics:
        of_one = solve(matrix, [1], settings)[1].bic
        verdict = decide_components(scores, bics, bic_of_one=of_one, min_share=settings.min_share)
    else:
        scores, verdict = _against_reference(matrix, scores, groupings, means, settings)
    choice = choice_of(scores, verdict, settings, note=note, measured=len(sample), customers=len(matrix))
    choice = replace(choice, bics=tuple(bics.values()))
    k = choice.k  # 1 is never scored: a single group is what was asked for
    if k in solutions and settings.starts == _for_search(settings, ks).starts:
        return _Solution(solutions[k], k, choice, sample, values[k])
    chosen = solve(matrix, [k], settings)[k]
    own = silhouettes(matrix[sample], [chosen.labels[sample]])[0] if k > 1 else np.zeros(len(sample))
    return _Solution(chosen, k, _measured_again(matrix, choice, chosen, own), sample, own)


def _for_search(settings: Cluster, ks: Sequence[int]) -> Cluster:
    """Return the settings with which the numbers are compared: of a mixture, few starts; the chosen one gets all."""
    if settings.method != "mixture" or len(ks) == 1:
        return settings
    return settings.model_copy(update={"starts": min(settings.starts, SEARCH_STARTS)})


def _measured_again(matrix: Floats, choice: KChoice, chosen: Fitted, own: Floats) -> KChoice:
    """Return *choice* with the figures of the *chosen* solution, which more starts may have bettered."""
    k = choice.k
    if k == 1:
        return choice
    means = group_means(matrix, chosen.labels, k, _centres(chosen, k))
    scores = tuple(
        _score(matrix, chosen.labels, means, float(own.mean()), score.stability) if score.k == k else score
        for score in choice.scores
    )
    bics = tuple(chosen.bic if score.k == k else bic for score, bic in zip(choice.scores, choice.bics, strict=True))
    return replace(choice, scores=scores, bics=bics)


def _against_reference(
    matrix: Floats,
    scores: tuple[KScore, ...],
    groupings: Mapping[int, Labels],
    means: Mapping[int, Floats],
    settings: Cluster,
) -> tuple[tuple[KScore, ...], Verdict]:
    """Return *scores* with what the same method achieves on data without groups, and the verdict of ``choose_k``."""
    drops = _reference(matrix, [score.k for score in scores], settings)
    total = float(((matrix - matrix.mean(axis=0)) ** 2).sum())
    null = (total * np.exp(drops.mean(axis=0))).tolist()
    scores = tuple(replace(score, reference_inertia=one) for score, one in zip(scores, null, strict=True))
    boundaries = {k: boundary_share(matrix, labels, means[k]) for k, labels in groupings.items()}
    noise = float(drops.std(axis=0).mean())
    return scores, decide(scores, boundaries, total=total, noise=noise, min_share=settings.min_share)


def _by_density(matrix: Floats, settings: Cluster, progress: Progress) -> _Solution:
    """Return the solution of a method that finds the number of groups itself. Raises DataError where it finds none."""
    fitted = fit(matrix, settings)
    k, title = fitted.groups, TITLES[settings.method]
    progress.advance(1, 1)
    if k == 0:
        raise DataError(
            f"{title} finds no dense region ({fitted.words}): every customer would be noise.",
            possible="A larger cluster.eps or a smaller cluster.min_samples finds regions that are less dense."
            if settings.method == "dbscan"
            else "A smaller cluster.min_cluster_size or cluster.min_samples finds smaller groups.",
            action="Or take another method: segmentry compare-methods shows them side by side.",
        )
    held = np.flatnonzero(fitted.labels >= 0)
    grouped = fitted.labels[held]
    rng = generator(settings.seed, "cluster.silhouette")
    measured = measure(matrix[held], grouped, lambda rows: [grouped[rows]], rng)
    sample, values = held[measured.rows], measured.values[0]
    steady = stability_of(matrix, {0: fitted.labels}, refit_with(settings, [0]), settings.seed)[0]
    inside = np.ascontiguousarray(matrix[held])
    means = group_means(inside, fitted.labels[held], k)
    score = _score(inside, fitted.labels[held], means, measured.means[0], steady)
    smallest = float(np.bincount(fitted.labels[held]).min() / len(matrix))
    score = replace(score, smallest_share=smallest, silhouette_error=measured.errors[0])
    structure, why = _density_structure(k, score.silhouette)
    noise = 1 - len(held) / len(matrix)
    left = (
        "noise joins the nearest group"
        if settings.noise == "join"
        else f"{display.share(noise)} of the customers of the fit are noise"
    )
    reason = f"{title} found {_regions(k)} with {fitted.words}; {left}"
    choice = KChoice(
        k,
        reason,
        (score,),
        None,
        structure,
        why,
        asked=False,
        silhouette_customers=len(sample),
        customers=len(held),
    )
    return _Solution(fitted, k, choice, sample, values)


def _regions(k: int) -> str:
    return display.counted(k, "dense regions")


def _density_structure(k: int, silhouette: float) -> tuple[str, str]:
    """Return the word for the structure and its reason, by the mean silhouette of the customers in groups."""
    if k == 1:
        return "none", "there is one dense region: nothing in it is separated by thinner places"
    word = "strong" if silhouette >= STRONG else "moderate" if silhouette >= SUBSTANTIAL else "weak"
    text = f"{_regions(k)} with thinner places between; the mean silhouette without noise is {silhouette:.2f}"
    return word, f"{text}, which is low for groups that are long or nested" if word == "weak" else text


def _score(matrix: Floats, labels: Labels, means: Floats, silhouette: float, steady: float) -> KScore:
    k = len(means)
    inertia = inertia_of(matrix, means, labels)
    return KScore(
        k=k,
        inertia=inertia,
        silhouette=silhouette,
        calinski_harabasz=calinski_harabasz(matrix, labels, means, inertia),
        davies_bouldin=davies_bouldin(matrix, labels, means),
        stability=steady,
        smallest_share=float(np.bincount(labels, minlength=k).min() / len(matrix)),
        reference_inertia=math.nan,
    )


def _reference(matrix: Floats, ks: Sequence[int], settings: Cluster) -> Floats:
    """Return log(inertia at k ÷ inertia at 1) of the same method on reference data without groups (``reference``)."""
    rng = generator(settings.seed, "cluster.reference")
    widths, n = box_of(matrix), min(len(matrix), SAMPLE)
    quick = settings.model_copy(update={"starts": 1})
    drops = np.empty((DRAWS, len(ks)))
    for draw in range(DRAWS):
        data = rng.uniform(-1, 1, size=(n, matrix.shape[1])) * widths
        total = float(((data - data.mean(axis=0)) ** 2).sum())
        for j, (k, one) in enumerate(solve(data, ks, quick).items()):
            inertia = inertia_of(data, group_means(data, one.labels, k), one.labels)
            drops[draw, j] = math.log(max(inertia, 1e-12 * total) / total) if total > 0 else 0.0
    return drops


def _rows_of_fit(prepared: Prepared, settings: Cluster) -> tuple[NDArray[np.int64], str]:
    """Return the rows in which groups are sought, ascending, and a note where they are a sample."""
    rows = np.flatnonzero(prepared.fitted_on)
    if len(rows) <= ALL_ROWS or settings.method == "minibatch":
        return rows, ""
    size = TREE_ROWS if settings.method == "hierarchical" else ALL_ROWS
    chosen = generator(settings.seed, "cluster.sample").choice(len(rows), size, replace=False)
    note = (
        f"groups were sought in a random sample of {display.count(size)} of {display.count(len(rows))} customers, "
        "and the others assigned to them"
    )
    return rows[np.sort(chosen)], note


def _labelled(everyone: Floats, rows: NDArray[np.int64], fitted: Fitted) -> tuple[Assignment, NDArray[np.bool_]]:
    """Return the assignment of all customers, and whose differs from the assigner's: those of the fit keep its labels.

    Where these differ from the assigner's, confidence is 0 and the assigner's group the nearest other.
    """
    found = fitted.assigner.assign(everyone)
    labels = found.labels.copy()
    labels[rows] = fitted.labels
    moved = labels != found.labels
    other = np.where(moved & (found.labels >= 0), found.labels, found.nearest_other)
    return Assignment(labels, other, np.where(moved, 0.0, found.confidence), found.memberships), moved


def _reordered(fitted: Fitted, order: Sequence[int]) -> Fitted:
    labels = relabelled(fitted.labels, order)
    tree = None if fitted.tree is None else replace(fitted.tree, labels=labels)
    return replace(fitted, labels=labels, assigner=fitted.assigner.reordered(order), tree=tree)


def _centres(fitted: Fitted, k: int) -> Floats | None:
    """Return where the method has the centres of its *k* groups, for groups that hold no customer; none without."""
    centres = getattr(fitted.assigner, "centres", getattr(fitted.assigner, "means", None))
    return centres if centres is not None and len(centres) == k else None
