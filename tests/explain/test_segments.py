"""A segment's rule says of how many customers it is true, and that is what pandas counts."""

import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.tables import Column
from segmentry.explain.conditions import condition_in_words
from segmentry.rules.conditions import Condition

UNITS = {"recency_days": "days", "frequency": "orders", "monetary": "money", "rate": "share", "gap_days": "days"}


def column(name):
    return Column(name, UNITS.get(name, ""))


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("recency_days < 60", "last order less than 60 days ago"),
        ("recency_days >= 30 and recency_days < 60", "last order at least 30 and less than 60 days ago"),
        ("frequency >= 2.5 and monetary < 1200", "at least 3 orders, spend of less than 1,200"),
        ("frequency < 2.5", "fewer than 3 orders"),
        ("monetary >= 668.55", "spend of at least 668.55"),
        ("rate >= 0.25", "rate of at least 25 %"),
        ("gap_days < 12 or gap_days is missing", "either gap of less than 12 days or gap not known"),
        ("balance is not missing", "balance known"),
        ("nav >= 5 and (frequency < 3 or monetary < 9)", "NAV of at least 5, and either fewer than 3 orders or spend of less than 9"),
        ("(nav >= 5 and nav < 7) or frequency = 1", "either NAV of at least 5 and less than 7 or exactly 1 orders"),
        ("nav + 1 >= 5", "nav + 1 >= 5"),
    ],
)  # fmt: skip
def test_conditions_in_words(condition, words):
    assert condition_in_words(condition, lambda name: column("NAV") if name == "nav" else column(name)) == words


@pytest.mark.parametrize("which", ["book", "accounts"])
def test_the_rule_is_as_good_as_it_says(which, request):
    found = request.getfixturevalue(which)
    frame = found.customers
    right = 0
    for name in found.segments.segment:
        told = found.explain(segment=name)
        rule = told.rule
        held = _holds(frame, rule.condition)
        own = frame.segment == name
        assert rule.recall == pytest.approx((held & own).sum() / own.sum())
        assert rule.precision == pytest.approx((held & own).sum() / held.sum())
        right += (held & own).sum()
        assert (told.customers, told.share) == (own.sum(), pytest.approx(own.mean()))
        for one in told.typical:
            assert one.own.median == pytest.approx(frame.loc[own, one.feature.name].median())
            assert one.all.median == pytest.approx(frame[one.feature.name].median())
        others = frame.loc[own, "nearest_other_segment"].value_counts(normalize=True)
        assert told.neighbour_share == pytest.approx(others.iloc[0])
        assert told.borderline == pytest.approx((frame.loc[own, "confidence"] < 0.1).mean())
        assert rule.words in str(told).replace(";\n    or", "; or")
    assert rule.accuracy == pytest.approx(right / len(frame))
    assert rule.accuracy > 0.8


def _holds(frame: pd.DataFrame, condition: str) -> pd.Series:
    """The condition through pandas' own parser."""
    text = condition
    for name in frame.columns:
        text = text.replace(f"{name} is not missing", f"({name} == {name})").replace(
            f"{name} is missing", f"({name} != {name})"
        )
    return frame.eval(text).astype(bool)


def test_fidelity_counts_customers_who_are_set_apart(table):
    rule = {"method": "zscore", "threshold": 1.6, "policy": "drop"}
    book = sg.segment(table, source={"kind": "customers"}, k=3, prepare={"outliers": rule})
    customers = book.customers
    assert (customers.segment_id == -1).sum() > 20
    values = {name: customers[name].to_numpy() for name in book.book.deciding}
    told = {one.name: book.explain(segment=one.name).rule for one in book.profiles if one.id >= 0}
    held = {name: Condition.read(rule.condition).holds(values, {}) for name, rule in told.items() if rule.condition}
    right = ((customers.segment_id == -1) & ~np.any(list(held.values()), axis=0)).sum()
    for name, holds in held.items():
        own = customers.segment == name
        assert told[name].precision == pytest.approx(own[holds].mean())
        assert told[name].recall == pytest.approx(holds[own].mean())
        right += (own & holds).sum()
    assert {round(rule.accuracy, 9) for rule in told.values()} == {round(right / len(customers), 9)}
