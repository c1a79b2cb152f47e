"""Features of past dates: those of a book that ends there, for every feature and each way of cleaning."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from segmentry.clean import Marked
from segmentry.core.errors import NothingLeft
from segmentry.core.recipe import Clean
from segmentry.features import CATALOGUE, Categories, Shared, View, Views, collect, collect_views

CATEGORIES = Categories({"share_of_tea": ("tea", "Tea"), "share_of_ham": ("ham",), "share_of_gone": ()}, has_other=True)
NAMES = [*CATALOGUE, *CATEGORIES.names]
CLEAN = Clean(duplicates="keep")
LAST = date(2024, 7, 19)
DATES = [LAST - timedelta(days=days) for days in (205, 160, 91, 90, 30, 0)]


def book(seed, lines=300):
    """Orders that span dates, cancellations by sign and by prefix, lines without order, product or category, copies."""
    rng = np.random.default_rng(seed)
    times = np.datetime64("2024-01-02") + rng.integers(0, 200, lines).astype("timedelta64[D]")
    moments = np.array([0, 1, 43_200, 86_399], dtype="timedelta64[s]")  # of a day: its borders matter
    orders = rng.choice([*map(str, range(40)), "C1", None], lines, p=[0.9 / 40] * 40 + [0.04, 0.06])
    frame = pd.DataFrame(
        {
            "customer_id": rng.choice(["007", "7", "é", "z", "Z'", "b,c", "日"], lines),
            "order_id": orders,
            "time": times.astype("datetime64[s]") + rng.choice(moments, lines),
            "quantity": rng.choice([1.0, 2.0, 2.5, 7.0, -1.0], lines),
            "unit_price": rng.integers(1, 3000, lines) / 100,
            "product": rng.choice([*"pqrst", None], lines),
            "category": rng.choice(["tea", "Tea", "ham", "milk", None], lines),
        }
    )
    rows = pd.concat([frame, frame.iloc[:20]]).to_dict("records")
    lonely = {"customer_id": "lone", "order_id": None, "quantity": 1.0, "unit_price": 2.0, "product": "p"}
    return [*rows, lonely | {"time": "2024-02-01"}, lonely | {"time": "2024-05-01 23:59:59"}]


def seen_at(engine, settled, table, views, clean=CLEAN, *, names=NAMES, window_days=None, last=LAST):
    """What ``collect_views`` makes of a book that ends on the *last* date."""
    marked = settled(table, clean, as_of=last, window_days=window_days)
    return collect_views(engine, marked, names, Views(tuple(views), window_days), CATEGORIES)


def ended_on(engine, settled, table, day, clean=CLEAN, *, names=NAMES, window_days=None):
    """What ``collect`` makes of a book that ends on *day*; None where it has no customers."""
    try:
        marked = settled(table, clean, as_of=day, window_days=window_days)
    except NothingLeft:
        return None
    return collect(engine, marked, Shared(engine, marked), names, CATEGORIES)


def assert_same(found, expected):
    if expected is None:
        assert len(found) == 0
        return
    assert found.ids.tolist() == expected.ids.tolist()
    assert found.as_of == expected.as_of
    assert found.columns == expected.columns
    for name, values in expected.values.items():
        np.testing.assert_allclose(found.values[name], values, rtol=1e-13, err_msg=f"{name} on {found.as_of}")


@pytest.mark.parametrize("window_days", [None, 45])
@pytest.mark.parametrize(
    "clean",
    [CLEAN, Clean(), Clean(cancellations="keep", non_positive="keep")],
    ids=["copies kept", "copies dropped", "negative money kept"],
)
def test_every_feature_is_that_of_a_book_which_ends_there(engine, transactions, settled, clean, window_days):
    table = transactions(book(1))
    seen = seen_at(engine, settled, table, [View(day, day) for day in DATES], clean, window_days=window_days)
    assert seen.ids.tolist() == sorted(seen.ids)
    assert len(seen.views) == len(DATES)
    sizes = []
    for day, (rows, customers) in zip(DATES, seen.views, strict=True):
        assert customers.as_of == day
        assert seen.ids[rows].tolist() == customers.ids.tolist()
        assert_same(customers, ended_on(engine, settled, table, day, clean, window_days=window_days))
        sizes.append(len(customers))
    assert sizes[0] == 0  # before anybody came
    assert sizes[-1] >= 7


@pytest.mark.parametrize("window_days", [None, 45])
def test_who_does_nothing_grows_older_and_nothing_else(engine, transactions, settled, window_days):
    """A view later than its last events is a book whose later lines are cut off, seen from the later date."""
    rows = book(2)
    gaps = [(DATES[2], DATES[2]), (DATES[3], DATES[1]), (DATES[4], DATES[3]), (LAST, DATES[3])]
    views = [View(as_of, until) for as_of, until in gaps]
    seen = seen_at(engine, settled, transactions(rows), views, window_days=window_days)
    for view, (_, customers) in zip(views, seen.views, strict=True):
        before = [row for row in rows if pd.Timestamp(row["time"]).date() <= view.until]
        table = transactions(before)
        assert_same(customers, ended_on(engine, settled, table, view.as_of, window_days=window_days))


def order(customer, number, time, amount=10.0, **more):
    line = {"customer_id": customer, "order_id": number, "time": time, "quantity": 1.0, "unit_price": amount}
    return line | {"product": "p"} | more


def test_a_day_belongs_to_the_date_it_is(engine, transactions, settled):
    """The as-of date is looked at, the next is not; a window of thirty days begins with the thirtieth before it."""
    rows = [
        order("a", "1", "2024-01-31 23:59:59.999"),
        order("b", "2", "2024-02-01 00:00:00"),
        order("c", "3", "2024-01-01 00:00:00"),
        order("d", "4", "2023-12-31 23:59:59"),
    ]
    views = [View(date(2024, 1, 30), date(2024, 1, 30)), View(date(2024, 1, 31), date(2024, 1, 31))]
    names = ["recency_days", "frequency"]
    last = date(2024, 2, 1)
    seen = seen_at(engine, settled, transactions(rows), views, names=names, last=last)
    found = [(customers.ids.tolist(), customers.values["recency_days"].tolist()) for _, customers in seen.views]
    assert found == [(["c", "d"], [29, 30]), (["a", "c", "d"], [0, 30, 31])]
    seen = seen_at(engine, settled, transactions(rows), views, names=names, window_days=30, last=last)
    assert [customers.ids.tolist() for _, customers in seen.views] == [["c", "d"], ["a", "c"]]


def test_one_customer_and_one_order_over_many_dates(engine, transactions, settled):
    rows = [order("a", "1", f"2024-0{month}-10", amount=float(month)) for month in (1, 2, 3)]
    views = [View(date(2024, month, 20), date(2024, month, 20)) for month in (1, 2, 3)]
    names = ["recency_days", "tenure_days", "frequency", "monetary", "distinct_products", "products_per_order"]
    seen = seen_at(engine, settled, transactions(rows), views, names=names, last=date(2024, 3, 20))
    assert [[customers.values[name].tolist() for name in names] for _, customers in seen.views] == [
        [[10], [10], [1], [1], [1], [1]],
        [[10], [41], [1], [3], [1], [1]],  # one order still, of one product
        [[10], [70], [1], [6], [1], [1]],
    ]
    seen = seen_at(engine, settled, transactions(rows), views, names=names, window_days=40, last=date(2024, 3, 20))
    last = seen.views[-1][1]
    assert [last.values[name].tolist() for name in names] == [[10], [39], [1], [5], [1], [1]]


def test_a_later_cancellation_says_nothing_yet(engine, transactions, settled):
    rows = [order("a", "1", "2024-01-10"), order("a", "C1", "2024-03-10", quantity=-1.0, unit_price=4.0)]
    rows.append(order("a", "2", "2024-03-30"))
    views = [View(day, day) for day in (date(2024, 2, 1), date(2024, 3, 10), date(2024, 4, 1))]
    seen = seen_at(engine, settled, transactions(rows), views, names=["return_rate"], last=date(2024, 4, 1))
    assert [customers.values["return_rate"].tolist() for _, customers in seen.views] == [[0.0], [0.4], [0.2]]


@pytest.mark.parametrize("as_of", [None, date(2024, 4, 1)])
def test_a_cancellation_after_the_as_of_date_is_of_no_date(engine, transactions, settled, as_of):
    """The run's own features say what the last snapshot says, whether its as-of date was set or found."""
    rows = [order("a", "1", "2024-03-31"), order("a", "2", "2024-03-01")]
    rows += [order("a", "C1", moment, quantity=-1.0, unit_price=4.0) for moment in ("2024-04-01", "2024-04-02", None)]
    marked = settled(transactions(rows), CLEAN, as_of=as_of)
    assert marked.as_of == date(2024, 4, 1)
    own = collect(engine, marked, Shared(engine, marked), ["return_rate"])
    seen = collect_views(engine, marked, ["return_rate"], Views((View(marked.as_of, marked.as_of),)))
    assert own.values["return_rate"].tolist() == seen.views[0][1].values["return_rate"].tolist() == [0.2]


@pytest.mark.parametrize("last", [date.max, date.max - timedelta(days=1)])
def test_the_calendar_may_end(engine, transactions, settled, last):
    """No day comes after the last of all, and no window begins before the first."""
    views = [View(last, last), View(date(2024, 1, 10), date(2024, 1, 10)), View(last, date(2024, 1, 10))]
    rows = [order("a", "1", "2024-01-10"), order("b", "2", "2024-01-11")]
    for window_days in (None, 4_000_000):
        seen = seen_at(engine, settled, transactions(rows), views, window_days=window_days, last=last)
        assert [customers.ids.tolist() for _, customers in seen.views] == [["a", "b"], ["a"], ["a"]]


def test_cells_begin_where_a_range_begins_or_ends():
    """Two dates a month apart, with a window of forty days: six borders, of which each view sees from its own to its
    own.
    """
    days = date(2024, 5, 31), date(2024, 6, 30)
    views = Views(tuple(View(day, day) for day in days), 40)
    starts = [day - timedelta(days=40) for day in days]
    recent = [day - timedelta(days=90) for day in days]
    after = [day + timedelta(days=1) for day in days]
    assert views.borders == sorted({*starts, *recent, *after})
    columns = {name: values.tolist() for name, values in views.columns().items()}
    assert columns == {
        "view_id": [0, 1],
        "start": [views.borders.index(day) + 1 for day in starts],
        "recent": [views.borders.index(day) + 1 for day in recent],
        "stop": [views.borders.index(day) + 1 for day in after],
    }


def test_marked_rows_are_not_changed(engine, transactions, settled):
    table = transactions(book(3))
    marked = settled(table, CLEAN, as_of=LAST)
    assert isinstance(marked, Marked)
    before = collect(engine, marked, Shared(engine, marked), NAMES, CATEGORIES)
    collect_views(engine, marked, NAMES, Views((View(DATES[2], DATES[2]),)), CATEGORIES)
    assert_same(collect(engine, marked, Shared(engine, marked), NAMES, CATEGORIES), before)
