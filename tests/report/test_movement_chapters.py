"""The chapters on who moved and on the run before, in words and pictures, against plain counts of the same tables."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import segmentry as sg
from segmentry.charts import build_charts_since, build_movement_charts, build_rule_movement_charts
from segmentry.flow.since import drift_indexes, since_of
from segmentry.report.movement import who_moved
from segmentry.report.since import since_the_run_before
from segmentry.sources import generate_retail

BALANCE = "before + new + came up + came down - rose - fell - gone == now"


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    generate_retail(path, customers=400, seed=5)
    return path


@pytest.fixture(scope="module")
def found(sales):
    frame = pd.read_csv(sales)
    snapshots = {"every": "month", "count": 6}
    return sg.segment(frame, k=4, snapshots=snapshots, rules={"map": "rfm-11"})


@pytest.fixture(scope="module")
def followed(sales, tmp_path_factory):
    """A run until two months before the end, and its refresh on all of it."""
    folder = tmp_path_factory.mktemp("followed")
    frame = pd.read_csv(sales, dtype=str)
    time = next(name for name in frame if "date" in name.lower() or "time" in name.lower())
    days = pd.to_datetime(frame[time], format="mixed", errors="coerce")
    frame[days < days.max() - pd.DateOffset(months=2)].to_csv(folder / "sales.csv", index=False)
    recipe = {"name": "shop", "source": {"path": str(folder / "sales.csv")}, "cluster": {"k": 4}}
    sg.run(recipe, out=folder / "runs", report=False)
    frame.to_csv(folder / "sales.csv", index=False)
    return sg.refresh(recipe, out=folder / "runs", report=True)


def numbers(rows):
    return [[int(cell.replace(",", "")) for cell in row[1:]] for row in rows]


def by_date(movement):
    """One row per customer, one column per date: the names of segments, missing where somebody is no customer."""
    history = movement.history
    columns = {
        one.as_of: pd.Series([history.names[label] for label in one.labels.tolist()], index=one.customers.ids)
        for one in history.snapshots
    }
    return pd.DataFrame(columns).sort_index()


@pytest.mark.parametrize("part", ["movement", "rules"])
def test_the_balance_is_counted_right(found, part):
    movement = found.movement if part == "movement" else found.rule_movement.movement
    said = who_moved(found.movement, found.rule_movement)
    said = said if part == "movement" else said["rules"]
    table = by_date(movement)
    old, new = table.iloc[:, -2], table.iloc[:, -1]
    assert said["balance"]["rows"]
    for row, (before, entered, up, down, rose, fell, gone, now) in zip(
        said["balance"]["rows"], numbers(said["balance"]["rows"]), strict=True
    ):
        assert before == (old == row[0]).sum()
        assert now == (new == row[0]).sum()
        assert entered == ((new == row[0]) & old.isna()).sum()
        assert up + down == ((new == row[0]) & old.notna() & (old != row[0])).sum()
        assert before + entered + up + down - rose - fell - gone == now, BALANCE
    assert said["since"] == str(table.columns[-2])


def test_cut_points_are_those_of_both_dates_and_what_they_did_is_counted(found):
    said = who_moved(found.movement, found.rule_movement)["rules"]
    then, now = found.rule_movement.scales[-2:]
    assert [row[0] for row in said["cuts"]["rows"]] == ["recency_days", "frequency", "monetary"]
    recency = [float(one) for one in said["cuts"]["rows"][0][2].split(", ")]
    assert recency == pytest.approx(now[0].own_cuts, abs=0.5)
    # The last date is that of the run: its cut points are those of its own customers.
    assert list(now[0].own_cuts) == list(found.declared.scales[0].own_cuts)
    assert [one.measure for one in then] == [one.measure for one in now]
    step = found.rule_movement.movement.steps[-1]
    alone = int(((step.parts[:, 2] == 1) & (abs(step.parts).sum(axis=1) == 1)).sum())
    assert re.match(rf"{alone} customers? of {int(step.moved.sum())} ", said["floating"])


def test_nothing_is_said_of_cut_points_that_do_not_float(sales):
    frame = pd.read_csv(sales)
    when = [{"segment": "Gold", "when": "monetary >= 500"}, {"segment": "Asleep", "when": "recency_days > 90"}]
    found = sg.segment(frame, k=4, snapshots={"every": "month", "count": 3}, rules={"conditions": when})
    said = who_moved(found.movement, found.rule_movement)["rules"]
    assert said["floating"] == ""
    assert said["cuts"]["rows"] == []
    assert said["title"] == "Segments by conditions"
    assert who_moved(found.movement)["rules"] is None


def test_flows_and_rates_of_declared_segments_are_counted_right(found):
    drawn = build_rule_movement_charts(found.rule_movement.movement)
    assert [*drawn] == ["rule_flows", "rule_causes", "rule_transition_map"]
    table = by_date(found.rule_movement.movement)
    old, new = table.iloc[:, -2], table.iloc[:, -1]
    _, rows = drawn["rule_flows"].table
    told = {(row[0], row[1]): int(row[2].replace(",", "")) for row in rows}
    assert (
        told
        == old.fillna("New")
        .to_frame("o")
        .assign(n=new.fillna("Gone"))
        .value_counts()
        .drop(("New", "Gone"), errors="ignore")
        .to_dict()
    )


def test_marks_of_declared_segments_light_up_no_segment_that_was_found(found):
    def segments(charts):
        text = str([chart.spec for chart in charts.values()])
        return {int(one) for one in re.findall(r"'segment': (-?\d+)", text)} - {-1}

    own = segments(build_movement_charts(found.movement, [found.profiles]))
    declared = segments(build_rule_movement_charts(found.rule_movement.movement))
    assert own
    assert declared
    assert not own & declared


def test_the_chapter_on_the_run_before_counts_what_changes_csv_has(followed):
    said = since_the_run_before(since_of(followed.sequel))
    changes = pd.read_csv(followed.path / "changes.csv", keep_default_na=False)
    assert said["sentences"][0] == f"{len(changes):,} customers moved, came or left."
    assert followed.sequel.before.run.run_id in said["note"]
    for row, (before, entered, up, down, rose, fell, gone, now) in zip(
        said["balance"]["rows"], numbers(said["balance"]["rows"]), strict=True
    ):
        arrived, left = changes[changes.to_segment == row[0]], changes[changes.from_segment == row[0]]
        assert entered == (arrived.from_segment == "").sum()
        assert up + down == (arrived.from_segment != "").sum()
        assert rose + fell + gone == len(left)
        assert before + entered + up + down - rose - fell - gone == now, BALANCE
        assert now == (followed.customers.segment == row[0]).sum()


def test_charts_since_the_run_before_have_flows_causes_and_drift(followed):
    sequel = followed.sequel
    drawn = build_charts_since(sequel.step, sequel.names, [followed.profiles], drift_indexes(followed), (0.1, 0.25))
    assert {*drawn} == {"flows_since", "causes_since", "drift"}
    _, rows = drawn["drift"].table
    assert len(rows) == len(sequel.drift.features) + 1  # and the shares of segments
    page = (followed.path / "report.html").read_text(encoding="utf-8")
    assert 'id="since"' in page
