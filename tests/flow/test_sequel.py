"""Chains of refreshes: a segment keeps id, name and colour through refits, and everything that shows it agrees."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.errors import Refused
from segmentry.flow import refresh
from segmentry.flow.explaining import explain, fitted_run
from segmentry.runs import Store, load_model, verify

FEATURES = ["balance", "visits"]
CALM = {"psi_warn": 50, "psi_refit": 50, "far_warn": 1, "far_refit": 1, "share_shift_warn": 100, "size_warn": 9}
CENTRES = {"a": (10, 5), "b": (100, 40), "c": (500, 2), "d": (900, 60), "e": (300, 90)}


def table_of(kinds, **moved):
    """Return forty customers of each of *kinds*, around its centre; *moved* has other centres."""
    rng = np.random.default_rng(4)
    frames = []
    for kind in kinds:
        balance, visits = moved.get(kind, CENTRES[kind])
        ids = [f"{kind}{n:02d}" for n in range(40)]
        frames.append(
            pd.DataFrame(
                {"customer_id": ids, "balance": balance + rng.random(40) * 9, "visits": visits + rng.random(40) * 3}
            )
        )
    return pd.concat(frames)


@pytest.fixture
def again(tmp_path):
    """Refresh a table of customers with k segments; the store is in tmp_path."""

    def call(table, *, k, **options):
        table.to_csv(tmp_path / "t.csv", index=False)
        recipe = {
            "name": "t", "source": {"path": str(tmp_path / "t.csv"), "kind": "customers"}, "features": FEATURES,
            "prepare": {"outliers": {"method": "none"}}, "cluster": {"k": k}, "refresh": CALM,
        }  # fmt: skip
        return refresh(recipe, out=tmp_path / "runs", report=False, **options)

    return call


def identities(found):
    """Return id, name and colour of the segment of each kind of customers, as the files have them."""
    customers = pd.read_parquet(found.path / "customers.parquet")
    kinds = customers.customer_id.str[0]
    assert (customers.groupby(kinds).segment_id.nunique() == 1).all()
    by_id = {one.number: (one.number, one.name, one.tone, one.shade) for one in found.profiles}
    return {kind: by_id[own.segment_id.iloc[0]] for kind, own in customers.groupby(kinds)}


def manifest_of(found):
    return json.loads((found.path / "manifest.json").read_text())


def test_a_chain_keeps_who_is_who(again, tmp_path):
    # 1, 2, 3: first, keep, keep; 4: a refit in which the order of value is another; 5: keep
    usual, turned = table_of("abc"), table_of("abc", a=(700, 5))
    chain = [
        again(usual, k=3),
        again(usual, k=3),
        again(usual, k=3),
        again(turned, k=3, refit=True),
        again(turned, k=3),
    ]
    first, *_, refit, last = chain
    assert [one.sequel.decision.action for one in chain[1:]] == ["keep", "keep", "refit", "keep"]
    assert all(identities(one) == identities(first) for one in chain)
    assert refit.model.model.numbers()  # labels are in another order than ids
    ids = [one.path.name for one in chain]
    assert [manifest_of(one)["previous"] for one in chain] == [None, *ids[:-1]]
    assert [manifest_of(one)["model_from"] for one in chain] == [None, ids[0], ids[0], None, ids[3]]
    assert [manifest_of(one)["next_segment_id"] for one in chain[1:]] == [3, 3, 3, 3]
    assert not last.sequel.step.moved.any()
    assert all(verify(run) == [] for run in Store(tmp_path / "runs").runs())


def test_ids_are_never_used_again_when_k_shrinks_and_grows(again):
    first = again(table_of("abcd"), k=4)
    was = identities(first)
    less = again(table_of("bda"), k=3)
    assert identities(less) == {kind: was[kind] for kind in "bda"}
    assert manifest_of(less)["next_segment_id"] == 4
    more = again(table_of("abde"), k=4)
    now = identities(more)
    assert {kind: now[kind] for kind in "bda"} == {kind: was[kind] for kind in "bda"}
    assert now["e"][0] == 4
    assert (
        f"{now['e'][1]} is new, with 40 customers, none of whom was in one of the segments before."
        in more.sequel.succession
    )
    kept = again(table_of("abde"), k=4)
    assert (kept.sequel.decision.action, identities(kept)) == ("keep", now)
    assert manifest_of(kept)["next_segment_id"] == 5


def test_a_segment_in_which_nobody_is_keeps_id_name_and_colour_for_who_comes_back(again):
    was = identities(again(table_of("abc"), k=3))
    empty = again(table_of("ab"), k=3)
    assert empty.sequel.decision.action == "keep"
    assert identities(empty) == {kind: was[kind] for kind in "ab"}
    assert load_model(empty.path).names() == {one: name for one, name, *_ in was.values()}
    still = again(table_of("ab"), k=3)
    assert len(still.segments) == 2
    assert identities(again(table_of("abc"), k=3)) == was


def test_splits_and_merges_are_said_by_the_names_of_the_groups(again):
    first = again(table_of("abcd"), k=4)
    name = {kind: one[1] for kind, one in identities(first).items()}
    merged = again(table_of("abcd", b=(12, 5)), k=3, confirm=True)
    now = {kind: one[1] for kind, one in identities(merged).items()}
    assert now["a"] == now["b"]
    said = [one for one in merged.sequel.succession if "have merged into" in one]
    assert len(said) == 1
    assert said[0].endswith(f"have merged into {now['a']}.")
    assert {f"{name['a']} (50.0 %)", f"{name['b']} (50.0 %)"} <= {*said[0].split(" have")[0].split(" and ")}
    split = again(table_of("abcd"), k=4, confirm=True)
    then = {kind: one[1] for kind, one in identities(split).items()}
    said = [one for one in split.sequel.succession if "has split into" in one]
    assert said
    assert said[0].startswith(f"{now['a']} has split into ")
    assert f"{then['a']} (50.0 %)" in said[0]
    assert f"{then['b']} (50.0 %)" in said[0]


def test_every_way_to_a_segment_shows_the_same_id_and_name(again, tmp_path):
    again(table_of("abcd"), k=4)
    again(table_of("bda"), k=3)
    found = again(table_of("abde", a=(1500, 5)), k=4, confirm=True)  # sparse ids, in another order than labels
    customers = pd.read_parquet(found.path / "customers.parquet").set_index("customer_id")
    shown = customers[["segment_id", "segment"]]
    segments = pd.read_csv(found.path / "segments.csv").set_index("segment_id").segment
    assert shown.segment.tolist() == segments.loc[shown.segment_id].tolist()
    scored = sg.load(found.path).assign(pd.read_csv(tmp_path / "t.csv")).set_index("customer_id")
    pd.testing.assert_frame_equal(scored.loc[shown.index, ["segment_id", "segment"]], shown, check_dtype=False)
    for who in ("a00", "e39"):
        for one in (explain(fitted_run(found.path), who), found.explain(who)):
            assert (one.segment_id, one.segment) == tuple(shown.loc[who])
            assert shown.drop_duplicates().set_index("segment_id").segment[one.other_id] == one.other
    number = int(shown.segment_id.max())
    by_id = explain(fitted_run(found.path), segment=str(number))
    assert (by_id.segment, by_id.segment_id) == (segments[number], number)
    model = load_model(found.path)
    assert {model.numbers().get(label, label): name for label, name in model.names().items()} == segments.to_dict()


def test_a_weak_match_is_refused_and_nothing_is_written(again, tmp_path):
    again(table_of("abcd"), k=4)
    strange = table_of("abcd").sample(frac=1, random_state=2)
    strange["customer_id"] = sorted(strange.customer_id)  # the customers are any others
    strange["balance"] = strange.balance.to_numpy()[::-1] ** 1.5
    with pytest.raises(Refused, match="not clearly the segments of the run before") as error:
        again(strange, k=4, refit=True)
    assert error.value.exit_code == 3
    assert len(Store(tmp_path / "runs").runs()) == 1
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {
        ".locks",
        Store(tmp_path / "runs").runs()[0].run_id,
    }
    assert again(strange, k=4, refit=True, confirm=True).sequel.matchings[""].needs_confirmation


def test_a_threshold_that_a_refit_moved_and_another_model_are_told_apart(again):
    between = pd.DataFrame({"customer_id": ["x"], "balance": [290.0], "visits": [5.0]})
    again(pd.concat([table_of("ac"), between]), k=2)
    same = again(pd.concat([table_of("ac", c=(700, 2)), between]), k=2, refit=True, confirm=True)
    parts = same.sequel.step.parts[same.sequel.step.ids == "x"][0]
    assert parts.tolist() == [0, 0, 1, 0]
    other = again(pd.concat([table_of("ac", c=(700, 2)), between]), k=3, confirm=True)
    moved = other.sequel.step.moved
    assert moved.any()
    assert (other.sequel.step.parts[moved] == [0, 0, 0, 1]).all()
    assert len(pd.read_csv(other.path / "changes.csv")) == moved.sum()
