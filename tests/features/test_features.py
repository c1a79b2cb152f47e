"""Every feature against a plain pandas computation on random purchases."""

import itertools
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from segmentry.core.errors import RecipeError
from segmentry.core.recipe import Clean
from segmentry.features import CATALOGUE, Shared, choose, collect


def purchases(seed, lines=400):
    rng = np.random.default_rng(seed)
    start = np.datetime64("2024-01-01T09:00")
    return pd.DataFrame(
        {
            "customer_id": rng.choice(["007", "7", "é", "b,c", "Z'"], lines),
            "order_id": rng.integers(0, 60, lines).astype(str),
            "time": start + rng.integers(0, 200 * 24 * 60, lines).astype("timedelta64[m]"),
            "quantity": rng.integers(-2, 9, lines).astype(float),
            "unit_price": rng.integers(1, 3000, lines) / 100,
            "product": rng.choice(list("pqrst"), lines),
        }
    )


def expected(frame, as_of):
    """The definitions of the field, one customer at a time."""
    bought = frame[frame.quantity > 0]
    returned = frame[frame.quantity < 0]
    result = {}
    for customer, lines in bought.groupby("customer_id"):
        dates = lines.time.dt.date
        money = (lines.quantity * lines.unit_price).round(4)
        orders = lines.groupby("order_id")
        days = sorted(set(dates))
        gaps = [(b - a).days for a, b in itertools.pairwise(days)]
        back = returned[(returned.customer_id == customer) & (returned.time.dt.date <= as_of)]
        recency = (as_of - max(days)).days
        result[customer] = {
            "recency_days": recency,
            "frequency": orders.ngroups,
            "monetary": money.sum(),
            "total_quantity": lines.quantity.sum(),
            "average_order_value": money.sum() / orders.ngroups,
            "tenure_days": (as_of - min(days)).days,
            "recent_spend_share": money[dates >= as_of - timedelta(days=90)].sum() / money.sum(),
            "lines_per_order": len(lines) / orders.ngroups,
            "products_per_order": orders["product"].nunique().mean(),
            "distinct_products": lines["product"].nunique(),
            "days_between_orders_mean": np.mean(gaps) if gaps else np.nan,
            "days_between_orders_median": np.median(gaps) if gaps else np.nan,
            "own_rhythm_recency": recency / np.median(gaps) if gaps and orders.ngroups >= 3 else np.nan,
            "return_rate": (back.quantity * back.unit_price).abs().sum() / money.sum(),
        }
    return pd.DataFrame(result).T.sort_index()


def computed(engine, settled, table, as_of=None):
    clean = Clean(duplicates="keep")
    marked = settled(table, clean, as_of=as_of)
    names = list(CATALOGUE)
    return collect(engine, marked, Shared(engine, marked), names)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_feature_equals_pandas(engine, transactions, settled, seed):
    frame = purchases(seed)
    found = computed(engine, settled, transactions(frame.to_dict("records")))
    right = expected(frame, found.as_of)
    assert found.as_of == frame[frame.quantity > 0].time.max().date() + timedelta(days=1)
    assert found.ids.tolist() == sorted(right.index)
    for name in CATALOGUE:
        np.testing.assert_allclose(found.values[name], right[name].to_numpy(dtype=float), rtol=1e-12, err_msg=name)


def test_one_order_gives_missing_rhythm_never_zero(engine, transactions, settled):
    rows = [
        {
            "customer_id": "once",
            "order_id": "1",
            "time": "2024-01-05 23:59",
            "quantity": 1.0,
            "unit_price": 5.0,
            "product": "p",
        },
        {
            "customer_id": "twice",
            "order_id": "2",
            "time": "2024-01-01",
            "quantity": 1.0,
            "unit_price": 5.0,
            "product": "p",
        },
        {
            "customer_id": "twice",
            "order_id": "3",
            "time": "2024-01-03",
            "quantity": 2.0,
            "unit_price": 5.0,
            "product": "q",
        },
    ]
    found = computed(engine, settled, transactions(rows), as_of=date(2024, 1, 10))
    assert found.ids.tolist() == ["once", "twice"]
    assert found.values["recency_days"].tolist() == [5.0, 7.0]
    assert np.isnan(found.values["days_between_orders_mean"][0])
    assert found.values["days_between_orders_mean"][1] == 2.0
    assert np.isnan(found.values["own_rhythm_recency"]).all()
    assert found.values["average_order_value"].tolist() == [5.0, 7.5]


def test_unknown_and_impossible_features_are_explained():
    with pytest.raises(RecipeError, match="Did you mean 'frequency'"):
        choose(["frequencyy"], None, [])
    with pytest.raises(RecipeError, match="needs a product column"):
        choose(["distinct_products"], None, ["customer"])
    deciding, names = choose(["frequency"], [], [])
    assert (deciding, names) == (["frequency"], ["frequency", "monetary"])
