"""Snapshots of real books: features and segments of each month, by plain pandas and NumPy from the raw file."""

from __future__ import annotations

import gzip
import json
import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import yeojohnson

from segmentry.features import CATALOGUE, View, Views
from segmentry.flow import run
from segmentry.movement import snapshot_dates

pytestmark = pytest.mark.real
CUT = date(2011, 6, 10)


def retail_by_the_rules(path):
    """Every purchase of Online Retail by the rules of ../shared/data/README.md: customer, order, day, money."""
    lines = pd.read_csv(path, dtype=str, encoding="latin-1")
    lines = lines[lines.CustomerID.notna()].drop_duplicates()
    lines = lines[~lines.InvoiceNo.str.startswith("C")]
    quantity, price = lines.Quantity.astype(int), lines.UnitPrice.astype(float)
    lines = lines.assign(money=quantity * price)[(quantity > 0) & (price > 0)]
    day = pd.to_datetime(lines.InvoiceDate, format="%m/%d/%Y %H:%M").dt.normalize()
    return pd.DataFrame({"customer": lines.CustomerID, "order": lines.InvoiceNo, "day": day, "money": lines.money})


def cdnow_by_the_rules(path):
    """Every purchase of CDNOW: a row is an order."""
    columns = ["customer", "day", "cds", "money"]
    lines = pd.read_csv(path, sep=r"\s+", names=columns, skiprows=_header(path), dtype={"customer": str, "day": str})
    lines = lines.drop_duplicates()
    lines = lines[lines.money > 0]
    day = pd.to_datetime(lines.day, format="%Y%m%d")
    return pd.DataFrame({"customer": lines.customer, "order": range(len(lines)), "day": day, "money": lines.money})


def _header(path):
    with path.open() as file:
        return 0 if file.readline().split()[0].isdigit() else 1


def as_of(purchases, day):
    """The customers of one date."""
    seen = purchases[purchases.day <= pd.Timestamp(day)]
    own = seen.groupby("customer")
    table = {
        "recency_days": (pd.Timestamp(day) - own.day.max()).dt.days,
        "frequency": own.order.nunique(),
        "monetary": own.money.sum(),
        "tenure_days": (pd.Timestamp(day) - own.day.min()).dt.days,
    }
    return pd.DataFrame(table).sort_index()


@pytest.fixture(scope="module", params=["retail", "cdnow"])
def book(request, real_data, tmp_path_factory):
    """A run with snapshots, its purchases by hand, and how many months were asked for."""
    names = {
        "retail": ("online_retail.csv.gz", retail_by_the_rules, 12),
        "cdnow": ("cdnow_master.txt", cdnow_by_the_rules, 18),
    }
    file, read, months = names[request.param]
    recipe = {"source": {"path": str(real_data / file)}, "describe": ["tenure_days"],
              "snapshots": {"every": "month", "count": months}}  # fmt: skip
    found = run(recipe, out=tmp_path_factory.mktemp("runs"), report=False)
    return found, read(real_data / file), months


def test_features_of_each_month_are_those_of_pandas(book):
    found, purchases, months = book
    history = found.movement.history
    last = pd.Timestamp(found.book.customers.as_of)
    assert last == purchases.day.max() + pd.Timedelta(days=1)
    assert list(history.dates) == [(last - pd.DateOffset(months=back)).date() for back in range(months - 1, -1, -1)]
    assert history.ids.tolist() == sorted(purchases.customer.unique())
    for place, snapshot in enumerate(history.snapshots):
        expected = as_of(purchases, snapshot.as_of)
        assert snapshot.customers.ids.tolist() == expected.index.tolist()
        for name in ("recency_days", "frequency", "tenure_days"):
            assert snapshot.customers.values[name].tolist() == expected[name].tolist()
        np.testing.assert_allclose(snapshot.customers.values["monetary"], expected.monetary, rtol=1e-11)
        idle = history.idle[place].customers
        days = (pd.Timestamp(idle.as_of) - pd.Timestamp(snapshot.as_of)).days
        assert 28 <= days <= 31
        assert idle.ids.tolist() == expected.index.tolist()
        assert (idle.values["recency_days"] - expected.recency_days).unique().tolist() == [days]
        assert idle.values["frequency"].tolist() == expected.frequency.tolist()


def test_segments_of_each_month_are_the_nearest_centroids(book):
    """From the numbers in ``model/`` alone: logarithms, scale, distances."""
    found, purchases, _ = book
    model = json.loads((found.path / "model" / "model.json").read_text(encoding="utf-8"))["body"]
    centroids = pd.read_parquet(found.path / "model" / "centroids.parquet").to_numpy()
    names = {segment["id"]: segment["name"] for segment in model["segments"]}
    written = pd.read_parquet(found.path / "history.parquet")
    history = found.movement.history
    for snapshot in history.snapshots:
        expected = as_of(purchases, snapshot.as_of)
        matrix = prepared(expected, model["preparation"])
        distances = ((matrix[:, None, :] - centroids[None, :, :]) ** 2).sum(axis=2)
        nearest, second = np.sort(distances, axis=1)[:, :2].T
        sure = second - nearest > 1e-9 * second  # not half-way, where floats decide
        assert sure.mean() > 0.999
        labels = distances.argmin(axis=1)
        np.testing.assert_array_equal(snapshot.labels[sure], labels[sure])
        rows = written[pd.to_datetime(written.as_of) == pd.Timestamp(snapshot.as_of)]
        assert rows.customer_id.tolist() == expected.index.tolist()
        assert rows.segment.to_numpy()[sure].tolist() == [names[label] for label in labels[sure]]
        assert rows.segment_id.tolist() == snapshot.labels.tolist()
    assert snapshot.labels.tolist() == found.clustering.labels.tolist()


def prepared(table, preparation):
    """The matrix in which distances are taken; nothing is missing, clipped or rotated in these books."""
    assert preparation["policy"] != "clip"
    assert not preparation["flagged"]
    assert preparation["components"] is None
    scaling = preparation["scaling"]
    parts = (preparation["features"], preparation["transformations"], scaling["centre"], scaling["spread"])
    columns = []
    for name, transformation, centre, spread in zip(*parts, strict=True):
        values, numbers = table[name].to_numpy(dtype=np.float64), transformation["numbers"]
        if transformation["method"] == "log1p":
            values = np.log(1 + np.maximum(values, numbers[0]))
        elif transformation["method"] == "yeo-johnson":
            values = yeojohnson(values, numbers[0])
        else:
            assert transformation["method"] == "none"
        columns.append((values - centre) / spread)
    return np.column_stack(columns)


def test_a_file_that_ends_earlier_says_the_same_of_earlier_months(real_data, tmp_path):
    """The leak test: every line after a day is deleted from the file; no figure of any month before may change."""
    whole = real_data / "online_retail.csv.gz"
    cut = tmp_path / "cut.csv"
    with gzip.open(whole, "rb") as lines, cut.open("wb") as kept:
        kept.write(next(lines))
        kept.writelines(line for line in lines if day_of(line) <= CUT)
    assert 0 < cut.stat().st_size < 20_000_000  # of 45
    names = [*CATALOGUE]
    dates = snapshot_dates(CUT, "month", 6, ahead=1)
    views = Views(tuple(View(day, day) for day in dates[:-1]) + tuple(map(View, dates[1:], dates[:-1])))
    books = [run({"source": {"path": str(path)}}, out=tmp_path / "runs", report=False) for path in (whole, cut)]
    seen = [found.book.views(names, views) for found in books]
    model = books[0].model.model
    for (_, ours), (_, theirs) in zip(seen[0].views, seen[1].views, strict=True):
        assert len(ours) > 700
        assert ours.ids.tolist() == theirs.ids.tolist()
        for name in names:
            np.testing.assert_array_equal(ours.values[name], theirs.values[name], err_msg=name)
        assert model.label(ours).labels.tolist() == model.label(theirs).labels.tolist()
    ended = run({"source": {"path": str(cut)}, "as_of": CUT}, out=tmp_path / "runs", report=False).book.customers
    last = seen[0].views[5][1]
    assert last.ids.tolist() == ended.ids.tolist()
    for name in names:
        np.testing.assert_array_equal(last.values[name], ended.values[name], err_msg=name)


def day_of(line):
    """The date of a line of the file, the only text of its form there."""
    month, day, year = map(int, re.search(rb",(\d+)/(\d+)/(\d{4}) \d+:\d\d,", line).groups())
    return date(year, month, day)
