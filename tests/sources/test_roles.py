"""Which column plays which role: given, or guessed from names and content."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from segmentry.core.errors import SourceError, UnknownColumn
from segmentry.sources.roles import NAMES, folded, rank


def rows_of(names, values=("A1", "17", "2024-01-20 10:00", "2", "3.50", "7.00", "P9", "Spain"), count=25):
    lines = [",".join(names)]
    for n in range(count):
        cells = list(values[: len(names)])
        lines.append(",".join(cells).replace("A1", f"A{n // 2}").replace("17", str(17 + n % 5)))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "names",
    [
        ("InvoiceNo", "CustomerID", "InvoiceDate", "Quantity", "UnitPrice"),
        ("Invoice", "Customer ID", "InvoiceDate", "Quantity", "Price"),
        ("order_id", "customer_id", "order_date", "qty", "unit_price"),
        ("OrderID", "CUST_ID", "OrderDate", "Units", "Item Price"),
        ("transaction_id", "client", "timestamp", "items", "price"),
        ("ORDER NUMBER", "Account", "created_at", "QTY_ORDERED", "price_each"),
        ("receipt-no", "member.id", "Purchase Date", "pieces", "selling_price (EUR)"),
        ("Rechnungsnummer", "Kundennummer", "Rechnungsdatum", "Menge", "Einzelpreis"),
        ("numero_commande", "client", "date_commande", "Quantité", "Prix unitaire"),
        ("pedido", "cliente", "fecha", "cantidad", "precio unitario"),
        ("sales_invoice_no", "Sold-To", "invoice_date_utc", "sales qty", "price"),
    ],
)
def test_roles_are_guessed_from_usual_names(load_text, names):
    book = load_text(rows_of(names))
    assert book.facts.roles == dict(zip(["order", "customer", "time", "quantity", "unit_price"], names, strict=True))
    assert set(book.facts.role_reasons.values()) == {"name and content"}
    assert book.rows[0]["amount"] == Decimal(7)


def test_a_ready_amount_wins_over_quantity_times_price_and_that_is_said(load_text):
    book = load_text(rows_of(("order", "customer", "date", "quantity", "unit price", "amount")).replace("7.00", "6.30"))
    assert book.rows[0]["amount"] == Decimal("6.30")
    assert (book.rows[0]["quantity"], book.rows[0]["unit_price"]) == (2.0, 3.5)
    assert any("is 'amount', not 'quantity' × 'unit price'" in note.text for note in book.facts.assumptions)


def test_a_price_without_a_quantity_is_the_money_and_that_is_said(load_text):
    book = load_text("customer,date,price\n" + "".join(f"{n % 4},2024-01-20,{n}.50\n" for n in range(30)))
    assert book.rows[3]["amount"] == Decimal("3.50")
    assert book.rows[3]["quantity"] is None
    assert any("each row is one unit" in note.text for note in book.facts.assumptions)


def test_given_columns_win(load_text):
    text = rows_of(("order", "customer", "date", "quantity", "unit price", "amount", "buyer"))
    book = load_text(text, columns={"customer": "buyer", "amount": "quantity"})
    assert book.facts.roles["customer"] == "buyer"
    assert book.facts.role_reasons["customer"] == "given"
    assert book.rows[0]["customer_id"] == "P9"
    assert book.rows[0]["amount"] == Decimal(2)
    assert "quantity" not in book.facts.roles


def test_an_unknown_given_column_is_an_error_with_the_nearest_name(load_text):
    with pytest.raises(UnknownColumn, match=r"'Custmer' is not a column of 'sales.csv'.*Did you mean 'customer'\?"):
        load_text(rows_of(("order", "customer", "date", "quantity", "price")), columns={"customer": "Custmer"})


@pytest.mark.parametrize(
    ("names", "role"),
    [
        (("order", "foo", "date", "quantity", "price"), "customer"),
        (("order", "customer", "date", "foo", "bar"), "amount"),
    ],
)
def test_a_role_that_is_missing_is_an_error_with_columns_and_settings(load_text, names, role):
    with pytest.raises(SourceError) as caught:
        load_text(rows_of(names))
    assert f"--{role} COLUMN (source.columns.{role})" in str(caught.value)
    assert "'foo'" in str(caught.value)


def test_a_column_called_date_that_holds_no_dates_is_not_the_time(load_text):
    text = "customer,date,when it was,amount\n" + "".join(
        f"{n % 4},n/a x,2024-01-2{n % 10},{n}.50\n" for n in range(30)
    )
    book = load_text(text)
    assert book.facts.roles["time"] == "when it was"
    assert book.facts.role_reasons["time"] == "the only column of dates"


def test_a_column_called_amount_that_holds_words_is_not_the_money(load_text):
    book = load_text("customer,date,amount,total\n" + "".join(f"{n % 4},2024-01-20,low,{n}.50\n" for n in range(30)))
    assert book.facts.roles["amount"] == "total"


def test_without_an_order_each_row_or_each_customer_day_is_one(load_text):
    text = "customer,date,amount\n" + "".join(f"{n % 4},2024-01-2{n % 3} 1{n % 9}:00,{n}.50\n" for n in range(30))
    rows = load_text(text)
    assert rows.column("order_id") == [str(n) for n in range(30)]
    assert any("each row is one order" in note.text for note in rows.facts.assumptions)
    days = load_text(text, no_order="customer-day")
    assert days.rows[5]["order_id"] == "1|2024-01-22"
    assert len(set(days.column("order_id"))) == 12
    assert any("on one day is one order" in note.text for note in days.facts.assumptions)


def test_a_customer_column_that_never_repeats_is_said(load_text):
    book = load_text("customer,date,amount\n" + "".join(f"{n},2024-01-20,{n}.50\n" for n in range(60)))
    assert any("of its own" in note.text for note in book.facts.assumptions)


def test_ids_keep_their_zeros_and_lose_blanks_and_never_merge(load_text):
    ids = ["007", "7", " 7 ", "7.0", "", "  ", "NaN", "null", "N/A", "0", "Nan Smith", "1e3", "\u00a08\u00a0", "é"]
    text = "customer,date,amount\n" + "".join(f'"{name}",2024-01-20,1.50\n' for name in ids)
    book = load_text(text)
    assert book.column("customer_id") == [
        "007",
        "7",
        "7",
        "7.0",
        None,
        None,
        None,
        None,
        None,
        "0",
        "Nan Smith",
        "1e3",
        "8",
        "é",
    ]
    assert book.column("unparsed") == [None] * len(ids)


def test_ids_that_all_end_in_point_zero_lose_it(load_text):
    text = (
        "customer,order,date,amount,country\n"
        + "".join(f"{n % 4 + 17850}.0,{n // 2}.0,2024-01-20,1.5,NA\n" for n in range(30))
        + ",5.0,2024-01-20,1.5,FR\n"
    )
    book = load_text(text)
    assert book.rows[0]["customer_id"] == "17850"
    assert book.rows[2]["order_id"] == "1"
    assert book.rows[30]["customer_id"] is None
    assert set(book.column("country")) == {"NA", "FR"}
    one_other = load_text(text.replace("17853.0", "17853.5"))
    assert one_other.rows[0]["customer_id"] == "17850.0"


def test_names_fold_and_rank():
    assert folded("Prénom du Client!") == "prenomduclient"
    assert rank("InvoiceNo", "order") == 0
    assert rank("Order Status", "order") is None
    assert rank("customer_age", "customer") is None


def test_each_known_name_is_written_as_it_is_compared_and_stands_once_in_a_role():
    for role, names in NAMES.items():
        assert [name for name in names if folded(name) != name] == [], role


def test_time_keeps_the_minute(load_text):
    assert load_text(rows_of(("order", "customer", "date", "quantity", "price"))).rows[0]["time"] == pd.Timestamp(
        2024, 1, 20, 10
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("StockCode", "Description"), {"product": "StockCode", "description": "Description"}),
        (("Description",), {"product": "Description"}),
        (("product_id", "Product Name", "Category"),
         {"product": "product_id", "description": "Product Name", "category": "Category"}),
        (("Warengruppe", "Artikelnummer", "Bezeichnung"),
         {"product": "Artikelnummer", "description": "Bezeichnung", "category": "Warengruppe"}),
        (("Category",), {"category": "Category"}),
        (("Department", "SKU"), {"category": "Department", "product": "SKU"}),
    ],
)  # fmt: skip
def test_descriptions_and_categories_take_what_products_leave(load_text, names, expected):
    lines = [",".join(("order", "customer", "date", "amount", *names))]
    lines += [f"A{n},{n % 9},2024-01-20,7.50," + ",".join(f"word {n % 5}" for _ in names) for n in range(90)]
    roles = load_text("\n".join(lines) + "\n").facts.roles
    assert {role: name for role, name in roles.items() if role in {"product", "description", "category"}} == expected


def test_a_column_of_different_values_is_no_category(load_text):
    lines = ["order,customer,date,amount,department"]
    lines += [f"A{n},{n % 9},2024-01-20,7.50,d{n}" for n in range(90)]
    assert "category" not in load_text("\n".join(lines) + "\n").facts.roles
