"""The BG/NBD model against its own story: hand-worked cases, numerical integration, the paper's series in 60 digits, and
customers simulated one by one.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest

from segmentry.core.errors import DataError, RecipeError
from segmentry.movement import Alive, fit_alive

PAPER = Alive(0.243, 4.414, 0.793, 2.426)  # Fader, Hardie & Lee (2005), table 2
LOYAL = Alive(3.0, 20.0, 1.5, 12.0)
HISTORIES = [(0, 0.0, 38.86), (1, 1.71, 38.86), (2, 30.43, 38.86), (7, 29.43, 30.0), (26, 30.86, 31.0), (3, 0.5, 0.5)]


def test_probability_by_hand():
    # A4 / A3 = a / (b + x − 1) · ((α + T) / (α + t))^(r + x) = 1/1 · (4/2)² = 4, so 1 / (1 + 4)
    assert Alive(1, 1, 1, 1).probability_alive([1], [1], [3]).tolist() == pytest.approx([0.2], rel=1e-15)
    # 2 / (3 + 2 − 1) · (12/6)³ = 4
    assert Alive(1, 2, 2, 3).probability_alive([2], [4], [10]).tolist() == pytest.approx([0.2], rel=1e-15)
    assert PAPER.probability_alive([0, 0], [0, 0], [0, 500]).tolist() == [1, 1]


def test_expectation_of_a_new_customer_by_hand():
    # r = α = a = b = 1: the mean of t / (1 + p t) over p in (0, 1), which is log(1 + t); the paper's form has its pole here
    for ahead in (0, 1e-9, 1, 39, 1e6):
        assert Alive(1, 1, 1, 1).expected_of_new(ahead) == pytest.approx(math.log1p(ahead), rel=1e-10)
    # where no one ever leaves it is the mean rate times the time
    assert Alive(2, 8, 1e-6, 1e6).expected_of_new(10) == pytest.approx(2.5, rel=1e-9)


def integrated(model: Alive, x: int, last: float, age: float, ahead: float) -> tuple[float, float, float]:
    """Likelihood, probability of being alive and expected purchases: sums over a grid of rates and chances to leave."""
    log_rate, logit = np.linspace(-170, 8, 3001)[:, None], np.linspace(-60, 60, 2001)[None, :]
    rate, chance, stay = np.exp(log_rate), 1 / (1 + np.exp(-logit)), 1 / (1 + np.exp(logit))
    gamma = np.exp(model.r * (np.log(model.alpha) + log_rate) - model.alpha * rate - math.lgamma(model.r))
    beta = math.exp(math.lgamma(model.a + model.b) - math.lgamma(model.a) - math.lgamma(model.b))
    cell = gamma * beta * chance**model.a * stay**model.b * (178 / 3000) * (120 / 2000)
    alive = cell * stay**x * rate**x * np.exp(-rate * age)
    left = cell * chance * stay ** max(x - 1, 0) * rate**x * np.exp(-rate * last) if x else 0 * cell
    total = alive.sum() + left.sum()
    bought = -np.expm1(-rate * chance * ahead) / chance
    return float(total), float(alive.sum() / total), float((alive * bought).sum() / total)


@pytest.mark.parametrize("model", [PAPER, LOYAL], ids=["paper", "loyal"])
@pytest.mark.parametrize("history", HISTORIES)
def test_numbers_are_those_of_the_integrated_story(model, history):
    likelihood, alive, purchases = integrated(model, *history, 39.0)
    columns = [[number] for number in history]
    assert model.log_likelihood(*columns) == pytest.approx(math.log(likelihood), rel=1e-8)
    assert model.probability_alive(*columns)[0] == pytest.approx(alive, rel=1e-8)
    assert model.expected_purchases(*columns, ahead=39.0)[0] == pytest.approx(purchases, rel=1e-8)


def in_many_digits(model: Alive, x: int, age: float, ahead: float) -> float:
    """Eq. 10 of the paper for a customer who is alive, its hypergeometric series summed in 60 digits."""
    with localcontext() as context:
        context.prec = 60
        r, alpha, a, b, age_, t = map(Decimal, (model.r, model.alpha, model.a, model.b, age, ahead))
        z, s, c = t / (alpha + age_ + t), r + x, a + b + x - 1
        term = series = Decimal(1)
        for j in range(100_000):
            term *= (s + j) * (b + x + j) / ((c + j) * (1 + j)) * z
            series += term
            if term < series * Decimal(10) ** -context.prec:
                break
        return float(c / (a - 1) * (1 - (1 - z) ** s * series))


@pytest.mark.parametrize("model", [PAPER, LOYAL, Alive(0.05, 0.3, 0.02, 0.99), Alive(40, 7, 25, 300)])
@pytest.mark.parametrize("x", [0, 1, 30, 900])
@pytest.mark.parametrize("ahead", [0.01, 39.0, 4000.0])
def test_expectation_is_eq_10_of_the_paper_however_many_the_purchases(model, x, ahead):
    last, age = (0.0, 50.0) if x == 0 else (50.0, 50.0)
    expected = in_many_digits(model, x, age, ahead) * model.probability_alive([x], [last], [age])[0]
    assert model.expected_purchases([x], [last], [age], ahead=ahead)[0] == pytest.approx(expected, rel=1e-10)


def test_extremes_stay_finite():
    model = Alive(1e-4, 1e-3, 1e-4, 1e4)
    x, last, age = [0, 1, 1_000_000, 1_000_000], [0, 1e-6, 1, 1e6], [1e9, 1e9, 1e9, 1e6]
    purchases = model.expected_purchases(x, last, age, ahead=1e9)
    assert np.isfinite(purchases).all()
    assert purchases[2] == 0.0  # a million purchases in a day, and none in three million years
    # the rate is known (1 a day), and leaving is rarer than 1 in 1e9 purchases for all but 1 in 1,000 such customers
    assert purchases[3] == pytest.approx(1e9, rel=0.002)


def simulated(model: Alive, *, customers: int, span: float, after: float, seed: int) -> list[np.ndarray]:
    """Customers one by one: repeats, last, age, whether alive at age, and purchases in the time *after*."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(customers):
        rate, chance, age = rng.gamma(model.r, 1 / model.alpha), rng.beta(model.a, model.b), rng.uniform(span / 2, span)
        x, last, later, alive = 0, 0.0, 0, True
        time = rng.exponential(1 / rate)
        while time <= age + after:
            if time <= age:
                x, last = x + 1, time
            else:
                later += 1
            if rng.random() < chance:
                alive = time > age
                break
            time += rng.exponential(1 / rate)
        rows.append((x, last, age, alive, later))
    return [np.array(column, dtype=float) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize(
    "truth", [Alive(0.4, 6.0, 0.8, 2.5), Alive(2.0, 15.0, 1.2, 6.0)], ids=["occasional", "regular"]
)
def test_simulated_customers_give_back_what_made_them(truth):
    repeats, last, age, alive, later = simulated(truth, customers=30_000, span=60, after=30, seed=11)
    found = fit_alive(repeats, last, age)
    assert (found.r, found.alpha) == pytest.approx((truth.r, truth.alpha), rel=0.05)
    assert found.a / (found.a + found.b) == pytest.approx(truth.a / (truth.a + truth.b), rel=0.03)
    assert (found.a, found.b) == pytest.approx((truth.a, truth.b), rel=0.2)
    assert found.log_likelihood(repeats, last, age) >= truth.log_likelihood(repeats, last, age)

    # of those given 20 to 30 %, 20 to 30 % are alive; purchases to come add up, in all and in each tenth
    probability = truth.probability_alive(repeats, last, age)
    expected = truth.expected_purchases(repeats, last, age, ahead=30)
    for place in np.array_split(np.lexsort((expected, probability)), 10):
        error = 4 * np.sqrt((probability[place] * (1 - probability[place])).sum()) / len(place) + 1e-12
        assert alive[place].mean() == pytest.approx(probability[place].mean(), abs=error)
        spread = 4 * later[place].std() / np.sqrt(len(place))
        assert later[place].mean() == pytest.approx(expected[place].mean(), abs=spread + 1e-12)


def test_no_step_away_from_the_fit_is_likelier():
    repeats, last, age, *_ = simulated(PAPER, customers=2_000, span=60, after=0, seed=3)
    found = fit_alive(repeats, last, age)
    best = found.log_likelihood(repeats, last, age)
    four = np.array([found.r, found.alpha, found.a, found.b])
    for place in range(4):
        for factor in (0.999, 1.001, 0.5, 2.0):
            moved = four.copy()
            moved[place] *= factor
            assert Alive(*moved).log_likelihood(repeats, last, age) < best


def test_equal_histories_weigh_as_often_as_they_occur():
    repeats, last, age, *_ = simulated(PAPER, customers=500, span=60, after=0, seed=5)
    whole = np.ceil(last), np.ceil(age)  # in whole weeks many are equal
    once, thrice = fit_alive(repeats, *whole), fit_alive(*(np.tile(column, 3) for column in (repeats, *whole)))
    assert (thrice.r, thrice.alpha, thrice.a, thrice.b) == pytest.approx((once.r, once.alpha, once.a, once.b), rel=1e-5)
    one_by_one = math.fsum(once.log_likelihood(*row) for row in zip(repeats, *whole, strict=True))
    assert once.log_likelihood(repeats, *whole) == pytest.approx(one_by_one, rel=1e-12)
    assert fit_alive(repeats, *whole) == once


def test_where_no_one_leaves_the_fit_says_so():
    rng = np.random.default_rng(2)
    repeats = rng.poisson(rng.gamma(3, 4, 400)).astype(float)
    age = np.full(400, 365.0)
    last = np.where(repeats > 0, 365 * rng.beta(np.maximum(repeats, 1), 1), 0)  # the last of so many uniform times
    found = fit_alive(repeats, last, age)
    assert found.a / (found.a + found.b) < 0.01
    assert found.r / found.alpha * 365 == pytest.approx(repeats.mean(), rel=0.02)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"repeats": -1.0}, "1 of 100 histories cannot be; the first is row 7: repeats -1, last 3, age 20"),
        ({"repeats": 1.5}, "repeats 1.5"),
        ({"repeats": math.nan}, "repeats nan"),
        ({"repeats": 0.0}, "repeats 0, last 3"),  # a time since the last purchase, or repeats that count something else
        ({"last": 21.0}, "last 21, age 20"),
        ({"last": -0.5}, "last -0.5"),
        ({"last": math.nan}, "last nan"),
        ({"age": math.inf}, "age inf"),
        ({"age": math.nan}, "age nan"),
    ],
)
def test_an_impossible_history_is_named(change, message):
    columns = {"repeats": np.full(100, 2.0), "last": np.full(100, 3.0), "age": np.full(100, 20.0)}
    for name, value in change.items():
        columns[name][7] = value
    with pytest.raises(DataError, match=message):
        fit_alive(**columns)
    with pytest.raises(DataError, match="Count purchases after the first"):
        PAPER.probability_alive(**columns)
    with pytest.raises(DataError, match=message):
        PAPER.expected_purchases(**columns, ahead=1)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(DataError, match=r"99 customers are too few .* At least 100"):
        fit_alive(np.ones(99), np.ones(99), np.full(99, 9.0))
    with pytest.raises(DataError, match="None of 100 customers bought a second time"):
        fit_alive(np.zeros(100), np.zeros(100), np.full(100, 9.0))
    with pytest.raises(DataError, match="0 customers are too few"):
        fit_alive([], [], [])
    with pytest.raises(DataError, match="Three columns of one length"):
        PAPER.probability_alive([1, 2], [1], [3])
    with pytest.raises(DataError, match="Three columns of one length"):
        PAPER.probability_alive([[1]], [[1]], [[3]])


@pytest.mark.parametrize("ahead", [-1, math.nan, math.inf])
def test_an_impossible_time_ahead_is_refused(ahead):
    with pytest.raises(RecipeError, match="A time of 0 or more"):
        PAPER.expected_purchases([1], [2], [3], ahead=ahead)
    with pytest.raises(RecipeError, match="A time of 0 or more"):
        PAPER.expected_of_new(ahead)


def test_no_customers_expect_nothing():
    assert PAPER.probability_alive([], [], []).shape == (0,)
    assert PAPER.log_likelihood([], [], []) == 0
    assert PAPER.expected_purchases([], [], [], ahead=1).shape == (0,)
