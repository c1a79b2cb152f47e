"""Who is still a customer, and how many purchases to expect. Comes in: repeats, last and age of each customer. Goes
out: ``Alive``, the BG/NBD model of Fader, Hardie & Lee, "Counting Your Customers" the Easy Way: An Alternative to the
Pareto/NBD Model, Marketing Science 24(2), 2005.

While a customer is alive, purchases come at random at the customer's own rate, and after each repeat purchase the
customer leaves for good with the customer's own chance. Rates differ between customers as a gamma distribution with
shape ``r`` and rate ``alpha``, chances of leaving as a beta distribution with ``a`` and ``b``.

A history is three numbers: ``repeats``, purchases after the first; ``last``, time from the first purchase to the last
one (0 without repeats); ``age``, time from the first purchase to the as-of date. Times are in any one unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.errors import DataError, RecipeError

Floats = NDArray[np.float64]

# Four parameters are fitted, and only customers who came back say anything about two of them.
FEWEST_CUSTOMERS = 100

# Of the quadrature. Against mpmath: all digits for an *ahead* up to 100 × (alpha + age), nine up to 10,000 ×.
_STEP = 1 / 16
_BLOCK = 1 << 20  # numbers held at once: 8 MB

# Shapes (r, a, b) that the search sets out from: the paper's own CD buyers, loyal ones, and ones who soon leave.
_STARTS = ((0.25, 0.8, 2.5), (2.0, 0.5, 10.0), (1.0, 3.0, 3.0))
# Of the logs of r, r / alpha, a and b. Beyond e^±10 a distribution is a point or two, and the likelihood is flat.
_BOUNDS = ((-10.0, 10.0), (-15.0, 15.0), (-10.0, 10.0), (-10.0, 10.0))


@dataclass(frozen=True)
class Alive:
    """A fitted BG/NBD model: four plain numbers.

    Attributes
    ----------
    r
        Shape of the gamma distribution of purchase rates: the smaller, the more customers differ.
    alpha
        Its rate, in the time unit of the data: the mean purchase rate is ``r / alpha`` per unit.
    a, b
        Of the beta distribution of the chance to leave after a repeat purchase: its mean is ``a / (a + b)``.
    """

    r: float
    alpha: float
    a: float
    b: float

    def probability_alive(self, repeats: ArrayLike, last: ArrayLike, age: ArrayLike) -> Floats:
        """Return each customer's probability of being alive at *age*, shape (n,).

        It is 1 without repeats, as the model lets no one leave before the first repeat purchase. Raises ``DataError``
        for an impossible history.

        >>> Alive(0.243, 4.414, 0.793, 2.426).probability_alive([0, 2], [0, 30.43], [38.86, 38.86]).round(3)
        array([1.   , 0.727])
        """
        probabilities: Floats = np.exp(-np.logaddexp(0, _log_odds_left(self, *_histories(repeats, last, age))))
        return probabilities

    def expected_purchases(self, repeats: ArrayLike, last: ArrayLike, age: ArrayLike, *, ahead: float) -> Floats:
        """Return the repeat purchases to expect of each customer in the next *ahead* units of time, shape (n,).

        Raises ``DataError`` for an impossible history and ``RecipeError`` for an impossible *ahead*.

        >>> Alive(0.243, 4.414, 0.793, 2.426).expected_purchases([2], [30.43], [38.86], ahead=39).round(3)
        array([1.226])
        """
        x, last_time, ages = _histories(repeats, last, age)
        (distinct_x, distinct_age), _, place = _distinct(x, ages)
        while_alive = self._purchases_if_alive(distinct_x, distinct_age, _possible(ahead))[place]
        purchases: Floats = while_alive * self.probability_alive(x, last_time, ages)
        return purchases

    def expected_of_new(self, ahead: float) -> float:
        """Return the repeat purchases to expect of a new customer in *ahead* units of time after the first one."""
        return float(self._purchases_if_alive(np.zeros(1), np.zeros(1), _possible(ahead))[0])

    def log_likelihood(self, repeats: ArrayLike, last: ArrayLike, age: ArrayLike) -> float:
        """Return the log-likelihood of these histories, in nats."""
        return _log_likelihood(self, _Book.of(repeats, last, age))[0]

    def _purchases_if_alive(self, x: Floats, age: Floats, ahead: float) -> Floats:
        """Return the purchases to expect in *ahead* units of those alive at *age*, who are sorted by *x*.

        With chance p of leaving and rate λ it is (1 − exp(−λ p t)) / p. Its mean over λ, Gamma(r + x, α + age), is
        (1 − (1 + p t / (α + age))^−(r + x)) / p, and the mean of that over p, Beta(a, b + x), is taken by quadrature.
        It equals the paper's eq. 10, whose hypergeometric function overflows for many purchases and has poles (a = 1).
        """
        expected = np.empty(x.shape)
        for first, end in _runs(x):
            chances, weights = _beta_nodes(self.a, self.b + x[first])
            block = max(1, _BLOCK // len(chances))
            for start in range(first, end, block):
                rows = slice(start, min(start + block, end))
                reach = ahead / (self.alpha + age[rows, np.newaxis])
                bought = -np.expm1(-(self.r + x[first]) * np.log1p(chances * reach))
                expected[rows] = (bought / chances) @ weights
        return expected


def fit_alive(repeats: ArrayLike, last: ArrayLike, age: ArrayLike) -> Alive:
    """Return the BG/NBD model of highest likelihood for these histories, each an array of shape (n,).

    Raises ``DataError`` for an impossible history, for fewer than ``FEWEST_CUSTOMERS`` and where no one bought again.
    """
    from scipy.optimize import minimize

    book = _Book.of(repeats, last, age)
    customers = int(book.customers.sum())
    if customers < FEWEST_CUSTOMERS:
        raise DataError(
            f"{customers} customers are too few to tell who is alive.",
            possible=f"At least {FEWEST_CUSTOMERS}.",
            action="Use more customers or a longer history.",
        )
    if not book.last.any():
        raise DataError(
            f"None of {customers} customers bought a second time, so nothing says how often they come back.",
            possible="Some customers with repeats above 0 and a last purchase after the first.",
            action="Use a longer history, or check which column identifies the customer.",
        )
    unit = float(np.average(book.age, weights=book.customers))  # days and weeks take the same path
    book = _Book(book.repeats, book.last / unit, book.age / unit, book.customers)
    mean_repeats = float(np.average(book.repeats, weights=book.customers))

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, slope = _log_likelihood(_from_logs(logs), book)
        along_r, along_alpha, along_a, along_b = slope / -customers
        return -value / customers, np.array([along_r + along_alpha, -along_alpha, along_a, along_b])

    tries = [
        minimize(
            loss,
            np.log([r, mean_repeats, a, b]),
            jac=True,
            method="L-BFGS-B",
            bounds=_BOUNDS,
            options={"ftol": 1e-15, "gtol": 1e-8, "maxiter": 1000},
        )
        for r, a, b in _STARTS
    ]
    best = _from_logs(min(tries, key=lambda found: float(found.fun)).x)
    return replace(best, alpha=best.alpha * unit)


def _from_logs(logs: Floats) -> Alive:
    """Return the model of the logs of r, the mean rate r / alpha, a and b: the mean rate is known long before r is."""
    r, rate, a, b = np.exp(logs).tolist()
    return Alive(r, r / rate, a, b)


@dataclass(frozen=True)
class _Book:
    """Distinct histories, sorted, and how many customers have each."""

    repeats: Floats
    last: Floats
    age: Floats
    customers: Floats

    @classmethod
    def of(cls, repeats: ArrayLike, last: ArrayLike, age: ArrayLike) -> _Book:
        (x, last_time, ages), customers, _ = _distinct(*_histories(repeats, last, age))
        return cls(x, last_time, ages, customers)


def _log_odds_left(model: Alive, x: Floats, last: Floats, age: Floats) -> Floats:
    """Return the log odds of having left after the last purchase, against being alive: the paper's A4 / A3."""
    odds = np.full(x.shape, -np.inf)
    again = x > 0
    x, last, age = x[again], last[again], age[again]
    silence = np.log1p((age - last) / (model.alpha + last))
    odds[again] = np.log(model.a) - np.log(model.b + x - 1) + (model.r + x) * silence
    return odds


def _log_likelihood(model: Alive, book: _Book) -> tuple[float, Floats]:
    """Return the log-likelihood and its slope along the logs of r, alpha, a and b, shape (4,)."""
    from scipy.special import betaln, digamma, gammaln

    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    x, last, age, n = book.repeats, book.last, book.age, book.customers
    odds = _log_odds_left(model, x, last, age)
    left = np.exp(-np.logaddexp(0, -odds)) * n
    value = n @ (np.logaddexp(0, odds) - r * np.log1p(age / alpha) - x * np.log(alpha + age))
    slope_r = left @ np.log1p((age - last) / (alpha + last)) - n @ np.log1p(age / alpha)
    slope_alpha = n @ (r / alpha - (r + x) / (alpha + age)) - left @ (
        (r + x) * (age - last) / (alpha + age) / (alpha + last)
    )

    # What depends on the number of repeats alone: a few hundred numbers, however many customers.
    levels = np.array([first for first, _ in _runs(x)], dtype=np.int64)
    x, n, left = x[levels], np.add.reduceat(n, levels), np.add.reduceat(left, levels)
    value += n @ (gammaln(r + x) - gammaln(r) + betaln(a, b + x) - betaln(a, b))
    slope_r += n @ (digamma(r + x) - digamma(r))
    both = digamma(a + b) - digamma(a + b + x)
    slope_a = n @ both + left.sum() / a
    slope_b = n @ (both + digamma(b + x) - digamma(b)) - (left / np.where(x > 0, b + x - 1, 1)).sum()
    return float(value), np.array([slope_r * r, slope_alpha * alpha, slope_a * a, slope_b * b])


def _beta_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    """Return chances and weights, of sum 1, so that a mean over Beta(a, b) is a weighted sum.

    The trapezoidal rule in v, with log(p / (1 − p)) = centre + spread · sinh(v): both tails end within a few hundred
    steps even where a or b is tiny (Takahasi & Mori, Double exponential formulas for numerical integration, 1974).
    """
    centre, spread = np.log((a + 0.5) / (b + 0.5)), min(1.0, np.sqrt(1 / a + 1 / b))
    # the density is below e^-40 of its top where a tail of rate a or b has gone 40 / rate
    low, high = (int(np.arcsinh(40 / rate / spread + 12) / _STEP) + 1 for rate in (a, b))
    v = np.arange(-low, high + 1) * _STEP
    logit = centre + spread * np.sinh(v)
    log_weights = np.log(np.cosh(v)) - a * np.logaddexp(0, -logit) - b * np.logaddexp(0, logit)
    weights = np.exp(log_weights - log_weights.max())
    chances = np.maximum(np.exp(-np.logaddexp(0, -logit)), 1e-300)  # what is averaged is flat below, and never 0 / 0
    return chances, weights / weights.sum()


def _histories(repeats: ArrayLike, last: ArrayLike, age: ArrayLike) -> tuple[Floats, Floats, Floats]:
    """Return the three columns as arrays of shape (n,); ``DataError`` names the first history that cannot be."""
    x, last_time, ages = (np.atleast_1d(np.asarray(column, dtype=np.float64)) for column in (repeats, last, age))
    if not x.shape == last_time.shape == ages.shape or x.ndim != 1:
        raise DataError(
            f"repeats, last and age have the shapes {x.shape}, {last_time.shape} and {ages.shape}.",
            possible="Three columns of one length.",
        )
    possible = np.isfinite(x) & (x >= 0) & (x == np.floor(x))
    possible &= np.isfinite(ages) & (last_time >= 0) & (last_time <= ages) & ((x > 0) | (last_time == 0))
    if not possible.all():
        row = int(np.argmin(possible))
        raise DataError(
            f"{np.count_nonzero(~possible)} of {len(x)} histories cannot be; the first is row {row}: "
            f"repeats {x[row]:g}, last {last_time[row]:g}, age {ages[row]:g}.",
            possible="Whole repeats of 0 or more, and 0 ≤ last ≤ age, with last 0 where there are no repeats.",
            action="Count purchases after the first, and measure last and age from the first purchase.",
        )
    return x, last_time, ages


def _possible(ahead: float) -> float:
    if not 0 <= ahead < np.inf:
        raise RecipeError(f"ahead is {ahead}.", possible="A time of 0 or more, in the unit of the data.")
    return float(ahead)


def _distinct(*columns: Floats) -> tuple[list[Floats], Floats, NDArray[np.int64]]:
    """Return the distinct rows of *columns*, sorted; how often each occurs; and the place of each row among them."""
    order = np.lexsort(columns[::-1])
    new = np.zeros(len(order), dtype=bool)
    new[:1] = True
    for column in columns:
        in_order = column[order]
        new[1:] |= in_order[1:] != in_order[:-1]
    firsts = np.flatnonzero(new)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.cumsum(new) - 1
    return [column[order[firsts]] for column in columns], np.diff(firsts, append=len(order)).astype(np.float64), place


def _runs(values: Floats) -> Iterator[tuple[int, int]]:
    """Give first and end of each run of equal *values*."""
    edges = np.flatnonzero(np.diff(values, prepend=np.nan, append=np.nan) != 0).tolist()
    yield from pairwise(edges)
