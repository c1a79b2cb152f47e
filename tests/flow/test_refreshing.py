"""Refreshes with the model of the run before, and what decides on it: all against plain pandas and NumPy."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmentry.core.errors import Refused
from segmentry.flow import refresh
from segmentry.flow.explaining import explain, fitted_run
from segmentry.runs import Store, verify
from segmentry.sources import generate_retail

FEATURES = ["recency_days", "frequency", "monetary"]
PLAIN = {"outliers": {"method": "none"}, "transform": {}, "scale": "standard"}
CALM = {"psi_warn": 50, "psi_refit": 50, "far_warn": 1, "far_refit": 1, "share_shift_warn": 100, "size_warn": 9}
OLD_STORE = Path(__file__).parents[1] / "runs" / "stores" / "format-1"
LAST = pd.Timestamp("2024-07-01")  # the as-of date of the first run


def rows_of(orders):
    """Return the book of (customer, days before the first as-of date, amount)."""
    return pd.DataFrame(
        [(i, who, LAST - pd.Timedelta(days=days), amount) for i, (who, days, amount) in enumerate(orders)],
        columns=["order_id", "customer_id", "order_date", "amount"],
    )


def orders_of(*, until):
    """Return orders of thirty regular, thirty rare and thirty dormant customers up to so many days after the first
    as-of date, and of four who are worth a look.
    """
    orders = []
    for n in range(30):
        orders += [
            (f"regular{n:02d}", days, 100 + n) for days in range(1 + n % 9, -until - 1, -1) if days % 10 == n % 10
        ]
        orders += [(f"regular{n:02d}", 10 * back + n % 10, 100 + n) for back in range(1, 12)]
        orders += [(f"rare{n:02d}", 60 + n - shift, 40) for shift in (0, 150) if n - shift + 60 > -until]
        orders += [(f"dormant{n:02d}", 250 + n, 20)]
    orders += [("aged", 120, 40)]
    orders += [("awake", 260, 20)] + [("awake", -5 * n - 1, 130) for n in range(1, 13) if 5 * n + 1 < until]
    orders += [("gone", 350, 20)]
    orders += [("new", -5 * n - 2, 120) for n in range(12) if 5 * n + 2 < until]
    return rows_of([one for one in orders if one[1] > -until])


def features_of(book, as_of, window=365):
    """Return recency, frequency and money by customer, as a person would."""
    day = pd.Timestamp(as_of)
    inside = book[(book.order_date < day) & (book.order_date >= day - pd.Timedelta(days=window))]
    by = inside.groupby("customer_id")
    table = pd.DataFrame({"recency_days": (day - by.order_date.max()).dt.days, "frequency": by.order_id.nunique()})
    return table.assign(monetary=by.amount.sum()).astype(float)


def nearest(model, fit, table):
    """Return the segment id of each customer of *table*: standardised as the customers of the *fit* were."""
    scaled = ((table - fit.mean()) / fit.std(ddof=0)).to_numpy()
    labels = ((scaled[:, None] - model.centroids[None]) ** 2).sum(axis=2).argmin(axis=1)
    return pd.Series(labels, table.index)


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """A first run and a refresh 65 days later, with a window of a year; both books."""
    folder = tmp_path_factory.mktemp("chain")
    books = [orders_of(until=0), orders_of(until=65)]
    recipe = {
        "name": "shop", "source": {"path": str(folder / "book.csv")}, "window_days": 365, "features": FEATURES,
        "prepare": PLAIN, "cluster": {"k": 3}, "refresh": CALM,
    }  # fmt: skip
    found = []
    for book, after in zip(books, (0, 65), strict=True):
        book.to_csv(folder / "book.csv", index=False)
        as_of = str((LAST + pd.Timedelta(days=after)).date())
        found.append(refresh(recipe | {"as_of": as_of}, out=folder / "runs", report=False))
    return *found, *books


def read(found):
    return pd.read_parquet(found.path / "customers.parquet").set_index("customer_id")


def test_the_first_refresh_is_a_first_run(chain):
    first, *_ = chain
    manifest = json.loads((first.path / "manifest.json").read_text())
    assert first.sequel is None
    assert (manifest["previous"], manifest["model_from"]) == (None, None)
    assert not (first.path / "changes.csv").exists()
    assert "previous_segment" not in read(first)


def test_labels_are_the_nearest_centres_of_the_model_before(chain):
    first, second, *books = chain
    fit = features_of(books[0], "2024-07-01")
    now = features_of(books[1], "2024-09-04")
    table = read(second)
    pd.testing.assert_frame_equal(table[FEATURES].astype(float), now, check_names=False)
    assert table.segment_id.to_dict() == nearest(first.model.model, fit, now).to_dict()
    assert second.sequel.decision.action == "keep"
    assert second.sequel.decision.reasons == ()


def test_segments_before_and_since_are_a_join_of_both_tables(chain):
    first, second, *_ = chain
    was, now = read(first), read(second)
    joined = now.join(was[["segment"]].rename(columns={"segment": "was"}))
    assert now.previous_segment.fillna("").tolist() == joined.was.fillna("").tolist()
    stayed = joined.segment == joined.was
    since = pd.to_datetime(now.segment_since)
    assert (since[stayed] == pd.Timestamp("2024-07-01")).all()
    assert (since[~stayed] == pd.Timestamp("2024-09-04")).all()
    assert not now.is_held_back.any()
    assert {"aged", "awake", "new"} <= {*now.index[~stayed]}


def test_each_cause_is_what_a_person_would_say(chain):
    first, second, *books = chain
    changes = pd.read_csv(second.path / "changes.csv", keep_default_na=False).set_index("customer_id")
    parts = changes.filter(like="because_")
    np.testing.assert_allclose(parts.sum(axis=1), 1)
    assert changes.loc[["aged", "awake", "new", "gone"], "cause"].tolist() == ["time", "behaviour", "behaviour", "time"]
    assert changes.loc["gone", "to_segment"] == changes.loc["new", "from_segment"] == ""
    assert (changes.loc["gone", "money"], changes.loc["new", "money"], changes.loc["aged", "money"]) == (
        20,
        1560 - 120,
        40,
    )
    # the chain of places, from plain features: as it was, at the new date without the new orders, as it is
    fit, now = features_of(books[0], "2024-07-01"), features_of(books[1], "2024-09-04")
    idle = features_of(books[0], "2024-09-04")
    places = pd.DataFrame(
        {step: nearest(first.model.model, fit, table) for step, table in (("was", fit), ("idle", idle), ("now", now))}
    ).fillna(-2)
    moved = places[places.was != places.now]
    assert sorted(moved.index) == sorted(changes.index)
    time = 0.5 * (moved.idle != moved.was) + 0.5 * (moved.idle == moved.now)
    assert changes.because_time.reindex(moved.index).tolist() == time.tolist()
    assert changes.because_behaviour.reindex(moved.index).tolist() == (1 - time).tolist()


def test_balances_are_a_crosstab(chain):
    first, second, *_ = chain
    was, now = read(first).segment, read(second).segment
    table = pd.crosstab(*pd.concat({"was": was, "now": now}, axis=1).fillna("nobody").to_numpy().T)
    names = second.sequel.names
    for one in second.sequel.balances:
        name = names[one.segment]
        assert one.before == (was == name).sum()
        assert one.now == (now == name).sum()
        own = table.get(name, pd.Series(dtype=int))
        assert one.new == own.get("nobody", 0)
        assert one.risen_to + one.fallen_to == own.drop(labels=["nobody", name], errors="ignore").sum()
        assert one.gone == (table.loc[name].get("nobody", 0) if name in table.index else 0)
        assert one.before + one.new + one.risen_to + one.fallen_to - one.rose - one.fell - one.gone == one.now
    moved = second.summary()["refresh"]["moved"]
    changes = pd.read_csv(second.path / "changes.csv")
    assert moved == {"customers": len(changes), "money": round(changes.money.sum(), 2)}


@pytest.fixture(scope="module")
def retail(tmp_path_factory):
    """A generated book of 300 customers, and the day of its last event."""
    path = tmp_path_factory.mktemp("retail") / "sales.csv"
    generate_retail(path, customers=300, seed=3)
    frame = pd.read_csv(path, dtype={"CustomerID": str})
    return frame, pd.to_datetime(frame.InvoiceDate)


@pytest.fixture
def again(retail, tmp_path):
    """Refresh with the rows of the book before a day, settings over those of a recipe; the store is in tmp_path."""
    frame, moments = retail
    base = {"name": "shop", "source": {"path": str(tmp_path / "book.csv")}, "cluster": {"k": 4}}

    def call(before, *, settings=None, rows=None, **options):
        chosen = frame[moments < before] if rows is None else rows(frame[moments < before])
        chosen.to_csv(tmp_path / "book.csv", index=False)
        return refresh(base | (settings or {}), out=tmp_path / "runs", report=False, **options)

    return call


def files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_held_back_customers_stay_and_are_explained(again):
    first = again("2024-11-01")
    steady = again("2024-12-28", settings={"refresh": {**CALM, "margin": 0.4, "min_stay": 0}})
    table, was = read(steady), read(first)
    model = steady.model.model
    proposed = pd.Series(model.label(steady.book.customers).labels, steady.book.customers.ids)
    sure = pd.Series(model.label(steady.book.customers).confidence, steady.book.customers.ids)
    both = was.index.intersection(table.index)
    held = (proposed[both] != was.segment_id[both]) & (sure[both] < 0.4)
    assert held.any()
    assert table.is_held_back[both].tolist() == held.tolist()
    assert not table.is_held_back.drop(both).any()
    assert (
        table.segment_id.to_dict()
        == proposed.where(~held.reindex(proposed.index, fill_value=False), was.segment_id).to_dict()
    )
    names = model.names()
    who = held.index[held][0]
    assert table.confidence[who] == 0
    assert table.nearest_other_segment[who] == names[proposed[who]]
    for one in (steady.explain(who), explain(fitted_run(steady.path), who)):
        assert one.is_held_back
        assert one.segment == was.segment[who]
        assert f"The model says {names[proposed[who]]}; the refresh holds the customer back in {one.segment}" in str(
            one
        )
    free = table.index[~table.is_held_back][0]
    assert not explain(fitted_run(steady.path), free).is_held_back
    patient = again("2024-12-29", settings={"refresh": {**CALM, "min_stay": 10_000}})
    unchanged = read(patient)
    joined = unchanged.join(table.segment.rename("was"), how="inner")
    assert (joined.segment == joined.was).all()


def test_a_shift_warns_then_calls_for_a_refit_in_words(again):
    again("2024-12-01")

    def dearer(frame):
        return frame.assign(UnitPrice=frame.UnitPrice * 3)

    gentle = {"psi_warn": 0.1, "psi_refit": 50, "far_refit": 1}
    warned = again("2024-12-01", rows=dearer, settings={"refresh": gentle}, dry_run=True)
    assert warned.sequel.decision.action == "warn"
    assert any(
        one.startswith("monetary is distributed differently: population stability index ")
        for one in warned.sequel.decision.reasons
    )
    found = again("2024-12-01", rows=dearer, dry_run=True)
    assert found.sequel.decision.action == "refit"
    assert "monetary" in " ".join(found.sequel.decision.reasons)
    assert "(refit from 0.25)" in found.sequel.decision.reasons[0]
    kept = again("2024-12-01", rows=dearer, refit=False)
    assert kept.sequel.decision.action == "warn"
    assert kept.sequel.decision.reasons[-1] == "No refit was allowed."
    assert kept.summary()["model_from"] == kept.sequel.before.run.run_id


def test_half_a_file_is_a_warning(again):
    again("2024-12-01")
    half = again(
        "2024-12-01", rows=lambda frame: frame.iloc[::2], settings={"refresh": {"psi_refit": 50, "far_refit": 1}}
    )
    assert half.sequel.decision.action == "warn"
    ledger = half.book.ledger
    assert any(
        one.startswith(f"The data have {ledger.total.rows:,} rows, and had ") for one in half.sequel.decision.reasons
    )


def test_a_share_that_outliers_take_though_the_fit_had_none_is_said(tmp_path):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "customer_id": [f"c{n:03d}" for n in range(200)],
            "balance": np.repeat([5.0, 55.0], 100) + rng.random(200),
            "visits": rng.random(200),
        }
    )
    recipe = {
        "name": "t", "source": {"path": str(tmp_path / "t.csv"), "kind": "customers"}, "cluster": {"k": 2},
        "prepare": {"outliers": {"policy": "drop", "method": "zscore", "threshold": 3}},
    }  # fmt: skip
    table.to_csv(tmp_path / "t.csv", index=False)
    assert -1 not in refresh(recipe, out=tmp_path / "runs", report=False).clustering.labels
    table.loc[table.index[-30:], "balance"] = 1e5
    table.to_csv(tmp_path / "t.csv", index=False)
    found = refresh(recipe, out=tmp_path / "runs", report=False, refit=False)
    assert (
        "Outliers has 15.0 percentage points more of all customers than in the run before (warn from 5)."
        in found.sequel.decision.reasons
    )
    assert (read(found).segment == "Outliers").sum() == 30
    assert read(found).segment_since.notna().all()


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"features": ["recency_days", "monetary"]}, "features"),
        ({"prepare": {"scale": "minmax"}}, "prepare"),
        ({"cluster": {"k": 3}}, "cluster"),
        ({"window_days": 300}, "window_days"),
    ],
)
def test_another_recipe_asks_for_another_model(again, tmp_path, settings, part):
    again("2024-12-01")
    before = files(tmp_path / "runs")
    with pytest.raises(Refused, match=rf"The recipe has changed \({part}\)"):
        again("2024-12-20", settings=settings, refit=False)
    assert {path for path in files(tmp_path / "runs") if ".locks" not in path.parts} == {
        path for path in before if ".locks" not in path.parts
    }
    found = again("2024-12-20", settings=settings, dry_run=True)
    assert found.sequel.decision.action == "refit"
    assert found.sequel.decision.reasons[0] == f"The recipe has changed: {part}."
    alone = found.sequel.step.parts[found.sequel.step.moved]
    np.testing.assert_allclose(alone.sum(axis=1), 1)
    assert not alone[:, 2].any()  # no cut points: it is another model


def test_a_dry_run_writes_nothing_and_says_the_same(again, tmp_path):
    found = again("2024-11-01", dry_run=True)
    assert (found.path, found.sequel) == (None, None)
    assert [path.name for path in tmp_path.iterdir()] == ["book.csv"]
    again("2024-11-01")
    shutil.rmtree(tmp_path / "runs" / ".locks")
    before = files(tmp_path / "runs")
    dry = again("2024-12-01", dry_run=True)
    assert files(tmp_path / "runs") == before
    done = again("2024-12-01", confirm=True)
    assert dry.path is None
    assert dry.sequel.facts() == done.sequel.facts()
    assert dry.sequel.balances == done.sequel.balances


def test_too_many_customers_are_refused(again):
    again("2024-11-01", settings={"cluster": {"k": 4, "fetch_at_most": 5000}})
    with pytest.raises(Refused, match="too many to be fetched"):
        again("2024-12-01", settings={"cluster": {"k": 4, "fetch_at_most": 200}}, confirm=True)
    assert again("2024-11-02", settings={"cluster": {"k": 4, "fetch_at_most": 4000}}).sequel.decision.action == "keep"


def test_a_store_of_an_older_version_goes_on(tmp_path, retail):
    frame, moments = retail
    shutil.copytree(OLD_STORE, tmp_path / "runs")
    run = Store(tmp_path / "runs").runs()[-1]
    frame[moments < "2024-12-20"].to_csv(tmp_path / "data.csv", index=False)
    then = run.manifest["recipe"]
    recipe = {
        "name": run.name,
        "source": {"path": str(tmp_path / "data.csv")},
        "cluster": {"k": then["cluster"]["k"]},
        "features": then["features"],
        "refresh": CALM,
    }
    found = refresh(recipe, out=tmp_path / "runs", report=True)
    assert found.sequel.decision.action == "keep"
    assert found.summary()["previous"] == found.summary()["model_from"] == run.run_id
    assert found.sequel.drift is not None
    assert verify(Store(tmp_path / "runs").runs()[-1]) == []
    assert read(found).segment_id.tolist() == found.model.model.label(found.book.customers).labels.tolist()
