"""The models of a forecast, fitted on what was known on one date. Comes in: a past. Goes out: ``Models``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.tables import Floats
from .baselines import Markov, MarkovIdle, Persistence, Places, fit_markov, fit_markov_idle, fit_persistence
from .boosting import LEAST_IN_LEAF, Boosted, fit_boosted
from .temperature import best_temperature, tempered
from .trends import Past

PERSISTENCE, MARKOV, MARKOV_IDLE, BOOSTED = "persistence", "markov", "markov_idle", "boosted"
BASELINES = (PERSISTENCE, MARKOV, MARKOV_IDLE)

# A month is like the one before, but not quite: half of the way to the temperature that would have been best then.
# On four books, with a forecast from each date, the log loss is higher with the whole way, and tenths are further off
# with none of it on three of them.
PART_OF_THE_WAY = 0.5

Trees = dict[int, Boosted | None]  # by the date until which they learned


@dataclass(frozen=True)
class Models:
    """The models as of one date; ``boosted``, with its ``temperature``, is None where there is nothing it can learn."""

    persistence: Persistence
    markov: Markov
    markov_idle: MarkovIdle
    boosted: Boosted | None
    temperature: float

    def probabilities(self, past: Past, date: int) -> dict[str, Floats]:
        """Return, by model, the probability of each class after snapshot *date*, shape (n, classes)."""
        now = past.now(date)
        found = {
            PERSISTENCE: self.persistence.probabilities(now),
            MARKOV: self.markov.probabilities(now),
            MARKOV_IDLE: self.markov_idle.probabilities(now, past.if_idle(date)),
        }
        if self.boosted is not None:
            found[BOOSTED] = tempered(_together(past, date, self.boosted, self.markov_idle), self.temperature)
        return found


def fit_models(
    past: Past, until: int, *, ahead: int, seed: int, boosting: bool = True, trees: Trees | None = None
) -> Models:
    """Return the models of moves over *ahead* periods that were over by date *until*, which is at least *ahead*.

    Those of *trees* that are there are taken, others are fitted and added.
    """
    trees = {} if trees is None else trees
    now, idle, after = _moves(past, until, ahead)
    count = len(past.classes)
    return Models(
        fit_persistence(now, after, count),
        fit_markov(now, after, count),
        fit_markov_idle(now, idle, after, count),
        _fit_trees(past, until, ahead, seed, trees) if boosting else None,
        _temperature(past, until - ahead, ahead, seed, trees) if boosting else 1.0,
    )


def _moves(past: Past, until: int, ahead: int) -> tuple[Places, Places, Places]:
    """Return now, idle and later places of customers in moves over by date *until*, each of shape (n,)."""
    dates = range(until - ahead + 1)
    now = np.concatenate([past.now(date) for date in dates])
    idle = np.concatenate([past.if_idle(date) for date in dates])
    return now, idle, np.concatenate([past.later(date, ahead) for date in dates])


def _fit_trees(past: Past, until: int, ahead: int, seed: int, trees: Trees) -> Boosted | None:
    if until not in trees:
        trees[until] = fit_boosted(past, until, ahead, seed)
    return trees[until]


def _together(past: Past, date: int, boosted: Boosted, chain: MarkovIdle) -> Floats:
    """Return the probability of each class after snapshot *date* by trees and idle Markov chain, shape (n, classes).

    Trees give next to nothing to a segment that nobody has come to yet, though idleness leads there. So they count for
    n / (n + 50) where n customers had the same pair of segments; 50 is what a leaf of theirs holds.
    """
    now, idle = past.now(date), past.if_idle(date)
    seen = chain.seen[now, idle][:, np.newaxis]
    weight = seen / (seen + LEAST_IN_LEAF)
    return np.asarray(weight * boosted.probabilities(past.known(date)) + (1 - weight) * chain.probabilities(now, idle))


def _temperature(past: Past, origin: int, ahead: int, seed: int, trees: Trees) -> float:
    """Return the temperature by what has come of the last forecast that could be checked, the one of date *origin*."""
    boosted = _fit_trees(past, origin, ahead, seed, trees) if origin >= ahead else None
    if boosted is None:
        return 1.0
    chain = fit_markov_idle(*_moves(past, origin, ahead), len(past.classes))
    best = best_temperature(_together(past, origin, boosted, chain), past.later(origin, ahead))
    return float(best**PART_OF_THE_WAY)
