"""What would move a customer does: told with the model, and found again by scoring the changed orders themselves."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.errors import DataError
from segmentry.explain.book import APART
from segmentry.explain.moves import HORIZON_DAYS, after_orders, after_quiet, possible_orders, usual_order
from segmentry.explain.thresholds import single_changes

KNOWN = (
    "recency_days", "frequency", "monetary", "average_order_value", "tenure_days", "lines_per_order",
    "days_between_orders_mean",
)  # fmt: skip


def with_orders(orders, customer, as_of, count):
    """The book with *count* more orders of the usual value, evenly over the 30 days after *as_of*."""
    own = orders[orders.who == customer]
    days = [as_of + timedelta(days=HORIZON_DAYS * (i + 1) // count - 1) for i in range(count)]
    new = pd.DataFrame(
        {
            "who": customer,
            "order": [f"new{i}" for i in range(count)],
            "when": pd.to_datetime(days),
            "money": own.money.mean(),
        }
    )
    return pd.concat([orders, new], ignore_index=True)


def scored(book, orders, customer, as_of):
    columns = sg.score(book.model, orders, as_of=as_of).columns
    place = columns["customer_id"].tolist().index(customer)
    return {name: values[place] for name, values in columns.items()}


def every_feature(orders, customer, as_of):
    own = orders[orders.who == customer]
    found = sg.segment(pd.concat([own, own.assign(who="other", money=1.0)]), customer="who", order="order", time="when",
                       amount="money", k=1, as_of=as_of)  # fmt: skip
    return found.customers.set_index("customer_id").loc[customer]


def test_moves_are_what_scoring_the_changed_orders_says(book, orders):
    as_of = book.book.customers.as_of
    names = {segment.id: segment.name for segment in book.profiles}
    moved = 0
    for customer in book.customers.customer_id[::23]:
        told = book.explain(customer)
        by_kind = {change.kind: change for change in told.changes}
        if "orders" in by_kind:
            change, later = by_kind["orders"], as_of + timedelta(days=HORIZON_DAYS)
            count = int(change.amount)
            after = scored(book, with_orders(orders, customer, as_of, count), customer, later)
            assert after["segment"] == names[change.to] != told.segment
            assert {name: after[name] for name in change.values} == pytest.approx(change.values, rel=1e-3)
            if count > 1:
                before = scored(book, with_orders(orders, customer, as_of, count - 1), customer, later)
                assert before["segment"] == told.segment
            moved += 1
        if "quiet" in by_kind:
            change = by_kind["quiet"]
            days = int(change.amount)
            assert scored(book, orders, customer, as_of + timedelta(days=days))["segment"] == names[change.to]
            assert scored(book, orders, customer, as_of + timedelta(days=days - 1))["segment"] == told.segment
            moved += 1
    assert moved > 3


def test_features_after_orders_follow_their_definitions(book, orders):
    as_of = book.book.customers.as_of
    frame = book.customers.set_index("customer_id")
    often = frame.frequency.idxmax()
    for customer, count in ((often, 2), (often, 3), (frame.index[frame.frequency == 1][0], 1)):
        made, held = after_orders(
            frame.loc[customer, book.book.customers.values.keys()].to_dict(), np.array([float(count)])
        )
        after = every_feature(
            with_orders(orders, customer, as_of, count), customer, as_of + timedelta(days=HORIZON_DAYS)
        )
        for name in KNOWN:
            assert made[name][0] == pytest.approx(after[name], rel=1e-4), (customer, name)
        assert not held & set(KNOWN)
        if "recent_spend_share" not in held:
            assert made["recent_spend_share"][0] == pytest.approx(after["recent_spend_share"], rel=1e-4)


def test_features_after_a_quiet_time_follow_their_definitions(book, orders):
    as_of = book.book.customers.as_of
    frame = book.customers.set_index("customer_id")
    for customer in (frame.frequency.idxmax(), frame.index[0]):
        made, held = after_quiet(frame.loc[customer, book.book.customers.values.keys()].to_dict(), np.array([200.0]))
        after = every_feature(orders, customer, as_of + timedelta(days=200))
        for name in {*KNOWN, "days_between_orders_median", "own_rhythm_recency", "recent_spend_share"} - held:
            assert made[name][0] == pytest.approx(after[name], rel=1e-9, nan_ok=True), name


def test_what_is_possible_follows_the_customers_pace():
    assert possible_orders({"frequency": 1.0, "tenure_days": 5.0}) == 3
    assert possible_orders({"frequency": 100.0, "tenure_days": 100.0}) == 30
    assert possible_orders({"monetary": 3.0}) == 3
    assert usual_order({"frequency": 4.0, "monetary": 10.0}) == 2.5
    assert np.isnan(usual_order({"monetary": 10.0}))


def test_a_single_change_moves_and_a_smaller_one_does_not(accounts, ground):
    found = ground(accounts)
    moved = 0
    for row in range(0, len(found.customers), 7):
        told = accounts.explain(found.customers.ids[row])
        own = int(found.labels[row])
        start = {name: found.customers.values[name][row] for name in found.pipeline.features}
        for change in told.changes:
            assert change.kind == "feature"
            values = found.customers.values[change.feature]
            assert np.nanmin(values) <= change.values[change.feature] <= np.nanmax(values)
            assert change.values[change.feature] == pytest.approx(start[change.feature] + change.amount)
            assert found.assign(found.table(change.values))[0] == change.to != own
            whole = change.feature in {"products", "visits"}
            less = change.amount - np.sign(change.amount) if whole else change.amount * 0.98
            assert found.assign(found.table({**start, change.feature: start[change.feature] + less}))[0] == own
            moved += 1
        steps = [
            np.abs(
                found.pipeline.transform(found.table(change.values)) - found.pipeline.transform(found.table(start))
            ).sum()
            for change in told.changes
        ]
        assert steps == sorted(steps)
    assert moved > 20


def test_one_segment_has_nothing_to_compare_with(table):
    found = sg.segment(table, source={"kind": "customers"}, k=1)
    told = found.explain("a001")
    assert (told.other, told.reasons, told.changes, told.confidence) == (None, (), (), 1.0)
    assert "the only segment" in str(told)
    assert found.explain(segment=told.segment).neighbour is None


def test_a_customer_set_apart_is_told_which_limit_it_breaks(orders):
    found = sg.segment(
        orders, customer="who", order="order", time="when", amount="money", k=3,
        prepare={"outliers": {"policy": "drop", "method": "percentile", "threshold": 2}},
    )  # fmt: skip
    frame = found.customers
    apart = frame[frame.segment_id == -1]
    told = found.explain(apart.customer_id.iloc[0])
    assert told.limits
    assert "set apart" in str(told)
    for limit in told.limits:
        usual = frame.loc[~frame.is_outlier, limit.feature.name]
        assert not limit.low <= limit.value <= limit.high
        assert usual.between(limit.low - 1e-9, limit.high + 1e-9).all()
    inside = found.explain(frame.customer_id[frame.segment_id == 0].iloc[0])
    assert all(change.to >= 0 for change in inside.changes)


def test_unknown_names_get_the_nearest(book):
    with pytest.raises(DataError, match="Did you mean '0017'"):
        book.explain("0017 ")
    with pytest.raises(DataError, match=r"no segment 'Chmpions'.*Did you mean 'Champions'"):
        book.explain(segment="Chmpions")
    assert book.explain(segment="0").segment == book.segments.segment[0]


def test_where_outliers_are_set_apart_changes_end_at_their_limits_and_are_not_lost(table, ground):
    """Every feature that can move a customer, tried at each value that occurs, is told of; none leads to the outliers."""
    rule = {"method": "zscore", "threshold": 1.6, "policy": "drop"}
    found = ground(sg.segment(table, source={"kind": "customers"}, k=3, prepare={"outliers": rule}))
    for row in range(0, len(found.customers), 9):
        own = int(found.labels[row])
        start = {name: float(found.customers.values[name][row]) for name in found.pipeline.features}
        changes = single_changes(found, row)
        assert all(int(found.assign(found.table(one.values))[0]) == one.to not in {own, APART} for one in changes)
        told = {(one.feature, one.amount > 0) for one in changes}
        assert len(told) == len(changes)
        for name, value in start.items():
            values = found.customers.values[name]
            occurring = np.unique(values[np.isfinite(values)])
            labels = found.assign(
                found.table({other: np.full(len(occurring), start[other]) for other in start} | {name: occurring})
            )
            moving = occurring[(labels != own) & (labels != APART)]
            assert np.isnan(value) or {(name, bool(way > value)) for way in moving} <= told
