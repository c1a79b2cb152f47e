"""What must hold for the features of past dates: plain Python finds the same, rows in any order, and no future in it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmentry.core.errors import NothingLeft
from segmentry.core.recipe import Clean
from segmentry.features import CATALOGUE, View, Views, collect_views

quick = settings(max_examples=7, suppress_health_check=[HealthCheck.function_scoped_fixture])
START = datetime(2024, 1, 1)  # noqa: DTZ001 -- the canonical table has naive times
NAMES = [*CATALOGUE]
LATEST = date(2024, 12, 31)

line = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["a", "B", "ü", "10", "9"]),
        "order_id": st.sampled_from(["1", "2", "3", "C4", None]),
        "time": st.integers(0, 300).map(lambda steps: START + timedelta(hours=17 * steps)),
        "quantity": st.sampled_from([-2.0, 1.0, 2.0, 3.0]),
        "unit_price": st.sampled_from([0.0, 0.1, 2.55, 1234.5678]),
        "product": st.sampled_from(["p", "q", None]),
    }
)
books = st.lists(line, min_size=1, max_size=40)
days = st.dates(date(2023, 12, 30), date(2024, 8, 10))
pairs = st.lists(st.tuples(days, st.integers(0, 60)), min_size=1, max_size=5)


def views_of(drawn):
    """Views of which the second date is so many days before the first."""
    return tuple(View(as_of, as_of - timedelta(days=days)) for as_of, days in drawn)


def by_hand(lines, view, window_days):
    """The customers of *view* with every feature, one customer and one line after the other."""
    first = view.as_of - timedelta(days=window_days) if window_days else date.min
    bought, returned = defaultdict(list), defaultdict(Decimal)
    copies = set()
    for row in lines:
        key, day = tuple(row.values()), row["time"].date()
        money = Decimal(str(row["quantity"])) * Decimal(str(row["unit_price"]))
        if key in copies or day > view.until:
            continue
        copies.add(key)
        if (row["order_id"] or "").startswith("C") or row["quantity"] < 0:
            returned[row["customer_id"]] += abs(money)
        elif money > 0 and day >= first:
            bought[row["customer_id"]].append((day, money, row))
    return {
        customer: features(view.as_of, own, returned[customer])
        for customer, own in sorted(bought.items(), key=lambda item: item[0].encode())
    }


def features(as_of, own, returned):
    """Every feature of one customer, from ``(day, money, row)`` of what was bought."""
    dates = sorted({day for day, _, _ in own})
    gaps = [(later - earlier).days for earlier, later in pairwise(dates)]
    orders = {row["order_id"] for _, _, row in own} - {None}
    money = float(sum(money for _, money, _ in own))
    recent = float(sum(money for day, money, _ in own if day >= as_of - timedelta(days=90)))
    in_orders = {(row["order_id"], row["product"]) for _, _, row in own if row["product"] is not None}
    recency, count, nothing = (as_of - dates[-1]).days, len(orders), float("nan")
    rhythm = median(gaps) if gaps and orders else nothing
    return {
        "recency_days": recency,
        "frequency": count,
        "monetary": money,
        "total_quantity": sum(row["quantity"] for _, _, row in own),
        "average_order_value": money / count if count else nothing,
        "tenure_days": (as_of - dates[0]).days,
        "recent_spend_share": recent / money,
        "lines_per_order": len(own) / count if count else nothing,
        "products_per_order": len(in_orders) / count if count else nothing,
        "distinct_products": len({product for _, product in in_orders}) if count else nothing,
        "days_between_orders_mean": sum(gaps) / len(gaps) if gaps and orders else nothing,
        "days_between_orders_median": rhythm,
        "own_rhythm_recency": recency / rhythm if count >= 3 and rhythm else nothing,
        "return_rate": float(returned) / money,
    }


@pytest.fixture
def found_in(engine, transactions, settled):
    """Give the customers of each view of some lines; None where nothing is left of these."""

    def found(lines, views, window_days=None):
        try:
            marked = settled(transactions(lines), Clean(), as_of=LATEST)
        except NothingLeft:
            return None
        seen = collect_views(engine, marked, NAMES, Views(views, window_days))
        return [customers for _, customers in seen.views]

    return found


def bits(found):
    """Ids and figures of each view, to the last bit."""
    return found and [
        (one.ids.tolist(), one.as_of, {name: values.tobytes() for name, values in one.values.items()}) for one in found
    ]


@quick
@given(lines=books, drawn=pairs, window_days=st.sampled_from([None, 20, 75]))
def test_plain_python_finds_the_same(found_in, lines, drawn, window_days):
    views = views_of(drawn)
    found = found_in(lines, views, window_days)
    expected = [by_hand(lines, view, window_days) for view in views]
    if found is None:
        assert not any(expected)
        return
    for customers, right, view in zip(found, expected, views, strict=True):
        assert customers.ids.tolist() == list(right)
        assert customers.as_of == view.as_of
        for name in NAMES:
            wanted = np.array([one[name] for one in right.values()], dtype=np.float64)
            np.testing.assert_allclose(customers.values[name], wanted, rtol=1e-13, err_msg=name)


@quick
@given(lines=books, drawn=pairs, data=st.data())
def test_the_order_of_the_rows_changes_nothing(found_in, lines, drawn, data):
    views = views_of(drawn)
    shuffled = data.draw(st.permutations(lines))
    ours, theirs = (bits(found_in(rows, views, 75)) for rows in (lines, shuffled))
    assert ours == theirs


@quick
@given(lines=books, day=days, back=st.integers(0, 60), window_days=st.sampled_from([None, 20]))
def test_what_comes_later_changes_nothing(found_in, lines, day, back, window_days):
    """The leak test: without every later row, of purchases and of cancellations, the same figures to the last bit."""
    view = View(day, day - timedelta(days=back))
    earlier = [row for row in lines if row["time"].date() <= view.until]
    whole = found_in(lines, (view,), window_days)
    cut = found_in(earlier, (view,), window_days) if earlier else None
    if cut is None:
        assert whole is None or len(whole[0]) == 0
    else:
        assert bits(whole) == bits(cut)


@quick
@given(lines=books, drawn=pairs, more=pairs)
def test_a_view_does_not_depend_on_the_others(found_in, lines, drawn, more):
    views = views_of(drawn)
    alone = bits(found_in(lines, views, 20))
    among = bits(found_in(lines, views + views_of(more), 20))
    assert alone is None or alone == among[: len(views)]


@pytest.mark.parametrize("count", [1, 3])
def test_the_same_view_may_be_asked_for_twice(found_in, count):
    rows = [{"customer_id": "a", "order_id": "1", "time": START, "quantity": 1.0, "unit_price": 2.0, "product": "p"}]
    view = View(date(2024, 2, 1), date(2024, 2, 1))
    found = bits(found_in(rows, (view,) * count, None))
    assert found == [found[0]] * count
