"""Bad input, each case of the list: a message that says what and what to do, exit code 1, no traceback, no run folder."""

import gzip
import json

import pytest

HEADER = "order_id,customer_id,order_date,amount\n"


def check(answer, tmp_path, *words, code=1):
    assert answer.code == code, answer.err
    assert "Traceback" not in answer.err + answer.out
    assert answer.err.startswith("Error: ")
    for word in words:
        assert word in answer.err, answer.err
    assert not list((tmp_path / "runs").glob("*")) if (tmp_path / "runs").exists() else True


def test_missing_file(cli, tmp_path, sales):
    check(cli("run", "sale.csv"), tmp_path, "sale.csv", "sales.csv")


@pytest.mark.parametrize("content", ["", "\n\n", "   \n"], ids=["empty", "blank lines", "blanks"])
def test_empty_file(cli, tmp_path, content):
    (tmp_path / "e.csv").write_text(content)
    check(cli("run", "e.csv"), tmp_path, "e.csv", "empty")


def test_header_only(cli, tmp_path):
    (tmp_path / "h.csv").write_text(HEADER)
    check(cli("run", "h.csv"), tmp_path, "h.csv")


def test_one_customer(cli, tmp_path):
    (tmp_path / "one.csv").write_text(HEADER + "1,a,2024-01-01,5\n2,a,2024-02-01,6\n")
    check(cli("run", "one.csv"), tmp_path, "one.csv", "1 customer")


def test_every_row_rejected_prints_the_ledger(cli, tmp_path):
    (tmp_path / "r.csv").write_text(HEADER + "1,a,2024-01-01,-5\n2,b,2024-02-01,0\n3,,2024-02-01,7\n")
    check(cli("run", "r.csv"), tmp_path, "r.csv", "no customer", "not positive", "cancellation", "all")


def test_a_required_column_is_absent(cli, tmp_path, sales):
    check(
        cli("run", sales, "--customer", "custmer_id"),
        tmp_path,
        "'custmer_id'",
        "sales.csv",
        "Did you mean 'customer_id'?",
    )


def test_an_unknown_recipe_key(cli, tmp_path):
    (tmp_path / "r.yaml").write_text("name: x\nclustr: {k: 3}\n")
    check(cli("run", "r.yaml"), tmp_path, "r.yaml", "'clustr'", "Did you mean 'cluster'?")


def test_a_nested_unknown_key_and_a_wrong_value(cli, tmp_path):
    (tmp_path / "r.yaml").write_text("clean: {cancellations: {order_prefx: C}}\ncluster: {k: many}\n")
    check(cli("run", "r.yaml"), tmp_path, "clean.cancellations.order_prefx", "order_prefix", "cluster.k", "many")


def test_more_segments_than_customers(cli, tmp_path, sales):
    check(cli("run", sales, "-k", "41"), tmp_path, "41", "40")


def test_an_output_folder_that_cannot_be_written(cli, tmp_path, sales):
    (tmp_path / "file").write_text("in the way")
    check(cli("run", sales, "--out", "file/runs"), tmp_path, "file/runs", "--out")


def test_a_zip_that_is_none(cli, tmp_path):
    (tmp_path / "z.zip").write_bytes(b"this is no zip")
    check(cli("run", "z.zip"), tmp_path, "z.zip")


def test_a_gz_that_is_none_and_one_cut_short(cli, tmp_path, sales):
    (tmp_path / "z.csv.gz").write_bytes(b"this is no gz")
    check(cli("run", "z.csv.gz"), tmp_path, "z.csv.gz")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(sales.read_bytes() * 500)[:-300])
    check(cli("run", "cut.csv.gz"), tmp_path, "cut.csv.gz")


def test_binary_garbage_named_csv(cli, tmp_path):
    (tmp_path / "g.csv").write_bytes(bytes(range(256)) * 400)
    check(cli("run", "g.csv"), tmp_path, "g.csv")


def test_parquet_and_excel_that_are_none(cli, tmp_path):
    for name in ("x.parquet", "x.xlsx", "x.duckdb", "x.jsonl"):
        (tmp_path / name).write_bytes(b"PK not really \x00\x01" * 50)
        check(cli("run", name), tmp_path, name)


def test_models_from_tomorrow_and_models_that_were_touched(cli, tmp_path, sales):
    assert cli("run", sales, "--no-report", "--out", "good").code == 0
    model = next((tmp_path / "good").glob("*/model"))
    described = model / "model.json"
    document = json.loads(described.read_text(encoding="utf-8"))
    described.write_text(json.dumps({**document, "format": 99}), encoding="utf-8")
    check(cli("score", model, sales), tmp_path, "format 99", "Update Segmentry")
    described.write_text(json.dumps(document).replace('"as_of": "2024', '"as_of": "2023'), encoding="utf-8")
    check(cli("score", model, sales), tmp_path, "model.json", "changed after it was saved")
    described.write_text(json.dumps(document), encoding="utf-8")
    assert cli("score", model, sales).code == 0
    centroids = model / "centroids.parquet"
    content = bytearray(centroids.read_bytes())
    content[len(content) // 2] ^= 1
    centroids.write_bytes(content)
    check(cli("score", model, sales), tmp_path, "centroids.parquet", "changed after it was saved")
    described.write_text("{", encoding="utf-8")
    check(cli("score", model, sales), tmp_path, "model.json")
    check(cli("score", tmp_path / "nowhere", sales), tmp_path, "no model")


def test_errors_as_json(cli, tmp_path):
    answer = cli("run", "nothing.csv", "--json")
    assert answer.code == 1
    assert json.loads(answer.out)["error"]["type"] == "SourceNotFound"


def test_usage_errors_exit_with_2(cli):
    assert cli("run").code == 2
    assert cli("dance").code == 2


def test_a_recipe_that_exists_is_not_overwritten(cli, tmp_path, sales):
    assert cli("init", sales).code == 0
    answer = cli("init", sales)
    assert answer.code == 3
    assert "--force" in answer.err
