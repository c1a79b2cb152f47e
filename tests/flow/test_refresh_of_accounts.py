"""Refreshes of a book of accounts: each cohort follows its own model, all of them are one run; against plain pandas."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.errors import ModelError, Refused
from segmentry.flow import refresh
from segmentry.flow.explaining import explain, fitted_run
from segmentry.flow.since import drift_indexes
from segmentry.runs import Histogram, Store, load_models, psi, save_model, verify
from segmentry.sources.samples.securities import generate_securities

COHORTS = ["active", "inactive", "nonactive"]
CALM = {"psi_warn": 50, "psi_refit": 50, "far_warn": 1, "far_refit": 1, "share_shift_warn": 100, "size_warn": 9}
FIRST, SECOND, THIRD = "2025-04-01", "2025-06-01", "2025-06-30"


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """The files of a generated brokerage as frames of text, by name."""
    folder = tmp_path_factory.mktemp("full") / "book"
    generate_securities(folder, customers=600, seed=5)
    return {path.stem: pd.read_csv(path, dtype=str) for path in folder.iterdir()}


class Place:
    """A folder with a book as it stood at the end of a day, and a store of its runs."""

    def __init__(self, folder, full):
        self.folder, self.store, self.full = folder, folder / "runs", full

    def refresh(self, day, *, edit=None, settings=None, **options):
        """Refresh with what had happened by the end of *day*; *edit* changes the frames before they are written."""
        book = {name: frame.copy() for name, frame in self.full.items()}
        for name in ("trades", "nav"):
            book[name] = book[name][book[name]["date"] <= day]
        book["accounts"] = book["accounts"][book["accounts"]["opened"] <= day]
        book = book if edit is None else edit(book)
        (self.folder / "book").mkdir(exist_ok=True)
        for name, frame in book.items():
            frame.to_csv(self.folder / "book" / f"{name}.csv", index=False)
        recipe = {
            "name": "book", "source": {"kind": "accounts", "path": str(self.folder / "book")}, "as_of": day,
            "cluster": {"k": 3}, "refresh": CALM,
        }  # fmt: skip
        return refresh(recipe | (settings or {}), out=self.store, report=False, **options)


@pytest.fixture
def place(tmp_path, full):
    return Place(tmp_path, full)


@pytest.fixture(scope="module")
def chain(tmp_path_factory, full):
    """A first run, and a refresh two months later that keeps the models."""
    place = Place(tmp_path_factory.mktemp("chain"), full)
    return place, place.refresh(FIRST), place.refresh(SECOND)


def without(cohorts, day):
    """Return an edit that leaves out the accounts that are in *cohorts* on *day*, by their last trade."""

    def edit(book):
        trades = book["trades"][book["trades"]["type"].isin(["BUY", "SELL"])]
        last = pd.to_datetime(trades.groupby("account")["date"].max())
        accounts = pd.Index(book["accounts"]["account"]).union(book["trades"]["account"])
        gone = accounts[cohort_on(last.reindex(accounts), day).isin(cohorts)]
        return {name: frame[~frame["account"].isin(gone)] for name, frame in book.items()}

    return edit


def cohort_on(last, day):
    """Return the cohort of accounts by the moment of their *last* trade, as a person would."""
    recent = last >= pd.Timestamp(day) - pd.DateOffset(months=12)
    return pd.Series(np.select([recent, last.notna()], COHORTS[:2], COHORTS[2]), last.index)


def read(found):
    return pd.read_parquet(found.path / "customers.parquet").set_index("customer_id")


def manifest_of(found):
    return json.loads((found.path / "manifest.json").read_text(encoding="utf-8"))


def changes_of(found):
    return pd.read_csv(found.path / "changes.csv", keep_default_na=False, dtype={"customer_id": str})


def called(table):
    """Return the full name of the segment of each account of a customers table."""
    return table.cohort + ": " + table.segment


def files(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_kept_models_label_each_account_by_the_cohort_it_is_in_now(chain):
    _, first, second = chain
    assert second.sequel.decision.action == "keep"
    assert second.sequel.decision.reasons == ()
    models = load_models(first.path)
    table = read(second)
    for cohort, own in table.groupby("cohort"):
        model = models[cohort]
        values = {name: own[name].to_numpy(float) for name in model.features}
        matrix = model.pipeline.transform(type("Table", (), {"values": values})())
        labels = ((matrix[:, None] - model.centroids) ** 2).sum(axis=2).argmin(axis=1)
        shown = {one["id"]: one["number"] for one in model.segments}
        assert own.segment_id.tolist() == [shown[label] for label in labels]
    names = {one["number"]: one["name"] for model in models.values() for one in model.segments}
    assert table.segment.tolist() == [names[number] for number in table.segment_id]
    assert sorted(names) == list(range(9))


def test_cohorts_are_those_of_the_last_trade(chain, full):
    _, _, second = chain
    table = read(second)
    trades = full["trades"]
    trades = trades[trades["type"].isin(["BUY", "SELL"]) & (trades["date"] <= SECOND)]
    last = pd.to_datetime(trades.groupby("account")["date"].max()).reindex(table.index)
    assert table.cohort.tolist() == cohort_on(last, SECOND).tolist()


def test_segments_before_and_since_are_a_join_of_both_tables(chain):
    _, first, second = chain
    was, now = read(first), read(second)
    joined = now.join(called(was).rename("was"))
    assert now.previous_segment.fillna("").tolist() == joined.was.fillna("").tolist()
    stayed = called(joined) == joined.was
    since = pd.to_datetime(now.segment_since)
    assert (since[stayed] == pd.Timestamp(FIRST)).all()
    assert (since[~stayed] == pd.Timestamp(SECOND)).all()
    assert not now.is_held_back.any()


def test_changes_are_the_differences_of_both_tables_and_their_causes_add_up(chain):
    _, first, second = chain
    was, now = called(read(first)), called(read(second))
    pairs = pd.concat({"was": was, "now": now}, axis=1).fillna("")
    moved = pairs[pairs.was != pairs.now]
    changes = changes_of(second).set_index("customer_id")
    assert sorted(changes.index) == sorted(moved.index)
    assert changes.from_segment.tolist() == moved.was.reindex(changes.index).tolist()
    assert changes.to_segment.tolist() == moved.now.reindex(changes.index).tolist()
    np.testing.assert_allclose(changes.filter(like="because_").sum(axis=1), 1)
    spent = read(first).monetary.reindex(changes.index).fillna(read(second).monetary.reindex(changes.index))
    np.testing.assert_allclose(pd.to_numeric(changes.money), spent)
    told = second.summary()["refresh"]["moved"]
    assert told == {"customers": len(moved), "money": round(spent.sum(), 2)}


def test_balances_are_a_crosstab(chain):
    _, first, second = chain
    pairs = pd.concat({"was": called(read(first)), "now": called(read(second))}, axis=1).fillna("nobody")
    names = second.sequel.names
    order = {name: place for place, name in enumerate(names.values())}
    assert len(second.sequel.balances) == 9
    for one in second.sequel.balances:
        name = names[one.segment]
        came, went = pairs[pairs.now == name].was, pairs[pairs.was == name].now
        assert (one.before, one.now) == (len(went), len(came))
        assert (one.new, one.gone) == ((came == "nobody").sum(), (went == "nobody").sum())
        assert one.risen_to == sum(order[was] > order[name] for was in came if was != "nobody")
        assert one.fell == sum(order[now] > order[name] for now in went if now != "nobody")
    assert [name.split(": ")[0] for name in names.values()] == [cohort for cohort in COHORTS for _ in range(3)]


def test_what_the_manifest_and_the_store_say(chain):
    place, first, second = chain
    facts = manifest_of(second)
    assert (facts["kind"], facts["previous"], facts["model_from"]) == ("refresh", first.path.name, first.path.name)
    assert facts["next_segment_id"] == 9
    assert facts["refresh"]["action"] == "keep"
    assert list(facts["refresh"]["drift"]["cohorts"]) == COHORTS
    assert list(facts["cohorts"]) == COHORTS
    for cohort in COHORTS:  # drift is measured against the fit, however long the chain
        assert facts["cohorts"][cohort]["reference"] == manifest_of(first)["cohorts"][cohort]["reference"]
    assert all(verify(run) == [] for run in Store(place.store).runs())
    third = place.refresh(THIRD, dry_run=True)
    assert third.sequel.before.run.run_id == second.path.name
    assert third.sequel.before.fitted_in == first.path.name


def test_every_way_to_a_segment_shows_the_same_id_and_name(chain, tmp_path):
    place, _, second = chain
    table = read(second)
    frame = sg.load(second.path).assign(place.folder / "book", as_of=second.book.customers.as_of)
    assert frame.customer_id.tolist() == table.index.tolist()
    assert frame.segment_id.tolist() == table.segment_id.tolist()
    fitted = fitted_run(second.path)
    for cohort in COHORTS:
        who = table.index[table.cohort == cohort][0]
        for one in (explain(fitted, who), second.explain(who)):
            assert (one.segment, one.segment_id) == (table.segment[who], table.segment_id[who])


def test_drift_is_that_of_the_accounts_of_each_cohort(chain):
    _, first, second = chain
    was, now = read(first), read(second)
    drift = second.sequel.drift
    for cohort, one in drift.cohorts.items():
        old, new = was[was.cohort == cohort], now[now.cohort == cohort]
        for shift in one.features:
            values = new[shift.feature].to_numpy(float)
            assert shift.psi == pytest.approx(psi(Histogram.of(old[shift.feature].to_numpy(float)), values))
        shares = pd.concat([table.segment_id.value_counts(normalize=True) for table in (old, new)], axis=1).fillna(0)
        points = (shares.iloc[:, 1] - shares.iloc[:, 0]) * 100
        assert one.shares.points == pytest.approx(points[one.shares.segment])
        assert abs(one.shares.points) == pytest.approx(points.abs().max())
        matrix = (part := second.cohorts[cohort]).prepared.pipeline.transform(part.book.customers)
        fit = first.cohorts[cohort].prepared.matrix
        centres = first.cohorts[cohort].clustering.centroids
        far, near = (np.sqrt(((one[:, None] - centres[None]) ** 2).sum(axis=2).min(axis=1)) for one in (fit, matrix))
        assert one.far_share == pytest.approx((near > np.quantile(far, 0.99)).mean())
    sizes = pd.concat([table.cohort.value_counts(normalize=True) for table in (was, now)], axis=1)
    change = (sizes.iloc[:, 1] - sizes.iloc[:, 0]).reindex(COHORTS)
    assert drift.shares.psi == pytest.approx((change * np.log(sizes.iloc[:, 1] / sizes.iloc[:, 0])).sum())
    assert drift.shares.points == pytest.approx(change[drift.shares.cohort] * 100)
    assert abs(drift.shares.points) == pytest.approx(change.abs().max() * 100)
    indexes = drift_indexes(second)
    assert indexes["active: Days since the last trade"] == drift.cohorts["active"].features[0].psi
    assert indexes["inactive: segment shares"] == drift.cohorts["inactive"].shares.psi
    assert list(indexes)[-1] == "Cohort shares"
    assert indexes["Cohort shares"] == drift.shares.psi


def test_who_fell_asleep_moved_because_of_time_and_who_woke_because_of_behaviour(chain, full):
    _, first, second = chain
    was, now = read(first), read(second)
    changes = changes_of(second).set_index("customer_id")
    joined = now.cohort.to_frame("now").join(was.cohort.rename("was"), how="inner")
    asleep = joined.index[(joined.was == "active") & (joined.now == "inactive")]
    woke = joined.index[(joined.was != "active") & (joined.now == "active")]
    assert min(len(asleep), len(woke)) > 5
    assert (changes.loc[asleep, "cause"] == "time").all()
    assert (changes.loc[woke, "because_behaviour"] >= 0.5).all()
    assert (changes.loc[woke, "cause"] == "behaviour").any()
    done = pd.concat([full[name][["account", "date"]] for name in ("trades", "nav")])
    done = done[(done["date"] > FIRST) & (done["date"] <= SECOND)]
    quiet = changes.index.intersection(was.index).difference(done["account"])
    assert len(quiet) > len(asleep) - 1
    assert (changes.loc[quiet, "cause"] == "time").all()


def test_a_refit_keeps_ids_and_names_in_every_cohort(place):
    first = place.refresh(FIRST)
    again = place.refresh(SECOND, refit=True)
    assert again.sequel.decision.action == "refit"
    assert {*again.sequel.matchings} == {*COHORTS}
    was, now = first.segments.set_index("segment_id"), again.segments.set_index("segment_id")
    kept = now.index.intersection(was.index)
    assert len(kept) >= 7
    assert (now.loc[kept, ["cohort", "segment"]] == was.loc[kept, ["cohort", "segment"]]).all().all()
    shades = {
        one.number: (one.tone, one.shade)
        for found in (first,)
        for part in found.parts.values()
        for one in part.profiles
    }
    for part in again.parts.values():
        assert all(shades[one.number] == (one.tone, one.shade) for one in part.profiles if one.number in kept)
    assert manifest_of(again)["model_from"] is None
    for cohort in COHORTS:
        assert manifest_of(again)["cohorts"][cohort]["reference"] != manifest_of(first)["cohorts"][cohort]["reference"]
    np.testing.assert_allclose(changes_of(again).filter(like="because_").sum(axis=1), 1)
    assert all(one.split(": ")[0] in COHORTS for one in again.sequel.succession)


def test_after_a_refit_the_model_has_changed_where_a_cohort_has_another_number_of_segments(place):
    settings = {"cluster": {"k": "auto"}, "cohorts": {"k": {"inactive": 3, "nonactive": 3}}}
    first = place.refresh(FIRST, settings=settings)
    again = place.refresh(THIRD, settings=settings, refit=True, confirm=True)
    assert len(first.cohorts["active"].profiles) != len(again.cohorts["active"].profiles)
    changes = changes_of(again)
    changes = changes[changes.to_segment != ""]
    is_same = changes.to_segment.str.split(": ").str[0].isin(["inactive", "nonactive"])
    assert not changes.because_model[is_same].any()
    assert not changes.because_thresholds[~is_same].any()
    assert changes.because_model.any()


def test_an_id_is_never_used_again_in_any_cohort(place):
    used: dict[int, tuple[str, str]] = {}
    top = -1
    for k, day in ((3, FIRST), (2, SECOND), (4, SECOND), (3, THIRD), (5, THIRD)):
        found = place.refresh(day, settings={"cluster": {"k": k}}, confirm=True)
        table = found.segments
        assert table.segment_id.is_unique
        assert {*read(found).segment_id} == {*table.segment_id}
        for row in table.itertuples():
            if row.segment_id in used:
                assert used[row.segment_id] == (row.cohort, row.segment)
            else:
                assert row.segment_id > top or not used
        used |= {row.segment_id: (row.cohort, row.segment) for row in table.itertuples()}
        top = max(used)
        if found.sequel is not None:
            assert found.sequel.decision.reasons[0] == "The recipe has changed: cluster."
            assert manifest_of(found)["next_segment_id"] == top + 1
            assert (found.sequel.step.parts[found.sequel.step.moved].sum(axis=1).round(9) == 1).all()


def test_a_cohort_that_appears_is_found_anew_with_fresh_ids(place):
    first = place.refresh(FIRST, edit=without(["inactive"], FIRST))
    assert list(first.cohorts) == ["active", "nonactive"]
    second = place.refresh(SECOND)
    assert second.sequel.decision.action == "keep"
    assert list(second.cohorts) == COHORTS
    born = {one.number for one in second.cohorts["inactive"].profiles}
    assert min(born) == max(first.segments.segment_id) + 1
    for cohort in ("active", "nonactive"):
        assert [one.number for one in second.cohorts[cohort].profiles] == [
            one.number for one in first.cohorts[cohort].profiles
        ]
    size = (read(second).cohort == "inactive").sum()
    assert f"inactive: nobody was in this cohort before; its {size} accounts were segmented anew." in (
        second.sequel.succession
    )
    third = place.refresh(THIRD)
    assert third.sequel.decision.action == "keep"
    assert {one.number for one in third.cohorts["inactive"].profiles} == born


def test_a_cohort_that_is_empty_keeps_its_ids_and_its_model(place):
    first = place.refresh(FIRST)
    second = place.refresh(SECOND, edit=without(["inactive"], SECOND))
    assert list(second.cohorts) == ["active", "nonactive"]
    facts = manifest_of(second)
    assert facts["next_segment_id"] == 9
    assert list(facts["cohorts_without_accounts"]) == ["inactive"]
    lost = read(first).index[read(first).cohort == "inactive"].difference(read(second).index)
    assert changes_of(second).set_index("customer_id").to_segment.reindex(lost).eq("").all()
    assert any("inactive: none of the" in one for one in second.sequel.succession)
    who = read(second).index[0]
    assert explain(fitted_run(second.path), who).segment == read(second).segment[who]
    third = place.refresh(THIRD, edit=without(["inactive"], THIRD))
    assert list(manifest_of(third)["cohorts_without_accounts"]) == ["inactive"]
    back = place.refresh(THIRD)
    assert "cohorts_without_accounts" not in manifest_of(back)
    assert back.segments[back.segments.cohort == "inactive"].segment_id.tolist() == (
        first.segments[first.segments.cohort == "inactive"].segment_id.tolist()
    )
    assert (
        manifest_of(back)["cohorts"]["inactive"]["reference"] == manifest_of(first)["cohorts"]["inactive"]["reference"]
    )
    scored = sg.load(third.path).assign(place.folder / "book", as_of=back.book.customers.as_of)
    assert scored.segment_id.tolist() == read(back).segment_id.tolist()


def test_a_refit_finds_a_cohort_anew_that_comes_back(place):
    place.refresh(FIRST)
    place.refresh(SECOND, edit=without(["inactive"], SECOND))
    other = place.refresh(SECOND, edit=without(["inactive"], SECOND), settings={"cluster": {"k": 2}}, confirm=True)
    assert "cohorts_without_accounts" not in manifest_of(other)  # its model is not the one the recipe asks for
    used = manifest_of(other)["next_segment_id"]
    back = place.refresh(THIRD, settings={"cluster": {"k": 2}})
    assert back.sequel.decision.action in ("keep", "warn")
    assert min(one.number for one in back.cohorts["inactive"].profiles) == used


def test_a_cohort_too_small_to_cluster_stays_one_segment(place):
    few = {"cohorts": {"smallest": 151}}
    first = place.refresh(FIRST, settings=few)
    assert [len(part.profiles) for part in first.cohorts.values()] == [3, 1, 1]
    kept = place.refresh(SECOND, settings=few)
    assert kept.sequel.decision.action == "keep"
    with pytest.raises(Refused, match="groups found among the active accounts are not clearly the segments"):
        place.refresh(THIRD, settings=few, refit=True)
    matched = place.refresh(THIRD, settings=few, refit=True, confirm=True)
    for found in (kept, matched):
        assert "too few" in found.cohorts["nonactive"].clustering.choice.reason
        assert found.cohorts["nonactive"].profiles[0].number == first.cohorts["nonactive"].profiles[0].number
        assert found.cohorts["nonactive"].profiles[0].name == first.cohorts["nonactive"].profiles[0].name
    assert list(kept.sequel.drift.cohorts) == ["active"]


@pytest.mark.parametrize(
    "settings",
    [
        {"prepare": {"outliers": {"method": "zscore", "threshold": 2, "policy": "drop"}}},
        {"cluster": {"method": "hdbscan"}},
        {"cluster": {"method": "mixture", "k": 3}},
        {"cluster": {"k": 3, "compare": ["mixture"]}, "cohorts": {"smallest": 151}},
    ],
)
def test_every_method_goes_on_and_who_is_set_apart_is_so_in_all_cohorts(place, settings):
    first = place.refresh(FIRST, settings=settings)
    kept = place.refresh(SECOND, settings=settings)
    again = place.refresh(THIRD, settings=settings, refit=True, confirm=True)
    last = place.refresh(THIRD, settings=settings)
    assert [one.sequel.decision.action for one in (kept, again, last)] == ["keep", "refit", "keep"]
    assert not last.sequel.step.moved.any()
    for before, after in ((first, kept), (kept, again)):
        was, now = read(before), read(after)
        ids = pd.concat({"was": was.segment_id, "now": now.segment_id}, axis=1).fillna(-2)
        assert sorted(changes_of(after).customer_id) == sorted(ids.index[ids.was != ids.now])
        fitted_run(after.path)  # its customers are where its models say
    assert (read(last).segment_id == read(again).segment_id).all()


def test_a_steady_hand_holds_nobody_back_who_changed_cohort(place):
    first = place.refresh(FIRST)
    free = place.refresh(THIRD, dry_run=True)
    steady = place.refresh(THIRD, settings={"refresh": {**CALM, "min_stay": 10_000}})
    was, now = read(first), read(steady)
    proposed = pd.Series(free.sequel.step.after, free.sequel.step.ids).reindex(now.index)
    joined = now.join(was[["cohort", "segment_id"]].add_suffix("_was"))
    same = joined.cohort == joined.cohort_was
    held = same & (proposed != joined.segment_id_was)
    assert held.any()
    assert (~same & joined.cohort_was.notna()).any()
    assert now.is_held_back.tolist() == held.tolist()
    assert now.segment_id.tolist() == proposed.where(~held, joined.segment_id_was).tolist()
    who = held.index[held][0]
    for one in (steady.explain(who), explain(fitted_run(steady.path), who)):
        assert one.is_held_back
        assert one.segment == was.segment[who]


def test_a_dry_run_writes_nothing_and_says_the_same(place):
    place.refresh(FIRST)
    shutil.rmtree(place.store / ".locks")
    before = files(place.store)
    dry = place.refresh(SECOND, dry_run=True)
    assert files(place.store) == before
    done = place.refresh(SECOND)
    assert dry.path is None
    assert dry.sequel.facts() == done.sequel.facts()
    assert dry.sequel.balances == done.sequel.balances


def test_the_cohort_that_drifted_decides_for_all_and_is_named(place):
    place.refresh(FIRST)

    def richer(book):
        nav = pd.to_numeric(book["nav"]["nav"])
        never = ~book["nav"]["account"].isin(book["trades"][book["trades"]["type"].isin(["BUY", "SELL"])]["account"])
        return book | {"nav": book["nav"].assign(nav=nav.where(~never, nav * 50))}

    calm = {**CALM, "psi_warn": 0.1, "psi_refit": 0.25}
    found = place.refresh(FIRST, edit=richer, settings={"refresh": calm}, confirm=True, dry_run=True)
    assert found.sequel.decision.action == "refit"
    (reason,) = found.sequel.decision.reasons
    assert reason.startswith("nonactive: nav is distributed differently: population stability index ")
    kept = place.refresh(FIRST, edit=richer, settings={"refresh": calm}, refit=False)
    assert kept.sequel.decision.action == "warn"
    assert kept.sequel.decision.reasons == (reason, "No refit was allowed.")


def test_cohorts_that_grow_or_shrink_are_a_warning(place):
    first = place.refresh(FIRST)
    half = place.refresh(
        FIRST, edit=without(["inactive"], FIRST), settings={"refresh": {**CALM, "share_shift_warn": 5}}, dry_run=True
    )
    was, now = ((table.cohort == "inactive").mean() for table in (read(first), half.customers))
    others = read(first).cohort.value_counts(normalize=True)
    left = half.customers.cohort.value_counts(normalize=True)
    shift = (left.reindex(others.index, fill_value=0) - others) * 100
    most = shift.abs().idxmax()
    assert most == "inactive"
    assert now == 0
    assert half.sequel.decision.action == "warn"
    points = f"{was * 100:.1f} percentage points fewer"
    assert half.sequel.decision.reasons == (
        f"The cohort inactive has {points} of all accounts than in the run before (warn from 5).",
    )


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"cohorts": {"active_months": 9}}, "cohorts"),
        ({"cohorts": {"k": {"active": 2}}}, "cohorts"),
        ({"cohorts": {"features": {"inactive": ["nav"]}}}, "features"),
        ({"features": ["recency_days", "nav"]}, "features"),
        ({"cluster": {"k": 2}}, "cluster"),
    ],
)
def test_another_recipe_asks_for_other_models(chain, settings, part):
    place, *_ = chain
    with pytest.raises(Refused, match=rf"The recipe has changed \({part}\)"):
        place.refresh(THIRD, settings=settings, refit=False)
    assert len(Store(place.store).runs()) == 2


def test_a_run_whose_ids_repeat_across_cohorts_is_refused(place):
    first = place.refresh(FIRST)
    for cohort, model in load_models(first.path).items():
        segments = tuple({**segment, "number": segment["id"]} for segment in model.segments)
        save_model(replace(model, segments=segments), first.path / "model" / cohort, version="0.1.0")
    with pytest.raises(Refused, match="the same id means another segment in each cohort") as error:
        place.refresh(SECOND)
    assert "segmentry run RECIPE" in str(error.value)
    assert error.value.exit_code == 3


def test_a_run_without_one_of_its_models_or_of_another_kind_is_refused(place, tmp_path):
    first = place.refresh(FIRST)
    other = {"name": "book", "source": {"kind": "customers", "path": str(tmp_path / "t.csv")}}
    with pytest.raises(Refused, match="is of accounts, and the recipe of customers"):
        refresh(other, out=place.store, report=False)
    shutil.rmtree(first.path / "model" / "inactive")
    with pytest.raises(ModelError, match="lacks the model, or what is known, of inactive"):
        place.refresh(SECOND)
