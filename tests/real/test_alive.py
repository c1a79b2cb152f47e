"""BG/NBD on the CDNOW customers that it was published with: parameters, expectations, and what they bought afterwards."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segmentry.movement import Alive, fit_alive

pytestmark = pytest.mark.real

PAPER = Alive(0.243, 4.414, 0.793, 2.426)  # Fader, Hardie & Lee (2005), table 2


@pytest.fixture(scope="module")
def sample(real_data):
    """Repeats, last and age of the paper's 2,357 customers, in weeks."""
    table = pd.read_csv(real_data / "cdnow_customers_summary.csv")
    return [table[name].to_numpy() for name in ("frequency", "recency", "T")]


@pytest.fixture(scope="module")
def everyone(real_data):
    """The 23,570 customers whom the paper took a tenth of: repeats, last and age up to 1997-09-30, weekly repeats after."""
    lines = pd.read_csv(
        real_data / "cdnow_master.txt",
        sep=r"\s+",
        skiprows=1,
        names=["customer", "day", "cds", "money"],
        dtype={"customer": str, "day": str},
    )
    lines["day"] = pd.to_datetime(lines.day, format="%Y%m%d")
    days = lines.drop_duplicates(["customer", "day"])  # a day with two orders is one purchase, as in the paper
    end = pd.Timestamp("1997-09-30")
    before = days[days.day <= end].groupby("customer").day
    weeks = pd.DataFrame(
        {
            "repeats": before.size() - 1,
            "last": (before.max() - before.min()).dt.days / 7,
            "age": (end - before.min()).dt.days / 7,
        }
    )
    weeks["after"] = days[days.day > end].groupby("customer").size().reindex(weeks.index, fill_value=0)
    return weeks


def test_the_published_estimates(sample):
    found = fit_alive(*sample)
    assert [round(number, 3) for number in (found.r, found.a, found.b)] == [0.243, 0.793, 2.426]
    assert found.alpha == pytest.approx(4.414, abs=0.001)
    assert round(found.log_likelihood(*sample), 1) == -9582.4
    daily = fit_alive(sample[0], sample[1] * 7, sample[2] * 7)
    assert daily.alpha / 7 == pytest.approx(found.alpha, rel=1e-5)
    assert (daily.r, daily.a, daily.b) == pytest.approx((found.r, found.a, found.b), rel=1e-5)


def test_the_published_expectation():
    # Fader, Hardie & Lee, Implementing the BG/NBD Model for Customer Base Analysis in Excel (2005): customer 0001
    assert round(PAPER.expected_purchases([2], [30.43], [38.86], ahead=39)[0], 3) == 1.226
    assert PAPER.probability_alive([2], [30.43], [38.86])[0] == pytest.approx(
        1 / (1 + 0.793 / 3.426 * ((4.414 + 38.86) / (4.414 + 30.43)) ** 2.243), rel=1e-12
    )


def test_the_sample_is_a_tenth_of_everyone(sample, everyone):
    """So that what follows is about the paper's customers: every one of its histories is in the whole file."""
    rounded = set(zip(everyone.repeats, everyone["last"].round(2), everyone.age.round(2), strict=True))
    assert len(everyone) == 23_570
    assert all(history in rounded for history in zip(*sample, strict=True))


def test_a_tenth_foretells_what_everyone_buys_in_the_next_39_weeks(sample, everyone):
    found = fit_alive(*sample)
    histories = [everyone[name].to_numpy() for name in ("repeats", "last", "age")]
    expected = found.expected_purchases(*histories, ahead=39)
    actual = everyone.after.to_numpy()
    assert actual.sum() == 19_684
    # 16,572: the model falls short by 16 %, most of it among those with one or two repeats
    assert expected.sum() / actual.sum() == pytest.approx(0.842, abs=0.002)
    means = everyone.assign(expected=expected).groupby(everyone.repeats.clip(upper=7))[["expected", "after"]].mean()
    assert (means.expected.diff().dropna() > 0).all()
    assert (means.expected / means.after).loc[[0, 3, 4, 5, 6, 7]].between(0.8, 1).all()
    assert np.corrcoef(expected, actual)[0, 1] > 0.65

    # Over all 78 weeks since the first purchase, as the paper's tracking plot counts them, it falls short by 5.5 %.
    weeks, customers = np.unique(everyone.age, return_counts=True)
    tracked = customers @ np.array([found.expected_of_new(week + 39) for week in weeks])
    assert tracked / (everyone.repeats.sum() + actual.sum()) == pytest.approx(0.945, abs=0.002)


def test_who_is_probably_alive_comes_back(sample, everyone):
    found = fit_alive(*sample)
    again = everyone[everyone.repeats > 0]
    probability = found.probability_alive(*(again[name].to_numpy() for name in ("repeats", "last", "age")))
    came_back = (again.after > 0).groupby(pd.cut(probability, [0, 0.2, 0.4, 0.6, 0.8, 1]), observed=True).mean()
    assert came_back.is_monotonic_increasing
    assert came_back.iloc[-1] == pytest.approx(0.853, abs=0.002)
    # No one is gone for good: a third of those given less than 20 % bought in the 39 weeks after. It is a ranking.
    assert came_back.iloc[0] == pytest.approx(0.326, abs=0.002)
