"""A book of many rows is read in a way of its own: the same ledger, rows set aside and features must come out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from segmentry.flow import run
from segmentry.sources import generate_retail

OTHERS = ["distinct_products", "products_per_order", "days_between_orders_median"]


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    generate_retail(path, customers=400)
    lines = path.read_text(encoding="utf-8").splitlines()
    copied = [line for line in lines[1:] if line.startswith("C")][:7]  # a copy of what is set aside is no duplicate
    path.write_text("\n".join([*lines, *copied, *lines[40:60], *lines[40:50], ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "more",
    [{}, {"window_days": 200}, {"clean": {"cancellations": {"net": True}}}, {"clean": {"duplicates": "keep"}}],
    ids=["usual", "window", "net", "keep"],
)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_large_book_gives_what_a_small_one_gives(sales, tmp_path, monkeypatch, more, kind):
    path = sales
    if kind == "parquet":
        path = tmp_path / "sales.parquet"
        pd.read_csv(sales, dtype={"InvoiceNo": str, "StockCode": str}).to_parquet(path)
    recipe = {"source": {"path": str(path)}, "cluster": {"k": 3}, **more}
    described = ["total_quantity", "return_rate", "recent_spend_share", *OTHERS]
    usual = run(recipe | {"describe": described}, out=tmp_path / "usual")
    for name in ("segmentry.clean.settling.LARGE", "segmentry.clean.LARGE"):
        monkeypatch.setattr(name, 0)
    large = run(recipe | {"describe": described}, out=tmp_path / "large")
    assert large.book.ledger == usual.book.ledger
    assert large.book.ledger.total.rows > large.book.ledger.kept.rows
    ours, theirs = (pd.read_parquet(found.path / "rejected.parquet") for found in (large, usual))
    pd.testing.assert_frame_equal(ours, theirs)
    assert len(ours) == usual.book.ledger.total.rows - usual.book.ledger.kept.rows
    np.testing.assert_array_equal(large.book.customers.ids, usual.book.customers.ids)
    for name, values in usual.book.customers.values.items():
        np.testing.assert_array_equal(large.book.customers.values[name], values, err_msg=name)
    ours, theirs = large.book.trade(), usual.book.trade()
    assert [(one.start, one.revenue, one.orders) for one in ours.months] == [
        (one.start, one.revenue, one.orders) for one in theirs.months
    ]
    assert [(one.name, one.revenue, one.customers) for one in ours.countries] == [
        (one.name, one.revenue, one.customers) for one in theirs.countries
    ]
