"""Which runs stay: cases worked by hand, and the rules against plain pandas."""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.core.errors import OutputError, Refused
from segmentry.runs import StoredRun, prune
from segmentry.runs.pruning import keep_reasons


def kept(found):
    return {one.run.run_id: one.reasons for one in found.kept}


def test_the_newest_of_each_of_the_last_days_weeks_and_months_stays(store, add):
    made = {
        "a": "2024-01-30T10:00:00+00:00",  # Tuesday of week 5
        "b": "2024-01-31T10:00:00+00:00",  # Wednesday of week 5
        "c": "2024-02-04T23:00:00+00:00",  # Sunday of week 5
        "d": "2024-02-05T01:00:00+02:00",  # the same hour of the same Sunday, said in another zone
        "e": "2024-02-05T10:00:00+00:00",  # Monday of week 6
        "f": "2024-02-20T08:00:00+00:00",
        "g": "2024-02-20T09:00:00+00:00",
    }
    for run_id, created in made.items():
        add(run_id, created=created)
    other = add("other", created="2020-01-01T00:00:00+00:00", name="cards")  # counted by itself
    found = prune(store, keep_last=1, keep_daily=3, keep_weekly=3, keep_monthly=9, dry_run=True)
    assert kept(found) == {
        "other": ("last", "daily 2020-01-01", "weekly 2020-W01", "monthly 2020-01"),
        "b": ("monthly 2024-01",),
        "d": ("daily 2024-02-04", "weekly 2024-W05"),
        "e": ("daily 2024-02-05", "weekly 2024-W06"),
        "g": ("last", "daily 2024-02-20", "weekly 2024-W08", "monthly 2024-02"),
    }
    assert [run.run_id for run in found.removed] == ["a", "c", "f"]
    assert len(store.runs()) == 8  # a dry run
    assert kept(prune(store, keep_last=2, dry_run=True)) == {"other": ("last",), "f": ("last",), "g": ("last",)}
    prune(store, keep_last=1)
    assert sorted(path.name for path in store.path.iterdir()) == ["g", "other"]
    assert other.is_dir()


def test_a_run_whose_model_another_needs_stays(store, add):
    day = datetime(2024, 1, 1, tzinfo=UTC)
    without = []
    for number, names in enumerate(
        [
            {},
            {"model_from": "r0"},
            {},
            {"model_from": "r1"},
            {"previous": "r3"},
            {"previous": "r2"},
            {"model_from": "gone"},
        ]
    ):
        path = add(f"r{number}", created=day + timedelta(days=number), name="b" if number == 6 else "a", **names)
        if number == 4:  # it has no model of its own: the one of the run before it, which takes that of r1, and so on
            without.append(path)
    assert kept(prune(store, keep_last=1, dry_run=True)) == {"r5": ("last",), "r6": ("last",)}
    for path in without:
        (path / "model" / "model.json").unlink()
        (path / "model").rmdir()
    found = prune(store, keep_last=2)
    assert kept(found) == {
        "r0": ("model of r1",), "r1": ("model of r3",), "r3": ("model of r4",), "r4": ("last",), "r5": ("last",),
        "r6": ("last",),
    }  # fmt: skip
    assert [run.run_id for run in store.runs()] == ["r0", "r1", "r3", "r4", "r5", "r6"]


@pytest.mark.parametrize("rules", [{}, {"keep_last": 0}, {"keep_last": 3, "keep_daily": -1}])
def test_without_a_rule_nothing_is_removed(store, add, rules):
    add("a")
    with pytest.raises(Refused, match="--keep-last"):
        prune(store, **rules)
    assert len(store.runs()) == 1


def test_what_cannot_be_read_stays_and_what_was_left_half_removed_goes(store, add):
    for number in range(3):
        add(f"r{number}", created=f"2024-01-0{number + 1}T00:00:00+00:00")
    (store.path / "r0" / "manifest.json").write_text("{")
    (store.path / ".r9.00.removed").mkdir()
    prune(store, keep_last=1)
    assert sorted(path.name for path in store.path.iterdir()) == ["r0", "r2"]


def test_a_run_that_cannot_be_removed_is_said(store, add, monkeypatch):
    add("a"), add("b", created="2025-01-01T00:00:00+00:00")

    def refuse(path, target):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match=r"'.*a' cannot be removed: Permission denied"):
        prune(store, keep_last=1)
    assert len(store.runs()) == 2


def stored(number, name, created):
    return StoredRun(Path(f"r{number:03}"), name, created, date(2024, 1, 1), 1, 1, "run", None, None, {})


moments = st.builds(
    lambda minutes, zone: (datetime(2023, 11, 1, tzinfo=UTC) + timedelta(minutes=minutes)).astimezone(zone),
    st.integers(0, 120 * 24 * 60),
    st.sampled_from([UTC, timezone(timedelta(hours=9))]),
)


@given(
    st.lists(st.tuples(moments, st.sampled_from("ab")), max_size=25),
    st.fixed_dictionaries({rule: st.integers(0, 4) for rule in ("last", "daily", "weekly", "monthly")}),
)
def test_the_rules_are_those_of_pandas(made, limits):
    made.sort(key=lambda one: one[0])
    runs = [stored(number, name, created) for number, (created, name) in enumerate(made)]
    frame = pd.DataFrame(
        {"id": [run.run_id for run in runs], "name": [run.name for run in runs],
         "at": pd.to_datetime([run.created for run in runs], utc=True).tz_localize(None)}
    )  # fmt: skip
    expected = {rule: set() for rule in limits}
    for _, mine in frame.groupby("name"):
        expected["last"] |= set(mine.id.tail(limits["last"]))
        for rule, period in (("daily", "D"), ("weekly", "W-SUN"), ("monthly", "M")):
            newest = mine.groupby(mine["at"].dt.to_period(period)).id.last().sort_index()
            expected[rule] |= set(newest.tail(limits[rule])) if limits[rule] else set()
    found = keep_reasons(runs, limits)
    for rule, ids in expected.items():
        assert {run_id for run_id, why in found.items() if any(one.split()[0] == rule for one in why)} == ids
