"""What is said of a customer: every figure from the data, short where there is much."""

import re

import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.tables import Column
from segmentry.explain.conditions import condition_in_words
from segmentry.explain.contributions import Typical
from segmentry.explain.words import amount, spread, title


def test_an_explanation_reads_as_sentences(book):
    frame = book.customers
    row = frame[frame.frequency > 3].iloc[0]
    text = str(book.explain(row.customer_id))
    lines = text.splitlines()
    assert (
        lines[0]
        == f"Customer {row.customer_id} is in {row.segment}. The nearest other segment is {row.nearest_other_segment}."
    )
    assert f"Orders: {row.frequency:.0f}, speaks " in text
    assert re.search(rf"Last order: {row.recency_days:.0f} days? ago, s", text)
    weights = [int(found) for found in re.findall(r"\((\d+) % of the weight\)", text)]
    assert sum(weights) == pytest.approx(100, abs=2)
    own = frame[frame.segment == row.segment].frequency
    assert f"(median {own.median():.0f})" in text or f"half of {row.segment}: {own.median():.0f}" in text
    assert "What would change that" in lines
    assert "nan" not in text


def test_many_features_and_long_names_stay_readable():
    rng = np.random.default_rng(2)
    group = np.repeat([0, 1], 60)
    table = pd.DataFrame({f"feature {j}": rng.normal(group * (3 - 0.2 * j), 1) for j in range(10)})
    names = {"0": "A name of a segment that is long", "1": "Another name of a segment, longer still"}
    found = sg.segment(table, source={"kind": "customers"}, k=2, names=names)
    text = str(found.explain("1"))
    assert text.count("half of those here") == 6
    assert "4 further features, together for A name" in text or "4 further features, together" in text
    assert "speaks for this segment" in text


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        (Column("recency_days", "days"), 1.0, "1 day ago"),
        (Column("recency_days", "days"), 12.0, "12 days ago"),
        (Column("frequency", "orders"), 7.0, "7"),
        (Column("days_between_orders_mean", "days"), 31.4, "31 days"),
        (Column("return_rate", "share"), 0.125, "12.5 %"),
        (Column("monetary", "money"), 4310.0, "4,310"),
        (Column("visits_missing"), 1.0, "yes"),
        (Column("nav"), float("nan"), "–"),
    ],
)
def test_values_with_their_units(column, value, words):
    assert amount(column, value) == words


def test_spreads_and_titles():
    days = Column("recency_days", "days")
    assert spread(days, Typical(12.0, 5.0, 29.0)) == "5 to 29 days (median 12)"
    assert spread(days, Typical(1.0, 1.0, 1.0)) == "1 day"
    assert spread(Column("x"), Typical(*[float("nan")] * 3)) == "not known"
    assert [title(Column(name)) for name in ("monetary", "CASH_ADVANCE", "visits_missing")] == [
        "Spend",
        "Cash advance",
        "Visits unknown",
    ]


def test_the_money_of_accounts_is_turnover_in_conditions_too():
    turnover = Column("monetary", "money", "Sum of the amounts of all trades", "turnover")
    assert condition_in_words("monetary < 1200", lambda _: turnover) == "turnover of less than 1,200"
    assert condition_in_words("monetary < 1200", Column) == "spend of less than 1,200"
