"""``segmentry refresh`` as a scheduler calls it: exit codes, one JSON document, two processes at once, and kills."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time

import pytest

from segmentry.runs import Store, exclusive, verify

KEYS = {"run", "action", "previous", "model_from", "refresh", "changes", "segments"}
BALANCE = ["segment", "segment_id", "before", "new", "risen_to", "fallen_to", "rose", "fell", "gone", "now"]
KILLS = 20
WITHIN = 120  # seconds, for a machine that is very slow
WORDS = ("refresh", "sales.csv", "--no-report")


@pytest.fixture
def first(cli, sales):
    """A store with a first run of the book."""
    assert cli(*WORDS).code == 0
    return sales.parent / "runs"


def test_the_json_document_has_stable_keys(cli, first):
    answer = cli(*WORDS, "--json")
    assert answer.code == 0
    told = json.loads(answer.out)
    assert {*told} == KEYS
    assert told["action"] == told["refresh"]["action"] == "keep"
    assert {*told["refresh"]} == {"action", "reasons", "moved", "held_back", "drift", "segments"}
    assert all([*one] == BALANCE for one in told["changes"])
    sizes = {one["segment"]: one["customers"] for one in told["segments"]}
    assert {one["segment"]: one["now"] for one in told["changes"]} == sizes
    assert told["previous"] == told["model_from"] == Store(first).runs()[0].run_id
    assert told["run"] == f"runs/{Store(first).runs()[-1].run_id}"


def test_a_first_run_and_a_dry_run_in_json(cli, sales):
    told = json.loads(cli(*WORDS, "--dry-run", "--json").out)
    assert {*told} == {"run", "action", "changes", "segments"}
    assert (told["run"], told["action"], told["changes"]) == (None, "first", [])
    assert [path.name for path in sales.parent.iterdir()] == ["sales.csv"]


def test_a_dry_run_prints_who_would_move(cli, first, sales):
    more = sales.read_text().replace("c00", "c99")  # one is gone, one is new
    sales.write_text(more)
    answer = cli(*WORDS, "--dry-run")
    assert answer.code == 0
    assert "Nothing was written (--dry-run)." in answer.out
    assert "came up" in answer.out
    assert len(Store(first).runs()) == 1


def test_a_warning_does_not_change_the_exit_code(cli, first, sales):
    lines = sales.read_text().splitlines()
    sales.write_text("\n".join([lines[0], *lines[1::2]]) + "\n")
    answer = cli(*WORDS, "--no-refit", "--json")
    assert answer.code == 0
    assert json.loads(answer.out)["action"] == "warn"


def test_exit_codes(cli, first, sales):
    assert cli("refresh", "nowhere.csv").code == 1
    assert cli(*WORDS, "--weight", "3").code == 2
    (sales.parent / "other.yaml").write_text("name: sales\nsource: {path: sales.csv}\ncluster: {k: 5}\n")
    refused = cli("refresh", "other.yaml", "--no-report", "--no-refit")
    assert (refused.code, refused.out) == (3, "")
    assert "The recipe has changed (cluster)" in " ".join(refused.err.split())
    with exclusive(first, "sales", wait=0):
        busy = cli(*WORDS)
        assert busy.code == 3
        assert "is being refreshed by process" in " ".join(busy.err.split())
        assert cli(*WORDS, "--dry-run").code == 0  # writes nothing, so it need not wait
    assert len(Store(first).runs()) == 1


def process(folder, *more):
    words = [sys.executable, "-m", "segmentry", *WORDS, *more]
    return subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def ended(one):
    errors = one.communicate(timeout=WITHIN)[1].decode()
    return one.returncode, errors


def test_of_two_processes_one_waits_and_one_is_refused(first):
    with exclusive(first, "sales", wait=0):
        waiting, refused = process(first.parent, "--wait", "100"), process(first.parent)
        assert ended(refused)[0] == 3
        assert waiting.poll() is None
        assert len(Store(first).runs()) == 1
    code, errors = ended(waiting)
    assert code == 0, errors
    both = [process(first.parent, "--wait", "100") for _ in range(2)]
    assert [ended(one)[0] for one in both] == [0, 0]
    runs = Store(first).runs()
    assert [run.previous for run in runs] == [None, *(run.run_id for run in runs[:-1])]  # one after the other
    assert all(verify(run) == [] for run in runs)


def test_a_refresh_killed_at_any_moment_leaves_a_sound_store(first):
    begun = time.monotonic()
    assert ended(process(first.parent))[0] == 0
    takes = time.monotonic() - begun
    moments = random.Random(5)
    for number in range(KILLS):
        one = process(first.parent)
        time.sleep(takes * moments.uniform(0.3 if number % 4 else 0.05, 1.0))
        one.kill()
        assert ended(one)[0] in {0, -9}
        assert Store(first).unreadable() == ()
        assert all(run.customers == 40 and verify(run) == [] for run in Store(first).runs())
    code, errors = ended(process(first.parent))
    assert code == 0, errors
    runs = Store(first).runs()
    assert {path.name for path in first.iterdir()} == {".locks", *(run.run_id for run in runs)}
    assert len({run.model_from for run in runs[1:]}) == 1
