"""Each command does its work, in words for people and in JSON for programs."""

import json

import pandas as pd
import pytest
import yaml


def test_run_show_score_and_init_belong_together(cli, sales, tmp_path):
    ran = cli("run", sales, "--csv")
    assert ran.code == 0, ran.err
    assert ran.out.startswith("Reading sales.csv")
    assert "Report" in ran.out
    folder = next((tmp_path / "runs").iterdir())
    names = {
        "manifest.json",
        "recipe.yaml",
        "customers.parquet",
        "customers.csv",
        "segments.csv",
        "rejected.parquet",
        "model",
        "charts",
        "report.html",
    }
    assert {path.name for path in folder.iterdir()} == names
    shown = cli("show", "runs")
    assert shown.code == 0
    assert "Champions" in shown.out
    scored = cli("score", folder, sales, "--out", "scored.csv")
    assert scored.code == 0, scored.err
    left = pd.read_csv(tmp_path / "scored.csv", dtype={"customer_id": str})
    right = pd.read_parquet(folder / "customers.parquet")
    assert left.customer_id.tolist() == right.customer_id.tolist()
    assert left.segment.tolist() == right.segment.tolist()
    assert cli("init", sales, "-o", "sub.yaml").code == 0
    recipe = yaml.safe_load((tmp_path / "sub.yaml").read_text(encoding="utf-8"))
    assert recipe["source"]["columns"]["customer"] == "customer_id"
    again = cli("run", "sub.yaml", "--no-report", "--out", "other")
    assert again.code == 0, again.err
    other = pd.read_parquet(next((tmp_path / "other").iterdir()) / "customers.parquet")
    pd.testing.assert_frame_equal(other, right)


def test_a_run_of_cohorts_can_be_shown_again(cli):
    assert cli("demo", "securities", "--customers", "300", "--no-report").code == 0
    shown = cli("show", "runs")
    assert shown.code == 0, shown.err
    assert "accounts as of" in shown.out
    assert "\nnonactive: " in shown.out
    answer = cli("show", "runs", "--json")
    assert answer.code == 0, answer.err
    assert {row["cohort"] for row in json.loads(answer.out)["segments"]} == {"active", "inactive", "nonactive"}


@pytest.mark.parametrize(
    "command", [["run", "sales.csv", "--no-report"], ["demo", "--customers", "60", "--no-report"], ["doctor"]]
)
def test_json_is_one_document_on_standard_output(cli, sales, command):
    answer = cli(*command, "--json")
    assert answer.code == 0, answer.err
    json.loads(answer.out)


def test_the_manifest_tells_the_making(cli, sales, tmp_path):
    assert cli("run", sales, "--no-report", "-k", "3", "--seed", "5").code == 0
    manifest = json.loads((next((tmp_path / "runs").iterdir()) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["seed"] == 5
    assert manifest["k"]["chosen"] == 3
    assert manifest["ledger"][-1]["rows"] == manifest["source"]["rows"]
    assert {"segmentry", "libraries", "as_of", "seconds", "recipe", "roles", "files"} <= manifest.keys()


def test_several_files_and_settings_from_the_command_line(cli, sales, tmp_path):
    lines = sales.read_text(encoding="utf-8").splitlines(keepends=True)
    for number in range(2):
        (tmp_path / f"part{number}.csv").write_text(lines[0] + "".join(lines[1 + number :: 2]), encoding="utf-8")
    assert cli("run", "part0.csv", "part1.csv", "--no-report", "--as-of", "2025-06-01").code == 0
    assert cli("run", sales, "--no-report", "--as-of", "2025-06-01", "--out", "whole").code == 0
    parts, whole = (
        pd.read_parquet(next((tmp_path / name).iterdir()) / "customers.parquet") for name in ("runs", "whole")
    )
    pd.testing.assert_frame_equal(parts, whole)
    assert whole.recency_days.min() > 100


def test_the_process_ends_with_the_code_of_the_answer(sales):
    import subprocess
    import sys

    for arguments, code in ((["doctor"], 0), (["run", "nothing.csv"], 1), (["dance"], 2), (["--version"], 0)):
        done = subprocess.run([sys.executable, "-m", "segmentry", *arguments], capture_output=True, check=False)
        assert done.returncode == code
        assert b"Traceback" not in done.stderr


def test_tsne_is_drawn_when_asked_for(cli, sales, tmp_path):
    ran = cli("run", sales, "--tsne")
    assert ran.code == 0, ran.err
    folder = next((tmp_path / "runs").iterdir())
    assert (folder / "charts" / "tsne_map.svg").exists()
    assert 'id="chart-tsne_map"' in (folder / "report.html").read_text(encoding="utf-8")
    assert yaml.safe_load((folder / "recipe.yaml").read_text(encoding="utf-8"))["report"] == {"tsne": True}
