"""How many groups: a rule that people can act on, and an honest word on how clear the groups are.

**Is there any structure?** The *excess* of k is how much more k-means gains on the data than on reference data without
groups (``reference``): mean reference log inertia − log inertia, both from a common value at k = 1. It counts for numbers
whose smallest group is large enough. Below ``NOTICEABLE`` (and three standard deviations of the reference) there is no
structure: the number chosen is then a convenient cut of a continuum, and the reason says so.

**Which k?** Never below 3 unless asked (``FLOOR``): on purchase data the silhouette nearly always prefers 2 groups, good
and bad customers, which is true and useless. No group smaller than ``min_share``. Then

* where groups stand apart (excess of at least ``APART``): the k with the highest silhouette (Rousseeuw 1987) among those
  whose groups come back under resampling;
* otherwise: the smallest k from the knee of the inertia curve on that is stable. The knee is the point farthest below the
  chord of the curve (Kneedle: Satopää, Albrecht, Irwin & Raghavan 2011). If none is stable, the most stable one.

**How clear?** By the mean silhouette at the chosen k, with the bounds of Kaufman & Rousseeuw (1990, p. 88) for a
reasonable structure, and 0.3 in place of their 0.25 between weak and moderate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np

from .result import KScore

FLOOR = 3
NOTICEABLE = 0.10  # log inertia: a tenth less than data without groups, beyond what odd shapes of one group can do
APART = 0.25
STABLE = 0.75  # adjusted Rand index: what Hennig (2007) calls valid and stable
STEADY = 0.70  # enough where groups stand apart: small groups move the index a lot
STRONG, MODERATE = 0.50, 0.30  # mean silhouette


@dataclass(frozen=True)
class Verdict:
    """The chosen k, the sentence that says why, the knee, and how clear the structure is, with its reason."""

    k: int
    reason: str
    knee: int | None
    structure: str
    structure_reason: str


def decide(scores: Sequence[KScore], *, total: float, noise: float, min_share: float, note: str = "") -> Verdict:
    """Return the verdict on *scores* (ascending k).

    *total* is the inertia at k = 1, *noise* the standard deviation of the reference's log inertia, and *note* is added
    to the reason.
    """
    knee = find_knee([s.k for s in scores], [s.inertia for s in scores])
    usable = [s for s in scores if s.k >= FLOOR] or list(scores[-1:])
    large = [s for s in usable if s.smallest_share >= min_share]
    useful = large or [max(usable, key=lambda s: (s.smallest_share, -s.k))]
    peak = max(excess(s, total) for s in (large or useful))
    clear = peak >= max(NOTICEABLE, 3 * noise)
    chosen, why = _standing_apart(useful) if clear and peak >= APART else _past_knee(useful, knee)
    if not large:
        why += f", though its smallest segment has only {chosen.smallest_share * 100:.1f} % of customers"
    structure, structure_reason = _structure(chosen, clear=clear, peak=peak)
    ending = (
        "no cluster structure: the segments cut a continuum" if structure == "none" else f"structure is {structure}"
    )
    return Verdict(chosen.k, "; ".join(part for part in (why, note, ending) if part), knee, structure, structure_reason)


def excess(score: KScore, total: float) -> float:
    """Return how far log inertia lies below the reference's, both counted from k = 1."""
    return log(max(score.reference_inertia, 1e-300)) - log(max(score.inertia, 1e-12 * total, 1e-300))


def find_knee(ks: Sequence[int], inertias: Sequence[float]) -> int | None:
    """Return the k whose point lies farthest below the chord of the curve; none where the curve never bends that way.

    >>> find_knee([1, 2, 3, 4, 5, 6], [100.0, 60.0, 20.0, 17.0, 15.0, 14.0])
    3
    """
    x, y = np.asarray(ks, dtype=np.float64), np.asarray(inertias, dtype=np.float64)
    if len(x) < 3 or y[0] <= y[-1]:
        return None
    below = 1 - (x - x[0]) / (x[-1] - x[0]) - (y - y[-1]) / (y[0] - y[-1])
    best = int(np.argmax(below))
    return int(ks[best]) if below[best] > 0 else None


def _standing_apart(useful: list[KScore]) -> tuple[KScore, str]:
    steady = [s for s in useful if s.stability >= STEADY] or useful
    chosen = max(steady, key=lambda s: (s.silhouette, -s.k))
    return chosen, (
        f"the groups stand apart most clearly at {chosen.k} (silhouette {chosen.silhouette:.2f}, "
        f"{chosen.stability:.2f} under resampling)"
    )


def _past_knee(useful: list[KScore], knee: int | None) -> tuple[KScore, str]:
    past = [s for s in useful if s.k >= (knee or FLOOR)] or useful[-1:]
    stable = [s for s in past if s.stability >= STABLE]
    if stable:
        return stable[0], f"smallest k past the knee that is stable, {stable[0].stability:.2f} under resampling"
    near = past[:3]  # more segments than two beyond the knee would be many, not clearer
    chosen = max(near, key=lambda s: (s.stability, -s.k))
    return chosen, f"no k past the knee is stable; {chosen.k} is the steadiest, {chosen.stability:.2f} under resampling"


def _structure(chosen: KScore, *, clear: bool, peak: float) -> tuple[str, str]:
    silhouette = f"the mean silhouette is {chosen.silhouette:.2f}"
    if not clear:
        return "none", (
            "groups explain hardly more than they would in data without groups "
            f"(log inertia {-peak:+.2f} against the reference), so the segments cut a continuum; {silhouette}"
        )
    word = "strong" if chosen.silhouette >= STRONG else "moderate" if chosen.silhouette >= MODERATE else "weak"
    return word, (
        f"groups explain more than they would in data without groups (log inertia {-peak:+.2f} against the reference); "
        f"{silhouette}"
    )
