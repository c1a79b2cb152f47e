"""Labelled into a file by one query: the same table as by Python, from every kind of file, in its order."""

from __future__ import annotations

import csv
import io

import duckdb
import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.errors import NothingLeft, OutputError, UnknownColumn
from segmentry.core.recipe import parse_recipe
from segmentry.flow import find_segments, score, score_to_file
from segmentry.sources import generate_retail, generate_rfm


class Heard:
    def __init__(self):
        self.lines = []

    def step(self, name, detail=""):
        self.lines.append(f"{name} {detail}".strip())

    def advance(self, done, total):
        pass


@pytest.fixture(scope="module")
def holders():
    random = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "id": np.arange(1000, 1400),
            "Spend": np.round(np.exp(random.normal(5, 1, 400)), 2),
            "Visits": random.poisson(4, 400),
            "segment": random.normal(0, 1, 400),  # a feature called like a column of the output
            "Region": random.integers(1, 4, 400),
        }
    )
    frame.loc[5:20, "Spend"] = np.nan
    return frame


def fitted(frame, **settings):
    document = {
        "source": {"kind": "customers", "columns": {"customer": "id"}}, "cluster": {"k": 4},
        "features": ["Spend", "Visits", "segment"], **settings,
    }  # fmt: skip
    return find_segments(parse_recipe(document), frame=frame).model


@pytest.fixture(scope="module")
def model(holders):
    return fitted(holders, names={})


def in_python(model, path):
    return pd.DataFrame(score(model, path).columns)


def in_the_engine(model, path, tmp_path, ending="parquet", **options):
    out = tmp_path / f"scored.{ending}"
    written = score_to_file(model, str(path), out, **options)
    found = pd.read_parquet(out) if ending == "parquet" else pd.read_csv(out, dtype={"customer_id": str})
    assert written.counts == found.segment.value_counts().to_dict()
    assert not list(tmp_path.glob(".*partial"))
    return found


def check(found, expected):
    assert found.columns.tolist() == expected.columns.tolist()
    found = found.sort_values("customer_id").reset_index(drop=True)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_a_customer_table_is_labelled_as_in_python(holders, model, tmp_path, ending):
    path = tmp_path / f"holders.{ending}"
    writers = {"parquet": holders.to_parquet, "csv": holders.to_csv}
    if ending == "jsonl":
        holders.to_json(path, orient="records", lines=True)
    else:
        writers[ending](path, index=False)
    check(in_the_engine(model, path, tmp_path), in_python(model, path))


def test_customers_come_out_in_the_order_they_went_in(holders, model, tmp_path):
    path = tmp_path / "holders.parquet"
    mixed = holders.sample(frac=1, random_state=3)
    mixed.to_parquet(path, index=False)
    found = in_the_engine(model, path, tmp_path)
    assert found.customer_id.tolist() == mixed.id.astype(str).tolist()
    check(found, in_python(model, path))


@pytest.mark.parametrize("kind", ["whole", "text", "by length"])
def test_repeated_and_missing_ids_are_set_aside_and_told(holders, model, tmp_path, kind):
    several = pd.concat([holders, holders.iloc[[3, 3, 7]].assign(Spend=1e6)], ignore_index=True)
    several["id"] = several.id.astype("Int64") if kind == "whole" else "C" + several.id.astype(str)
    if kind == "by length":
        several.loc[several.id.isin(["C1001", "C1002"]), "id"] = "C9"
    several.loc[40, "id"] = None
    path = tmp_path / "several.parquet"
    several.to_parquet(path, index=False)
    heard = Heard()
    found = in_the_engine(model, path, tmp_path, progress=heard)
    check(found, in_python(model, path))
    assert found.customer_id.is_unique
    repeated = 4 if kind == "by length" else 3
    assert any(f"no customer 1 · repeated customer {repeated}" in line for line in heard.lines)


def test_ids_in_order_need_no_grouping(holders, model, tmp_path, monkeypatch):
    from segmentry.clean import once_each

    monkeypatch.setattr(once_each, "_repeated", lambda *_: pytest.fail("ids were grouped"))
    for ids in (holders.id, "C" + (holders.id - 950).astype(str), [f"{place:05d}" for place in range(400)]):
        path = tmp_path / "holders.parquet"
        holders.assign(id=ids).to_parquet(path, index=False)
        assert len(in_the_engine(model, path, tmp_path)) == 400


def test_csv_is_what_python_writes(holders, tmp_path):
    model = fitted(holders, names={})
    dangerous = holders.assign(id=[f"=cmd|{place}" if place % 7 == 0 else f"c{place}" for place in holders.id])
    path = tmp_path / "holders.parquet"
    dangerous.sort_values("id").to_parquet(path, index=False)
    score(model, path).write(tmp_path / "python.csv")
    score_to_file(model, str(path), tmp_path / "engine.csv")
    texts = [(tmp_path / name).read_text(encoding="utf-8") for name in ("python.csv", "engine.csv")]
    rows = [list(csv.DictReader(io.StringIO(text))) for text in texts]
    assert len(rows[0]) == len(rows[1]) == 400
    for ours, expected in zip(rows[1], rows[0], strict=True):
        for name, value in expected.items():
            if name == "confidence":
                assert float(ours[name]) == pytest.approx(float(value), abs=1e-9)
            else:
                assert ours[name] == value, name
    assert any(row["customer_id"].startswith("'=cmd") for row in rows[1])


def test_outliers_that_are_set_apart_have_their_own_segment(holders, tmp_path):
    model = fitted(holders, prepare={"outliers": {"policy": "drop", "threshold": 1.5}})
    path = tmp_path / "holders.parquet"
    holders.to_parquet(path, index=False)
    found = in_the_engine(model, path, tmp_path)
    check(found, in_python(model, path))
    assert set(found[found.is_outlier].segment_id) == {-1}


def test_purchases_become_segments_in_the_engine(tmp_path):
    data = tmp_path / "sales.csv"
    generate_retail(data, customers=300)
    for settings in ({}, {"features": ["recency_days", "frequency", "return_rate", "products_per_order"]}):
        model = find_segments(parse_recipe({"source": {"path": str(data)}, "cluster": {"k": 4}, **settings})).model
        found = in_the_engine(model, data, tmp_path)
        assert found.customer_id.is_monotonic_increasing
        check(found, in_python(model, data))


def test_columns_of_other_names_are_understood_as_in_python(tmp_path):
    generate_rfm(tmp_path / "rfm.csv", customers=300)
    frame = pd.read_csv(tmp_path / "rfm.csv").set_axis(["customer_id", "Recency", "Frequency", "Monetary"], axis=1)
    frame.to_parquet(tmp_path / "rfm.parquet", index=False)
    recipe = parse_recipe({"source": {"kind": "customers"}, "cluster": {"k": 4}, "vocabulary": "rfm-4"})
    model = find_segments(recipe, frame=frame).model
    found = in_the_engine(model, tmp_path / "rfm.parquet", tmp_path)
    assert "recency_days" in found.columns
    check(found, in_python(model, tmp_path / "rfm.parquet"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"cluster": {"method": "mixture", "k": 3}}, "posterior"),
        ({"cluster": {"method": "hierarchical", "k": 3}}, "nearest customer of the fit"),
        ({"prepare": {"transform": {"quantile": ["Spend"]}}}, "ranks"),
    ],
)
def test_what_no_query_says_is_said_and_done_in_python(holders, tmp_path, settings, words):
    model = fitted(holders, **settings)
    path = tmp_path / "holders.parquet"
    holders.to_parquet(path, index=False)
    heard = Heard()
    found = in_the_engine(model, path, tmp_path, progress=heard)
    assert any("in Python, not in the engine" in line and words in line for line in heard.lines)
    check(found, in_python(model, path))


def test_a_bound_on_memory_changes_nothing_but_the_way(holders, model, tmp_path):
    path = tmp_path / "holders.parquet"
    holders.to_parquet(path, index=False)
    check(in_the_engine(model, path, tmp_path, memory="1GB"), in_python(model, path))


def test_what_cannot_be_scored_leaves_no_file(holders, model, tmp_path):
    path = tmp_path / "holders.parquet"
    holders.drop(columns="Visits").to_parquet(path, index=False)
    with pytest.raises(UnknownColumn, match="Visits"):
        score_to_file(model, str(path), tmp_path / "out.parquet")
    holders.assign(id=None).astype({"id": "string"}).to_parquet(path, index=False)
    with pytest.raises(NothingLeft, match="names a customer"):
        score_to_file(model, str(path), tmp_path / "out.parquet")
    holders.to_parquet(path, index=False)
    with pytest.raises(OutputError, match="cannot be written"):
        score_to_file(model, str(path), tmp_path / "nowhere" / "out.parquet")
    assert not list(tmp_path.glob("*out*"))


def test_a_saved_model_scores_the_same_twice_with_the_plan_kept(holders, model, tmp_path):
    model.save(tmp_path / "model")
    loaded = sg.load(tmp_path / "model")
    path = tmp_path / "holders.parquet"
    holders.to_parquet(path, index=False)
    first, second = (in_the_engine(loaded, path, tmp_path) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    other = fitted(holders, cluster={"k": 3})  # the same data and recipe but for the groups: another query
    check(in_the_engine(other, path, tmp_path), in_python(other, path))


def test_the_file_holds_names_as_words(holders, model, tmp_path):
    path = tmp_path / "holders.parquet"
    holders.to_parquet(path, index=False)
    in_the_engine(model, path, tmp_path)
    kinds = dict(
        duckdb.connect()
        .execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM '{tmp_path}/scored.parquet')")
        .fetchall()
    )
    assert kinds["segment"] == kinds["nearest_other_segment"] == kinds["customer_id"] == "VARCHAR"
    assert kinds["segment_id"] == "BIGINT"
    assert kinds["segment_"] == "DOUBLE"
