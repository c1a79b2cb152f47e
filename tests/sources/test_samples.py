"""The generated retail book: reproducible, and as dirty as real ones."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest

from segmentry.sources import SAMPLES, generate_retail


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("made") / "retail.csv"
    groups = generate_retail(path, customers=1000)
    return (
        path,
        groups,
        pd.read_csv(path, dtype={"CustomerID": str, "InvoiceNo": str, "StockCode": str}, parse_dates=["InvoiceDate"]),
    )


def test_the_same_seed_gives_the_same_bytes_and_another_another(made, tmp_path):
    path, groups, _ = made
    assert generate_retail(tmp_path / "again.csv", customers=1000) == groups
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()
    generate_retail(tmp_path / "other.csv", customers=1000, seed=8)
    assert (tmp_path / "other.csv").read_bytes() != path.read_bytes()
    assert SAMPLES["retail"] is generate_retail


def test_it_is_as_dirty_as_real_books(made):
    _, groups, frame = made
    lines = len(frame)
    assert 15_000 < lines < 30_000
    cancelled = frame["InvoiceNo"].str.startswith("C")
    assert 0.005 < cancelled.mean() < 0.03
    assert (frame.loc[cancelled, "Quantity"] < 0).all()
    assert (frame.loc[~cancelled, "Quantity"] > 0).all()
    assert 0.005 < frame["CustomerID"].isna().mean() < 0.05
    assert 0.002 < frame.duplicated().mean() < 0.05
    assert set(frame.loc[~frame["StockCode"].str.isdigit(), "StockCode"]) == {"POST", "M", "BANK CHARGES"}
    assert frame["Country"].nunique() >= 8
    assert len(groups) == 1000
    assert set(frame["CustomerID"].dropna()) <= set(groups)
    months = frame[~cancelled].groupby(frame["InvoiceDate"].dt.to_period("M")).size()
    assert months["2023-11"] > months["2023-05"]


def test_the_groups_behave_as_their_names_say(made):
    _, groups, frame = made
    sales = frame[~frame["InvoiceNo"].str.startswith("C") & frame["CustomerID"].notna()]
    money = (sales["Quantity"] * sales["UnitPrice"]).groupby(sales["CustomerID"]).sum()
    orders = sales.groupby("CustomerID")["InvoiceNo"].nunique()
    last = (frame["InvoiceDate"].max() - sales.groupby("CustomerID")["InvoiceDate"].max()).dt.days
    table = pd.DataFrame({"money": money, "orders": orders, "last": last, "group": pd.Series(groups)}).dropna()
    means = table.groupby("group")[["money", "orders", "last"]].mean()
    assert means["money"].idxmax() in {"champions", "can't lose"}
    assert means.loc["champions", "orders"] > 2 * means.loc["loyal", "orders"] * 0.9
    assert means.loc["champions", "last"] < 40
    assert 150 < means.loc["at risk", "last"] < means.loc["lost", "last"]
    assert means.loc["one-timers", "orders"] < 1.05
    top = table["money"].sort_values(ascending=False)
    assert top.head(len(top) // 5).sum() > 0.6 * top.sum()
    assert min(Counter(groups.values()).values()) >= 30
