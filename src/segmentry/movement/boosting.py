"""Gradient-boosted trees that learn from all past dates where customers go. Comes in: a past. Goes out: ``Boosted``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from ..core.seeds import generator
from ..core.tables import Floats
from .baselines import Places
from .trends import Past

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

# Trees learn little more from more: on CDNOW the log loss is 0.079 from 100,000 rows and from all 350,000.
TRAINING_ROWS = 100_000

# Small trees and few: with 15 leaves and 50 rounds the log loss on Online Retail is 2 % higher, and probabilities are
# further from what happens.
ROUNDS, LEARNING_RATE, LEAVES, LEAST_IN_LEAF, SHRINKAGE = 40, 0.1, 6, 50, 1.0

FEWEST_CLASSES = 2


@dataclass(frozen=True)
class Boosted:
    """Fitted ``trees``, the ``columns`` they look at, the ``rows`` they learned from, and the ``count`` of classes."""

    trees: HistGradientBoostingClassifier
    columns: Places
    rows: int
    count: int

    def probabilities(self, known: Floats) -> Floats:
        """Return the probability of each class on the later date from what is *known*, shape (n, count).

        As in the baselines, one imaginary customer per class is added: what was never seen stays possible.
        """
        # Threads that wait for each other spin: beside a busy process two took 24 seconds for what one does in 1.
        with threadpool_limits(1, user_api="openmp"):
            found = self.trees.predict_proba(known[:, self.columns])
        shares = np.zeros((len(known), self.count))
        shares[:, self.trees.classes_] = found
        return (shares * self.rows + 1) / (self.rows + self.count)


def fit_boosted(past: Past, until: int, ahead: int, seed: int) -> Boosted | None:
    """Return the trees that learn where the customers of each snapshot were *ahead* periods later, no later than on
    date *until*; None where all went to one class, so that there is nothing to learn.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    sizes = [len(past.history.snapshots[date].rows) for date in range(until - ahead + 1)]
    chosen = _chosen(sizes, generator(seed, "forecast: customers to learn from"))
    known = np.concatenate([past.known(date, rows) for date, rows in enumerate(chosen)])
    after = np.concatenate([past.later(date, ahead)[rows] for date, rows in enumerate(chosen)])
    if len(np.unique(after)) < FEWEST_CLASSES:
        return None
    columns = np.flatnonzero(~np.isnan(known).all(axis=0))  # scikit-learn refuses columns of which nothing is known
    trees = HistGradientBoostingClassifier(
        max_iter=ROUNDS,
        learning_rate=LEARNING_RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=LEAST_IN_LEAF,
        l2_regularization=SHRINKAGE,
        early_stopping=False,
        random_state=int(generator(seed, "forecast: trees").integers(2**31)),
    )
    with threadpool_limits(1, user_api="openmp"):
        trees.fit(known[:, columns], after)
    return Boosted(trees, columns, len(after), len(past.classes))


def _chosen(sizes: list[int], random: np.random.Generator) -> list[Places]:
    """Return which customers of each snapshot, of *sizes*, are learned from: all, or ``TRAINING_ROWS`` by chance."""
    total = sum(sizes)
    if total <= TRAINING_ROWS:
        return [np.arange(size) for size in sizes]
    rows = np.sort(random.choice(total, TRAINING_ROWS, replace=False))
    ends = np.cumsum(sizes)
    parts = np.split(rows, np.searchsorted(rows, ends[:-1]))
    return [part - (end - size) for part, end, size in zip(parts, ends, sizes, strict=True)]
