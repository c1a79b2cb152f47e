"""Every method through the whole flow: run, save, load, score, report, compare."""

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.errors import ModelError, RecipeError
from segmentry.core.recipe import parse_recipe
from segmentry.flow import find_segments
from segmentry.flow.comparing import compare_methods
from segmentry.sources import generate_retail

METHODS = ("minibatch", "mixture", "hierarchical", "dbscan", "hdbscan")
QUICK = {"k_range": [3, 4], "starts": 2}


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    path = tmp_path_factory.mktemp("methods") / "sales.csv"
    generate_retail(path, customers=400, seed=3)
    return path


def recipe(sales, **cluster):
    method = cluster.get("method", "kmeans")
    kept = {} if "scan" in method else {"k_range": [3, 4]} if method == "hierarchical" else QUICK
    return {"source": {"path": str(sales)}, "cluster": kept | cluster}


@pytest.mark.parametrize("method", METHODS)
def test_a_run_is_scored_as_it_was_fitted_by_the_model_that_it_saved(sales, tmp_path, method):
    found = sg.run(recipe(sales, method=method), out=tmp_path)
    assert found.clustering.method == method
    customers = found.customers
    scored = pd.DataFrame(sg.score(found.path, sales).columns)
    assert scored.segment.tolist() == customers.segment.tolist()
    np.testing.assert_allclose(scored.confidence, customers.confidence)
    assert scored.nearest_other_segment.tolist() == customers.nearest_other_segment.tolist()
    shares = [name for name in customers if name.startswith("membership_")]
    assert len(shares) == (found.clustering.choice.k if method == "mixture" else 0)
    if shares:
        np.testing.assert_allclose(customers[shares].sum(axis=1), 1)
        np.testing.assert_allclose(scored[shares], customers[shares])
        assert (customers[shares].to_numpy().argmax(axis=1) == customers.segment_id).all()
    assert (customers.segment != "").all()
    page = (found.path / "report.html").read_text(encoding="utf-8")
    assert "a new customer gets" in page
    assert ('id="chart-dendrogram"' in page) == (method == "hierarchical")
    assert ('id="chart-k_distance"' in page) == (method == "dbscan")
    assert ('id="chart-elbow"' in page) == ("scan" not in method)
    assert 'id="methods"' not in page
    manifest = json.loads((found.path / "manifest.json").read_text())
    assert manifest["method"]["name"] == method
    assert manifest["method"]["agreement_with_fit"] == 1
    again = sg.run(found.path / "recipe.yaml", out=tmp_path / "again", report=False)
    assert again.customers.segment.tolist() == customers.segment.tolist()


@pytest.mark.parametrize("method", METHODS)
def test_models_hold_no_code_and_tell_when_they_were_changed(sales, tmp_path, method):
    found = sg.run(recipe(sales, method=method), out=tmp_path, report=False)
    folder = found.path / "model"
    document = json.loads((folder / "model.json").read_text())
    assert document["format"] == 2
    assert {path.suffix for path in folder.iterdir()} == {".json", ".parquet"}
    table = folder / f"{document['body']['assigner']['tables'][0]}.parquet"
    table.write_bytes(table.read_bytes() + b" ")
    with pytest.raises(ModelError, match=f"{table.name}.*changed after it was saved"):
        sg.load(folder)


def test_a_k_means_model_is_the_one_that_earlier_versions_wrote_and_read(sales, tmp_path):
    found = sg.run(recipe(sales), out=tmp_path, report=False)
    folder = found.path / "model"
    document = json.loads((folder / "model.json").read_text())
    assert sorted(path.name for path in folder.iterdir()) == ["centroids.parquet", "model.json"]
    assert document["format"] == 1
    assert set(document["body"]) == {"recipe", "as_of", "roles", "features", "columns", "preparation", "segments"}
    # an earlier version's recipe knows none of the new settings
    old = {
        "method": "kmeans",
        "k": "auto",
        "k_range": [3, 4],
        "seed": 7,
        "starts": 2,
        "start_from": None,
        "min_share": 0.02,
    }
    document["body"]["recipe"]["cluster"] = old
    body = json.dumps(document["body"], sort_keys=True).encode()
    document["sha256"]["body"] = hashlib.sha256(body).hexdigest()
    (folder / "model.json").write_text(json.dumps(document))
    assert sg.score(folder, sales).columns["segment"].tolist() == found.customers.segment.tolist()


def test_outliers_set_apart_and_noise_are_one_segment(sales):
    document = recipe(sales, method="dbscan") | {"prepare": {"outliers": {"policy": "drop", "threshold": 2}}}
    found = find_segments(parse_recipe(document))
    apart = found.customers.segment_id == -1
    assert apart[found.customers.is_outlier].all()
    assert set(found.customers.segment[apart]) == {"Noise"}
    assert found.segments.customers.sum() == len(found.customers)


def test_a_compared_run_has_the_chapter_the_chart_and_the_figures(sales, tmp_path):
    found = sg.run(recipe(sales, compare=["hierarchical", "dbscan"]), out=tmp_path)
    rows = found.methods.rows
    assert [row.method for row in rows] == ["kmeans", "hierarchical", "dbscan"]
    assert rows[0].segments == found.clustering.choice.k
    page = (found.path / "report.html").read_text(encoding="utf-8")
    assert 'id="methods"' in page
    assert 'id="chart-method_comparison"' in page
    assert "Would another method do better?" in page
    assert found.methods.recommendation.replace("'", "&#39;") in page
    manifest = json.loads((found.path / "manifest.json").read_text())
    assert [row["method"] for row in manifest["method"]["compared"]] == ["kmeans", "hierarchical", "dbscan"]
    assert manifest["method"]["recommended"] == found.methods.recommended
    beside = compare_methods(recipe(sales), methods=["hierarchical", "dbscan"])
    assert [row.stability for row in beside.rows] == [row.stability for row in rows]
    plain = sg.run(recipe(sales), out=tmp_path, report=False)
    assert plain.methods is None
    assert plain.customers.segment.tolist() == found.customers.segment.tolist()


def test_a_k_for_a_method_that_finds_its_own_is_refused(sales):
    with pytest.raises(RecipeError, match="it finds the number itself: leave k out"):
        sg.run(recipe(sales, method="hdbscan", k=4))


def test_cohorts_of_accounts_by_a_mixture_each_with_memberships_of_its_own(tmp_path):
    from segmentry.sources.samples.securities import generate_securities

    generate_securities(tmp_path / "book", customers=400, seed=11)
    document = {
        "source": {"kind": "accounts", "path": str(tmp_path / "book")},
        "cluster": {"method": "mixture", "starts": 1},
        "cohorts": {"k": {"active": 4, "inactive": 3, "nonactive": 2}},
    }
    found = sg.run(document, out=tmp_path / "runs", report=False)
    customers = found.customers
    shares = customers[[f"membership_{j}" for j in range(4)]]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (customers.cohort[shares.membership_3.notna()] == "active").all()
    scored = pd.DataFrame(sg.score(found.path, tmp_path / "book").columns)
    assert scored.segment.tolist() == customers.segment.tolist()
    pd.testing.assert_frame_equal(scored[shares.columns], shares)
