"""Segments by a map, in a run: against pandas' own ranks, and refused before reading where the map is no partition."""

import json

import numpy as np
import pandas as pd
import pytest

import segmentry
from segmentry.core.errors import RecipeError, UnknownColumn
from segmentry.rules import load_map
from segmentry.rules.patterns import expand
from segmentry.sources import generate_retail


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("rules") / "retail.csv"
    generate_retail(path, customers=300)
    return path


@pytest.mark.parametrize("name", ["rf-10", "rfm-11"])
def test_a_run_adds_codes_and_segments(data, tmp_path, name):
    found = segmentry.run({"source": {"path": str(data)}, "rules": {"map": name}}, out=tmp_path, report=False)
    table = pd.read_parquet(found.path / "customers.parquet")
    measures = {"recency_days": -1, "frequency": 1, "monetary": 1}
    used = dict(list(measures.items())[: 2 if name == "rf-10" else 3])
    levels = pd.DataFrame(
        {m: np.floor(((table[m] * sign).rank() - 0.5) / len(table) * 5) + 1 for m, sign in used.items()}
    )
    codes = levels.astype(int).astype(str).agg("".join, axis=1)
    assert table["rule_code"].tolist() == codes.tolist()
    home = {one: title for title, patterns in load_map(name).segments.items() for p in patterns for one in expand(p)}
    assert table["rule_segment"].tolist() == [home[one] for one in codes]
    kept = json.loads((found.path / "manifest.json").read_text())["rules"]
    assert kept["map"] == name
    first = table.loc[levels["recency_days"] >= 2, "recency_days"].max()
    assert kept["scores"][0]["cuts"][0] == first  # the longest absence of level 2


def test_the_order_of_rows_moves_no_customer(data, tmp_path):
    rows = pd.read_csv(data, dtype=str).sample(frac=1, random_state=3)
    found = [
        segmentry.segment(frame, rules={"map": "rfm-11"}).customers for frame in (pd.read_csv(data, dtype=str), rows)
    ]
    assert found[0]["rule_segment"].tolist() == found[1]["rule_segment"].tolist()


def test_no_rules_no_columns(data):
    assert "rule_segment" not in segmentry.segment(pd.read_csv(data, dtype=str)).customers


def test_a_map_that_is_no_partition_stops_the_run_before_reading(tmp_path):
    (tmp_path / "own.yaml").write_text("measures: [frequency]\nlevels: 2\nsegments: {low: [1]}")
    recipe = {"source": {"path": "there-is-no-such-file.csv"}, "rules": {"map": str(tmp_path / "own.yaml")}}
    with pytest.raises(RecipeError, match="no partition: gap, no segment has 2"):
        segmentry.run(recipe, out=tmp_path / "runs")


def test_a_map_beside_the_recipe_is_found_and_its_measures_have_to_be_there(data, tmp_path):
    (tmp_path / "own.yaml").write_text("measures: [frequency]\nlevels: 2\nsegments: {few: [1], many: [2]}")
    (tmp_path / "recipe.yaml").write_text(f"source: {{path: {data}}}\nrules: {{map: own.yaml}}")
    found = segmentry.run(tmp_path / "recipe.yaml", out=tmp_path / "runs", report=False)
    assert set(found.customers["rule_segment"]) == {"few", "many"}
    (tmp_path / "own.yaml").write_text("measures: [fame]\nlevels: 2\nsegments: {few: [1], many: [2]}")
    with pytest.raises(UnknownColumn, match="fame"):
        segmentry.run(tmp_path / "recipe.yaml", out=tmp_path / "runs", report=False)
