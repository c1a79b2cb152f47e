"""Accounts as of past dates: each view is what a run says of files cut at its date; moves, causes and files of a run."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from datetime import date

import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.progress import Silent
from segmentry.core.recipe import parse_recipe
from segmentry.features import View, Views
from segmentry.flow.accounts import COHORT, accounts_book, cohort_of
from segmentry.sources.samples.securities import generate_securities

DATES = [date(2024, 9, 1), date(2024, 12, 31), date(2025, 3, 15), date(2025, 7, 1)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("brokerage") / "book"
    generate_securities(folder, customers=500, seed=3)
    return folder


def book_of(folder, as_of, window=None):
    source = {"kind": "accounts", "path": str(folder)}
    return accounts_book(parse_recipe({"source": source, "as_of": str(as_of), "window_days": window}), Silent())


def cut(folder, until, to):
    """Copy the book without anything that has a date after *until*."""
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    for path in folder.iterdir():
        frame = pd.read_csv(path, dtype=str)
        dated = frame.columns.intersection(["date", "opened"])[0]
        frame[frame[dated] <= str(until)].to_csv(to / path.name, index=False)
    return to


@pytest.mark.parametrize("window", [None, 200])
def test_each_view_is_what_a_run_says_of_files_cut_at_its_date(folder, tmp_path, window):
    views = Views((*(View(day, day) for day in DATES), *map(View, DATES[1:], DATES[:-1])), window)
    seen = book_of(folder, DATES[-1], window).views([], views)
    assert seen.ids.tolist() == sorted(seen.ids)
    for view, (rows, table) in zip(views.all, seen.views, strict=True):
        alone = book_of(cut(folder, view.until, tmp_path / "cut"), view.as_of, window).customers
        assert table.as_of == view.as_of
        assert table.ids.tolist() == alone.ids.tolist() == seen.ids[rows].tolist()
        assert table.words[COHORT].tolist() == alone.words[COHORT].tolist()
        if "nav_change" not in alone.values:  # a file with one value per account is no history yet
            assert not np.nan_to_num(table.values["nav_change"]).any()
        assert {*table.values} - {*alone.values} <= {"nav_change"}
        for name, values in alone.values.items():
            np.testing.assert_allclose(table.values[name], values, rtol=1e-12, err_msg=f"{name} in {view}")


def test_on_its_own_date_a_book_is_what_it_is(folder):
    book = book_of(folder, DATES[-1])
    (_, table), *_ = book.views([], Views((View(DATES[-1], DATES[-1]),))).views
    for name, values in book.customers.values.items():
        np.testing.assert_array_equal(table.values[name], values, err_msg=name)
    for name, words in book.customers.words.items():
        assert table.words[name].tolist() == words.tolist()


def test_the_order_of_rows_does_not_matter(folder, tmp_path):
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    for path in folder.iterdir():
        pd.read_csv(path, dtype=str).sample(frac=1, random_state=4).to_csv(shuffled / path.name, index=False)
    views = Views((View(DATES[1], DATES[1]), View(DATES[2], DATES[1])))
    ours, theirs = (book_of(one, DATES[-1]).views([], views) for one in (folder, shuffled))
    assert ours.ids.tolist() == theirs.ids.tolist()
    for (_, one), (_, other) in zip(ours.views, theirs.views, strict=True):
        assert one.ids.tolist() == other.ids.tolist()
        for name, values in one.values.items():
            np.testing.assert_array_equal(values, other.values[name], err_msg=name)


def test_folders_say_what_is_so_on_the_date_of_the_run_only(tmp_path):
    """Two accounts that lie in the folder of the active ones; one of them has not traded for two years."""
    for name, rows in {
        "active": ["A,1,2022-03-01,100", "B,2,2023-05-05,50", "B,3,2024-05-05,50"],
        "inactive": ["C,4,2021-02-01,10", "C,5,2024-04-01,10"],
    }.items():
        (tmp_path / name).mkdir()
        text = "\n".join(["account,trade_id,date,amount", *rows, ""])
        (tmp_path / name / "trades.csv").write_text(text, encoding="utf-8")
    book = book_of(tmp_path, date(2024, 6, 1))
    today, before = date(2024, 6, 1), date(2023, 6, 1)
    views = Views((View(today, today), View(before, before)))
    (_, now), (_, then) = book.views([], views).views
    assert now.words[COHORT].tolist() == book.customers.words[COHORT].tolist() == ["active", "active", "inactive"]
    assert then.ids.tolist() == ["A", "B", "C"]
    assert then.words[COHORT].tolist() == ["inactive", "active", "inactive"]  # by their last trade until then


@pytest.fixture(scope="module")
def found(folder, tmp_path_factory):
    recipe = {
        "name": "brokerage", "source": {"kind": "accounts", "path": str(folder)}, "cluster": {"k": 3},
        "snapshots": {"every": "month", "count": 7}, "forecast": {},
        "rules": {"conditions": [{"segment": "Rich", "when": "nav > 1e8"}, {"segment": "Others"}]},
    }  # fmt: skip
    return sg.run(recipe, out=tmp_path_factory.mktemp("runs"))


def test_the_last_snapshot_is_the_run_and_all_files_tell_the_same(found):
    history = pd.read_parquet(found.path / "history.parquet")
    customers = pd.read_parquet(found.path / "customers.parquet")
    last = history[history.as_of == history.as_of.max()].reset_index(drop=True)
    assert last.customer_id.tolist() == customers.customer_id.tolist()
    assert last.segment_id.tolist() == customers.segment_id.tolist()
    assert last.segment.tolist() == (customers.cohort + ": " + customers.segment).tolist()
    assert last.rule_segment.tolist() == customers.rule_segment.tolist()
    moves, flows = pd.read_parquet(found.path / "moves.parquet"), pd.read_csv(found.path / "movement.csv")
    dates = sorted(history.as_of.unique())
    for start, end in itertools.pairwise(dates):
        old, new = (history[history.as_of == day].set_index("customer_id").segment for day in (start, end))
        both = pd.concat([old.rename("old"), new.rename("new")], axis=1)
        changed = both[both.old.fillna("") != both.new.fillna("")]
        assert moves[moves.from_date == start].customer_id.tolist() == sorted(changed.index)
        own = flows[flows.from_date == str(pd.Timestamp(start).date())]
        assert own.customers.sum() == len(both)
    np.testing.assert_allclose(moves[[name for name in moves if name.startswith("because_")]].sum(axis=1), 1)


def test_falling_asleep_is_a_move_by_time_and_trading_again_one_by_behaviour(found, folder):
    trades = pd.read_csv(folder / "trades.csv", dtype=str)
    trades = trades[trades["type"].isin(["BUY", "SELL"])]
    days = pd.to_datetime(trades["date"]).dt.date
    moves = pd.read_parquet(found.path / "moves.parquet").dropna(subset=["from_segment", "to_segment"])
    moves["from_cohort"], moves["to_cohort"] = (
        moves[name].str.split(":").str[0] for name in ("from_segment", "to_segment")
    )
    asleep = moves[(moves.from_cohort == "active") & (moves.to_cohort == "inactive")]
    awake = moves[(moves.from_cohort != "active") & (moves.to_cohort == "active")]
    assert len(asleep)
    assert len(awake)
    assert (asleep.because_time > 0).all()
    for move in (*asleep.itertuples(), *awake.itertuples()):
        start, end = (pd.Timestamp(day).date() for day in (move.from_date, move.to_date))
        own = days[trades["account"] == move.customer_id]
        assert ((own > start) & (own <= end)).any() == (move.to_cohort == "active")
    assert (awake.because_behaviour > 0).all()


def test_cohorts_of_the_past_are_by_the_last_trade(found):
    for snapshot in found.movement.history.snapshots[:-1]:
        months = found.recipe.cohorts.active_months
        cohort = cohort_of(snapshot.customers, months)
        names = [found.movement.history.names[label].split(":")[0] for label in snapshot.labels.tolist()]
        assert names == cohort.tolist()


def test_the_forecast_is_of_the_whole_book(found):
    table = pd.read_parquet(found.path / "forecast.parquet")
    assert len(table) == len(found.customers)
    shares = table[[name for name in table if name.startswith("probability_")]]
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    manifest = json.loads((found.path / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["forecast"][0]["date"] == str(found.forecast.date)
    page = (found.path / "report.html").read_text(encoding="utf-8")
    assert page.count('id="movement"') == page.count('id="forecast"') == 1
    assert "Segments by conditions" in page


def test_the_command_asks_for_the_history_of_accounts(folder, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    source = {"kind": "accounts", "path": str(folder)}
    recipe.write_text(json.dumps({"name": "b", "source": source, "cluster": {"k": 2}}), encoding="utf-8")
    command = [sys.executable, "-m", "segmentry", "run", str(recipe), "--history", "--no-report"]
    done = subprocess.run([*command, "--out", str(tmp_path / "runs")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "12 snapshots, one per month" in done.stdout
    (run,) = (tmp_path / "runs").glob("2*")
    assert len({*pd.read_parquet(run / "history.parquet").as_of}) == 12
