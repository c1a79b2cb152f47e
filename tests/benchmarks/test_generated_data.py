"""Generated files are the same for the same size, and look as they say."""

from __future__ import annotations

import customers
import duckdb
import pandas as pd
import pytest
import transactions
from data import Places, number

LINES = 60_000


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    path = transactions.generate(LINES, tmp_path_factory.mktemp("generated") / "t.parquet")
    return pd.read_parquet(path)


def test_the_same_size_gives_the_same_rows_whatever_the_format_and_the_threads(lines, tmp_path, monkeypatch):
    connect = duckdb.connect
    monkeypatch.setattr(transactions.duckdb, "connect", lambda: connect(config={"threads": 1}))
    path = transactions.generate(LINES, tmp_path / "t.csv")
    again = pd.read_csv(path, dtype={"invoice_no": str, "stock_code": str}, parse_dates=["invoice_date"])
    both = [
        frame.astype({"customer_id": float}).sort_values(list(frame), ignore_index=True) for frame in (lines, again)
    ]
    pd.testing.assert_frame_equal(*both, check_dtype=False)


def test_a_file_that_is_there_is_kept(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("here already")
    assert transactions.generate(10, path).read_text() == "here already"


def test_lines_orders_and_customers_have_the_sizes_that_are_said(lines):
    assert len(lines) == pytest.approx(LINES, rel=0.03)
    an_order = lines.drop_duplicates().groupby("invoice_no").size()
    assert an_order.mean() == pytest.approx(4, rel=0.03)
    assert (an_order.min(), an_order.max()) == (1, 7)
    a_customer = lines.groupby("customer_id").size()
    assert a_customer.mean() == pytest.approx(28, rel=0.06)
    # a heavy tail: the busiest hundredth of customers has far more than a hundredth of the lines
    assert a_customer.nlargest(len(a_customer) // 100).sum() / len(lines) > 0.08


def test_repeated_lines_cancellations_and_missing_customers_have_the_shares_that_are_said(lines):
    assert lines.duplicated().mean() == pytest.approx(0.01, abs=0.002)
    orders = lines.groupby("invoice_no").agg(quantity=("quantity", "max"), customers=("customer_id", "count"))
    cancelled = orders.index.str.startswith("C")
    assert cancelled.mean() == pytest.approx(0.02, abs=0.004)
    assert ((orders["quantity"] < 0) == cancelled).all()
    assert (orders["customers"] == 0).mean() == pytest.approx(0.02, abs=0.004)
    assert (lines["unit_price"] == 0).mean() == pytest.approx(0.002, abs=0.001)


def test_a_customer_has_one_country_and_an_order_one_customer_and_time(lines):
    assert lines.groupby("customer_id")["country"].nunique().max() == 1
    assert lines.groupby("invoice_no")[["customer_id", "invoice_date"]].nunique().max().max() == 1


def test_customers_to_score_are_the_same_again_and_add_up(tmp_path):
    first, second = (pd.read_parquet(customers.generate(5_000, tmp_path / name)) for name in ("a.parquet", "b.parquet"))
    pd.testing.assert_frame_equal(first, second)
    assert list(first) == ["customer_id", *customers.FEATURES]
    assert first["customer_id"].is_unique
    assert first["frequency"].min() == 1
    spend = (first["frequency"] * first["average_order_value"]).round(2)
    assert spend.to_numpy() == pytest.approx(first["monetary"].to_numpy(), abs=0.011)


@pytest.mark.parametrize(("name", "lines"), [("250k", 250_000), ("10M", 10_000_000), ("10M.parquet", 10_000_000)])
def test_sizes_are_written_as_people_say_them(name, lines):
    assert number(name) == lines


def test_a_size_that_is_none_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'much' is no size"):
        Places(tmp_path).transactions("much")
