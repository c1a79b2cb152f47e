"""The generated tables of customers: reproducible, with the marginals and the quirks they promise, and with groups to be found."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentry.core.recipe import find_recipe, with_data
from segmentry.flow import find_segments
from segmentry.sources import SAMPLES, generate_credit_card, generate_rfm


@pytest.fixture(scope="module", params=["credit-card", "rfm"])
def found(request, tmp_path_factory):
    """A demo's book, its true groups, and what its recipe finds in it."""
    path = tmp_path_factory.mktemp(request.param) / "book.csv"
    truth = SAMPLES[request.param](path)
    return request.param, pd.Series(truth), find_segments(with_data(find_recipe(request.param), [str(path)]))


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    path = tmp_path_factory.mktemp("cards") / "cards.csv"
    truth = generate_credit_card(path)
    return pd.read_csv(path, index_col="CUST_ID"), pd.Series(truth)


@pytest.mark.parametrize("generate", [generate_credit_card, generate_rfm])
def test_the_same_seed_gives_the_same_bytes_and_another_another(generate, tmp_path):
    started = time.perf_counter()
    first = generate(tmp_path / "a.csv", customers=500)
    assert time.perf_counter() - started < 1
    assert generate(tmp_path / "b.csv", customers=500) == first
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert generate(tmp_path / "c.csv", customers=500, seed=8) != first
    assert (tmp_path / "c.csv").read_bytes() != (tmp_path / "a.csv").read_bytes()
    assert len(first) == 500


def test_card_holders_have_the_public_tables_shape_and_gaps(cards):
    frame, truth = cards
    assert frame.shape == (8950, 17)
    assert frame.isna().sum()[frame.isna().any()].to_dict() == {"CREDIT_LIMIT": 1, "MINIMUM_PAYMENTS": 313}
    assert frame.index.tolist() == truth.index.tolist()
    assert frame.index.is_unique
    assert (frame.fillna(0) >= 0).all().all()
    assert truth.nunique() == 6
    assert truth.value_counts(normalize=True).min() > 0.1


def test_the_columns_of_card_holders_agree_with_one_another(cards):
    frame, _ = cards
    whole = frame.ONEOFF_PURCHASES + frame.INSTALLMENTS_PURCHASES
    np.testing.assert_allclose(frame.PURCHASES, whole, atol=0.011)
    assert ((frame.PURCHASES == 0) == (frame.PURCHASES_TRX == 0)).all()
    assert ((frame.CASH_ADVANCE == 0) == (frame.CASH_ADVANCE_TRX == 0)).all()
    frequencies = [name for name in frame if name.endswith("FREQUENCY") or name == "PRC_FULL_PAYMENT"]
    months = frame[frequencies].mul(frame.TENURE, axis=0)
    np.testing.assert_allclose(months, months.round(), atol=1e-4)
    assert (frame[frequencies].drop(columns="CASH_ADVANCE_FREQUENCY") <= 1).all().all()
    assert (frame.ONEOFF_PURCHASES_FREQUENCY <= frame.PURCHASES_FREQUENCY + 1e-6).all()
    assert frame.CASH_ADVANCE_FREQUENCY.max() == 1.5
    assert (frame.CASH_ADVANCE_FREQUENCY > 1).sum() == 8
    assert set(frame.TENURE) == {6, 7, 8, 9, 10, 11, 12}


# Of the public table, what the generator's documentation promises: mean within a third, or the share within 0.1.
MEANS = {
    "PURCHASES": 1003,
    "CASH_ADVANCE": 979,
    "CREDIT_LIMIT": 4494,
    "BALANCE": 1564,
    "TENURE": 11.5,
    "PAYMENTS": 1733,
}
SHARES = {"BALANCE_FREQUENCY": 0.877, "PURCHASES_FREQUENCY": 0.490, "ONEOFF_PURCHASES_FREQUENCY": 0.202,
          "PURCHASES_INSTALLMENTS_FREQUENCY": 0.364, "CASH_ADVANCE_FREQUENCY": 0.135, "PRC_FULL_PAYMENT": 0.154}  # fmt: skip


def test_the_marginals_of_card_holders_are_near_those_of_the_public_table(cards):
    means = cards[0].mean()
    assert {name: means[name] for name in MEANS} == pytest.approx(MEANS, rel=0.34)
    assert {name: means[name] for name in SHARES} == pytest.approx(SHARES, abs=0.1)
    assert 0.15 < (cards[0].PURCHASES == 0).mean() < 0.35
    assert 0.4 < (cards[0].CASH_ADVANCE == 0).mean() < 0.65


def test_rfm_customers_are_what_their_group_says(tmp_path):
    truth = pd.Series(generate_rfm(tmp_path / "rfm.csv"))
    frame = pd.read_csv(tmp_path / "rfm.csv", index_col="customer_id")
    assert frame.shape == (10_000, 3)
    assert frame.recency_days.between(1, 365).all()
    assert (frame.frequency >= 1).all()
    means = frame.groupby(truth).mean()
    assert means.recency_days.nsmallest(2).index.tolist() == ["High-Value Loyal", "New/Potential"]
    for column in ("frequency", "monetary"):
        assert means[column].nlargest(2).index.tolist() == ["High-Value Loyal", "At-Risk High-Value"]


def test_the_recipe_finds_the_true_groups_and_calls_them_so(found):
    book, truth, result = found
    frame = result.customers.set_index("customer_id")
    assert adjusted_rand_score(truth.loc[frame.index], frame.segment) > {"credit-card": 0.8, "rfm": 0.95}[book]
    called = pd.crosstab(truth.loc[frame.index], frame.segment).idxmax(axis=1).to_dict()
    if book == "rfm":
        assert called == {name: name for name in truth.unique()}
    else:
        assert called == {
            "high spending, high balance": "High-spending, high-balance",
            "big spenders": "Big spenders",
            "instalment buyers": "Instalment buyers",
            "one-off buyers": "One-off buyers",
            "cash-advance users": "Cash-advance users",
            "low spending, low balance": "Low-spending, low-balance",
        }
