"""What holds for any customers and any labels."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentry.core.tables import Column, CustomerTable
from segmentry.profile import profile
from segmentry.profile.archetypes import RFM_ARCHETYPES, Place
from segmentry.profile.names import choose_archetypes

RFM = ("recency_days", "frequency", "monetary")
amounts = st.one_of(st.just(float("nan")), st.integers(0, 5).map(float), st.floats(-1e9, 1e9), st.floats(0, 1e6))


def build(values):
    ids = np.array([f"{row:04d}" for row in range(len(next(iter(values.values()))))], dtype=object)
    return CustomerTable(ids, values, tuple(Column(name) for name in values))


@st.composite
def books(draw):
    """A customer table (with or without R/F/M), labels of up to 12 segments and outliers, and the deciding features."""
    n = draw(st.integers(1, 60))
    names = draw(st.sampled_from([RFM, (*RFM, "tenure_days"), ("CASH", "cash", "x" * 50, "=1+1"), ("monetary", "nav")]))
    values = {name: draw(arrays(np.float64, n, elements=amounts)) for name in names}
    labels = draw(arrays(np.int64, n, elements=st.integers(draw(st.sampled_from([-1, 0])), draw(st.integers(0, 11)))))
    return build(values), labels, list(names)


@settings(max_examples=150, deadline=None)
@given(books())
def test_names_are_unique_and_shares_complete(case):
    customers, labels, features = case
    segments = profile(customers, labels, features=features)
    found = [segment.name for segment in segments]
    assert len(set(found)) == len(found)
    assert all(name.strip() and len(name) < 400 for name in found)
    assert sum(segment.customers for segment in segments) == len(customers)
    assert sum(segment.share for segment in segments) == pytest.approx(1)
    assert [segment.id for segment in segments] == sorted(set(labels.tolist()), key=lambda label: (label < 0, label))
    shares = [segment.revenue_share for segment in segments]
    if "monetary" in customers.values and None not in shares:
        assert sum(shares) == pytest.approx(1, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(books(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(case, random):
    customers, labels, features = case
    order = list(range(len(customers)))
    random.shuffle(order)
    moved = build({name: values[order] for name, values in customers.values.items()})
    # repr: equal to the last bit, and NaN equals NaN
    assert repr(profile(moved, labels[order], features=features)) == repr(profile(customers, labels, features=features))


@settings(max_examples=60, deadline=None)
@given(books())
def test_statistics_agree_with_pandas(case):
    customers, labels, features = case
    frame = pd.DataFrame(customers.values)
    grouped = frame.groupby(labels)
    expected = {
        "mean": grouped.mean(),
        "median": grouped.median(),
        "lower_quartile": grouped.quantile(0.25),
        "upper_quartile": grouped.quantile(0.75),
    }
    for segment in profile(customers, labels, features=features):
        for name, summary in segment.features.items():
            for statistic, table in expected.items():
                assert getattr(summary, statistic) == pytest.approx(
                    table.loc[segment.id, name], rel=1e-9, abs=1e-6, nan_ok=True
                )


@settings(max_examples=150, deadline=None)
@given(books())
def test_champions_spend_more_than_average_and_the_best_are_champions(case):
    customers, labels, features = case
    segments = profile(customers, labels, features=features)
    if features[:3] != list(RFM) or len(segments) < 2:
        return
    spend = np.nanmean(customers.values["monetary"]) if not np.isnan(customers.values["monetary"]).all() else np.nan
    for segment in segments:
        if segment.archetype == "Champions":
            assert segment.features["monetary"].mean > spend
    best = [
        _wins(segments, "recency_days", "median", -1),
        _wins(segments, "frequency", "mean", 1),
        _wins(segments, "monetary", "mean", 1),
    ]
    if len(set(best)) == 1 and best[0] not in {None, -1}:
        segment = next(segment for segment in segments if segment.id == best[0])
        orders = np.nanmean(customers.values["frequency"])
        if segment.features["monetary"].mean > spend and segment.features["frequency"].mean > orders:
            assert segment.archetype in {"Champions", "All Customers"}


def _wins(segments, feature, statistic, sign):
    """Return the one segment with the best value, or none; where one has no value, none wins."""
    values = [(sign * getattr(segment.features[feature], statistic), segment.id) for segment in segments]
    if any(np.isnan(value) for value, _ in values):
        return None
    top = [label for value, label in values if value == max(values)[0]]
    return top[0] if len(top) == 1 else None


ranks = st.floats(0, 1)
places = st.builds(Place, ranks, ranks, ranks, st.none(), st.just(True), st.just(False))


@settings(max_examples=150, deadline=None)
@given(st.lists(places, min_size=1, max_size=12))
def test_no_name_misleads(found):
    """Within the limits of its archetype, however many segments compete."""
    for place, kind in zip(found, choose_archetypes(found), strict=True):
        assert kind in RFM_ARCHETYPES
        for rank, (low, high) in zip(
            (place.recency, place.frequency, place.monetary), (kind.recency, kind.frequency, kind.monetary), strict=True
        ):
            assert low <= rank <= high
