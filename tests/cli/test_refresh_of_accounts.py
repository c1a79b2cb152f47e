"""``segmentry refresh`` of a book of accounts, and the commands that read what it wrote."""

from __future__ import annotations

import json
from collections import Counter

import pandas as pd
import pytest

from segmentry.runs import Store
from segmentry.sources.samples.securities import generate_securities

KEYS = {"run", "action", "previous", "model_from", "refresh", "changes", "segments"}
CALM = "refresh: {psi_warn: 50, psi_refit: 50, far_warn: 1, far_refit: 1, share_shift_warn: 100, size_warn: 9}"
RECIPE = f"name: book\nsource: {{kind: accounts, path: book}}\ncluster: {{k: 3}}\n{CALM}\n"
RESTLESS = RECIPE.replace("psi_warn: 50", "psi_warn: 0.05")


@pytest.fixture
def book(tmp_path):
    """A recipe for a book of 400 accounts that ends in April; the trades of May and June come with the call."""
    generate_securities(tmp_path / "book", customers=400, seed=3)
    file = tmp_path / "book" / "trades.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text(lines[0] + "".join(line for line in lines[1:] if line.split(",")[2] < "2025-05-01"))
    (tmp_path / "book.yaml").write_text(RECIPE)
    return lambda: file.write_text("".join(lines))


def customers(run):
    return pd.read_parquet(run.path / "customers.parquet").set_index("customer_id")


def test_a_book_is_refreshed_from_end_to_end(cli, book, tmp_path):
    first = cli("refresh", "book.yaml", "--no-report", "--json")
    assert first.code == 0, first.err
    assert json.loads(first.out)["action"] == "first"
    book()
    dry = cli("refresh", "book.yaml", "--no-report", "--dry-run")
    assert dry.code == 0
    assert "Nothing was written (--dry-run)." in dry.out
    assert "came up" in dry.out
    assert len(Store(tmp_path / "runs").runs()) == 1
    answer = cli("refresh", "book.yaml", "--json")
    assert answer.code == 0, answer.err
    told = json.loads(answer.out)
    assert {*told} == KEYS
    assert told["action"] == "keep"
    old, new = Store(tmp_path / "runs").runs()
    assert told["previous"] == told["model_from"] == old.run_id
    was, now = customers(old), customers(new)
    before, after = (Counter(table.cohort + ": " + table.segment) for table in (was, now))
    assert {one["segment"]: one["now"] for one in told["changes"]} == after
    assert {one["segment"]: one["before"] for one in told["changes"]} == before
    moved = (was.cohort + ": " + was.segment).reindex(now.index) != now.cohort + ": " + now.segment
    assert told["refresh"]["moved"]["customers"] == moved.sum()
    page = (new.path / "report.html").read_text(encoding="utf-8")
    assert page.count("<h2>Since the run before</h2>") == 1
    assert {"flows_since.svg", "causes_since.svg", "drift.svg"} <= {one.name for one in (new.path / "charts").iterdir()}
    differ = json.loads(cli("runs", "diff", "--json").out)
    pairs = {(one["before"], one["after"]): one["customers"] for one in differ["moves"]}
    changes = pd.read_csv(new.path / "changes.csv", keep_default_na=False)
    by_pair = changes.groupby(["from_segment", "to_segment"]).size()
    assert {tuple(name or None for name in pair): size for pair, size in by_pair.items()} == {
        pair: size for pair, size in pairs.items() if pair[0] != pair[1]
    }
    assert differ["customers"]["moved"] + differ["customers"]["entered"] == len(changes)
    shown = cli("runs", "show")
    assert "(refresh)" in shown.out
    assert f"Follows    {old.run_id}" in shown.out
    assert cli("status", "--name", "book", "--max-age", "1d").code == 0
    assert cli("score", new.path, "book", "--out", "scored.csv").code == 0
    assert pd.read_csv("scored.csv").segment_id.tolist() == now.segment_id.tolist()
    who = now.index[moved][0]
    explained = json.loads(cli("explain", new.path, who, "--json").out)
    assert (explained["segment"], explained["segment_id"]) == (now.segment[who], now.segment_id[who])
    assert cli("runs", "verify").code == 0


def test_exit_codes_of_a_warning_and_of_what_is_refused(cli, book, tmp_path):
    assert cli("refresh", "book.yaml", "--no-report").code == 0
    book()
    (tmp_path / "book.yaml").write_text(RESTLESS)
    warned = cli("refresh", "book.yaml", "--no-report", "--json")
    assert warned.code == 0
    told = json.loads(warned.out)
    assert told["action"] == "warn"
    assert all(one.startswith(("active: ", "inactive: ", "nonactive: ")) for one in told["refresh"]["reasons"])
    (tmp_path / "book.yaml").write_text(RECIPE.replace("k: 3", "k: 2"))
    refused = cli("refresh", "book.yaml", "--no-report", "--no-refit")
    assert refused.code == 3
    assert "The recipe has changed (cluster)" in refused.err
    assert len(Store(tmp_path / "runs").runs()) == 2
