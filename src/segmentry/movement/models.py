"""The models of a forecast, fitted on what was known on one date. Comes in: a past. Goes out: ``Models``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.tables import Floats
from .baselines import Markov, MarkovIdle, Persistence, fit_markov, fit_markov_idle, fit_persistence
from .boosting import LEAST_IN_LEAF, Boosted, fit_boosted
from .trends import Past

PERSISTENCE, MARKOV, MARKOV_IDLE, BOOSTED = "persistence", "markov", "markov_idle", "boosted"
BASELINES = (PERSISTENCE, MARKOV, MARKOV_IDLE)


@dataclass(frozen=True)
class Models:
    """The models as of one date; ``boosted`` is None where there is nothing it can learn."""

    persistence: Persistence
    markov: Markov
    markov_idle: MarkovIdle
    boosted: Boosted | None

    def probabilities(self, past: Past, date: int) -> dict[str, Floats]:
        """Return, by model, the probability of each class after snapshot *date*, shape (n, classes)."""
        now, idle = past.now(date), past.if_idle(date)
        found = {
            PERSISTENCE: self.persistence.probabilities(now),
            MARKOV: self.markov.probabilities(now),
            MARKOV_IDLE: self.markov_idle.probabilities(now, idle),
        }
        if self.boosted is not None:
            # Trees give next to nothing to a segment that nobody has come to yet, though idleness leads there. So they
            # count for n / (n + 50) where n customers had the same pair of segments; 50 is what a leaf of theirs holds.
            seen = self.markov_idle.seen[now, idle][:, np.newaxis]
            weight = seen / (seen + LEAST_IN_LEAF)
            found[BOOSTED] = weight * self.boosted.probabilities(past.known(date)) + (1 - weight) * found[MARKOV_IDLE]
        return found


def fit_models(past: Past, until: int, *, ahead: int, seed: int, boosting: bool = True) -> Models:
    """Return the models of moves over *ahead* periods that were over by date *until*, which is at least *ahead*."""
    dates, count = range(until - ahead + 1), len(past.classes)
    now = np.concatenate([past.now(date) for date in dates])
    after = np.concatenate([past.later(date, ahead) for date in dates])
    idle = np.concatenate([past.if_idle(date) for date in dates])
    return Models(
        fit_persistence(now, after, count),
        fit_markov(now, after, count),
        fit_markov_idle(now, idle, after, count),
        fit_boosted(past, until, ahead, seed) if boosting else None,
    )
