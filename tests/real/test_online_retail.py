"""UCI Online Retail: every reference figure of ../shared/data/README.md, and the published three clusters."""

from __future__ import annotations

import gzip
import io
import random
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.flow import run

pytestmark = pytest.mark.real
PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def file(real_data):
    return real_data / "online_retail.csv.gz"


@pytest.fixture(scope="module")
def found(file, tmp_path_factory):
    return run(file, out=tmp_path_factory.mktemp("runs"), report=False)


def test_the_ledger_equals_the_reference_line_by_line(found):
    ledger = found.book.ledger
    assert [(line.reason, line.rows, line.money) for line in ledger.set_aside] == [
        ("no customer", 135_080, Decimal("1447682.1200")),
        ("exact duplicate", 5_225, Decimal("21546.3900")),
        ("cancellation", 8_872, Decimal("-608689.4700")),
        ("not positive", 40, Decimal("0.0000")),
    ]
    assert (ledger.kept.rows, ledger.kept.money) == (392_692, Decimal("8887208.8940"))
    assert (ledger.kept.customers, ledger.kept.orders) == (4_338, 18_532)
    assert (ledger.total.rows, ledger.total.money) == (541_909, Decimal("9747747.9340"))
    assert (ledger.total.customers, ledger.total.orders) == (4_372, 25_900)
    assert ledger.reconciles


def test_recency_frequency_monetary_equal_the_reference(found):
    values = found.book.customers.values
    assert str(found.book.customers.as_of) == "2011-12-10"
    assert len(found.book.customers) == 4_338
    assert values["recency_days"].mean() == pytest.approx(93.0595, abs=5e-5)
    assert (values["recency_days"].min(), values["recency_days"].max()) == (1, 374)
    assert values["frequency"].mean() == pytest.approx(4.2720, abs=5e-5)
    assert values["frequency"].max() == 209
    assert values["monetary"].mean() == pytest.approx(2048.688, abs=5e-4)
    assert np.median(values["monetary"]) == pytest.approx(668.57, abs=0.02)
    assert values["monetary"].max() == pytest.approx(280_206.02)


def test_the_business_by_month_and_country_adds_up_to_the_reference(found):
    trade = found.book.trade()
    assert sum(month.revenue for month in trade.months) == pytest.approx(8_887_208.894)
    assert sum(country.revenue for country in trade.countries) == pytest.approx(8_887_208.894)
    assert sum(country.orders for country in trade.countries) == 18_532
    assert len(trade.months) == 13
    assert (str(trade.first), str(trade.last)) == ("2010-12-01", "2011-12-09")
    assert [(one.name, one.customers) for one in trade.countries[:2]] == [("United Kingdom", 3920), ("Netherlands", 9)]


def test_every_customer_and_every_rejected_row_is_written(found):
    customers = pd.read_parquet(found.path / "customers.parquet")
    rejected = pd.read_parquet(found.path / "rejected.parquet")
    assert len(customers) == 4_338
    assert customers.customer_id.is_unique
    assert customers.segment.notna().all()
    assert len(rejected) == 541_909 - 392_692
    assert rejected.rejected_reason.value_counts().to_dict() == {
        "no customer": 135_080, "cancellation": 8_872, "exact duplicate": 5_225, "not positive": 40,
    }  # fmt: skip
    first_of_all = pd.read_csv(PROJECT.parent / "shared/data/online_retail.csv.gz", dtype=str)
    line = rejected.source_line.iloc[1000]
    assert rejected.Description.iloc[1000] == first_of_all.Description.iloc[line - 2] or pd.isna(
        rejected.Description.iloc[1000]
    )
    assert rejected.InvoiceNo.iloc[1000] == first_of_all.InvoiceNo.iloc[line - 2]


def test_the_numbers_of_segments_people_can_act_on(found):
    choice = found.clustering.choice
    assert 3 <= choice.k <= 6
    assert choice.structure in {"weak", "moderate"}
    names = [segment.name for segment in found.profiles]
    assert len(set(names)) == len(names)
    assert names[0] == "Champions"
    spent = [segment.features["monetary"].mean for segment in found.profiles]
    assert spent == sorted(spent, reverse=True)


def test_the_published_three_clusters(tmp_path):
    """domain.md §2: sizes, recency, quantity, money and basket within 1 %, frequency within 0.1."""
    found = run(PROJECT / "recipes/retail-published.yaml", out=tmp_path, report=False)
    published = {
        "high": (1209, 31.3, 10.1, 5951.3, 3440.5, 727.0),
        "mid": (2029, 64.5, 2.4, 705.3, 421.3, 355.6),
        "low": (1100, 211.6, 1.3, 237.2, 125.0, 192.1),
    }
    features = ("recency_days", "frequency", "monetary", "total_quantity", "average_order_value")
    assert len(found.profiles) == 3
    for segment, (size, *means) in zip(found.profiles, published.values(), strict=True):
        assert segment.customers == pytest.approx(size, rel=0.01)
        for feature, mean in zip(features, means, strict=True):
            allowed = {"abs": 0.1} if feature == "frequency" else {"rel": 0.01}
            assert segment.features[feature].mean == pytest.approx(mean, **allowed), (segment.name, feature)


def content(found):
    frame = pd.read_parquet(found.path / "customers.parquet")
    return frame, (found.path / "customers.parquet").read_bytes()


def test_shuffled_split_parquet_and_pandas_give_the_same_customers(found, file, tmp_path):
    raw = gzip.decompress(file.read_bytes())
    header, *lines = raw.splitlines(keepends=True)
    random.Random(5).shuffle(lines)
    shuffled = tmp_path / "shuffled.csv"
    shuffled.write_bytes(header + b"".join(lines))
    folder = tmp_path / "ten"
    folder.mkdir()
    for part in range(10):
        (folder / f"part-{part}.csv").write_bytes(header + b"".join(lines[part::10]))
    frame = pd.read_csv(io.BytesIO(raw), encoding="utf-8")
    frame["InvoiceDate"] = pd.to_datetime(frame["InvoiceDate"], format="%m/%d/%Y %H:%M")
    frame.to_parquet(tmp_path / "lines.parquet")
    expected, _ = content(found)
    for source in (shuffled, folder, tmp_path / "lines.parquet"):
        got, _ = content(run(source, out=tmp_path / "runs", report=False))
        pd.testing.assert_frame_equal(got, expected, check_exact=True)
    from_pandas = sg.segment(frame, customer="CustomerID", order="InvoiceNo", time="InvoiceDate")
    pd.testing.assert_frame_equal(
        from_pandas.customers.astype(expected.dtypes.to_dict()), expected, check_exact=True, check_dtype=False
    )


def test_a_model_labels_its_own_customers_as_the_run_did(found, file, tmp_path):
    scored = sg.load(found.path).assign(str(file))
    expected = pd.read_parquet(found.path / "customers.parquet").set_index("customer_id")
    assert (scored.set_index("customer_id").segment == expected.segment).all()
    lines = pd.read_csv(file, dtype=str)
    few = lines[lines.CustomerID.isin(expected.index[:50])]
    part = sg.load(found.path).assign(few).set_index("customer_id")
    assert (part.segment == expected.segment.loc[part.index]).all()
    assert (part.segment_id == expected.segment_id.loc[part.index]).all()


def test_the_engine_and_a_statement_label_every_customer_as_the_run_did(found, file, tmp_path):
    from segmentry.flow import score_to_file
    from segmentry.flow.statements import Given, model_sql

    expected = pd.read_parquet(found.path / "customers.parquet").set_index("customer_id")
    model = sg.load(found.path)
    score_to_file(model, str(file), tmp_path / "scored.parquet")
    scored = pd.read_parquet(tmp_path / "scored.parquet").set_index("customer_id")
    pd.testing.assert_series_equal(scored.segment, expected.segment)
    pd.testing.assert_series_equal(scored.nearest_other_segment, expected.nearest_other_segment)
    np.testing.assert_allclose(scored.confidence, expected.confidence, atol=1e-9)
    lines = pd.read_csv(file, dtype=str)  # noqa: F841 -- DuckDB reads it by its name
    with duckdb.connect() as database:
        columns = "strptime(InvoiceDate, '%m/%d/%Y %H:%M') AS InvoiceDate, Quantity::INTEGER AS Quantity, UnitPrice::DOUBLE AS UnitPrice"
        database.execute(f"CREATE TABLE sales AS SELECT * REPLACE ({columns}) FROM lines")
        rows = database.execute(model_sql(model.model, Given("sales"))).df().set_index("customer_id").sort_index()
    pd.testing.assert_series_equal(rows.segment, expected.segment)
