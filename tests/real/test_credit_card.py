"""The public table of credit-card holders with its recipe: figures against scikit-learn and pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.decomposition import PCA

import segmentry as sg
from segmentry.core.recipe import find_recipe, parse_recipe, with_data
from segmentry.flow import find_segments, run, score_to_file

pytestmark = pytest.mark.real

# What each name says, as a column that has to be well above (or below) the mean of all holders.
SAYS = {
    "High-spending, high-balance": (["PURCHASES", "BALANCE"], []),
    "Big spenders": (["PURCHASES", "PRC_FULL_PAYMENT"], []),
    "Instalment buyers": (["INSTALLMENTS_PURCHASES"], ["ONEOFF_PURCHASES"]),
    "One-off buyers": (["ONEOFF_PURCHASES_FREQUENCY"], ["INSTALLMENTS_PURCHASES"]),
    "Cash-advance users": (["CASH_ADVANCE"], ["PURCHASES"]),
    "Low-spending, low-balance": ([], ["PURCHASES", "BALANCE"]),
}


@pytest.fixture(scope="module")
def file(real_data):
    return real_data / "credit_card.csv"


@pytest.fixture(scope="module")
def holders(file):
    return pd.read_csv(file, index_col="CUST_ID")


@pytest.fixture(scope="module")
def found(file, tmp_path_factory):
    recipe = with_data(find_recipe("credit-card"), [str(file)])
    return run(recipe, out=tmp_path_factory.mktemp("runs"))


def test_every_holder_is_in_the_output_once(found, holders):
    written = pd.read_parquet(found.path / "customers.parquet").set_index("customer_id")
    assert len(written) == 8950
    assert sorted(written.index) == sorted(holders.index)
    assert written.segment.notna().all()
    assert written.segment.nunique() == 6
    pd.testing.assert_frame_equal(
        written[list(holders)].loc[holders.index], holders, check_names=False, check_dtype=False
    )


def test_silhouette_and_inertia_are_scikit_learns_on_the_same_matrix(found):
    prepared, choice = found.prepared, found.clustering.choice
    score = next(score for score in choice.scores if score.k == choice.k == 6)
    inside = prepared.matrix[prepared.fitted_on]
    labels = found.clustering.labels[prepared.fitted_on]
    assert score.silhouette == pytest.approx(metrics.silhouette_score(inside, labels), abs=1e-9)
    distances = metrics.pairwise_distances(inside, found.clustering.centroids)
    assert score.inertia == pytest.approx((distances.min(axis=1) ** 2).sum(), rel=1e-9)
    assert score.calinski_harabasz == pytest.approx(metrics.calinski_harabasz_score(inside, labels), rel=1e-9)
    assert score.davies_bouldin == pytest.approx(metrics.davies_bouldin_score(inside, labels), rel=1e-9)


def test_the_inertia_is_not_above_scikit_learns(found):
    from sklearn.cluster import KMeans

    inside = found.prepared.matrix[found.prepared.fitted_on]
    score = next(score for score in found.clustering.choice.scores if score.k == 6)
    assert score.inertia <= KMeans(6, n_init=5, random_state=0).fit(inside).inertia_ * 1.0005


def test_all_k_from_2_to_12_are_scored_and_the_rule_says_what_it_would_take(found):
    choice = found.clustering.choice
    assert [score.k for score in choice.scores] == list(range(2, 13))
    assert all(np.isfinite(score.silhouette) for score in choice.scores)
    assert choice.asked
    assert "as asked; the rule would take 5" in choice.reason


def test_gaps_are_filled_and_flagged_and_money_is_transformed(found, holders):
    prepared = found.prepared
    assert prepared.names[-2:] == ("CREDIT_LIMIT_missing", "MINIMUM_PAYMENTS_missing")
    assert prepared.matrix[:, -2].sum() == 1
    assert prepared.matrix[:, -1].sum() == 313
    fills = dict(zip(prepared.pipeline.features, prepared.pipeline.fills, strict=True))
    assert fills["MINIMUM_PAYMENTS"] == holders.MINIMUM_PAYMENTS.median()
    transformed = {one.feature for one in prepared.skewness if one.transform != "none"}
    assert {"BALANCE", "PURCHASES", "CASH_ADVANCE", "CREDIT_LIMIT", "PAYMENTS", "MINIMUM_PAYMENTS"} <= transformed
    money = [one for one in prepared.skewness if one.feature in transformed]
    assert all(abs(one.after) < abs(one.before) for one in money)


def test_the_six_names_are_true(found, holders):
    assert {segment.name for segment in found.profiles} == set(SAYS)
    segment = found.customers.set_index("customer_id").segment.reindex(holders.index)
    means, everyone = holders.groupby(segment).mean(), holders.mean()
    for name, (high, low) in SAYS.items():
        assert (means.loc[name, high] > 1.1 * everyone[high]).all(), name
        assert (means.loc[name, low] < 0.9 * everyone[low]).all(), name
    assert means.CASH_ADVANCE["Cash-advance users"] > 2 * everyone.CASH_ADVANCE
    assert means.BALANCE.idxmax() == "High-spending, high-balance"
    assert means.PURCHASES.idxmax() == "Big spenders"
    worth = (holders.PURCHASES + holders.CASH_ADVANCE).groupby(segment).mean()
    assert [one.name for one in found.profiles] == worth.sort_values(ascending=False).index.tolist()


def test_the_report_reads_well(found):
    page = (found.path / "report.html").read_text(encoding="utf-8")
    for words in ("Balance frequency", "Instalment purchases", "Full payment", "the rule would take 5", "To watch"):
        assert words in page
    for words in ("are fading", "The ledger closes", "Not used:", "BALANCE FREQUENCY"):
        assert words not in page


@pytest.mark.parametrize("pca", [{"components": 5}, {"variance": 0.9}])
def test_groups_can_be_sought_on_components(found, file, holders, pca, tmp_path):
    recipe = find_recipe("credit-card").model_dump(exclude_unset=True)
    recipe["prepare"] |= {"pca": pca}
    recipe["source"] |= {"path": str(file)}
    recipe["cluster"] |= {"k_range": [5, 7]}
    rotated = find_segments(parse_recipe(recipe))
    theirs = PCA(pca.get("components", pca.get("variance"))).fit(found.prepared.matrix[found.prepared.fitted_on])
    ours = rotated.prepared.pipeline.components
    np.testing.assert_allclose(ours.explained, theirs.explained_variance_ratio_, rtol=1e-8)
    np.testing.assert_allclose(
        np.abs(rotated.prepared.matrix), np.abs(theirs.transform(found.prepared.matrix)), atol=1e-7
    )
    customers = rotated.customers.set_index("customer_id")
    means = customers.groupby("segment").PURCHASES.mean()
    for segment in rotated.profiles:
        assert segment.features["PURCHASES"].mean == pytest.approx(means[segment.name])
    rotated.model.save(tmp_path / "model")
    scored = sg.load(tmp_path / "model").assign(str(file)).set_index("customer_id")
    assert (scored.segment == customers.segment).all()
    assert {"map_of_customers", "feature_profile", "distributions", "skewness", "outliers"} <= rotated.charts().keys()
    page = rotated.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "principal components of 19 columns hold" in page
    assert "more purchase transactions" in rotated.charts()["map_of_customers"].alt


def test_wholesale_customers_run_without_recipe_or_ids(real_data, tmp_path):
    found = run({"source": {"path": str(real_data / "wholesale_customers.csv"), "kind": "customers"}}, out=tmp_path)
    table = pd.read_csv(real_data / "wholesale_customers.csv")
    customers = found.customers.set_index("customer_id")
    assert len(customers) == 440
    assert found.book.deciding == ("Fresh", "Milk", "Grocery", "Frozen", "Detergents_Paper", "Delicassen")
    assert (customers.loc[[str(row + 1) for row in range(440)], "Channel"].to_numpy() == table.Channel).all()
    assert any("Channel, Region hold codes" in one.text for one in found.book.facts.assumptions)
    assert not any("channel" in s.name.lower() or "region" in s.name.lower() for s in found.profiles)
    heads = found.charts()["feature_profile"].table[0]
    assert not any(head.startswith(("Channel", "Region")) for head in heads)


def test_the_engine_labels_every_holder_as_the_run_did(found, file, tmp_path):
    written = pd.read_parquet(found.path / "customers.parquet").set_index("customer_id")
    pd.read_csv(file).to_parquet(tmp_path / "holders.parquet", index=False)
    for source in (file, tmp_path / "holders.parquet"):
        score_to_file(sg.load(found.path), str(source), tmp_path / "scored.parquet")
        scored = pd.read_parquet(tmp_path / "scored.parquet").set_index("customer_id")
        pd.testing.assert_series_equal(scored.loc[written.index].segment, written.segment)
        pd.testing.assert_series_equal(scored.loc[written.index].is_outlier, written.is_outlier)
