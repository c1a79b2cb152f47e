"""How good probabilities are, once it is known where customers went: losses, and a calibration curve.

Comes in: probabilities, shape (n, classes), rows add up to 1, and where each customer went, as the place of the class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.tables import Floats
from .baselines import Places

DECILES = 10
LIKELIEST, EVERY = "most likely segment", "every segment"


@dataclass(frozen=True)
class Calibration:
    """One tenth of predicted probabilities: the mean ``predicted``, the share ``observed``, and how many ``cases``.

    ``of`` says which probabilities: that of each customer's ``most likely segment``, or those of ``every segment``,
    each against all others.
    """

    of: str
    predicted: float
    observed: float
    cases: int

    @property
    def gap(self) -> float:
        """How far the prediction is above what happened."""
        return self.predicted - self.observed


def log_losses(probabilities: Floats, after: Places) -> Floats:
    """Return minus the log of the probability of what happened to each customer, in nats, shape (n,)."""
    return np.asarray(-np.log(probabilities[np.arange(len(after)), after]))


def brier_score(probabilities: Floats, after: Places) -> float:
    """Return the mean squared distance of probabilities from what happened (Brier 1950): 0 at best, 2 at worst."""
    return float(((probabilities - _happened(probabilities, after)) ** 2).sum(axis=1).mean())


def accuracy(probabilities: Floats, after: Places) -> float:
    """Return the share of customers who went where they were most likely to go."""
    return float((probabilities.argmax(axis=1) == after).mean())


def share_errors(probabilities: Floats, after: Places, weights: Floats) -> Floats:
    """Return by how much the expected share of all *weights* in each class is above the real one, shape (classes,)."""
    expected = weights @ probabilities
    return np.asarray((expected - np.bincount(after, weights, probabilities.shape[1])) / weights.sum())


def calibration(probabilities: Floats, after: Places) -> tuple[Calibration, ...]:
    """Return the calibration curves of the most likely segment and of every segment, by tenths of probabilities.

    Equal probabilities are in the same tenth, so that there may be fewer than ten.
    """
    right = probabilities.argmax(axis=1) == after
    likeliest = _curve(LIKELIEST, probabilities.max(axis=1), right)
    return (*likeliest, *_curve(EVERY, probabilities.ravel(), _happened(probabilities, after).ravel()))


def _curve(of: str, predicted: Floats, happened: NDArray[np.bool_]) -> list[Calibration]:
    borders = np.quantile(predicted, np.arange(1, DECILES) / DECILES)
    tenth = np.searchsorted(borders, predicted)
    cases = np.bincount(tenth, minlength=DECILES)
    means = [np.bincount(tenth, values, DECILES) for values in (predicted, happened)]
    return [Calibration(of, float(means[0][t] / n), float(means[1][t] / n), int(n)) for t, n in enumerate(cases) if n]


def _happened(probabilities: Floats, after: Places) -> NDArray[np.bool_]:
    return np.asarray(np.arange(probabilities.shape[1]) == after[:, np.newaxis])
