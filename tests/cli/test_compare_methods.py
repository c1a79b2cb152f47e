"""``segmentry compare-methods`` and the two options of ``segmentry run``."""

import csv
import json


def test_the_table_the_recommendation_and_the_files(cli, sales, tmp_path):
    ran = cli("compare-methods", sales, "--methods", "kmeans,hierarchical,dbscan", "-k", "3", "--out", "found")
    assert ran.code == 0, ran.err
    for title in ("K-means", "Hierarchical (Ward)", "DBSCAN", "davies–bouldin", "rules", "seconds"):
        assert title in ran.out
    assert "Gaussian" not in ran.out
    assert any(word in ran.out for word in ("Take ", "No method is without faults"))
    rows = list(csv.DictReader((tmp_path / "found" / "methods.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["method"] for row in rows] == ["kmeans", "hierarchical", "dbscan"]
    assert (tmp_path / "found" / "methods.svg").read_text(encoding="utf-8").startswith("<svg")
    assert not (tmp_path / "runs").exists()


def test_json_is_one_document(cli, sales):
    ran = cli("compare-methods", sales, "--methods", "kmeans,minibatch", "--json")
    document = json.loads(ran.out)
    assert [row["method"] for row in document["rows"]] == ["kmeans", "minibatch"]
    assert document["recommended"] in {"kmeans", "minibatch"}


def test_accounts_are_compared_cohort_by_cohort(cli, sales):
    ran = cli("compare-methods", sales, "--kind", "accounts")
    assert ran.code == 1
    assert "within each cohort" in ran.err
    assert "segmentry run DATA --compare-methods" in ran.err


def test_an_unknown_method_is_said(cli, sales):
    ran = cli("compare-methods", sales, "--methods", "kmeens")
    assert ran.code == 1
    assert "'kmeens' is not a method." in ran.err
    assert "Did you mean 'kmeans'?" in ran.err
    ran = cli("run", sales, "--method", "kmeens")
    assert ran.code == 1
    assert "cluster.method" in ran.err


def test_a_run_by_another_method_with_all_compared(cli, sales, tmp_path):
    ran = cli("run", sales, "--method", "hierarchical", "-k", "3", "--compare-methods")
    assert ran.code == 0, ran.err
    assert "Methods" in ran.out
    folder = next((tmp_path / "runs").iterdir())
    assert "Would another method do better?" in (folder / "report.html").read_text(encoding="utf-8")
    assert json.loads((folder / "manifest.json").read_text())["method"]["name"] == "hierarchical"
