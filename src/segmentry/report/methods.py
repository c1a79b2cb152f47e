"""The chapter on other methods: the table, the recommendation, and what speaks for or against each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..cluster.result import Clustering
from ..core import display
from ..core.recipe import BY_DENSITY

if TYPE_CHECKING:  # comparing brings scikit-learn along, which drawing does not need
    from ..cluster.side_by_side import MethodComparison

Part = dict[str, Any]

NAMES = {
    "kmeans": "K-means",
    "minibatch": "mini-batch k-means",
    "mixture": "a Gaussian mixture",
    "hierarchical": "hierarchical clustering (Ward)",
    "dbscan": "DBSCAN",
    "hdbscan": "HDBSCAN",
}


def methods_side_by_side(comparison: MethodComparison | None) -> Part | None:
    """Return heads, rows and recommendation of *comparison*; none where nothing was compared."""
    if comparison is None:
        return None
    from ..cluster.side_by_side import HEADS, cells

    chosen = [place for place, row in enumerate(comparison.rows) if row.method == comparison.recommended]
    return {
        "heads": list(HEADS),
        "rows": [cells(row) for row in comparison.rows],
        "chosen": chosen[0] if chosen else None,
        "recommendation": comparison.recommendation,
        "reasons": [
            {
                "method": row.title,
                "number": f"{row.words[:1].upper()}{row.words[1:]}.",
                "text": comparison.reasons[row.method],
            }
            for row in comparison.rows
        ],
        "measured": (
            f"All methods had the same {display.count(comparison.customers)} customers, prepared in the same way. "
            "Silhouette, Davies–Bouldin and Calinski–Harabasz leave noise out, so a method that calls more customers "
            "noise has it easier; they favour round groups. Stability is the mean adjusted Rand index under the same "
            "ten resamples (four customers in five) for every method, so it can differ from the figure above, which is "
            "from resamples with replacement. A tree of depth 4 tells how simple the segments are to explain: the "
            "share of customers whose segment it gives, and the rules it needs. Seconds include the choice of the "
            "number of segments."
        ),
    }


def about_method(clustering: Clustering) -> list[Part]:
    """Return what the reader has to know of a method other than k-means: labels of new customers, and noise."""
    if clustering.method == "kmeans" or clustering.assigner is None:
        return []
    text = f"{NAMES[clustering.method]} found the segments; a new customer gets {clustering.assigner.rule}."
    text = text[:1].upper() + text[1:]
    if clustering.note:
        text += f" {clustering.note[:1].upper()}{clustering.note[1:]}."
    agreement = display.share(clustering.agreement)
    text += (
        " That rule gives every customer here the segment that the method found."
        if clustering.agreement == 1
        else f" That rule gives {agreement} of the customers here the segment that the method found; the others keep "
        "theirs, with confidence 0."
    )
    found = [{"about": "Method", "text": text}]
    if clustering.method in BY_DENSITY and (clustering.labels < 0).any():
        noise = int((clustering.labels < 0).sum())
        share = display.share(noise / len(clustering.labels))
        said = (
            f"{display.count(noise)} customers ({share}) are in no dense region and make up the segment Noise; the "
            "customers table names the segment nearest to each. To join them to it: cluster.noise: join."
        )
        found.append({"about": "Noise", "text": said})
    return found
