"""How well each model would have done: forecasts of periods that have passed since, from what was known before them.

Comes in: a past. Goes out: ``Backtest``. The origin rolls over the last few dates; on each, the models are fitted on
moves that were over by then, and asked where the customers of that date would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ..core.seeds import generator
from ..core.tables import Floats
from .baselines import Places
from .history import Labels
from .metrics import Calibration, accuracy, brier_score, calibration, log_losses, share_errors
from .models import BASELINES, BOOSTED, Trees, fit_models
from .trends import Past

HELD_OUT = 3  # dates: each costs a fit, and the earlier ones leave less to learn from
FEWEST_ORIGINS = 2

RESAMPLES = 1000
# Of customers that are resampled together: as many units say as much about an interval as millions, in a second.
MOST_UNITS = 10_000
INTERVAL = (2.5, 97.5)  # percentiles


@dataclass(frozen=True)
class Held:
    """One origin of a backtest: the number of its ``date``, who was there, and where they went.

    ``rows`` say which of all customers they are, ``money`` what they had spent, and ``probabilities``, by model, where
    they were expected, shape (n, classes).
    """

    date: int
    rows: Labels
    after: Places
    money: Floats
    probabilities: dict[str, Floats]


@dataclass(frozen=True)
class Score:
    """How one model did from one origin, or from all of them (``origin`` None): means over customers.

    ``size_error`` is the mean absolute error of the sizes of segments, as a share of all customers.
    """

    model: str
    origin: date | None
    customers: int
    log_loss: float
    brier: float
    accuracy: float
    size_error: float


@dataclass(frozen=True)
class Margin:
    """The log loss of the boosted model minus that of the baseline ``against``: below 0 it is better.

    ``low`` and ``high`` are the 95 % interval of a bootstrap over customers: all forecasts for one of them go together.
    """

    against: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Backtest:
    """What a backtest has found.

    Attributes
    ----------
    scores
        By model and origin, then by model over all origins.
    margins
        Of the boosted model against each baseline; none where it could not be fitted.
    calibration
        By model.
    size_errors, money_errors
        By model, shape (origins, classes): by how much the expected share of customers (of money) was above the real
        one.
    """

    scores: tuple[Score, ...]
    margins: tuple[Margin, ...]
    calibration: dict[str, tuple[Calibration, ...]]
    size_errors: dict[str, Floats]
    money_errors: dict[str, Floats]

    @property
    def overall(self) -> dict[str, Score]:
        """The score of each model over all origins."""
        return {score.model: score for score in self.scores if score.origin is None}


def origins(past: Past, ahead: int) -> range:
    """Return the dates to test from: the last ``HELD_OUT`` whose customers' way is known *ahead* periods later, and
    before which as long a way has been seen; fewer of a short history.
    """
    return range(max(ahead, past.last - ahead + 1 - HELD_OUT), past.last - ahead + 1)


def fewest_dates(ahead: int) -> int:
    """Return how many dates a backtest over *ahead* periods needs."""
    return 2 * ahead + FEWEST_ORIGINS


def backtest(past: Past, *, ahead: int, seed: int, trees: Trees | None = None) -> Backtest:
    """Return how the models did over *ahead* periods; *past* has at least ``fewest_dates`` dates.

    Trees that are fitted on the way are added to *trees*.
    """
    trees = {} if trees is None else trees
    held = [_held(past, origin, ahead, seed, trees) for origin in origins(past, ahead)]
    models = [name for name in (*BASELINES, BOOSTED) if all(name in one.probabilities for one in held)]
    after = np.concatenate([one.after for one in held])
    return Backtest(
        scores=(
            *(_score(name, [one], past.history.dates[one.date]) for one in held for name in models),
            *(_score(name, held, None) for name in models),
        ),
        margins=_margins(held, seed) if BOOSTED in models else (),
        calibration={name: calibration(_joined(held, name), after) for name in models},
        size_errors={name: _errors(held, name) for name in models},
        money_errors={name: _errors(held, name, by_money=True) for name in models},
    )


def _held(past: Past, origin: int, ahead: int, seed: int, trees: Trees) -> Held:
    snapshot = past.history.snapshots[origin]
    models = fit_models(past, origin, ahead=ahead, seed=seed, trees=trees)
    money = np.nan_to_num(snapshot.customers.values["monetary"])
    return Held(origin, snapshot.rows, past.later(origin, ahead), money, models.probabilities(past, origin))


def _score(model: str, held: Sequence[Held], origin: date | None) -> Score:
    after = np.concatenate([one.after for one in held])
    probabilities = _joined(held, model)
    return Score(
        model,
        origin,
        customers=len(after),
        log_loss=float(log_losses(probabilities, after).mean()),
        brier=brier_score(probabilities, after),
        accuracy=accuracy(probabilities, after),
        size_error=float(np.abs(_errors(held, model)).mean()),
    )


def _joined(held: Sequence[Held], model: str) -> Floats:
    return np.concatenate([one.probabilities[model] for one in held])


def _errors(held: Sequence[Held], model: str, *, by_money: bool = False) -> Floats:
    """Return the errors of the expected shares of customers (or of their money), shape (origins, classes)."""
    weights = [one.money if by_money else np.ones(len(one.after)) for one in held]
    return np.array(
        [share_errors(one.probabilities[model], one.after, w) for one, w in zip(held, weights, strict=True)]
    )


def _margins(held: Sequence[Held], seed: int) -> tuple[Margin, ...]:
    rows, losses = np.concatenate([one.rows for one in held]), {}
    for model in (*BASELINES, BOOSTED):
        losses[model] = np.concatenate([log_losses(one.probabilities[model], one.after) for one in held])
    differences = np.column_stack([losses[BOOSTED] - losses[baseline] for baseline in BASELINES])
    means = resampled_means(differences, rows, generator(seed, "forecast: customers resampled"))
    low, high = np.percentile(means, INTERVAL, axis=0)
    mean = differences.mean(axis=0)
    return tuple(
        Margin(baseline, float(mean[place]), float(low[place]), float(high[place]))
        for place, baseline in enumerate(BASELINES)
    )


def resampled_means(values: Floats, customers: Labels, random: np.random.Generator) -> Floats:
    """Return the means of the columns of *values*, shape (n, m), in resamples of whole *customers*, shape (n,)."""
    found, unit = np.unique(customers, return_inverse=True)
    units = min(len(found), MOST_UNITS)
    unit = random.permutation(len(found))[unit] % units
    counts = np.bincount(unit, minlength=units)
    sums = np.column_stack([np.bincount(unit, column, units) for column in values.T])
    means = np.empty((RESAMPLES, values.shape[1]))
    for place in range(RESAMPLES):
        drawn = random.integers(units, size=units)
        means[place] = sums[drawn].sum(axis=0) / counts[drawn].sum()
    return means
