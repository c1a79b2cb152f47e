"""Refreshes in a chain: the kept model, a matched refit, drift, a steady hand, and what each run says of the one before."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.errors import Refused
from segmentry.flow.statements import Given, model_sql
from segmentry.runs import Store, difference, load_model, verify
from segmentry.sources import generate_retail

CUSTOMER, TIME = "CustomerID", "InvoiceDate"


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> pd.DataFrame:
    path = tmp_path_factory.mktemp("book") / "sales.csv"
    generate_retail(path, customers=500, seed=11)
    return pd.read_csv(path, dtype=str)


@pytest.fixture(scope="module")
def times(book) -> pd.Series:
    return pd.to_datetime(book[TIME], format="mixed")


@pytest.fixture
def shop(tmp_path, book, times):
    """A place with a recipe over one file, which ``until`` fills with what had happened by a day."""

    class Shop:
        folder, store = tmp_path, tmp_path / "runs"

        def until(self, day: date) -> Shop:
            book[times < pd.Timestamp(day)].to_csv(tmp_path / "sales.csv", index=False)
            return self

        def refresh(self, **options: Any) -> Any:
            settings = {name: options.pop(name) for name in ("refresh", "features", "cluster") if name in options}
            source = {"path": str(tmp_path / "sales.csv")}
            recipe = {"name": "shop", "source": source, "cluster": {"k": 4}} | settings
            return sg.refresh(recipe, out=self.store, **{"report": False, **options})

    return Shop()


@pytest.fixture(scope="module")
def days(times) -> list[date]:
    last = times.max().date() + timedelta(days=1)
    return [last - timedelta(days=back) for back in (60, 30, 0)]


def customers(run: Path) -> pd.DataFrame:
    return pd.read_parquet(run / "customers.parquet").set_index("customer_id")


def manifest(run: Path) -> dict[str, Any]:
    return json.loads((run / "manifest.json").read_text(encoding="utf-8"))


def nearest(run: Path) -> np.ndarray:
    """The nearest centroid of each customer of *run*, by hand."""
    model, table = load_model(run), pd.read_parquet(run / "customers.parquet")
    found = sg.load(run).model
    values = {name: table[name].to_numpy(float) for name in model.features}
    matrix = found.pipeline.transform(type("Table", (), {"values": values})())
    return ((matrix[:, None] - model.centroids) ** 2).sum(axis=2).argmin(axis=1)


def labelled_by_sql(run: Path, path: Path) -> pd.DataFrame:
    """What the statement of the model of *run* says of the file at *path*, asked of an engine that knows nothing."""
    with duckdb.connect() as connection:
        model = load_model(run)
        roles = model.roles
        kinds = {roles["time"]: "TIMESTAMP", roles["quantity"]: "INTEGER", roles["unit_price"]: "DECIMAL(12, 2)"}
        connection.register("given", pd.read_csv(path, dtype=str))
        typed = ", ".join(f'"{name}"::{kind} AS "{name}"' for name, kind in kinds.items())
        connection.execute(f"CREATE TABLE sales AS SELECT * REPLACE ({typed}) FROM given")
        found = connection.execute(model_sql(model, Given("sales"))).df()
    return found.sort_values("customer_id")


def test_the_first_refresh_is_a_run_and_the_next_keeps_its_model(shop, days):
    first = shop.until(days[0]).refresh()
    assert first.sequel is None
    assert manifest(first.path)["kind"] == "run"
    second = shop.until(days[1]).refresh(refit=False)
    facts = manifest(second.path)
    assert (facts["kind"], facts["previous"], facts["model_from"]) == ("refresh", first.path.name, first.path.name)
    np.testing.assert_array_equal(load_model(first.path).centroids, load_model(second.path).centroids)
    now = customers(second.path)
    np.testing.assert_array_equal(now["segment_id"], nearest(second.path))
    third = shop.until(days[2]).refresh(refit=False)
    assert manifest(third.path)["model_from"] == first.path.name
    assert not any(verify(run) for run in Store(shop.store).runs())


def test_columns_changes_and_balances_are_those_of_a_join_by_hand(shop, days):
    first = shop.until(days[0]).refresh()
    second = shop.until(days[1]).refresh(refit=False)
    before, now = customers(first.path), customers(second.path)
    joined = now.join(before["segment"].rename("was"))
    assert joined["previous_segment"].fillna("").tolist() == joined["was"].fillna("").tolist()
    stayed = joined["segment"] == joined["was"]
    since = pd.to_datetime(joined["segment_since"]).dt.date
    assert (since[stayed] == days[0]).all()
    assert (since[~stayed] == days[1]).all()
    changes = pd.read_csv(second.path / "changes.csv", dtype={"customer_id": str}, keep_default_na=False)
    assert sorted(changes["customer_id"]) == sorted(joined.index[~stayed])
    np.testing.assert_allclose(changes.filter(like="because_").sum(axis=1), 1)
    moved = changes.set_index("customer_id").join(now["segment_id"]).join(before["segment_id"].rename("old_id"))
    for side, known in (("from", "old_id"), ("to", "segment_id")):
        ids = pd.to_numeric(moved[f"{side}_segment_id"], errors="raise")
        pd.testing.assert_series_equal(ids, moved[known], check_names=False, check_dtype=False)
    crossed = pd.crosstab(joined["was"].fillna("(new)"), joined["segment"])
    for one in second.sequel.balances:
        name = second.sequel.names[one.segment]
        assert one.now == crossed[name].sum()
        assert one.before == (before["segment"] == name).sum()
        assert one.new == crossed[name].get("(new)", 0)
        assert one.before + one.new + one.risen_to + one.fallen_to - one.rose - one.fell - one.gone == one.now


def test_time_is_the_cause_for_whoever_did_nothing(shop, days, book, times):
    shop.until(days[0]).refresh()
    second = shop.until(days[1]).refresh(refit=False)
    changes = pd.read_csv(second.path / "changes.csv", dtype={"customer_id": str}, keep_default_na=False)
    active = set(book.loc[(times >= pd.Timestamp(days[0])) & (times < pd.Timestamp(days[1])), CUSTOMER].dropna())
    quiet = ~changes["customer_id"].isin(active)
    assert quiet.any()
    assert (changes.loc[quiet, "cause"] == "time").all()
    assert (changes.loc[changes["from_segment"] == "", "cause"] == "behaviour").all()


def test_a_refit_keeps_ids_names_and_colours(shop, days):
    first = shop.until(days[1]).refresh()
    second = shop.until(days[2]).refresh(refit=True)
    assert manifest(second.path)["model_from"] is None
    assert second.sequel.decision.action == "refit"
    assert "A refit was asked for." in second.sequel.decision.reasons
    names = {one.name: (one.number, one.tone, one.shade) for one in first.profiles}
    assert {one.name: (one.number, one.tone, one.shade) for one in second.profiles} == names
    third = shop.until(days[2]).refresh(refit=False)
    assert {one.name: one.number for one in third.profiles} == {one.name: one.number for one in first.profiles}


def test_ids_are_never_used_again_and_mean_the_same_everywhere(shop, days):
    shop.until(days[1]).refresh()
    fewer = shop.until(days[2]).refresh(cluster={"k": 3}, confirm=True)
    assert any("changed: cluster" in reason for reason in fewer.sequel.decision.reasons)
    more = shop.refresh(cluster={"k": 5}, confirm=True)
    numbers = {one.number for one in more.profiles}
    born = numbers - {one.number for one in fewer.profiles}
    assert len(numbers) == 5
    assert min(born) >= 4  # 0 to 3 were the first run's
    table, segments = customers(more.path), pd.read_csv(more.path / "segments.csv")
    assert set(table["segment_id"]) == numbers == set(segments["segment_id"])
    names = dict(zip(segments["segment_id"], segments["segment"], strict=True))
    assert (table["segment_id"].map(names) == table["segment"]).all()
    scored = sg.score(more.path, shop.folder / "sales.csv").columns
    assert scored["segment_id"].tolist() == table["segment_id"].tolist()
    asked = labelled_by_sql(more.path, shop.folder / "sales.csv")
    assert asked["segment_id"].tolist() == table["segment_id"].tolist()
    assert asked["segment"].tolist() == table["segment"].tolist()
    between = difference(*Store(shop.store).runs()[-2:])
    joined = table.join(customers(fewer.path)["segment"].rename("was"), how="outer")
    pairs = joined.groupby(["was", "segment"], dropna=False).size()
    told = {(one.before, one.after): one.customers for one in between.moves}
    assert told == {tuple(None if pd.isna(side) else side for side in pair): size for pair, size in pairs.items()}
    own = sg.load(more.path).explain(table.index[0])
    assert own.segment == table["segment"].iloc[0]
    assert {"because_model", "because_thresholds"} <= set(pd.read_csv(more.path / "changes.csv").columns)


def test_groups_that_are_not_the_segments_before_are_refused_unless_confirmed(shop, days):
    first = shop.until(days[1]).refresh()
    other = {"features": ["average_order_value", "products_per_order"], "cluster": {"k": 4}}
    with pytest.raises(Refused, match="not clearly the segments") as refused:
        shop.refresh(**other)
    assert refused.value.exit_code == 3
    assert [run.run_id for run in Store(shop.store).runs()] == [first.path.name]
    found = shop.refresh(**other, confirm=True)
    assert found.path.is_dir()


def test_a_changed_recipe_without_leave_to_refit_is_refused(shop, days):
    shop.until(days[1]).refresh()
    with pytest.raises(Refused, match="features"):
        shop.refresh(features=["recency_days", "monetary"], refit=False)


def test_drift_is_told_and_calls_for_a_refit(shop, days, book, times):
    shop.until(days[1]).refresh()
    worse = book[times < pd.Timestamp(days[2])].copy()
    worse["Quantity"] = (worse["Quantity"].astype(float) * 30).astype(int).astype(str)
    worse.to_csv(shop.folder / "sales.csv", index=False)
    found = shop.refresh(dry_run=True)
    assert found.sequel.decision.action == "refit"
    assert any(reason.startswith("monetary is distributed differently") for reason in found.sequel.decision.reasons)
    kept = shop.refresh(dry_run=True, refit=False)
    assert kept.sequel.decision.action == "warn"
    half = book[times < pd.Timestamp(days[1])].iloc[::3]
    half.to_csv(shop.folder / "sales.csv", index=False)
    reasons = shop.refresh(dry_run=True).sequel.decision.reasons
    assert any("rows" in reason for reason in reasons), reasons


def test_a_dry_run_writes_nothing_and_says_what_would_move(shop, days):
    shop.until(days[0]).refresh()
    before = sorted(path for path in shop.folder.rglob("*"))
    shop.until(days[1])
    said = shop.refresh(dry_run=True, refit=False)
    assert said.path is None
    assert sorted(path for path in shop.folder.rglob("*")) == before
    done = shop.refresh(refit=False)
    assert said.sequel.facts()["refresh"]["moved"] == done.sequel.facts()["refresh"]["moved"]
    assert said.sequel.step.moved.sum() == len(pd.read_csv(done.path / "changes.csv"))


def test_customers_on_a_border_or_just_arrived_are_held_back(shop, days):
    shop.until(days[0]).refresh()
    shop.until(days[1])
    free = shop.refresh(dry_run=True, refit=False)
    held = shop.refresh(refit=False, refresh={"margin": 0.3})
    table = customers(held.path)
    assert table["is_held_back"].any()
    assert (table.loc[table["is_held_back"], "segment"] == table.loc[table["is_held_back"], "previous_segment"]).all()
    proposed = pd.Series(free.clustering.labels, index=free.book.customers.ids)
    sure = pd.Series(free.clustering.confidence, index=free.book.customers.ids)
    by_hand = table["previous_segment"].notna() & (sure < 0.3) & (proposed != table["segment_id"])
    assert table["is_held_back"].equals(by_hand.rename("is_held_back").reindex(table.index))
    assert held.sequel.step.moved.sum() < free.sequel.step.moved.sum()
    someone = table.index[table["is_held_back"]][0]
    assert sg.load(held.path).explain(someone).customer == someone  # no changed file
    patient = shop.until(days[2]).refresh(refit=False, refresh={"min_stay": 45})
    stays = customers(patient.path)
    moved = stays["previous_segment"].notna() & (stays["previous_segment"] != stays["segment"])
    since = pd.to_datetime(customers(held.path)["segment_since"]).reindex(stays.index[moved])
    assert ((pd.Timestamp(days[2]) - since).dt.days >= 45).all()


def test_a_customer_table_is_refreshed_without_dates(tmp_path):
    rng = np.random.default_rng(2)
    groups = rng.integers(0, 3, 300)
    table = pd.DataFrame({
        "customer": [f"c{number:03d}" for number in range(300)],
        "spend": 100.0 * 4.0**groups + rng.normal(0, 8, 300),
        "visits": 3.0 + 6 * groups + rng.normal(0, 0.5, 300),
    })  # fmt: skip
    path = tmp_path / "table.csv"
    table.to_csv(path, index=False)
    recipe = {"name": "table", "source": {"path": str(path), "kind": "customers"}, "cluster": {"k": 3}}
    sg.refresh(recipe, out=tmp_path / "runs", report=False)
    table.loc[table.index[groups == 0][:5], ["spend", "visits"]] = [1600.0, 15.0]
    table.to_csv(path, index=False)
    found = sg.refresh(recipe, out=tmp_path / "runs", report=False, refit=False)
    changes = pd.read_csv(found.path / "changes.csv")
    assert changes["customer_id"].tolist() == table["customer"][groups == 0].head(5).tolist()
    assert (changes["cause"] == "behaviour").all()
    assert customers(found.path)["segment_since"].notna().all()


def test_a_store_of_an_older_version_goes_on(tmp_path, book, times, days):
    old = Path(__file__).parents[1] / "runs" / "stores" / "format-1"
    run = Store(old).runs()[-1]
    assert run.manifest.get("reference") is None
    before = sg.flow.predecessor.read_run_before(run).cohorts[""]
    assert len(before.ids) == run.customers
    assert sg.flow.drifting.reference_before(before)["features"].keys() == set(before.model.features)


def test_the_report_has_the_chapter(shop, days):
    shop.until(days[0]).refresh()
    found = shop.until(days[1]).refresh(report=True, refit=False)
    page = (found.path / "report.html").read_text(encoding="utf-8")
    assert "<h2>Since the run before</h2>" in page
    assert {"flows_since.svg", "causes_since.svg", "drift.svg"} <= {p.name for p in (found.path / "charts").iterdir()}
