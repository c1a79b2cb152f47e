"""How far two segmentations of the same customers agree. Comes in: their cross table. Goes out: four measures.

Definitions are those of scikit-learn, whose numbers these equal (tests/compare); it is not imported for them.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cluster.agreement import adjusted_rand_of

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

# Cut points for the adjusted Rand index from Steinley, Psychological Methods 9, 2004; below 0.1 it is about chance.
_IN_WORDS = (
    (0.9, "are nearly the same grouping"),
    (0.8, "agree well"),
    (0.65, "agree for the most part"),
    (0.3, "agree in part"),
    (0.1, "agree little"),
)


@dataclass(frozen=True)
class Agreement:
    """Four measures of agreement, each 1 where the two segmentations are the same.

    Attributes
    ----------
    adjusted_rand
        Pairs of customers treated alike, chance taken off (Hubert & Arabie 1985): 0 by chance.
    adjusted_mutual_information
        Information the two share, chance taken off, over their mean entropy (Vinh, Epps & Bailey 2010): 0 by chance.
    homogeneity
        How far a found segment holds customers of one declared segment only (Rosenberg & Hirschberg 2007).
    completeness
        How far the customers of a declared segment are in one found segment only.
    """

    adjusted_rand: float
    adjusted_mutual_information: float
    homogeneity: float
    completeness: float

    @property
    def in_words(self) -> str:
        """What the adjusted Rand index says, as the end of a sentence: ``agree in part``."""
        return next((words for least, words in _IN_WORDS if self.adjusted_rand >= least), "hardly agree at all")

    def figures(self) -> dict[str, Any]:
        """Return the measures by name, for a manifest."""
        return asdict(self)


def agreement(counts: Counts) -> Agreement:
    """Return the agreement of two segmentations from their cross table, shape (found, declared), of whole numbers.

    >>> agreement(np.array([[5, 0], [0, 3]])).adjusted_rand
    1.0
    """
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    total = int(counts.sum())
    if not total:
        return Agreement(1.0, 1.0, 1.0, 1.0)
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    found, declared = _entropy(rows), _entropy(columns)
    shared = max(0.0, found + declared - _entropy(counts.ravel()))
    return Agreement(
        adjusted_rand=float(adjusted_rand_of(counts)),
        adjusted_mutual_information=_adjusted(shared, found, declared, rows, columns),
        homogeneity=min(1.0, shared / declared) if declared > 0 else 1.0,
        completeness=min(1.0, shared / found) if found > 0 else 1.0,
    )


def _adjusted(shared: float, found: float, declared: float, rows: Counts, columns: Counts) -> float:
    """Return the adjusted mutual information; where one side is a single segment, 1 if both are and else 0."""
    if len(rows) == 1 or len(columns) == 1:
        return float(len(rows) == len(columns))
    chance = expected_information(rows, columns)
    best = (found + declared) / 2
    if best - chance <= np.finfo(np.float64).eps:
        return 1.0  # each customer alone on both sides: nothing is left to chance
    return (shared - chance) / (best - chance)


def expected_information(rows: Counts, columns: Counts) -> float:
    """Return the mutual information that two random segmentations of these sizes share on average, in nats.

    The sum over hypergeometric counts of Vinh, Epps & Bailey (2010), eq. 24a. Counts too far from their mean to have
    a probability above 1e-30 are left out, which keeps the sum short for millions of customers.
    """
    total = int(rows.sum())
    logs = np.array([math.lgamma(number + 1) for number in range(total + 1)])  # logs[n] = log n!
    sides = [[logs[size] + logs[total - size] for size in side.tolist()] for side in (rows, columns)]
    terms = []
    for a, log_a in zip(rows.tolist(), sides[0], strict=True):
        for b, log_b in zip(columns.tolist(), sides[1], strict=True):
            mean = a * b / total
            radius = 12 * math.sqrt(mean) + 60
            together = np.arange(max(1, a + b - total, int(mean - radius)), min(a, b, int(mean + radius)) + 1)
            chance = log_a + log_b - logs[total] - logs[together] - logs[a - together]
            chance -= logs[b - together] + logs[total - a - b + together]
            terms.append(float(np.exp(chance) @ (together / total * np.log(together * (total / (a * b))))))
    return math.fsum(terms)


def _entropy(counts: Counts) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum()) + 0.0
