"""The other real files: they run with at most the column roles given, and their totals are those of the reference."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from segmentry.flow import run

pytestmark = pytest.mark.real


def test_cdnow_runs_from_the_file_alone(real_data, tmp_path):
    found = run(real_data / "cdnow_master.txt", out=tmp_path, report=False)
    ledger = found.book.ledger
    assert ledger.total.rows == 69_659
    assert ledger.total.money == Decimal("2500315.6300")
    assert ledger.total.customers == 23_570
    aside = {line.reason: line.rows for line in ledger.set_aside}
    lines = pd.read_csv(
        real_data / "cdnow_master.txt",
        sep=r"\s+",
        skiprows=1,
        names=["customer", "day", "cds", "money"],
        dtype={"customer": str},
    )
    copies = lines.duplicated()
    assert aside["exact duplicate"] == copies.sum() == 255
    assert aside["not positive"] == ((lines.money <= 0) & ~copies).sum()
    kept = lines[~copies & (lines.money > 0)]
    assert len(found.book.customers) == kept.customer.nunique()
    assert found.book.customers.ids.tolist() == sorted(kept.customer.unique())
    assert found.book.customers.values["monetary"].sum() == pytest.approx(kept.money.sum())
    assert str(found.book.customers.as_of) == "1998-07-01"


def test_three_columns_run_from_the_file_alone(real_data, tmp_path):
    file = real_data / "retail_transactions_3col.csv.gz"
    found = run(file, out=tmp_path, report=False)
    lines = pd.read_csv(file)
    lines["trans_date"] = pd.to_datetime(lines.trans_date, format="%d-%b-%y")
    kept = lines[~lines.duplicated() & (lines.tran_amount > 0)]
    per_customer = kept.groupby("customer_id")
    customers = found.book.customers
    assert customers.ids.tolist() == sorted(per_customer.groups)
    assert str(customers.as_of) == "2015-03-17"
    assert customers.values["monetary"].tolist() == per_customer.tran_amount.sum().sort_index().tolist()
    assert customers.values["frequency"].tolist() == per_customer.size().sort_index().tolist()
    recency = (pd.Timestamp("2015-03-17") - per_customer.trans_date.max()).dt.days.sort_index()
    assert customers.values["recency_days"].tolist() == recency.tolist()


def test_a_customer_table_runs_too(real_data, tmp_path):
    found = run(
        {"source": {"path": str(real_data / "credit_card.csv"), "kind": "customers"}}, out=tmp_path, report=False
    )
    assert found.book.customers.ids.tolist() == sorted(pd.read_csv(real_data / "credit_card.csv").CUST_ID)
