"""``segmentry explain``: from a run folder alone, in words and in JSON, with errors that say what to do."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

import segmentry as sg


@pytest.fixture
def run(cli, sales, tmp_path):
    assert cli("run", sales, "--no-report").code == 0
    sales.unlink()  # the data are not needed
    return next((tmp_path / "runs").iterdir())


def test_a_customer_and_a_segment_are_explained_without_the_data(cli, run):
    customers = pd.read_parquet(run / "customers.parquet")
    for row in customers.iloc[::9].itertuples():
        answer = cli("explain", "runs", row.customer_id)
        assert answer.code == 0, answer.err
        assert answer.out.startswith(f"Customer {row.customer_id} is in {row.segment}.")
        found = json.loads(cli("explain", run, row.customer_id, "--json").out)
        assert found["text"] == answer.out.rstrip("\n")
        assert found["nearest_other_segment"] == row.nearest_other_segment
        assert {one["feature"] for one in found["reasons"]} == {"recency_days", "frequency", "monetary"}
    name = customers.segment[0]
    told = cli("explain", run, "--segment", name)
    assert told.out.startswith(f"{name} (")
    assert "As a recipe takes it" in told.out
    assert json.loads(cli("explain", run, "--segment", name, "--json").out)["segment"] == name
    model = sg.load(run)
    assert str(model.explain(segment=name)) == told.out.rstrip("\n")
    assert str(sg.load(run / "model").explain(segment=name)) == told.out.rstrip("\n")
    with pytest.raises(sg.SegmentryError, match="not loaded from a run"):
        sg.SegmentModel(model.model).explain("c01")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["runs", "c1"], "no customer 'c1'"),
        (["runs", "--segment", "Champion"], "Did you mean 'Champions'"),
        (["runs"], "either a customer or a segment"),
        (["runs", "c01", "--segment", "Champions"], "either a customer or a segment"),
        (["elsewhere", "c01"], "There is no run at 'elsewhere'"),
    ],
)
def test_what_is_wrong_is_said(cli, run, arguments, words):
    answer = cli("explain", *arguments)
    assert answer.code == 1
    assert words in answer.err
    assert "Traceback" not in answer.err


def test_a_changed_run_is_refused(cli, run):
    from segmentry.engine import read_columns, write_columns

    columns = read_columns(run / "customers.parquet")
    columns["frequency"] = columns["frequency"] * 50
    write_columns(columns, run / "customers.parquet", step="test")
    assert "a file was changed" in cli("explain", run, "c01").err
    (run / "customers.parquet").write_bytes(b"no parquet")
    answer = cli("explain", run, "c01")
    assert (answer.code, "cannot be read" in answer.err) == (1, True)


def test_cohorts_are_explained_by_their_own_models(cli, run, tmp_path):
    """A run of cohorts: a model each, and a table of customers that says which cohort they are in."""
    from segmentry.engine import read_columns, write_columns

    columns = read_columns(run / "customers.parquet")
    (run / "model").rename(tmp_path / "model")
    for cohort in ("active", "inactive"):
        shutil.copytree(tmp_path / "model", run / "model" / cohort)
    columns["cohort"] = np.array(["inactive", "active"], dtype=object)[np.arange(len(columns["customer_id"])) % 2]
    write_columns(columns, run / "customers.parquet", step="test")
    for row in (0, 1):
        answer = cli("explain", run, columns["customer_id"][row])
        assert answer.out.startswith(f"Customer {columns['customer_id'][row]} is in {columns['segment'][row]}."), (
            answer.err
        )
        assert ("would make this an active account" in answer.out) == (columns["cohort"][row] == "inactive")
        assert ("within the next 30 days" in answer.out) == (columns["cohort"][row] == "active")
    name = columns["segment"][0]
    both = cli("explain", run, "--segment", name)
    assert f"'active: {name}', 'inactive: {name}'" in both.err
    held = json.loads(cli("explain", run, "--segment", f"active: {name}", "--json").out)
    assert held["customers"] == int(((columns["segment"] == name) & (columns["cohort"] == "active")).sum())
    assert "Segments: active: " in cli("explain", run, "--segment", "nothing").err
    assert "no customer 'nobody'" in cli("explain", run, "nobody").err
