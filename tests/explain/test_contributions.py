"""Pulls of features add up to the margin, exactly, and are what NumPy computes from the matrix and the centres."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segmentry as sg
from segmentry.cluster.assign import TIE, assign
from segmentry.core.tables import Column, CustomerTable
from segmentry.explain import Fitted, contributions, explain_customer
from segmentry.prepare.pipeline import Pipeline
from segmentry.prepare.scale import Scaling
from segmentry.prepare.transform import Transformation

FINITE = st.floats(-1e3, 1e3)


@st.composite
def fits(draw):
    """A model of d features and k centres, and n customers that it assigns."""
    d, k, n = draw(st.integers(1, 4)), draw(st.integers(2, 5)), draw(st.integers(1, 6))
    names = tuple(f"f{j}" for j in range(d))
    matrix = np.array(draw(st.lists(st.lists(FINITE, min_size=d, max_size=d), min_size=n, max_size=n)))
    centres = np.array(draw(st.lists(st.lists(FINITE, min_size=d, max_size=d), min_size=k, max_size=k)))
    pipeline = Pipeline(
        names, (0.0,) * d, (), tuple(Transformation("none") for _ in names), "transformed", "keep",
        (-np.inf,) * d, (np.inf,) * d, Scaling("standard", (1.0,) * d, (2.0,) * d),
    )  # fmt: skip
    customers = CustomerTable(
        np.array([f"c{i}" for i in range(n)], dtype=object),
        {name: matrix[:, j] for j, name in enumerate(names)},
        tuple(Column(name) for name in names),
    )

    def label(table):
        return assign(pipeline.transform(table), centres).labels

    segments = {i: f"S{i}" for i in range(k)}
    return Fitted(customers, label(customers), segments, pipeline, centres, label, has_orders=False)


@settings(deadline=None, max_examples=60)
@given(fits(), st.data())
def test_pulls_add_up_to_the_margin(found, data):
    row = data.draw(st.integers(0, len(found.customers) - 1))
    told = explain_customer(found, f"c{row}")
    point = (np.array([found.customers.values[name][row] for name in found.pipeline.features]) - 1) / 2
    distances = ((found.centroids - point) ** 2).sum(axis=1)
    own = told.segment_id
    nearest = min(distances[other] for other in range(len(distances)) if other != own)
    assert told.margin == pytest.approx(nearest - distances[own], rel=1e-9, abs=1e-6)
    assert sum(one.pull for one in told.reasons) == pytest.approx(told.margin, rel=1e-9, abs=1e-6)
    # of centres equally near, up to TIE of the least squared distance, the lowest label wins: it may be the farther one
    assert told.margin >= -TIE * nearest - 1e-9
    total = sum(one.weight for one in told.reasons)
    assert total == pytest.approx(1) or total == 0
    assert [abs(one.pull) for one in told.reasons] == sorted((abs(one.pull) for one in told.reasons), reverse=True)


def test_reasons_are_told_in_real_units(book, ground):
    found = ground(book)
    frame = book.customers
    for row in range(0, len(frame), 17):
        told = book.explain(frame.customer_id[row])
        assert (told.segment, told.other) == (frame.segment[row], frame.nearest_other_segment[row])
        assert told.confidence == pytest.approx(frame.confidence[row])
        for one in told.reasons:
            name = one.feature.name
            assert one.value == frame[name][row]
            for typical, segment in ((one.own, told.segment), (one.other, told.other)):
                values = frame.loc[frame.segment == segment, name]
                assert [typical.lower_quartile, typical.median, typical.upper_quartile] == pytest.approx(
                    values.quantile([0.25, 0.5, 0.75]).tolist()
                )
    matrix, centres = book.prepared.matrix, book.clustering.centroids
    own, other = int(book.clustering.labels[0]), int(book.clustering.nearest_other[0])
    pulls = (matrix[0] - centres[other]) ** 2 - (matrix[0] - centres[own]) ** 2
    assert sorted(one.pull for one in contributions(found, 0, own, other)) == pytest.approx(sorted(pulls))


def test_pulls_of_components_are_shared_among_the_features_they_are_made_of(table, ground):
    settings = {"impute": {"method": "median", "flags": True}, "pca": {"components": 2}}
    rotated = sg.segment(table, source={"kind": "customers"}, prepare=settings, k=3)
    found = ground(rotated)
    for row in range(0, len(table), 11):
        told = rotated.explain(found.customers.ids[row])
        assert {one.feature.name for one in told.reasons} == set(found.pipeline.columns)
        assert sum(one.pull for one in told.reasons) == pytest.approx(told.margin, rel=1e-9, abs=1e-9)
        assert told.reasons[0].feature.name in str(told).lower()
    # All components are a rotation only: every pull is what it is without one.
    settings["pca"] = {"components": 4}
    turned = sg.segment(table, source={"kind": "customers"}, prepare=settings, k=3)
    plain = sg.segment(table, source={"kind": "customers"}, prepare={"impute": settings["impute"]}, k=3)
    assert turned.customers.segment.tolist() == plain.customers.segment.tolist()
    for customer in plain.customers.customer_id[::17]:
        expected = {one.feature.name: one.pull for one in plain.explain(customer).reasons}
        assert {one.feature.name: one.pull for one in turned.explain(customer).reasons} == pytest.approx(expected)
