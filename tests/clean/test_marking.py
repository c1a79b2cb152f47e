from datetime import date
from decimal import Decimal

import pytest

from segmentry.core.errors import NothingLeft
from segmentry.core.recipe import Cancellations, Clean, DateLimits, NonProduct


def line(customer="a", order="1", time="2024-01-05 10:00", quantity=1.0, unit_price=2.0, **more):
    return {
        "customer_id": customer,
        "order_id": order,
        "time": time,
        "quantity": quantity,
        "unit_price": unit_price,
    } | more


def reasons(engine, found):
    rows = engine.rows(found.rows.select("row_id", "reason").order_by("row_id"), step="test")
    return [row["reason"] for row in rows]


def test_a_row_counts_for_the_first_rule_it_breaks_and_the_money_adds_up(engine, transactions, settled):
    table = transactions(
        [
            line(),
            line(),  # a copy
            line(customer=None, order="C9", quantity=-1.0),  # no customer comes before cancellation
            line(order="C2", quantity=-1.0),
            line(order="3", quantity=-2.0),  # a cancellation by its sign
            line(order="4", unit_price=0.0),
            line(order="5", time=None, unparsed="time 'x'"),
            line(order="6", quantity=None, amount=None, unparsed="quantity 'x'"),
            line(order="7", time="2024-02-01 00:00", unit_price=0.1, quantity=3.0),
        ]
    )
    found = settled(table)
    assert reasons(engine, found) == [
        "kept", "exact duplicate", "no customer", "cancellation", "cancellation", "not positive", "unparseable", "unparseable", "kept",
    ]  # fmt: skip
    ledger = found.ledger
    assert [(entry.reason, entry.rows, entry.money) for entry in ledger.set_aside] == [
        ("no customer", 1, Decimal("-2.0000")),
        ("exact duplicate", 1, Decimal("2.0000")),
        ("cancellation", 2, Decimal("-6.0000")),
        ("not positive", 1, Decimal("0.0000")),
        ("unparseable", 2, Decimal("2.0000")),
    ]
    assert (ledger.kept.rows, ledger.kept.orders, ledger.kept.customers, ledger.kept.money) == (
        2,
        2,
        1,
        Decimal("2.3000"),
    )
    assert ledger.total.rows == 9
    assert ledger.reconciles
    assert found.as_of == date(2024, 2, 2)


def test_each_rule_can_be_switched_off(engine, transactions, settled):
    table = transactions(
        [line(), line(), line(customer=None), line(order="C2", quantity=-1.0), line(order="4", unit_price=0.0), line(order="5", time=None, unparsed="time 'x'"), line(order="6", quantity=None, unparsed="quantity 'x'")]
    )  # fmt: skip
    off = Clean(
        missing_customer="keep", duplicates="keep", cancellations="keep", non_positive="keep", unparseable="keep"
    )
    # A row without a date can belong to no time: that one stays set aside.
    assert reasons(engine, settled(table, off)) == ["kept"] * 5 + ["unparseable", "kept"]
    assert settled(table, off).ledger.kept.customers == 2
    prefix_only = Clean(cancellations=Cancellations(order_prefix="C", negative_quantity=False))
    assert reasons(engine, settled(table, prefix_only))[3] == "cancellation"
    sign_only = Clean(cancellations=Cancellations(order_prefix=None))
    assert reasons(engine, settled(table, sign_only))[3] == "cancellation"


def test_codes_that_are_no_products_and_impossible_dates(engine, transactions, settled):
    table = transactions(
        [
            line(product="POST"),
            line(order="2", product="POSTER"),
            line(order="3", time="1899-01-01"),
            line(order="4", time="2031-05-05"),
        ]
    )
    rules = Clean(non_product=NonProduct(pattern="POST|D"), dates=DateLimits())
    expected = ["not a product", "kept", "impossible date", "impossible date"]
    assert reasons(engine, settled(table, rules)) == expected


def test_as_of_and_window(engine, transactions, settled):
    days = ["2024-01-01", "2024-01-20", "2024-01-31", "2024-02-01 00:00", "2024-02-02"]
    table = transactions([line(order=str(i), time=day) for i, day in enumerate(days)])
    found = settled(table, as_of=date(2024, 2, 1), window_days=12)
    assert reasons(engine, found) == ["before the window", "kept", "kept", "kept", "after the as-of date"]
    assert found.as_of == date(2024, 2, 1)
    assert found.ledger.reconciles


def test_netting_matches_each_cancellation_with_the_latest_standing_purchase(engine, transactions, settled):
    def buy(order, day, quantity=2.0, **more):
        return line(order=order, time=f"2024-01-{day:02d}", quantity=quantity, product="p", **more)

    table = transactions(
        [
            buy("C0", 1, -2.0),  # nothing before it: reverses nothing
            buy("1", 2),
            buy("2", 3),
            buy("C1", 4, -2.0),  # takes back order 2
            buy("C2", 5, -2.0),  # takes back order 1
            buy("3", 6),
            buy("4", 7, 3.0),  # another quantity
            buy("C3", 8, -2.0, customer="b"),  # another customer
            buy("5", 9),
            buy("C4", 9, -2.0),  # same moment as order 5: takes back order 3, which was earlier
        ]
    )
    found = settled(table, Clean(cancellations=Cancellations(net=True)))
    got = reasons(engine, found)
    assert [index for index, reason in enumerate(got) if reason == "reversed purchase"] == [1, 2, 5]
    assert [index for index, reason in enumerate(got) if reason == "kept"] == [6, 8]
    assert found.ledger.reconciles


def test_nothing_left_carries_the_ledger(engine, transactions, settled):
    with pytest.raises(NothingLeft, match="No row of the test is left") as caught:
        settled(transactions([line(customer=None), line(quantity=-1.0)]))
    assert [entry.rows for entry in caught.value.ledger.set_aside] == [1, 1]
