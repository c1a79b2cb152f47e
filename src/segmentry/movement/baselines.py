"""Forecasts that know only segments, today's and the one of who does nothing: one that learns more has to beat them.

Segments are told by their places among the classes, 0 to count - 1. One imaginary customer per class is added wherever
shares become probabilities (Laplace), so that what was never seen stays possible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.tables import Floats

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Persistence:
    """Who is somewhere stays there with probability ``stay``, and goes to each of the other classes alike."""

    stay: float
    count: int

    def probabilities(self, now: Places) -> Floats:
        """Return the probability of each class on the later date of customers in *now*, shape (n, count)."""
        elsewhere = (1 - self.stay) / max(self.count - 1, 1)
        found = np.full((len(now), self.count), elsewhere)
        found[np.arange(len(now)), now] = self.stay
        return found


@dataclass(frozen=True)
class Markov:
    """The shares of moves from one class (rows) to another (columns): ``matrix``, shape (count, count)."""

    matrix: Floats

    def probabilities(self, now: Places) -> Floats:
        """Return the probability of each class on the later date of customers in *now*, shape (n, count)."""
        return np.asarray(self.matrix[now])


@dataclass(frozen=True)
class MarkovIdle:
    """The same by pairs: the class of today and the one a period later of who does nothing until then, which is known.

    ``shares`` has shape (count, count, count): now, idle, later; ``seen`` is how many customers each pair had.
    """

    shares: Floats
    seen: NDArray[np.int64]

    def probabilities(self, now: Places, idle: Places) -> Floats:
        """Return the probability of each class later of customers in *now* and, if *idle*, there: shape (n, count)."""
        return np.asarray(self.shares[now, idle])


def fit_persistence(now: Places, after: Places, count: int) -> Persistence:
    """Return the persistence of customers who were in *now* and later in *after*, each of shape (n,).

    >>> fit_persistence(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    Persistence(stay=0.6, count=2)
    """
    if count == 1:
        return Persistence(1.0, 1)
    return Persistence((int((now == after).sum()) + 1) / (len(now) + 2), count)


def fit_markov(now: Places, after: Places, count: int) -> Markov:
    """Return the shares of moves of customers who were in *now* and later in *after*, each of shape (n,).

    >>> fit_markov(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).matrix.round(3).tolist()
    [[0.5, 0.5], [0.333, 0.667]]
    """
    counts = np.bincount(now * count + after, minlength=count * count).reshape(count, count) + 1.0
    return Markov(counts / counts.sum(axis=1, keepdims=True))


def fit_markov_idle(now: Places, idle: Places, after: Places, count: int) -> MarkovIdle:
    """Return the shares of moves by pairs of customers who were in *now*, would have been in *idle* had they done
    nothing, and later were in *after*, each of shape (n,).

    To each pair as many imaginary customers are added as there are classes, who go where idleness leads with the share
    of all who did: the mean of a Dirichlet distribution. In a young book many will be idle for longer than anybody was
    so far, and pairs come up that were never seen.

    >>> now, idle, after = np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0, 1, 1])
    >>> fit_markov_idle(now, idle, after, 2).shares[0].round(3).tolist()
    [[0.867, 0.133], [0.133, 0.867]]
    """
    cells = (now * count + idle) * count + after
    counts = np.bincount(cells, minlength=count**3).reshape(count, count, count)
    expected = fit_persistence(idle, after, count).probabilities(np.arange(count))
    seen = counts.sum(axis=2)
    return MarkovIdle((counts + count * expected) / (seen[..., np.newaxis] + count), seen)
