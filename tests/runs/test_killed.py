"""A real process, killed with SIGKILL at many moments: the store holds whole runs only, and the next one succeeds."""

import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from segmentry.runs import Store, verify

KILLS = 25  # in each of two stores, at the same time: a process takes about one core
WITHIN = 120  # seconds, for a machine that is very slow: no process takes that long


@pytest.fixture
def start(tmp_path):
    """Start a run of forty customers, without a report, as a process of its own."""
    lines = ["order_id,customer_id,order_date,amount"]
    lines += [
        f"{order},c{order % 40:02d},2024-{1 + order * order % 12:02d}-{1 + order * 7 % 28:02d},{5 + order % 17}.50"
        for order in range(160)
    ]
    (tmp_path / "sales.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def process(store):
        words = [
            sys.executable,
            "-m",
            "segmentry",
            "run",
            "sales.csv",
            "-k",
            "3",
            "--no-report",
            "--out",
            str(store.path),
        ]
        return subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    return process


def claims(store):
    """The hidden folders of runs that are being written, or were when their process was killed: each has another lock."""
    found = set()
    for lock in store.path.glob(".*.partial/lock"):
        try:
            state = lock.stat()
        except FileNotFoundError:
            continue
        found.add((state.st_ino, state.st_mtime_ns))
    return found


def wait_until_writing(process, store, left):
    end = time.monotonic() + WITHIN
    while not claims(store) - left and process.poll() is None and time.monotonic() < end:
        time.sleep(0.001)


def ended(process):
    errors = process.communicate(timeout=WITHIN)[1].decode()
    return process.returncode, errors


def timed(process, store):
    """Return for how many seconds the process reads and for how many it writes."""
    begun = time.monotonic()
    wait_until_writing(process, store, set())
    before = time.monotonic() - begun
    code, errors = ended(process)
    assert code == 0, errors
    return before, time.monotonic() - begun - before


def kill_many(start, store, seed):
    """Kill runs at many moments, from that on at which a run begins to write for most; return how many then wrote."""
    timed(start(store), store)  # the queries are known from then on
    reading, writing = timed(start(store), store)
    moments = random.Random(seed)
    killed = {"reading": 0, "writing": 0, "done": 0}
    for number in range(KILLS):
        left = claims(store)
        process = start(store)
        if number % 4:
            wait_until_writing(process, store, left)
            time.sleep(moments.uniform(0, 1.1 * writing))
        else:
            time.sleep(moments.uniform(0, reading))
        process.kill()
        code, errors = ended(process)
        assert code in {0, -9}, errors
        killed["done" if code == 0 else "writing" if claims(store) - left else "reading"] += 1
        assert store.unreadable() == ()
        assert all(run.customers == 40 and verify(run) == [] for run in store.runs())
    return killed


def test_a_run_killed_at_any_moment_leaves_a_sound_store(start, tmp_path):
    stores = [Store(tmp_path / name) for name in ("one", "two")]
    with ThreadPoolExecutor(2) as pool:
        killed = list(pool.map(kill_many, [start] * 2, stores, [7, 8]))
    assert sum(counts["writing"] for counts in killed) >= KILLS // 2, killed
    for store, counts in zip(stores, killed, strict=True):
        code, errors = ended(start(store))
        assert code == 0, errors
        runs = store.runs()
        assert {path.name for path in store.path.iterdir()} == {run.run_id for run in runs}  # nothing is left of others
        assert len(runs) >= counts["done"] + 3
        assert all(verify(run) == [] for run in runs)


def test_processes_at_once_each_leave_their_run(start, tmp_path):
    processes = [start(Store(tmp_path / "runs")) for _ in range(3)]
    assert [ended(process)[0] for process in processes] == [0, 0, 0]
    runs = Store(tmp_path / "runs").runs()
    base = min(run.run_id for run in runs)
    assert {run.run_id for run in runs} == {base, f"{base}-2", f"{base}-3"}
    assert all(run.manifest["run_id"] == run.run_id and verify(run) == [] for run in runs)
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {run.run_id for run in runs}
