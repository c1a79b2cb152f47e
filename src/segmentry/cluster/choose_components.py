"""How many distributions a mixture has: the rule of ``choose_k``, with the BIC in the place of inertia.

Where the Bayesian information criterion (BIC) has its lowest value inside the range and these groups are stable, that
number counts. But numbers of orders are whole: distributions shrink onto single values, and the BIC falls for ever (on
Online Retail from 26,489 at 2 to −8,657 at 10). There it is the smallest stable number from the knee of the BIC on,
never below 3 unless asked, no segment smaller than ``min_share``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .choose_k import FLOOR, STABLE, STRONG, SUBSTANTIAL, Verdict, find_knee, past_knee
from .result import KScore


def decide_components(
    scores: Sequence[KScore], bics: Mapping[int, float], *, bic_of_one: float, min_share: float
) -> Verdict:
    """Return the verdict on *scores* (ascending k) with their *bics*; *bic_of_one* is that of one distribution."""
    lowest = min(bics, key=lambda k: (bics[k], k))
    falling = [k for k in bics if k <= lowest]
    knee = find_knee(falling, [bics[k] for k in falling]) or (lowest if len(falling) > 1 else None)
    best = next(score for score in scores if score.k == lowest)
    if FLOOR <= lowest < scores[-1].k and best.stability >= STABLE and best.smallest_share >= min_share:
        chosen, why = best, f"the lowest BIC, {best.stability:.2f} under resampling"
    else:
        chosen, why = past_knee(scores, knee, min_share)
    bic = bics[chosen.k]
    structure = _structure(chosen, bic, bic_of_one)
    ending = f"structure is {structure}" if structure != "none" else "no cluster structure: one distribution would do"
    gain = f"BIC {round(bic):,d} at {chosen.k} segments against {round(bic_of_one):,d} for one"
    silhouette = f"the mean silhouette is {chosen.silhouette:.2f}"
    if structure == "none":
        reason = f"one normal distribution describes the customers as well as several: {gain}; {silhouette}"
    else:
        inside = ", for distributions can lie inside one another" if structure == "weak" else ""
        reason = f"several normal distributions describe the customers better than one: {gain}; {silhouette}{inside}"
    why = why.replace("the knee", "the knee of the BIC")
    return Verdict(chosen.k, f"{why}; {ending}", knee, structure, reason)


def _structure(score: KScore, bic: float, bic_of_one: float) -> str:
    if bic >= bic_of_one:
        return "none"
    return "strong" if score.silhouette >= STRONG else "moderate" if score.silhouette >= SUBSTANTIAL else "weak"
