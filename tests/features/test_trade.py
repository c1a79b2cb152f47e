"""The business by month and country against pandas."""

import numpy as np
import pandas as pd
import pytest

from segmentry.core.recipe import Clean
from segmentry.features import trade


def purchases(seed, lines=600):
    rng = np.random.default_rng(seed)
    orders = rng.integers(0, 80, lines)
    start = np.datetime64("2023-11-20T09:00")
    countries = np.array(["France", "Japan", None, "N'Djamena\u2028"], dtype=object)
    return pd.DataFrame(
        {
            "customer_id": (orders % 9).astype(str),
            "order_id": orders.astype(str),
            "time": start + orders * 1440 * 5 + rng.integers(0, 3, lines).astype("timedelta64[m]"),
            "quantity": rng.integers(-2, 9, lines).astype(float),
            "unit_price": rng.integers(1, 3000, lines) / 100,
            "product": rng.choice(list("pqrst"), lines),
            "country": countries[orders % 4],
        }
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_months_and_countries_are_those_of_pandas(seed, engine, transactions, settled):
    frame = purchases(seed)
    rows = transactions(frame.to_dict("records"))
    marked = settled(rows, Clean(duplicates="keep"))
    found = trade(engine, marked)
    kept = frame[frame.quantity > 0].assign(amount=lambda lines: (lines.quantity * lines.unit_price).round(4))
    by = {"revenue": ("amount", "sum"), "orders": ("order_id", "nunique"), "customers": ("customer_id", "nunique")}

    months = kept.groupby(kept.time.dt.to_period("M")).agg(**by)
    assert [month.start for month in found.months] == [period.start_time.date() for period in months.index]
    for name in by:
        assert [getattr(month, name) for month in found.months] == pytest.approx(list(months[name])), name
    assert (found.first, found.last) == (kept.time.min().date(), kept.time.max().date())

    countries = kept.groupby("country", dropna=False).agg(**by).sort_values("revenue", ascending=False)
    names = [None if pd.isna(name) else name for name in countries.index]
    assert [country.name for country in found.countries] == names
    for name in by:
        assert [getattr(country, name) for country in found.countries] == pytest.approx(list(countries[name])), name


def test_copies_count_nowhere_and_a_large_book_is_not_read_again(engine, transactions, settled):
    frame = pd.concat([purchases(4), purchases(4).iloc[::3]], ignore_index=True)
    marked = settled(transactions(frame.to_dict("records")), Clean())
    found = trade(engine, marked)
    kept = frame[frame.quantity > 0].drop_duplicates().assign(amount=lambda lines: lines.quantity * lines.unit_price)
    assert marked.ledger.kept.rows == len(kept) < len(frame[frame.quantity > 0])
    by = {"revenue": ("amount", "sum"), "orders": ("order_id", "nunique"), "customers": ("customer_id", "nunique")}
    months = kept.groupby(kept.time.dt.to_period("M")).agg(**by)
    for name in by:
        assert [getattr(month, name) for month in found.months] == pytest.approx(list(months[name])), name
    countries = kept.groupby("country", dropna=False).agg(**by).sort_values("revenue", ascending=False)
    for name in ("revenue", "customers"):
        assert [getattr(country, name) for country in found.countries] == pytest.approx(list(countries[name])), name
    orders = [country.orders for country in found.countries]
    assert orders == ([None] * len(orders) if marked.is_summed_at_once else countries["orders"].tolist())


def test_an_order_over_the_end_of_a_month(engine, transactions, settled):
    line = {"customer_id": "a", "order_id": "1", "quantity": 1.0, "unit_price": 5.0, "country": "X"}
    days = ["2024-01-31", "2024-01-31", "2024-02-01", "2024-02-20"]
    marked = settled(transactions([line | {"time": day} for day in days]), Clean())
    assert marked.ledger.kept.rows == 3  # the second line repeats the first
    found = trade(engine, marked)
    assert (found.first.isoformat(), found.last.isoformat()) == ("2024-01-31", "2024-02-20")
    months = [(month.start.month, month.revenue, month.orders, month.customers) for month in found.months]
    # in a large book it counts where it ends, its copies taken out there as well
    assert months == ([(2, 15.0, 1, 1)] if marked.is_summed_at_once else [(1, 5.0, 1, 1), (2, 10.0, 1, 1)])


def test_a_source_without_countries_has_none(engine, transactions, settled):
    rows = transactions(purchases(3).drop(columns="country").to_dict("records"))
    marked = settled(rows, Clean())
    assert trade(engine, marked).countries == ()


def test_an_order_in_two_countries_counts_in_both(engine, transactions, settled):
    rows = transactions(
        [
            {
                "customer_id": "a",
                "order_id": "1",
                "time": "2024-01-05",
                "quantity": 1.0,
                "unit_price": 5.0,
                "country": "X",
            },
            {
                "customer_id": "a",
                "order_id": "1",
                "time": "2024-01-05",
                "quantity": 1.0,
                "unit_price": 7.0,
                "country": "Y",
            },
        ]
    )
    marked = settled(rows, Clean())
    one = None if marked.is_summed_at_once else 1
    assert [(each.name, each.revenue, each.orders, each.customers) for each in trade(engine, marked).countries] == [
        ("Y", 7.0, one, 1),
        ("X", 5.0, one, 1),
    ]
