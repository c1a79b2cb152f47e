"""Cohorts of accounts: each segmented by itself, none of the accounts lost, the model per cohort, the run folder."""

import json
import unittest.mock
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

import segmentry
from segmentry.cli.app import main
from segmentry.core.errors import ModelError, RecipeError, SourceError, UnknownColumn
from segmentry.flow.account_scoring import shown_ids
from segmentry.flow.explaining import explain, fitted_run
from segmentry.sources.samples.securities import generate_securities

COHORTS = ["active", "inactive", "nonactive"]


@pytest.fixture(scope="module")
def brokerage(tmp_path_factory):
    folder = tmp_path_factory.mktemp("brokerage")
    truth = generate_securities(folder / "book", customers=3000, seed=11)
    found = segmentry.run(recipe(folder), out=folder / "runs", report=False)
    return folder, truth, found


def recipe(folder, **settings):
    return {"name": "brokerage", "source": {"kind": "accounts", "path": str(folder / "book")}, **settings}


def test_true_groups_are_found_again_in_every_cohort(brokerage):
    _, truth, found = brokerage
    accounts = found.customers
    for cohort in COHORTS:
        part = accounts[accounts.cohort == cohort]
        assert adjusted_rand_score(part.customer_id.map(truth), part.segment) >= 0.8, cohort


def test_every_account_is_in_one_segment_of_its_cohort(brokerage):
    _, truth, found = brokerage
    accounts, segments = found.customers, found.segments
    assert accounts.customer_id.tolist() == sorted(truth)
    sizes = accounts.groupby(["cohort", "segment"]).size()
    listed = segments.set_index(["cohort", "segment"]).customers
    pd.testing.assert_series_equal(sizes.sort_index(), listed.sort_index(), check_names=False, check_dtype=False)
    for _, part in segments.groupby("cohort"):
        assert part.share.sum() == pytest.approx(1)
        assert part.segment.is_unique


def test_an_id_means_one_segment_whatever_its_cohort(brokerage):
    _, _, found = brokerage
    assert found.segments.segment_id.tolist() == list(range(len(found.segments)))
    named = found.customers.groupby("segment_id")[["cohort", "segment"]].nunique()
    assert (named == 1).all().all()


def test_means_of_every_segment_equal_pandas_and_are_missing_where_nobody_traded(brokerage):
    _, _, found = brokerage
    means = found.customers.groupby(["cohort", "segment"])[["recency_days", "frequency", "monetary", "nav"]].mean()
    for row in found.segments.itertuples():
        expected = means.loc[(row.cohort, row.segment)]
        for name in means.columns:
            assert getattr(row, f"{name}_mean") == pytest.approx(expected[name], rel=1e-9, nan_ok=True)
        assert np.isnan(row.recency_days_mean) == (row.cohort == "nonactive")


def test_the_run_folder_holds_a_model_per_cohort(brokerage):
    folder, _, found = brokerage
    manifest = json.loads((found.path / "manifest.json").read_text())
    assert list(manifest["cohorts"]) == COHORTS
    assert sum(part["customers"] for part in manifest["cohorts"].values()) == len(found.customers)
    model = segmentry.load(found.path)
    pd.testing.assert_frame_equal(model.assign(folder / "book"), found.customers)
    model.save(folder / "saved")
    pd.testing.assert_frame_equal(segmentry.load(folder / "saved").assign(folder / "book"), found.customers)
    with pytest.raises(RecipeError, match="scored from files"):
        segmentry.score(found.path, found.customers)


def test_a_cohort_can_have_its_own_k_and_features(brokerage):
    folder, _, _ = brokerage
    settings = {"k": {"active": 3}, "features": {"inactive": ["nav"]}}
    found = segmentry.run(recipe(folder, cohorts=settings), out=folder / "own", report=False)
    assert found.segments.groupby("cohort").size()["active"] == 3
    assert found.cohorts["inactive"].book.deciding == ("nav",)
    with pytest.raises(UnknownColumn, match="navv"):
        segmentry.run(recipe(folder, cohorts={"features": {"active": ["navv"]}}), out=folder / "own", report=False)


@pytest.mark.parametrize("size", [1, 3, 49])
def test_a_cohort_too_small_to_cluster_says_so_and_is_one_segment(tmp_path, size):
    lines = [f"T{n:03},2024-06-{1 + n % 28:02},{10 + n * n},BUY" for n in range(80)]
    lines += [f"O{n:03},2020-06-{1 + n % 28:02},{10 + n},BUY" for n in range(size)]
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "trades.csv").write_text("account,date,amount,type\n" + "\n".join(lines) + "\n")
    found = segmentry.run(recipe(tmp_path), out=tmp_path / "runs", report=False)
    (segment,) = found.cohorts["inactive"].profiles
    assert segment.customers == size
    assert "too few" in found.cohorts["inactive"].clustering.choice.reason
    assert len(found.customers) == 80 + size
    scored = segmentry.load(found.path).assign(tmp_path / "book")
    pd.testing.assert_frame_equal(scored, found.customers)
    (tmp_path / "book" / "accounts.csv").write_text("account,opened,nav\nN1,2020-01-01,5\nT001,2020-01-01,7\n")
    with pytest.raises(ModelError, match="no cohort 'nonactive'"):
        segmentry.load(found.path).assign(tmp_path / "book")


def test_the_commands_know_accounts(brokerage, tmp_path, capsys):
    folder, _, found = brokerage
    book = str(folder / "book")

    def command(*arguments):
        called = unittest.mock.patch("sys.argv", ["segmentry", *map(str, arguments)])
        with called, pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 0, capsys.readouterr().err
        return capsys.readouterr().out

    shown = command("show", found.path)
    for cohort in COHORTS:
        assert f"{cohort}: {len(found.cohorts[cohort].profiles)} segments" in shown
    command("init", book, "--kind", "accounts", "--out", tmp_path / "recipe.yaml")
    again = segmentry.run(tmp_path / "recipe.yaml", out=tmp_path / "runs", report=False)
    pd.testing.assert_frame_equal(again.customers, found.customers)
    scored = command("score", found.path, book, "--out", tmp_path / "scored.csv")
    assert "active: " in scored
    assert pd.read_csv(tmp_path / "scored.csv").segment.tolist() == found.customers.segment.tolist()
    with pytest.raises(SourceError, match="--kind accounts"):
        segmentry.run(book, out=tmp_path / "runs")


def test_what_time_does_to_an_active_account_ends_where_it_becomes_inactive(brokerage):
    """No segment is told of that the account could only be in as one of another cohort."""
    folder, _, found = brokerage
    fitted = fitted_run(found.path)
    as_of = found.book.customers.as_of
    active = fitted["active"].customers
    by_recency = np.argsort(active.values["recency_days"])
    for row in by_recency[[0, len(by_recency) // 2, -1]]:
        account = active.ids[row]
        told = explain(fitted, account)
        days = told.days_active
        for later, cohort in ((days, "active"), (days + 1, "inactive")):
            scored = segmentry.score(found.path, folder / "book", as_of=as_of + timedelta(days=later)).columns
            assert scored["cohort"][scored["customer_id"].tolist().index(account)] == cohort
        assert all(change.amount <= days for change in told.changes if change.kind == "quiet")
        assert "two years" not in str(told)
        many = "one more day" if days == 0 else f"{days + 1} more days"
        assert f"Without another trade for {many} the account would be inactive" in str(told)


def test_an_earlier_date_and_a_window_leave_every_account_what_it_was(tmp_path):
    """What opens later is no account yet; who traded before the window is not taken for one who never traded."""
    book = tmp_path / "book"
    book.mkdir()
    (book / "accounts.csv").write_text(
        "account,opened,nav\n"
        "A1,2019-01-01,5\nA2,2019-01-01,7\nA3,2019-01-01,6\nA4,2024-03-01,9\nA5,2024-02-01,8\n"
    )  # fmt: skip
    (book / "trades.csv").write_text(
        "account,date,amount,type\n"
        "A1,2023-12-01,10,BUY\nA1,2021-01-01,30,BUY\nA2,2021-01-01,20,BUY\nA2,2021-02-01,20,SELL\n"
        "A5,2024-02-02,1,BUY\nA6,2024-02-02,1,BUY\n"
    )  # fmt: skip
    found = segmentry.run(
        recipe(tmp_path, as_of="2024-01-01", window_days=400), out=tmp_path / "runs", report=False
    ).customers.set_index("customer_id")
    assert found.cohort.to_dict() == {"A1": "active", "A2": "inactive", "A3": "nonactive"}
    assert found.recency_days.fillna(-1).tolist() == [31, 1064, -1]
    assert found.frequency.fillna(-1).tolist() == [1, 0, -1]
    assert found.monetary.fillna(-1).tolist() == [10, 0, -1]
    assert found.average_trade_value.fillna(-1).tolist() == [10, -1, -1]
    assert found.account_age_days.min() > 0


def test_a_number_of_a_file_does_not_take_the_place_of_a_feature(tmp_path):
    book = tmp_path / "book"
    book.mkdir()
    (book / "accounts.csv").write_text("account,opened,nav,frequency,fee\nA1,2019-01-01,5,70,1\nA2,2019-01-01,7,80,2\n")
    (book / "trades.csv").write_text(
        "account,date,amount,type\nA1,2023-12-01,10,BUY\nA1,2023-11-01,30,BUY\nA2,2023-12-01,20,BUY\n"
    )
    found = segmentry.run(recipe(tmp_path), out=tmp_path / "runs", report=False).customers
    assert found.frequency.tolist() == [2, 1]
    assert found.frequency_.tolist() == [70, 80]
    assert found.fee.tolist() == [1, 2]


def test_accounts_are_explained_from_python_as_from_the_run(brokerage):
    _, _, found = brokerage
    fitted = fitted_run(found.path)
    for cohort in COHORTS:
        account = found.cohorts[cohort].book.customers.ids[0]
        assert str(found.explain(account)) == str(explain(fitted, account))
        name = found.cohorts[cohort].profiles[0].name
        told = found.explain(segment=f"{cohort}: {name}")
        assert str(told) == str(explain(fitted, segment=f"{cohort}: {name}"))


def test_the_models_give_the_accounts_of_the_run_the_ids_that_its_tables_show(brokerage):
    _, _, found = brokerage
    models = {name: part.model.model for name, part in found.cohorts.items()}
    shown = shown_ids(models, found.book.customers)
    assert shown.tolist() == found.customers.segment_id.tolist()
    without = {name: one for name, one in models.items() if name != "inactive"}
    lost = found.book.customers.words["cohort"] == "inactive"
    assert shown_ids(without, found.book.customers).tolist() == np.where(lost, -1, shown).tolist()


def test_what_one_file_of_accounts_does_not_know_another_does(tmp_path):
    """Openings in one file and one value per account in another: neither is lost, whatever the order of rows."""
    (tmp_path / "trades.csv").write_text("account,trade_id,date,amount\nA,1,2024-05-01,10\nB,2,2024-05-02,20\n")
    (tmp_path / "accounts.csv").write_text(
        "account,opened,tier\nB,2023-02-01,Gold\nA,2022-01-01,\nC,2024-01-01,Basic\n"
    )
    (tmp_path / "nav.csv").write_text("account,date,nav\nC,2024-05-31,7\nA,2024-05-31,5\n")
    found = segmentry.run(recipe(tmp_path, source={"kind": "accounts", "path": str(tmp_path)}), out=tmp_path / "runs")
    customers = found.book.customers
    assert customers.ids.tolist() == ["A", "B", "C"]
    np.testing.assert_array_equal(customers.values["nav"], [5, np.nan, 7])
    assert np.isfinite(customers.values["account_age_days"]).all()
    assert customers.words["tier"].tolist() == [None, "Gold", "Basic"]
