"""The dates of snapshots: months of any length, leap years, weeks, and the ends of the calendar."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.core.errors import RecipeError
from segmentry.movement import period, snapshot_dates


def texts(*arguments, **options):
    return [str(day) for day in snapshot_dates(*arguments, **options)]


def test_a_month_that_is_shorter_gives_its_last_day_and_the_next_is_whole_again():
    assert texts(date(2023, 5, 31), "month", 5, ahead=1) == [
        "2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30", "2023-05-31", "2023-06-30",
    ]  # fmt: skip
    assert texts(date(2024, 3, 30), "month", 2) == ["2024-02-29", "2024-03-30"]
    assert texts(date(2011, 12, 10), "month", 12)[0] == "2011-01-10"


def test_a_leap_day_is_the_last_of_february_in_other_years():
    assert texts(date(2024, 2, 29), "year", 5, ahead=1) == [
        "2020-02-29", "2021-02-28", "2022-02-28", "2023-02-28", "2024-02-29", "2025-02-28",
    ]  # fmt: skip


def test_quarters_weeks_and_days():
    assert texts(date(2024, 11, 30), "quarter", 4, ahead=1) == [
        "2024-02-29", "2024-05-30", "2024-08-30", "2024-11-30", "2025-02-28",
    ]  # fmt: skip
    assert texts(date(2024, 3, 5), "week", 3) == ["2024-02-20", "2024-02-27", "2024-03-05"]
    assert texts(date(2024, 1, 5), 10, 3, ahead=2) == [
        "2023-12-16", "2023-12-26", "2024-01-05", "2024-01-15", "2024-01-25",
    ]  # fmt: skip


@given(
    st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    st.sampled_from([("month", 1), ("quarter", 3), ("year", 12)]),
    st.integers(2, 40),
    st.integers(0, 12),
)
def test_months_are_those_of_pandas(as_of, every, count, ahead):
    name, months = every
    found = snapshot_dates(as_of, name, count, ahead=ahead)
    steps = range(1 - count, ahead + 1)
    assert found == tuple((pd.Timestamp(as_of) + pd.DateOffset(months=months * step)).date() for step in steps)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(1, 400), st.integers(2, 40))
def test_days_are_so_many_apart_and_the_last_is_the_as_of_date(as_of, days, count):
    found = snapshot_dates(as_of, days, count)
    assert found[-1] == as_of
    assert {later - earlier for earlier, later in pairwise(found)} == {timedelta(days=days)}
    assert len(found) == count


def test_before_the_first_day_of_the_calendar_there_is_none():
    assert texts(date(1, 2, 15), "month", 12, ahead=1) == ["0001-01-15", "0001-02-15", "0001-03-15"]
    assert texts(date(1, 1, 9), "week", 5) == ["0001-01-02", "0001-01-09"]


def test_periods_have_names():
    assert [period(every) for every in ("week", "month", "quarter", "year", 1, 30)] == [
        "week", "month", "quarter", "year", "day", "30 days",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("every", "said"),
    [
        ("week", "1 × week after"),
        ("month", "month"),
        ("quarter", "quarter"),
        ("year", "year"),
        (30, "1 × 30 days after"),
    ],
)
def test_after_the_last_day_of_the_calendar_there_is_none(every, said):
    assert snapshot_dates(date.max, every, 2)[-1] == date.max
    with pytest.raises(RecipeError, match=said):
        snapshot_dates(date.max, every, 2, ahead=1)
