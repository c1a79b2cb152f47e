"""What must hold for any purchases: the ledger adds up, order does not matter, netting is bracket matching."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmentry.clean import mark
from segmentry.core.errors import NothingLeft
from segmentry.core.recipe import Cancellations, Clean
from segmentry.features import Shared, collect

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
START = datetime(2024, 1, 1)  # noqa: DTZ001 -- the canonical table has naive times

purchase = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from([None, "a", "b", "ü"]),
        "order_id": st.sampled_from(["1", "2", "3", "C4"]),
        "time": st.one_of(st.none(), st.integers(0, 40).map(lambda hours: START + timedelta(hours=7 * hours))),
        "quantity": st.sampled_from([-2.0, 1.0, 2.0, 3.0]),
        "unit_price": st.sampled_from([0.0, 0.1, 2.55, 1234.5678]),
        "product": st.sampled_from(["p", "q"]),
    }
)


def cleaned(settled, table, clean):
    try:
        marked = settled(table, clean)
    except NothingLeft as error:
        return None, error.ledger
    return marked, marked.ledger


@quick
@given(lines=st.lists(purchase, min_size=1, max_size=30), net=st.booleans())
def test_every_row_and_every_cent_is_in_the_ledger(engine, transactions, settled, lines, net):
    _, ledger = cleaned(settled, transactions(lines), Clean(cancellations=Cancellations(net=net)))
    assert ledger.reconciles
    assert ledger.total.rows == len(lines)
    exact = sum((Decimal(str(entry["quantity"])) * Decimal(str(entry["unit_price"])) for entry in lines), Decimal(0))
    assert ledger.total.money == exact


@quick
@given(lines=st.lists(purchase, min_size=1, max_size=30), data=st.data())
def test_the_order_of_the_rows_changes_nothing(engine, transactions, settled, lines, data):
    shuffled = data.draw(st.permutations(lines))
    results = []
    for rows in (lines, shuffled):
        marked, ledger = cleaned(settled, transactions(rows), Clean())
        names = ["recency_days", "frequency", "monetary", "return_rate", "distinct_products"]
        customers = marked and collect(engine, marked, Shared(engine, marked), names)
        results.append(
            (ledger, customers and (customers.ids.tolist(), {n: v.tobytes() for n, v in customers.values.items()}))
        )
    assert results[0] == results[1]


def reversed_by_hand(lines):
    """Walk through time with a stack of standing purchases for each customer, product and quantity."""
    standing, gone = defaultdict(list), set()
    order = sorted(range(len(lines)), key=lambda i: (lines[i]["time"], lines[i]["quantity"] > 0, i))
    for i in order:
        key = (lines[i]["customer_id"], lines[i]["product"], abs(lines[i]["quantity"]))
        if lines[i]["quantity"] > 0:
            standing[key].append(i)
        elif standing[key]:
            gone.add(standing[key].pop())
    return gone


trade = st.fixed_dictionaries(
    {
        "customer_id": st.sampled_from(["a", "b"]),
        "order_id": st.just("1"),
        "time": st.integers(0, 12).map(lambda hours: START + timedelta(hours=hours)),
        "quantity": st.sampled_from([-2.0, -1.0, 1.0, 2.0]),
        "unit_price": st.just(2.0),
        "product": st.sampled_from(["p", "q"]),
    }
)


@quick
@given(lines=st.lists(trade, min_size=1, max_size=40))
def test_netting_is_the_matching_of_brackets(engine, transactions, lines):
    clean = Clean(duplicates="keep", cancellations=Cancellations(net=True))
    marked = mark(transactions(lines), clean, as_of=None, today=date(2026, 1, 1))
    rows = engine.rows(marked.select("row_id", "reason"), step="test")
    assert {row["row_id"] for row in rows if row["reason"] == "reversed purchase"} == reversed_by_hand(lines)


@pytest.mark.parametrize("money", ["0.1", "0.2", "0.3"])
def test_tenths_add_up_exactly(engine, transactions, settled, money):
    lines = [
        {"customer_id": "a", "order_id": str(i), "time": START, "quantity": 1.0, "unit_price": float(money)}
        for i in range(1000)
    ]
    _, ledger = cleaned(settled, transactions(lines), Clean())
    assert ledger.kept.money == Decimal(money) * 1000
