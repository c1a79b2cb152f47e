"""A run that looks ahead: its files, what it says, its chapter, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.errors import RecipeError
from segmentry.flow import find_segments
from segmentry.sources import generate_retail

SEGMENTS = {"k": 4}


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    generate_retail(path, customers=400, seed=3)
    return path


@pytest.fixture(scope="module")
def recipe(sales):
    snapshots = {"every": "month", "count": 8}
    return {
        "source": {"path": str(sales)}, "cluster": SEGMENTS, "snapshots": snapshots, "forecast": {"periods": 2},
    }  # fmt: skip


@pytest.fixture(scope="module")
def found(recipe, tmp_path_factory):
    return sg.run(recipe, out=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def customers(found):
    return pd.read_parquet(found.path / "forecast.parquet")


def test_there_is_a_row_for_each_customer_of_the_last_date_whose_probabilities_are_all_there_is(found, customers):
    run = pd.read_parquet(found.path / "customers.parquet")
    assert customers["customer_id"].tolist() == run["customer_id"].tolist()
    assert customers["segment"].tolist() == run["segment"].tolist()
    shares = customers.filter(like="probability_").drop(columns="probability_alive")
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    names = dict(zip(run["segment_id"], run["segment"], strict=True))
    likeliest = shares.idxmax(axis=1).str.removeprefix("probability_").astype(int).map(names)
    assert customers["next_segment"].tolist() == likeliest.tolist()
    np.testing.assert_allclose(customers["next_probability"], shares.max(axis=1))


def test_the_risk_is_of_leaving_the_valuable_segments_and_the_value_is_what_was_spent(found, customers):
    valuable = {segment.name: segment.id for segment in found.profiles if segment.tone == "valuable"}
    inside = customers["segment"].isin(list(valuable))
    assert customers.loc[~inside, "risk_of_leaving"].isna().all()
    stay = customers[[f"probability_{label}" for label in valuable.values()]].sum(axis=1)
    np.testing.assert_allclose(customers.loc[inside, "risk_of_leaving"], 1 - stay[inside], atol=1e-12)
    spent = pd.read_parquet(found.path / "customers.parquet")["monetary"]
    value = (customers["risk_of_leaving"] * spent)[inside]
    np.testing.assert_allclose(customers.loc[inside, "value_at_risk"], value)
    saved = pd.read_csv(found.path / "worth_saving.csv", dtype={"customer_id": str})
    assert len(saved) == min(100, inside.sum())
    expected = customers.loc[value.sort_values(ascending=False, kind="stable").index, "customer_id"].head(100)
    assert saved["customer_id"].tolist() == expected.tolist()


def test_expected_customers_and_money_are_sums_over_customers_for_each_date(found, customers):
    table = pd.read_csv(found.path / "forecast.csv")
    assert table["date"].unique().tolist() == [one.date.isoformat() for one in found.forecasts]
    spent = pd.read_parquet(found.path / "customers.parquet")["monetary"]
    ids = {segment.name: segment.id for segment in found.profiles}
    for row in table[table["date"] == found.forecast.date.isoformat()].itertuples():
        share = customers[f"probability_{ids[row.segment]}"]
        assert row.customers == pytest.approx(share.sum(), abs=0.01)
        assert row.money == pytest.approx((share * spent).sum(), abs=0.01)
        assert row.customers_now == (customers["segment"] == row.segment).sum()
        assert row.customers_low <= row.customers <= row.customers_high
    for _, rows in table.groupby("date"):
        assert rows["customers"].sum() == pytest.approx(len(customers), abs=0.05)


def test_the_manifest_says_which_model_and_why(found):
    facts = json.loads((found.path / "manifest.json").read_text(encoding="utf-8"))["forecast"]
    assert [one["date"] for one in facts] == [one.date.isoformat() for one in found.forecasts]
    assert facts[0]["model"] == found.forecast.model
    assert {score["model"] for score in facts[0]["scores"]} == {"persistence", "markov", "markov_idle", "boosted"}
    assert facts[0]["why"] == found.forecast.why


def test_the_report_has_the_chapters_and_their_charts(found):
    page = (found.path / "report.html").read_text(encoding="utf-8")
    for chapter in ("Who moved", "What comes next"):
        assert f"<h2>{chapter}</h2>" in page
    assert found.forecast.why in page
    drawn = {path.stem for path in (found.path / "charts").glob("*.svg")}
    assert {"segment_history", "flows", "transition_map", "causes", "expected_sizes", "calibration"} <= drawn
    assert {"expected_sizes", "flows"} <= {*found.charts()}


def test_the_same_input_gives_the_same_forecast(found, recipe):
    again = find_segments(sg.Recipe.model_validate(recipe))
    np.testing.assert_array_equal(again.forecast.probabilities, found.forecast.probabilities)


def test_a_forecast_without_snapshots_is_refused_before_anything_is_read(tmp_path):
    with pytest.raises(RecipeError, match="set snapshots too"):
        sg.run({"source": {"path": "nowhere.csv"}, "forecast": {}}, out=tmp_path / "runs")
    assert not (tmp_path / "runs").exists()
