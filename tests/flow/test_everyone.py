"""Customers who are too many to be fetched: groups are sought on a sample, all else is of all of them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from segmentry.cluster.lloyd import settle
from segmentry.core import display
from segmentry.core.errors import DataError, RecipeError
from segmentry.core.recipe import parse_recipe
from segmentry.flow import find_segments, run
from segmentry.sources import generate_retail


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    generate_retail(path, customers=1200)
    return path


def recipe(path, most, **more):
    settings = {"k": 4, "fetch_at_most": most}
    return {"source": {"path": str(path)}, "cluster": settings | more.pop("cluster", {}), **more}


@pytest.fixture(scope="module")
def ran(sales, tmp_path_factory):
    """A run on a sample of 200 customers, its folder, and all customers as it wrote them."""
    found = run(recipe(sales, 200), out=tmp_path_factory.mktemp("runs"), csv=True)
    return found, found.path, pd.read_parquet(found.path / "customers.parquet")


@pytest.fixture(scope="module")
def whole(sales):
    """The same customers, all of them fetched."""
    return find_segments(parse_recipe(recipe(sales, 20_000)))


def test_every_customer_is_written_with_the_features_of_a_usual_run(ran, whole):
    _, folder, written = ran
    usual = pd.DataFrame(whole.customer_columns())
    assert written["customer_id"].tolist() == usual["customer_id"].tolist()
    assert written.columns.tolist() == usual.columns.tolist()
    for feature in whole.book.customers.values:
        np.testing.assert_allclose(written[feature].astype(float), usual[feature], rtol=1e-12)
    lines = (folder / "customers.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(written) + 1


def test_a_sample_is_fetched_and_it_is_said(ran, whole):
    found, folder, written = ran
    assert len(found.book.customers) <= 200 < len(written) == found.book.customers.count
    assert set(found.book.customers.ids) <= set(written["customer_id"])
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["customers"] == len(written)
    assert any("too many to be fetched" in text for text in manifest["assumptions"])
    assert manifest["outliers"] == int(written["is_outlier"].sum())
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert f"charts draw a sample of {len(found.book.customers)} customers" in page
    assert f"all: {display.number(written['monetary'].mean(), 'money')}" in page
    assert "too many to be fetched" in page
    assert f"{display.count(len(written))} customers are too many" in page
    with pytest.raises(DataError, match="too many"):
        _ = found.customers
    assert whole.customers is not None


def test_sizes_money_and_means_are_those_of_all_customers(ran):
    found, _, written = ran
    assert sum(segment.customers for segment in found.profiles) == len(written)
    for segment in found.profiles:
        own = written[written["segment_id"] == segment.id]
        assert segment.customers == len(own)
        assert segment.share == pytest.approx(len(own) / len(written), rel=1e-12)
        assert segment.revenue == pytest.approx(own["monetary"].sum(), rel=1e-9)
        assert segment.revenue_share == pytest.approx(own["monetary"].sum() / written["monetary"].sum(), rel=1e-9)
        for name, summary in segment.features.items():
            assert summary.mean == pytest.approx(own[name].mean(), rel=1e-9, nan_ok=True)
    for name in ("recency_days", "frequency", "monetary"):
        assert found.book.customers.average(name) == pytest.approx(written[name].mean(), rel=1e-9)
    means = written.groupby("segment_id")["monetary"].mean()
    assert means.sort_values(ascending=False).index.tolist() == sorted(means.index)


def test_the_centres_rest_on_all_customers_as_the_local_iteration_leaves_them(ran, whole):
    found, _, written = ran
    matrix = found.prepared.pipeline.transform(whole.book.customers)
    inside = ~written["is_outlier"].to_numpy()
    centres, _ = settle(np.ascontiguousarray(matrix[inside]), found.clustering.centroids.copy())
    np.testing.assert_allclose(found.clustering.centroids, centres, atol=1e-6)
    nearest = ((matrix[:, None] - found.clustering.centroids) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(written["segment_id"], nearest)


def test_what_segments_buy_is_counted_over_all_customers(ran, sales):
    found, folder, written = ran
    rows = pd.read_csv(sales, dtype=str)
    rejected = pd.read_parquet(folder / "rejected.parquet")
    kept = rows.drop(index=rejected["source_line"] - 2)  # the header is line 1
    assert len(kept) == found.book.ledger.kept.rows
    columns = found.book.facts.roles
    segment = kept[columns["customer"]].map(written.set_index("customer_id")["segment"])
    buyers = kept.groupby([segment, columns["product"]])[columns["customer"]].nunique()
    for line in pd.read_csv(folder / "products.csv", dtype={"product": str}).itertuples():
        assert buyers[line.segment, line.product] == line.buyers
    orders = kept.groupby([segment, columns["customer"]])[columns["order"]].nunique().groupby(level=0).sum()
    assert {one.segment: one.basket.orders for one in found.bought.segments} == orders.to_dict()


def test_every_customer_can_be_explained(ran):
    found, _, written = ran
    absent = next(one for one in written["customer_id"] if one not in set(found.book.customers.ids))
    segment = written.set_index("customer_id")["segment"][absent]
    assert segment in str(found.explain(absent))


def test_a_customer_table_too(tmp_path):
    random = np.random.default_rng(2)
    frame = pd.DataFrame({"id": [f"c{n:04}" for n in range(3000)], "spend": np.exp(random.normal(4, 1, 3000))})
    frame["visits"] = random.poisson(np.where(np.arange(3000) % 3, 2, 20))
    frame.loc[::50, "spend"] = np.nan
    path = tmp_path / "customers.parquet"
    frame.to_parquet(path)
    source = {"path": str(path), "kind": "customers"}
    found = run({"source": source, "cluster": {"k": 3, "fetch_at_most": 500}}, out=tmp_path / "runs", report=False)
    written = pd.read_parquet(found.path / "customers.parquet")
    assert written["customer_id"].tolist() == frame["id"].tolist()
    assert {s.id: s.customers for s in found.profiles} == written["segment_id"].value_counts().to_dict()
    for segment in found.profiles:
        own = written[written["segment_id"] == segment.id]
        assert segment.features["spend"].mean == pytest.approx(own["spend"].mean(), rel=1e-9)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"rules": {"map": "rf-10"}}, "rules"),
        ({"cluster": {"compare": ["mixture"]}}, "cluster.compare"),
        ({"cluster": {"method": "mixture"}}, "cluster.method"),
        ({"prepare": {"transform": {"quantile": ["monetary"]}}}, "prepare.transform.quantile"),
    ],
)
def test_what_needs_all_customers_is_refused(sales, tmp_path, more, said):
    with pytest.raises(RecipeError, match=said):
        run(recipe(sales, 200, **more), out=tmp_path / "runs")
    assert not list(tmp_path.glob("runs/2*"))
