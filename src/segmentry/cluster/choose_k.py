"""How many groups: a rule that people can act on, and an honest word on how clear the groups are.

**Is there any structure?** The *excess* of k is how much more k-means gains on the data than on reference data without
groups (``reference``): log inertia of the reference − log inertia, both counted from k = 1. It counts for numbers whose
smallest group is large enough. Below ``NOTICEABLE`` (or three standard deviations of the reference) there is none: the
number chosen is then a convenient cut of a continuum, and the reason says so.

**Which k?** Never below 3 unless asked (``FLOOR``): on purchase data the silhouette nearly always prefers 2 groups,
good and bad customers, which is true and useless. No group smaller than ``min_share``. Then

* where groups stand apart: the largest k whose neighbouring groups all have a valley between them (``separation``) and
  come back under resampling, unless its silhouette falls behind the best such k's by more than ``CLOSE``. One group
  more would cut a group in two, right through its middle;
* otherwise: the smallest k from the knee of the inertia curve on that is stable. The knee is the point farthest below
  the chord of the curve (Kneedle: Satopää, Albrecht, Irwin & Raghavan 2011). If none of these is stable, the last
  stable one before the knee; if there is none, the steadiest of the three from the knee on.

**How clear?** Groups that stand apart are *strong* from a mean silhouette of 0.5 on (Kaufman & Rousseeuw 1990, p. 88:
"a reasonable structure has been found"), else *moderate*. Without valleys the structure is *moderate* where k-means
gains a quarter more than on the reference, else *weak*, and *none* where the silhouette stays below their 0.25 ("no
substantial structure").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from .result import KScore

FLOOR = 3
NOTICEABLE = 0.10  # log inertia: a tenth less than without groups, which is beyond what odd shapes of one group can do
CONSIDERABLE = 0.25
VALLEY = 0.07  # boundary share: one group cut in two has 0.08 to 0.14 on simulated data of eight shapes
CLOSE = 0.10  # mean silhouette: nested groups cost less, a cut through a small group costs more
STABLE = 0.75  # adjusted Rand index: what Hennig (2007) calls valid and stable
STRONG, SUBSTANTIAL = 0.50, 0.25  # mean silhouette


@dataclass(frozen=True)
class Verdict:
    """The chosen k, the sentence that says why, the knee, and how clear the structure is, with its reason."""

    k: int
    reason: str
    knee: int | None
    structure: str
    structure_reason: str


def decide(
    scores: Sequence[KScore], boundaries: Mapping[int, float], *, total: float, noise: float, min_share: float
) -> Verdict:
    """Return the verdict on *scores* (ascending k).

    *boundaries* maps k to its boundary share, *total* is the inertia at k = 1, and *noise* the standard deviation of
    the reference's log inertia.
    """
    knee = find_knee([s.k for s in scores], [s.inertia for s in scores])
    large = [s for s in scores if s.smallest_share >= min_share]
    # Structure is a property of the data: where no k is useful for its smallest group, all of them tell of it.
    peak = max((excess(s, total) for s in large or scores), default=0.0)
    clear = peak >= max(NOTICEABLE, 3 * noise)
    apart = [s for s in large if clear and boundaries[s.k] <= VALLEY and s.stability >= STABLE]
    clearest = max((s.silhouette for s in apart), default=0.0)
    apart = [s for s in apart if s.silhouette >= clearest - CLOSE]
    if apart and (apart[-1].k >= FLOOR or scores[-1].k < FLOOR):
        chosen = apart[-1]
        why = f"the largest k whose groups all stand apart, {chosen.stability:.2f} under resampling"
    else:
        chosen, why = past_knee(scores, knee, min_share)
        why += ", though the data fall into two groups" if apart else ""
    structure = _structure(apart[-1] if apart else chosen, apart=bool(apart), peak=peak if clear else None)
    ending = (
        f"structure is {structure}" if structure != "none" else "no cluster structure: the segments cut a continuum"
    )
    return Verdict(
        chosen.k, f"{why}; {ending}", knee, structure, _explained(chosen, structure, peak, apart=bool(apart))
    )


def excess(score: KScore, total: float) -> float:
    """Return how far log inertia lies below the reference's, both counted from k = 1."""
    floor = max(1e-12 * total, 1e-300)  # an inertia of 0 (each distinct customer alone) has no logarithm
    return log(max(score.reference_inertia, floor)) - log(max(score.inertia, floor))


def find_knee(ks: Sequence[int], inertias: Sequence[float]) -> int | None:
    """Return the k whose point lies farthest below the chord of the curve; none where the curve never bends that way.

    >>> find_knee([2, 3, 4, 5, 6, 7], [100.0, 60.0, 20.0, 17.0, 15.0, 14.0])
    4
    """
    x, y = np.asarray(ks, dtype=np.float64), np.asarray(inertias, dtype=np.float64)
    if len(x) < 3 or y[0] <= y[-1]:
        return None
    below = 1 - (x - x[0]) / (x[-1] - x[0]) - (y - y[-1]) / (y[0] - y[-1])
    best = int(np.argmax(below))
    return int(ks[best]) if below[best] > 1e-9 else None


def past_knee(scores: Sequence[KScore], knee: int | None, min_share: float) -> tuple[KScore, str]:
    """Return the smallest useful and stable k from *knee* on, or what comes nearest to it, and why."""
    usable = [s for s in scores if s.k >= FLOOR] or list(scores[-1:])
    large = [s for s in usable if s.smallest_share >= min_share]
    if not large:
        chosen = max(usable, key=lambda s: (s.smallest_share, -s.k))
        share = f"{chosen.smallest_share * 100:.1f} % of customers"
        return chosen, f"every k has a segment below the useful size; at {chosen.k} the smallest has {share}"
    past = [s for s in large if s.k >= (knee or FLOOR)] or large[-1:]
    stable = [s for s in past if s.stability >= STABLE]
    if stable:
        return stable[0], f"smallest k past the knee that is stable, {stable[0].stability:.2f} under resampling"
    before = [s for s in large if s.k < past[0].k and s.stability >= STABLE]
    if before:
        near = before[-1]
        return (
            near,
            f"the last stable k before the knee, {near.stability:.2f} under resampling; none after it is stable",
        )
    chosen = max(past[:3], key=lambda s: (s.stability, -s.k))  # farther from the knee means many, not clearer
    return chosen, f"no k is stable; {chosen.k} is the steadiest near the knee, {chosen.stability:.2f} under resampling"


def _structure(score: KScore, *, apart: bool, peak: float | None) -> str:
    """Return the word for the structure; *peak* is the highest excess, where it is noticeable."""
    if apart:
        return "strong" if score.silhouette >= STRONG else "moderate"
    if peak is None or score.silhouette < SUBSTANTIAL:
        return "none"
    return "moderate" if peak >= CONSIDERABLE else "weak"


def _explained(chosen: KScore, structure: str, peak: float, *, apart: bool) -> str:
    gain = f"{abs(float(np.expm1(-peak))) * 100:.0f} % {'less' if peak > 0 else 'more'}"
    compared = f"the spread within segments is at best {gain} than in data without groups"
    silhouette = f"the mean silhouette at {chosen.k} is {chosen.silhouette_text}"
    if apart:
        return f"there are valleys between the groups, {compared}, and {silhouette}"
    if structure == "none":
        return f"{compared}, and {silhouette}: the segments cut a continuum at convenient places"
    return f"{compared}, but neighbouring segments run into each other; {silhouette}"
