"""Processes are measured with their children and stopped at limits; results are kept and gone on with."""

from __future__ import annotations

import sys
from pathlib import Path

import measuring
import pytest
import tables
import works
from answers import Answers
from checks import Check
from data import Places
from goals import GOALS
from record import Entry, Record, Run, load
from timing import Limits, Measurement, measure
from works import Command, Work

BUSY = "import time; end = time.process_time() + {}\nwhile time.process_time() < end: pass"
CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', {!r}])"
HOLD = "held = bytearray(200 * 2**20); import time; time.sleep({})"


def python(code):
    return [sys.executable, "-c", code]


def test_cpu_and_memory_of_children_count():
    assert measure(python(CHILD.format(BUSY.format(0.4)))).cpu >= 0.4
    took = measure(python(CHILD.format(HOLD.format(0.5))))
    assert took.finished
    assert took.peak >= 200


def test_a_process_is_stopped_at_the_limits():
    assert measure(python("import time; time.sleep(60)"), limits=Limits(seconds=0.3)).ended == "stopped after 0 s"
    took = measure(python(CHILD.format(HOLD.format(60))), limits=Limits(mib=100))
    assert took.ended == "stopped at 0.1 GB of memory"
    assert took.wall < 30


def test_a_failure_says_its_last_words():
    took = measure(python("raise SystemExit('no such file')"))
    assert (took.ended, took.said.strip()) == ("failed with exit code 1", "no such file")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Return a function that measures two little programs, the second of which may be refused; and their record."""
    monkeypatch.setattr(measuring, "RESULTS", tmp_path / "results")
    data = tmp_path / "data.csv"
    data.write_text("a\n")

    def once(*, runs, again=False, refused="", code="pass"):
        counts = python(f"open({str(tmp_path / 'ran')!r}, 'a').write('.'); {code}")
        commands = (
            Command("segmentry", "segmentry run", counts, lambda _: Answers(figures={"read": 0.1}), warm_up=False),
            Command("peer", "peer", python("pass"), lambda _: Answers(), warm_up=False, refused=refused),
        )
        work = Work("tiny", "a tiny work", data, commands, lambda _, found, __: [Check("both", str(sorted(found)))])
        about = dict.fromkeys(("processor", "cores", "memory", "system", "versions", "commit"), "x")
        return measuring.measured(
            work, runs=runs, again=again, session="now", about=about, limits=Limits(), folder=tmp_path
        )

    once.ran = lambda: len((tmp_path / "ran").read_text())
    once.path = tmp_path / "results" / "tiny.json"
    return once


def test_results_are_kept_and_gone_on_with(bench):
    record = bench(runs=1)
    assert record.checks == [Check("both", "['peer', 'segmentry']")]
    assert load(bench.path) == record
    bench(runs=1)
    assert bench.ran() == 1
    assert len(bench(runs=3).entries["segmentry"].runs) == 3
    assert bench.ran() == 3
    assert len(bench(runs=1, again=True).entries["segmentry"].runs) == 1


def test_what_was_refused_runs_when_it_can_and_a_failure_is_said(bench):
    assert bench(runs=1, refused="not run: no Java").entries["peer"].ended == "not run: no Java"
    assert bench(runs=1).entries["peer"].finished
    record = bench(runs=2, again=True, code="raise SystemExit(1)")
    assert record.entries["segmentry"].ended == "failed with exit code 1"
    assert len(record.entries["segmentry"].runs) == 1
    assert "| segmentry run | 1 | failed with exit code 1 | – | – | – |" in tables.of_work(record)


def entry(label, *walls, **figures):
    return Entry(label, [Run(Measurement(wall, 2 * wall, 100), figures, "now") for wall in walls])


def test_tables_and_goals_are_medians_and_ratios():
    scan = Record("scan", "scan", entries={
        "segmentry": entry("segmentry run", 9, read=1.0, features=4.0, prepare=3.0),
        "scan": entry("scan", 2, scan=1.0),
    })  # fmt: skip
    retail = Record("retail", "retail", entries={
        "segmentry": entry("segmentry run", 1, 5, 2), "notebook": entry("notebook", 7, 9, 30),
    })  # fmt: skip
    scoring = Record("scoring", "scoring", entries={"segmentry": entry("score", 2)}, count=8_000_000, unit="customers")
    assert "| notebook | 3 | 9.00 | 18.00 | 100 | 4.50 |" in tables.figures(retail)
    assert "4,000,000" in tables.figures(scoring)
    rows = tables.of_goals({"retail": retail, "scan": scan, "scoring": scoring}).splitlines()[2:]
    assert [row.split(" | ")[1:] for row in rows] == [
        ["≥ 3 ×", "4.5 ×", "yes |"], ["≤ 10 ×", "5 ×", "yes |"], ["≥ 5,000,000", "4,000,000", "**no** |"],
    ]  # fmt: skip
    assert all(goal.figure({}) is None for goal in GOALS)


def test_the_readme_has_the_place_for_the_tables(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text((Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8"), encoding="utf-8")
    before = readme.read_text(encoding="utf-8")
    tables.into_readme("| a table |", readme)
    after = readme.read_text(encoding="utf-8")
    assert "<!-- bench -->\n| a table |\n<!-- /bench -->" in after
    assert after.partition("<!-- bench -->")[0] == before.partition("<!-- bench -->")[0]
    assert after.partition("<!-- /bench -->")[2] == before.partition("<!-- /bench -->")[2]


def test_every_work_can_be_found_and_a_script_that_is_not_here_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(works, "HERE", tmp_path)
    for name in ("sweep", "kernels"):
        [command] = works.find_work(name, Places(tmp_path), []).commands
        assert command.refused == f"not run: benchmarks/{name}.py is not here"
    work = works.find_work("20k", Places(tmp_path), ["notebook", "polars"])
    assert [command.key for command in work.commands] == ["segmentry", "no-report", "notebook", "polars"]
    assert work.data.name == "t20000.csv"
    assert works.find_work("scan:20k", Places(tmp_path), []).name == "scan-20k"
