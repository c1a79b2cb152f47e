"""Names for tables without R/F/M."""

import numpy as np
import pandas as pd
import pytest

from segmentry.core.tables import Column
from segmentry.profile import profile
from segmentry.profile.phrases import LONGEST, in_words


@pytest.fixture
def cards(table):
    """Three groups of card holders: those who draw cash, those who buy, and the rest."""
    generator = np.random.default_rng(4)
    labels = np.repeat([0, 1, 2], [150, 150, 400])
    cash = np.array([4000, 100, 600])[labels] * generator.lognormal(0, 0.4, 700)
    bought = np.array([100, 3000, 800])[labels] * generator.lognormal(0, 0.4, 700)
    return table(CASH_ADVANCE=cash, PURCHASES=bought, TENURE=generator.integers(6, 13, 700)), labels


def test_what_stands_out_is_the_name(cards):
    segments = profile(*cards, features=list(cards[0].values))
    assert [segment.name for segment in segments] == [
        "High cash advance, low purchases", "High purchases, low cash advance", "Average customers",
    ]  # fmt: skip
    assert [segment.tone for segment in segments] == ["valuable", "promising", "fading"]


def test_the_reason_holds_the_means(cards):
    customers, labels = cards
    frame = pd.DataFrame(customers.values)
    first, _, last = profile(customers, labels, features=list(customers.values))
    cash, bought = (frame.loc[labels == 0, name].mean() for name in ("CASH_ADVANCE", "PURCHASES"))
    assert first.reason == (
        f"Cash advance {cash:,.0f} (mean; all: {frame.CASH_ADVANCE.mean():,.0f}), "
        f"purchases {bought:,.0f} (mean; all: {frame.PURCHASES.mean():,.0f})."
    )
    assert last.reason.startswith("Nothing stands out; what differs most is ")


def test_the_plainest_of_a_family_speaks_for_it(table):
    generator = np.random.default_rng(9)
    labels = np.repeat([0, 1], 200)
    bought = 5.0 * (labels == 0) + generator.normal(0, 1, 400)
    names = {
        "PURCHASES_TRX": bought,
        "PURCHASES": bought + generator.normal(0, 0.2, 400),
        "BALANCE": 5.0 * labels + bought / 9,
    }
    segments = profile(table(**names), labels, features=list(names))
    assert [segment.name for segment in segments] == ["High purchases, low balance", "High balance, low purchases"]


def test_only_deciding_features_name_segments(cards):
    segments = profile(*cards, features=["TENURE", "PURCHASES"])
    assert not any("cash" in segment.name for segment in segments)


def test_equal_names_take_a_further_feature(table):
    generator = np.random.default_rng(8)
    labels = np.repeat([0, 1, 2, 3], 100)
    high = np.where(labels < 2, 3.0, 0.0)
    alpha, beta = high + generator.normal(0, 0.1, (2, 400))
    gamma = 0.3 * (labels == 0) - 0.3 * (labels == 1) + generator.normal(0, 1, 400)
    customers = table(alpha=alpha, beta=beta, gamma=gamma)
    found = [segment.name for segment in profile(customers, labels, features=["alpha", "beta", "gamma"])]
    assert len(set(found)) == 4
    assert found[:2] == ["High alpha, high beta, higher gamma", "High alpha, high beta, lower gamma"]


def test_segments_that_nothing_tells_apart_are_numbered(table):
    customers = table(alpha=[1, 2, 1, 2, 1, 2])
    segments = profile(customers, np.array([0, 0, 1, 1, 2, 2]), features=["alpha"])
    assert [segment.name for segment in segments] == [
        "Average customers",
        "Average customers (2)",
        "Average customers (3)",
    ]


def test_one_segment(table):
    (segment,) = profile(table(alpha=[1, 2, 3]), np.zeros(3, dtype=int), features=["alpha"])
    assert (segment.name, segment.reason) == ("All customers", "One segment holds all 3 customers.")


def test_ranks_and_means_have_to_agree(table):
    """Most of the first segment is above most customers, but its mean is below: it is not called high."""
    values = [5.0] * 9 + [-500.0] + [1.0] * 9 + [300.0]
    segments = profile(table(change=values), np.repeat([0, 1], 10), features=["change"])
    assert [segment.name for segment in segments] == ["Average customers", "Average customers (2)"]


def test_a_table_with_r_f_m_that_decided_nothing_is_named_by_what_did(table):
    customers = table(recency_days=[1, 2, 3, 4], frequency=[1, 1, 2, 2], monetary=[5, 6, 7, 8], nav=[10, 11, 1, 2])
    segments = profile(customers, np.array([0, 0, 1, 1]), features=["nav"])
    assert [segment.name for segment in segments] == ["High nav", "Low nav"]


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("CASH_ADVANCE", "cash advance"), ("Detergents_Paper", "detergents paper"), ("averageOrderValue", "average order value"),
        ("NAV", "NAV"), ("share_last_90_days", "share last 90 days"), ("<b>bold</b>", "<b>bold</b>"),
        ("=cmd()|' /C calc'!A0", "=cmd()|' /c calc'!a0"), ("größe 🚀", "größe 🚀"), ("a\nb\x00c\u202ed", "a b c d"),
        ("", "unnamed column"), (" _ ", "unnamed column"),
    ],
)  # fmt: skip
def test_column_names_in_words(column, words):
    assert in_words(Column(column)) == words


def test_long_column_names_are_cut_between_words():
    assert (
        in_words(Column("how_satisfied_were_you_with_the_delivery_of_your_last_order"))
        == "how satisfied were you with the…"
    )
    unbroken = in_words(Column("x" * 90))
    assert len(unbroken) == LONGEST
    assert unbroken.endswith("x…")


def test_hostile_column_names_stay_text_and_names_stay_different(table):
    twins = {"y" * 60 + "1": [1, 1, 9, 9], "y" * 60 + "2": [1, 1, 9, 9], "<script>": [9, 9, 1, 1]}
    found = [segment.name for segment in profile(table(**twins), np.array([0, 0, 1, 1]), features=list(twins))]
    assert len(set(found)) == 2
    assert any("<script>" in name for name in found)
