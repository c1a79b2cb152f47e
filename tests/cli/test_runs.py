"""``segmentry runs`` and ``segmentry status``: in words, in JSON, and with exit codes."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

STORE = Path(__file__).parents[1] / "runs" / "stores" / "format-1"
OLD, NEW = "2024-12-26-f2ff", "2024-12-26-2aaa"


@pytest.fixture
def runs(tmp_path):
    """A store of an earlier version, with a damaged run in it."""
    shutil.copytree(STORE, tmp_path / "runs")
    (tmp_path / "runs" / "broken").mkdir()
    (tmp_path / "runs" / "broken" / "manifest.json").write_text("{")
    return tmp_path / "runs"


def document(answer):
    assert answer.code == 0, answer.err
    return json.loads(answer.out)


def test_list(cli, runs):
    answer = cli("runs", "list")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[1].split() == [OLD, "2026-11-28", "22:17", "2024-12-26", "118", "3", "run", "data"]
    assert lines[2].startswith(NEW)
    assert lines[3].startswith("Unreadable: broken: ")
    found = document(cli("runs", "list", runs, "--json"))
    assert [run["run_id"] for run in found["runs"]] == [OLD, NEW]
    assert [Path(one["path"]).name for one in found["unreadable"]] == ["broken"]
    assert cli("runs", "list", "nowhere").out == "There are no runs in 'nowhere'.\n"


def test_show(cli, runs):
    newest = cli("runs", "show")
    assert newest.code == 0, newest.err
    assert newest.out.startswith(f"Run        {NEW}\n")
    assert "Made       2026-11-28 22:26 UTC by Segmentry 0.1.0 (run)\n" in newest.out
    files = [path for path in (runs / NEW).rglob("*") if path.is_file() and path.name != "manifest.json"]
    size = sum(path.stat().st_size for path in files)
    assert f"Files      {len(files)}, {size:,} bytes\n" in newest.out
    assert "Champions" in newest.out
    assert cli("show", runs / NEW).out in newest.out
    found = document(cli("runs", "show", OLD[:-1], "--json"))
    assert (found["run_id"], found["format"], found["kind"], len(found["segments"])) == (OLD, 2, "run", 3)
    for asked, words in (("2024", "begin with"), ("broken", "is damaged"), ("none", "There is no run 'none'")):
        answer = cli("runs", "show", asked)
        assert (answer.code, words in answer.err) == (1, True), answer.err


def test_diff_says_what_pandas_says(cli, runs):
    answer = cli("runs", "diff")
    assert answer.code == 0, answer.err
    before, after = (pd.read_parquet(runs / name / "customers.parquet") for name in (OLD, NEW))
    both = before.merge(after, on="customer_id", suffixes=("_before", "_after"))
    moved = int((both.segment_before != both.segment_after).sum())
    assert f"{118 - moved} customers stayed, {moved} moved, 0 entered, 0 left" in answer.out
    assert 'cluster.k: "auto" → 4' in answer.out
    assert "  Loyal Customers → Champions: 17 customers, 37,125 → 37,125 spent" in answer.out
    row = next(line for line in answer.out.splitlines() if line.startswith("Loyal Customers "))
    shares = [(frame.segment == "Loyal Customers").mean() * 100 for frame in (before, after)]
    spent = [frame[frame.segment == "Loyal Customers"].monetary.sum() for frame in (before, after)]
    parts = [part / frame.monetary.sum() * 100 for part, frame in zip(spent, (before, after), strict=True)]
    assert row.split()[2:] == [
        *(str(int((frame.segment == "Loyal Customers").sum())) for frame in (before, after)),
        *(f"{shares[1]:.1f}", "%", f"{shares[1] - shares[0]:+.1f}"),
        *(f"{part:,.0f}" for part in spent),
        *(f"{parts[1]:.1f}", "%", f"{parts[1] - parts[0]:+.1f}"),
    ]
    found = document(cli("runs", "diff", runs / NEW, OLD, "--json"))  # the other way round
    assert found["settings"] == [{"setting": "cluster.k", "before": 4, "after": "auto"}]
    assert found["customers"] == {"stayed": 118 - moved, "moved": moved, "entered": 0, "left": 0}
    assert "No setting changed." in cli("runs", "diff", NEW, NEW).out
    assert cli("runs", "diff", NEW, "none").code == 1


def test_diff_of_runs_with_other_customers_and_no_money(cli, runs):
    frame = pd.read_parquet(runs / NEW / "customers.parquet").drop(columns="monetary")
    frame["segment"] = [f"S{number}" for number in range(len(frame))]
    frame.iloc[5:].to_parquet(runs / NEW / "customers.parquet")
    pd.read_parquet(runs / OLD / "customers.parquet").drop(columns="monetary").to_parquet(
        runs / OLD / "customers.parquet"
    )
    told = cli("runs", "diff")
    assert "spent" not in told.out
    assert "revenue" not in told.out
    assert "0 customers stayed, 113 moved, 0 entered, 5 left" in told.out
    assert "→ (no customer)" in told.out
    assert "more moves (all of them: --json)" in told.out


def test_prune_and_its_dry_run(cli, runs):
    refused = cli("runs", "prune")
    assert (refused.code, "--keep-last" in refused.err) == (3, True)
    assert cli("runs", "prune", "--keep-last", "-1").code == 2
    dry = cli("runs", "prune", "--keep-monthly", "12", "--dry-run")
    assert dry.out.splitlines() == [
        f"keep    {NEW}  data  (monthly 2026-11)",
        f"remove  {OLD}  data",
        "1 run kept, 1 would be removed.",
    ]
    assert (runs / OLD).is_dir()
    found = document(cli("runs", "prune", runs, "--keep-last", "1", "--json"))
    assert found["kept"] == [{"run_id": NEW, "name": "data", "reasons": ["last"]}]
    assert found["removed"] == [{"run_id": OLD, "name": "data"}]
    assert sorted(path.name for path in runs.iterdir()) == [NEW, "broken"]


def test_verify(cli, runs):
    assert cli("runs", "verify", OLD).out == f"{OLD}: sound\n"
    everything = cli("runs", "verify")
    assert everything.code == 1
    assert "broken: " in everything.out
    shutil.rmtree(runs / "broken")
    assert cli("runs", "verify").code == 0
    (runs / NEW / "segments.csv").unlink()
    answer = cli("runs", "verify")
    assert answer.code == 1
    assert answer.out == f"{OLD}: sound\n{NEW}: 1 file not as written\n  segments.csv: missing\n"
    found = cli("runs", "verify", NEW, "--json")
    assert found.code == 1
    assert json.loads(found.out) == {
        "sound": False,
        "runs": [{"run_id": NEW, "faults": [{"file": "segments.csv", "problem": "missing"}]}],
        "unreadable": [],
    }


def test_status(cli, sales, tmp_path):
    none = cli("status", "--name", "sales", "--max-age", "26h")
    assert (none.code, "There is no run" in none.err) == (3, True)
    assert cli("run", sales, "--no-report").code == 0
    answer = cli("status", "--name", "sales", "--max-age", "26h")
    assert answer.code == 0, answer.err
    (run,) = (tmp_path / "runs").iterdir()
    assert answer.out == f"sales: {run.name}, made 0 min ago (at most 1 d 2 h)\n"
    found = document(cli("status", "runs", "--name", "sales", "--max-age", "90m", "--json"))
    assert (found["run_id"], found["max_age_seconds"]) == (run.name, 5400)
    assert 0 <= found["age_seconds"] < 600
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["created"] = "2020-01-01T00:00:00+00:00"
    (run / "manifest.json").write_text(json.dumps(manifest))
    late = cli("status", "--name", "sales", "--max-age", "7d", "--json")
    assert late.code == 3
    assert json.loads(late.out)["error"]["type"] == "Refused"
    assert "too old" in late.err
    assert cli("status", "--name", "sales", "--max-age", "soon").code == 1
    assert cli("status", "--max-age", "7d").code == 2


def test_a_store_of_an_earlier_version_still_shows_and_scores(cli, runs, tmp_path):
    assert "Champions" in cli("show", "runs").out
    customers = pd.read_parquet(runs / OLD / "customers.parquet")
    assert cli("explain", runs / OLD, customers.customer_id[0]).code == 0
    lines = ["CustomerID,InvoiceNo,InvoiceDate,StockCode,Description,Quantity,UnitPrice,Country"]
    lines += [f"{who},{who}{day},2024-12-{day},p,Thing,2,9.50,France" for who in ("17", "18") for day in (10, 12, 14)]
    (tmp_path / "new.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    scored = cli("score", runs / OLD, "new.csv", "--out", "scored.csv")
    assert scored.code == 0, scored.err
    found = pd.read_csv(tmp_path / "scored.csv", dtype={"customer_id": str})
    assert found.customer_id.tolist() == ["17", "18"]
    assert set(found.segment) <= set(customers.segment)
