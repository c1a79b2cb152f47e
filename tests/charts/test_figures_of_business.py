"""The numbers of the charts on the business and on what rules and tables say, against independent computations."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry.charts import breakdown, missing_values, monthly, rule_tree_map, theme
from segmentry.core.tables import CustomerTable
from segmentry.features import Country, Month, Trade


def trade_of(first, last, *, revenue=100.0):
    days = pd.date_range(first.replace(day=1), last, freq="MS")
    months = tuple(Month(day.date(), revenue * (i + 1), 10 + i, 5 + i) for i, day in enumerate(days))
    return Trade(months, first, last)


def test_a_month_is_whole_when_hardly_a_day_of_it_is_missing():
    def whole(first, last):
        return [period.whole for period in monthly.periods(trade_of(first, last))]

    assert whole(date(2010, 12, 1), date(2011, 2, 9)) == [True, True, False]
    assert whole(date(2010, 12, 4), date(2011, 2, 25)) == [True, True, True]
    assert whole(date(2010, 12, 5), date(2011, 2, 24)) == [False, True, False]
    assert whole(date(2012, 1, 1), date(2012, 2, 26)) == [True, True]  # a leap year's February has 29 days
    assert whole(date(2012, 1, 1), date(2012, 2, 25)) == [True, False]


@pytest.mark.parametrize(("months", "kind", "bars"), [(13, "Month", 13), (48, "Month", 48), (49, "Quarter", 17)])
def test_many_months_become_quarters_and_then_years_and_nothing_is_lost(months, kind, bars):
    last = date(2011, 12, 31)
    first = (pd.Timestamp(last) - pd.DateOffset(months=months - 1)).replace(day=1).date()
    trade = trade_of(first, last)
    found = monthly.periods(trade)
    assert len(found) == bars
    assert sum(period.revenue for period in found) == sum(month.revenue for month in trade.months)
    assert sum(period.orders for period in found) == sum(month.orders for month in trade.months)
    assert monthly.monthly(trade).table[0][0] == kind
    assert (found[-1].customers is None) == (kind != "Month")


def test_years_when_there_are_many_and_quarters_by_pandas():
    trade = trade_of(date(1990, 3, 1), date(2011, 6, 30))
    frame = pd.DataFrame([(month.start, month.revenue) for month in trade.months], columns=["start", "revenue"])
    by_year = frame.groupby(frame["start"].map(lambda day: day.year))["revenue"].sum()
    assert [period.revenue for period in monthly.periods(trade)] == list(by_year)
    trade = trade_of(date(2004, 3, 1), date(2011, 6, 30))
    starts = pd.PeriodIndex([month.start for month in trade.months], freq="Q")
    by_quarter = pd.Series([month.revenue for month in trade.months]).groupby(starts).sum()
    assert [period.revenue for period in monthly.periods(trade)] == list(by_quarter)
    assert [period.name for period in monthly.periods(trade)] == [f"Q{q.quarter} {q.year}" for q in by_quarter.index]


def test_a_month_without_trade_is_a_bar_of_nothing():
    trade = Trade(
        (Month(date(2020, 1, 1), 5.0, 1, 1), Month(date(2020, 3, 1), 7.0, 2, 1)), date(2020, 1, 1), date(2020, 3, 31)
    )
    assert [(period.revenue, period.orders, period.customers) for period in monthly.periods(trade)] == [
        (5.0, 1, 1),
        (0.0, 0, 0),
        (7.0, 2, 1),
    ]


def test_the_best_month_and_what_is_pale_are_said(results):
    chart = monthly.monthly(results.trade)
    revenue = pd.Series({month.start: month.revenue for month in results.trade.months})
    whole = revenue[revenue.index < date(2011, 12, 1)]
    mean = whole.sum() / 12  # one of the twelve whole months had no trade
    assert f"{revenue.max() / mean:.1f} times the average month" in chart.title
    assert chart.subtitle.endswith("pale: covered only in part (Dec 2011)")
    assert monthly.monthly(None) is None
    assert monthly.monthly(trade_of(date(2011, 1, 1), date(2011, 1, 31))) is None


def test_countries_are_shares_of_all_revenue_and_of_all_customers():
    found = [Country(f"c{i}", 100.0 / 2**i, 50 - i, 20 - i) for i in range(13)]
    marks = breakdown.records(found, sum(one.revenue for one in found), 400)
    assert len(marks) == 11
    assert sum(mark["revenue"] for mark in marks) == pytest.approx(1, abs=1e-4)
    assert marks[0]["revenue"] == pytest.approx(100 / sum(100 / 2**i for i in range(13)), abs=1e-5)
    assert marks[0]["customers"] == 20 / 400
    assert marks[-1]["label"] == "3 others"
    assert marks[-1]["customers"] == pytest.approx((10 + 9 + 8) / 400)


def test_countries_need_two_and_money():
    day = date(2020, 1, 1)
    assert breakdown.countries(Trade((), day, day, (Country("A", 5.0, 1, 1),)), 10) is None
    assert breakdown.countries(Trade((), day, day, (Country("A", -5.0, 1, 1), Country("B", 1.0, 1, 1))), 10) is None
    chart = breakdown.countries(Trade((), day, day, (Country(None, 6.0, 1, 1), Country("B", 2.0, 1, 1))), 10)
    assert chart.title == "(none given) brings 75.0 % of revenue; one other brings the rest"


def test_categories_are_counted_per_segment_as_by_pandas():
    random = np.random.default_rng(4)
    words = np.array(["north", "south", None, " south "], dtype=object)[random.integers(0, 4, 500)]
    labels = random.integers(0, 3, 500)
    named = pd.Series([(word or "(none given)").strip() for word in words])
    expected = pd.crosstab(named, labels)
    found = breakdown.count_values(words, labels)
    assert {name: [own[label] for label in range(3)] for name, own in found.items()} == {
        name: list(row) for name, row in expected.iterrows()
    }
    assert next(iter(found)) == named.value_counts().index[0]


def test_missing_values_are_those_that_pandas_counts(hard):
    counted = missing_values.count_missing(hard.customers)
    frame = pd.DataFrame(hard.customers.values | hard.customers.words).replace("", None)
    assert counted == frame.isna().sum().to_dict()
    chart = missing_values.missing_values(hard.customers, hard.prepared)
    assert [row[1] for row in chart.table[1]] == sorted(
        (f"{count:,}" for count in counted.values() if count), key=lambda text: -int(text.replace(",", ""))
    )


def test_of_purchases_only_gaps_that_matter_are_missing_values(results):
    assert np.isnan(results.customers.values["days_between_orders_mean"]).any()
    assert missing_values.missing_values(results.customers, results.prepared) is None


def test_declared_segments_with_customers_and_revenue_as_by_pandas(results):
    found = rule_tree_map.count_declared(results.declared, results.customers)
    frame = pd.DataFrame({"name": results.declared, "money": results.customers.values["monetary"]})
    expected = frame.dropna().groupby("name")["money"].agg(["size", "sum"])
    assert {one.name: one.customers for one in found} == expected["size"].to_dict()
    assert {one.name: one.revenue for one in found} == pytest.approx(expected["sum"].to_dict())
    assert [one.customers for one in found] == sorted(expected["size"], reverse=True)
    assert f"{frame['name'].isna().sum()} customers in no segment left out" in (
        rule_tree_map.rule_tree_map(results.declared, results.customers).subtitle
    )


def test_a_rule_segments_tone_is_its_names_or_that_of_its_likes():
    n = 100
    values = {
        "recency_days": np.arange(n, dtype=float),
        "frequency": np.arange(n, 0, -1.0),
        "monetary": np.arange(n, 0, -1.0),
    }
    customers = CustomerTable(np.array([f"{i:03}" for i in range(n)], dtype=object), values, ())
    declared = np.array(["top"] * 15 + ["At Risk"] * 60 + ["gone"] * 25, dtype=object)
    tones = {one.name: one.tone for one in rule_tree_map.count_declared(declared, customers)}
    assert tones == {"top": "valuable", "At Risk": "fading", "gone": "lost"}
    plain = CustomerTable(customers.ids, {"balance": values["monetary"]}, ())
    found = rule_tree_map.count_declared(declared, plain)
    assert {one.name: (one.tone, one.revenue) for one in found}["top"] == ("promising", None)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=20))
def test_the_tree_map_fills_its_place_in_proportion_without_overlap(sizes):
    sizes = sorted(sizes, reverse=True)
    places = np.array(rule_tree_map.squarified([float(size) for size in sizes], 760.0, 380.0))
    left, top, width, height = places.T
    np.testing.assert_allclose(width * height, np.array(sizes) / sum(sizes) * 760 * 380, rtol=1e-9)
    assert (left > -1e-6).all()
    assert (left + width < 760 + 1e-6).all()
    assert (top + height < 380 + 1e-6).all()
    for i in range(len(sizes)):
        for j in range(i):
            across = min(left[i] + width[i], left[j] + width[j]) - max(left[i], left[j])
            down = min(top[i] + height[i], top[j] + height[j]) - max(top[i], top[j])
            assert across < 1e-6 or down < 1e-6


def test_words_in_the_tree_map_stay_in_their_rectangle(hard):
    for record in rule_tree_map.records(
        rule_tree_map.count_declared(hard.declared, hard.customers), len(hard.customers), 1.0
    ):
        lines = [line for line in (record["name"] + "\n" + record["figures"]).split("\n") if line]
        assert len(lines) * 15 <= record["bottom"] - record["top"] + 2
        assert theme.contrast(record["ink"], record["colour"]) >= 3


def test_customers_of_several_other_countries_are_never_more_than_all():
    found = [
        Country(f"c{i:02d}", 100.0 - i, 50, 20) for i in range(13)
    ]  # each of the 20 customers buys in each country
    rest = breakdown.records(found, sum(one.revenue for one in found), 20)[-1]
    assert rest["customers"] == 1
    assert rest["customers_text"] == "≤ 100.0 %"
    assert "≤ 20 customers" in rest["tip"]
