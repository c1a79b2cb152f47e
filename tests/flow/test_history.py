"""A run with snapshots: what it writes and says, from a recipe and from Python, and what it refuses before it reads."""

from __future__ import annotations

import itertools
import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest

import segmentry as sg
from segmentry.core.errors import DataError, RecipeError
from segmentry.core.progress import Silent
from segmentry.flow.history import history_of
from segmentry.movement import ABSENT
from segmentry.sources import generate_retail

FILES = ("movement.csv", "moves.parquet", "history.parquet")
DATES = {"from_date", "to_date", "as_of"}
MONTHLY = {"every": "month", "count": 12}


class Told(Silent):
    """A listener that keeps what it is told."""

    def __init__(self):
        self.lines = []

    def step(self, name, detail=""):
        self.lines.append((name, detail))


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    generate_retail(path, customers=400, seed=3)
    return path


@pytest.fixture(scope="module")
def told():
    return Told()


@pytest.fixture(scope="module")
def found(sales, told, tmp_path_factory):
    recipe = {"source": {"path": str(sales)}, "cluster": {"k": 4}, "snapshots": MONTHLY}
    return sg.run(recipe, out=tmp_path_factory.mktemp("runs"), report=False, progress=told)


@pytest.fixture(scope="module")
def tables(found):
    """The three files, with dates as pandas has them."""
    flows = pd.read_csv(found.path / "movement.csv", keep_default_na=False)
    read = [flows, *(pd.read_parquet(found.path / name) for name in FILES[1:])]
    return [table.assign(**{name: pd.to_datetime(table[name]) for name in DATES & {*table}}) for table in read]


def test_the_last_date_is_that_of_the_run(found, tables):
    _, _, history = tables
    dates = sorted(history.as_of.unique())
    assert pd.Timestamp(dates[-1]).date() == found.book.customers.as_of
    assert [pd.Timestamp(day).date() for day in dates] == [*found.movement.history.dates]
    last = history[history.as_of == dates[-1]].reset_index(drop=True)
    customers = pd.read_parquet(found.path / "customers.parquet")
    for name in ("customer_id", "segment", "segment_id", "monetary"):
        pd.testing.assert_series_equal(last[name], customers[name], check_dtype=False)


def test_dates_are_a_month_apart_and_those_before_the_first_customers_are_left_out(found, sales):
    dates = found.movement.history.dates
    last = pd.Timestamp(found.book.customers.as_of)
    asked = [(last - pd.DateOffset(months=back)).date() for back in range(11, -1, -1)]
    assert [*dates] == asked[-len(dates) :]
    history = found.movement.history
    assert [one.as_of for one in history.idle] == [*dates[1:], (last + pd.DateOffset(months=1)).date()]
    assert [len(one.rows) for one in history.idle] == [
        len(one.rows) for one in history.snapshots
    ]  # nobody is forgotten


def test_the_three_files_tell_the_same(tables):
    flows, moves, history = tables
    dates = sorted(history.as_of.unique())
    assert sorted(flows.to_date.unique()) == dates[1:]
    by_date = {day: own.set_index("customer_id") for day, own in history.groupby("as_of")}
    for start, end in itertools.pairwise(dates):
        both = by_date[start].add_suffix("_old").join(by_date[end].add_suffix("_new"), how="outer")
        old, new = both.segment_old.fillna(""), both.segment_new.fillna("")
        spent = both.monetary_old.fillna(both.monetary_new)
        counts = both.groupby([old, new]).size()
        own = flows[flows.from_date == start].set_index(["from_segment", "to_segment"])
        assert own.customers.to_dict() == counts.to_dict()
        assert own.money.to_dict() == pytest.approx(spent.groupby([old, new]).sum().to_dict(), abs=1e-6)
        assert own.rate.to_dict() == pytest.approx((counts / counts.groupby(level=0).sum()).to_dict())
        left = moves[moves.from_date == start].set_index("customer_id")
        changed = both[old != new]
        assert left.index.tolist() == changed.index.tolist()
        assert left.from_segment.fillna("").tolist() == old[changed.index].tolist()
        assert left.to_segment.fillna("").tolist() == new[changed.index].tolist()
        parts = [name for name in left if name.startswith("because_")]
        np.testing.assert_array_equal(left[parts].sum(axis=1), 1)
        assert left[parts].sum().to_dict() == own[parts].sum().to_dict()


def test_every_file_is_in_the_manifest(found):
    files = json.loads((found.path / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert {*FILES} <= {*files}
    assert {*files} == {str(path.relative_to(found.path)) for path in found.path.rglob("*") if path.is_file()} - {
        "manifest.json"
    }
    assert all(files[name]["bytes"] == (found.path / name).stat().st_size for name in FILES)
    assert "movement" in found.seconds


def test_what_the_listener_is_told(found, told):
    place = next(place for place, (name, _) in enumerate(told.lines) if name == "Movement")
    dates = found.movement.history.dates
    assert told.lines[place][1] == f"{len(dates)} snapshots, one per month, {dates[0]} to {dates[-1]}"
    assert f"since {dates[-2]}" in told.lines[place + 1][1]


def test_the_recipe_that_is_written_gives_the_same_again(found, tmp_path):
    again = sg.run(found.path / "recipe.yaml", out=tmp_path, report=False)
    for name in FILES:
        assert (again.path / name).read_bytes() == (found.path / name).read_bytes()


def test_without_snapshots_nothing_is_written_of_them(sales, tmp_path):
    plain = sg.run({"source": {"path": str(sales)}, "cluster": {"k": 4}}, out=tmp_path, report=False)
    assert not [name for name in FILES if (plain.path / name).exists()]


@pytest.mark.parametrize("kind", [pd, pl])
def test_in_python_it_is_there_without_being_asked_for_before(sales, found, kind):
    frame = kind.read_csv(sales)
    from_frame = sg.segment(frame, k=4)
    assert from_frame.movement.history.dates == found.movement.history.dates
    assert isinstance(from_frame.moves, kind.DataFrame)
    ours, theirs = (one.moves["customer_id"].to_list() for one in (from_frame, found))
    assert ours == theirs
    weekly = sg.segment(frame, k=4, snapshots={"every": "week", "count": 3})
    last = found.book.customers.as_of
    assert weekly.movement.history.dates == (last - timedelta(14), last - timedelta(7), last)
    assert weekly.movement.history.every == "week"


@pytest.mark.parametrize("report", [True, False])
def test_a_run_with_a_report_writes_the_same(sales, found, tmp_path, report):
    recipe = {"source": {"path": str(sales)}, "cluster": {"k": 4}, "snapshots": MONTHLY}
    other = sg.run(recipe, out=tmp_path, report=report, csv=True)
    assert (other.path / "moves.parquet").read_bytes() == (found.path / "moves.parquet").read_bytes()


@pytest.mark.parametrize("method", ["minibatch", "mixture", "hierarchical", "dbscan", "hdbscan"])
def test_other_methods_say_of_the_last_date_what_the_run_says(sales, method):
    frame = pd.read_csv(sales)
    own = {} if "scan" in method else {"k_range": [3, 4]}
    found = sg.segment(frame, cluster={"method": method, **own}, snapshots={"every": "month", "count": 3})
    history = found.movement.history
    assert history.snapshots[-1].labels.tolist() == found.clustering.labels.tolist()
    assert history.names == {segment.id: segment.name for segment in found.profiles} | history.names
    assert set(np.concatenate([one.labels for one in history.snapshots])) <= set(history.names)


def test_who_is_set_apart_has_the_name_that_the_recipe_gives(sales):
    prepare = {"outliers": {"method": "zscore", "threshold": 3, "policy": "drop"}}
    settings = {"prepare": prepare, "names": {"Outliers": "By hand"}, "snapshots": {"count": 3}}
    found = sg.segment(pd.read_csv(sales), k=3, **settings)
    assert found.movement.history.names[-1] == "By hand"
    assert "By hand" in {*found.moves.from_segment} | {*found.moves.to_segment}


def test_a_window_empties_segments_of_who_stays_away(sales):
    found = sg.segment(pd.read_csv(sales), k=3, window_days=60, snapshots={"count": 6})
    history = found.movement.history
    exits = [one for one in found.movement.transitions if one.destination == ABSENT]
    assert exits
    assert all(one.causes == (one.customers, 0, 0, 0) for one in exits)  # time alone takes orders out of a window
    for old, idle in zip(history.snapshots, history.idle, strict=True):
        assert {*idle.rows} < {*old.rows}
    assert history.snapshots[-1].customers.ids.tolist() == found.book.customers.ids.tolist()


def test_a_source_without_a_past_is_refused_before_it_is_read(tmp_path):
    source = {"path": str(tmp_path / "nowhere.csv"), "kind": "customers"}
    with pytest.raises(RecipeError, match=r"source.kind is customers") as caught:
        sg.run({"source": source, "snapshots": MONTHLY}, out=tmp_path / "runs")
    assert "Transactions and accounts have a past" in str(caught.value)
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("window", [None, 120])
def test_what_is_taken_back_stood_until_then(sales, tmp_path, window):
    """With netting, the customers of each date are those of a run as of it."""
    common = {
        "source": {"path": str(sales)},
        "clean": {"cancellations": {"net": True}},
        "cluster": {"k": 3},
        "window_days": window,
        "features": ["recency_days", "frequency", "monetary", "return_rate", "distinct_products"],
    }
    found = sg.run(common | {"snapshots": {"every": "month", "count": 5}}, out=tmp_path / "all", report=False)
    history = found.movement.history
    changed = 0
    for place, (one, idle) in enumerate(zip(history.snapshots, history.idle, strict=True)):
        alone = sg.run(common | {"as_of": str(one.as_of)}, out=tmp_path / str(place), report=False).customers
        assert one.customers.ids.tolist() == alone.customer_id.tolist()
        for name in common["features"]:
            np.testing.assert_allclose(one.customers.values[name], alone[name].astype(float), rtol=1e-9, err_msg=name)
        if window is None:
            np.testing.assert_array_equal(idle.customers.values["monetary"], one.customers.values["monetary"])
        plain = common | {"clean": {}, "as_of": str(one.as_of)}
        changed += sg.run(plain, out=tmp_path / f"plain{place}", report=False).customers.monetary.sum() != sum(
            alone.monetary
        )
    assert changed  # netting has something to take back


def test_customers_of_a_frame_have_no_past(tmp_path):
    frame = pd.DataFrame({"id": [str(n) for n in range(30)], "spend": np.arange(30.0), "visits": np.arange(30.0) % 7})
    found = sg.segment(frame, k=2, source={"kind": "customers"})
    with pytest.raises(RecipeError, match=r"source\.kind is customers"):
        _ = found.moves


def write(path, days):
    """One order of each of four customers on each of *days*."""
    rows = [f"c{who},{day}-{who},{day},{10 * who + place}" for place, day in enumerate(days) for who in range(1, 5)]
    path.write_text("\n".join(["customer,order,time,amount", *rows, ""]), encoding="utf-8")
    return {"source": {"path": str(path)}, "cluster": {"k": 2}, "features": ["frequency", "monetary"]}


def test_too_short_a_past_is_an_error_that_leaves_nothing(tmp_path):
    recipe = write(tmp_path / "short.csv", ["2024-05-01", "2024-05-20"])
    with pytest.raises(DataError, match="Before 2024-05-21 there were fewer than 2 customers on every date") as caught:
        sg.run(recipe | {"snapshots": MONTHLY}, out=tmp_path / "runs", report=False)
    assert "Set a shorter snapshots.every" in str(caught.value)
    assert not (tmp_path / "runs").exists()
    weekly = sg.run(recipe | {"snapshots": {"every": "week"}}, out=tmp_path / "runs", report=False)
    assert weekly.movement.history.dates == tuple(date(2024, 5, day) for day in (7, 14, 21))


def test_two_dates_are_enough(tmp_path):
    recipe = write(tmp_path / "two.csv", ["2024-04-20", "2024-05-20"])
    found = sg.run(recipe | {"snapshots": MONTHLY}, out=tmp_path / "runs", report=False)
    assert found.movement.history.dates == (date(2024, 4, 21), date(2024, 5, 21))
    assert len(found.movement.steps) == 1


def test_months_in_which_a_window_is_empty(tmp_path):
    """Customers of January are gone in February, and back in May: a date without any is a date still."""
    recipe = write(tmp_path / "gap.csv", ["2024-01-10", "2024-05-10", "2024-05-20"])
    told = Told()
    recipe |= {"window_days": 20, "snapshots": {"every": "month", "count": 7}}
    found = sg.run(recipe, out=tmp_path / "runs", report=False, progress=told)
    assert [len(one.rows) for one in found.movement.history.snapshots] == [4, 0, 0, 0, 4]
    rows = [(str(one.end), one.destination == ABSENT, one.customers) for one in found.movement.transitions]
    assert {(day, is_left) for day, is_left, _ in rows} == {("2024-02-21", True), ("2024-05-21", False)}
    assert sum(count for _, _, count in rows) == 8
    assert told.lines[-1][1] == "No customer has left a segment since 2024-04-21."


def test_too_many_rows_are_refused_and_the_settings_are_named(found):
    few = found.recipe.model_copy(update={"cluster": found.recipe.cluster.model_copy(update={"fetch_at_most": 500})})
    with pytest.raises(RecipeError, match=r"cluster\.fetch_at_most is 500") as caught:
        history_of(few, found.book, found.parts)
    assert f"{len(found.book.customers):,} customers on 12 dates" in str(caught.value)
    assert "snapshots.count" in str(caught.value)


@pytest.fixture(scope="module")
def with_rules(sales, tmp_path_factory):
    recipe = {"source": {"path": str(sales)}, "cluster": {"k": 4}, "snapshots": MONTHLY, "rules": {"map": "rfm-11"}}
    return sg.run(recipe, out=tmp_path_factory.mktemp("declared"), report=False)


def test_declared_segments_of_a_date_are_those_of_a_run_as_of_it(with_rules, sales, tmp_path):
    history = pd.read_parquet(with_rules.path / "history.parquet")
    dates = with_rules.movement.history.dates
    for place, day in enumerate(dates[-3:]):
        recipe = {"source": {"path": str(sales)}, "as_of": str(day), "rules": {"map": "rfm-11"}, "cluster": {"k": 4}}
        alone = sg.run(recipe, out=tmp_path / str(place), report=False).customers
        then = history[pd.to_datetime(history.as_of).dt.date == day]
        assert then.customer_id.tolist() == alone.customer_id.tolist()
        assert then.rule_segment.tolist() == alone.rule_segment.tolist()


def test_moves_between_declared_segments_have_files_of_their_own(with_rules):
    history = pd.read_parquet(with_rules.path / "history.parquet").pivot(
        index="customer_id", columns="as_of", values="rule_segment"
    )
    flows = pd.read_csv(with_rules.path / "rule_movement.csv", keep_default_na=False)
    moves = pd.read_parquet(with_rules.path / "rule_moves.parquet")
    for start, end in itertools.pairwise(history.columns):
        old, new = history[start].fillna(""), history[end].fillna("")
        there = (old != "") | (new != "")
        own = flows[flows.from_date == str(pd.Timestamp(start).date())]
        counts = own.set_index(["from_segment", "to_segment"]).customers.to_dict()
        assert counts == history[there].groupby([old[there], new[there]]).size().to_dict()
        assert (moves[moves.from_date == start].customer_id.tolist()) == sorted(history.index[old != new])
    parts = moves[[name for name in moves if name.startswith("because_")]]
    np.testing.assert_array_equal(parts.sum(axis=1), 1)
    assert parts.because_thresholds.any()  # cut points float
    manifest = json.loads((with_rules.path / "manifest.json").read_text(encoding="utf-8"))
    assert {"rule_movement.csv", "rule_moves.parquet"} <= {*manifest["files"]}


def test_cut_points_of_one_run_move_nobody(with_rules, sales, tmp_path):
    kept = {"map": "rfm-11", "thresholds": {"frozen": str(with_rules.path)}}
    found = sg.run(
        {"source": {"path": str(sales)}, "cluster": {"k": 4}, "snapshots": MONTHLY, "rules": kept},
        out=tmp_path,
        report=False,
    )
    moves = pd.read_parquet(found.path / "rule_moves.parquet")
    assert len(moves)
    assert not moves.because_thresholds.any()
