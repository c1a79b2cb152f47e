"""Rules beside segments, from the recipe to the run folder, the object and the terminal."""

import csv
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

import segmentry as sg
from segmentry.core.errors import UnknownColumn
from segmentry.core.recipe import parse_recipe
from segmentry.flow import find_segments, run
from segmentry.flow.segmenting import segment
from segmentry.sources import generate_retail
from segmentry.sources.samples.securities import generate_securities

TIERS = {
    "conditions": [
        {"segment": "=Gold", "when": "monetary >= 3000"},
        {"segment": "Silver", "when": "monetary >= 500 and recency_days < 180"},
        {"segment": "Bronze"},
    ]
}


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "sales.csv"
    generate_retail(path, customers=600)
    return path


@pytest.fixture(scope="module")
def found(sales, tmp_path_factory):
    heard = Heard()
    recipe = {"source": {"path": str(sales)}, "rules": TIERS}
    result = run(recipe, out=tmp_path_factory.mktemp("runs"), progress=heard)
    return result, heard.said


class Heard:
    def __init__(self):
        self.said = []

    def step(self, name, detail=""):
        self.said.append((name, detail))

    def advance(self, done, total):
        pass


def test_the_manifest_says_what_scikit_learn_says(found):
    result, _ = found
    manifest = json.loads((result.path / "manifest.json").read_text(encoding="utf-8"))["comparison"]
    customers = result.customers
    assert manifest["customers"] == len(customers)
    assert manifest["adjusted_rand"] == pytest.approx(adjusted_rand_score(customers.rule_segment, customers.segment))
    assert manifest["adjusted_mutual_information"] == pytest.approx(
        adjusted_mutual_info_score(customers.rule_segment, customers.segment), abs=1e-9
    )
    most = pd.crosstab(customers.segment, customers.rule_segment)
    for line in manifest["mapping"]:
        row = most.loc[line["segment"]]
        assert line["customers"] == row.sum()
        assert line["share"] == pytest.approx(row.max() / row.sum())
        assert row[line["majority"]] == row.max()


def test_mismatches_are_a_file_safe_to_open_in_a_spreadsheet(found):
    result, _ = found
    with (result.path / "mismatches.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    frame = result.mismatches
    assert len(rows) == len(frame) > 0
    assert [row["customer_id"] for row in rows] == frame.customer_id.tolist()
    money = frame.money_at_stake.to_numpy()
    assert (np.diff(money) <= 0).all()
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row.values())
    assert {row["rule_segment"] for row in rows} <= {"'=Gold", "Silver", "Bronze"}
    spent = result.customers.set_index("customer_id").monetary
    np.testing.assert_allclose(money, spent.loc[frame.customer_id].round(2), atol=0.006)
    assert (frame.rule_segment != frame.behaves_like).all()
    assert frame.reason.str.contains("nearest undisputed customers are").all()


def test_the_report_has_the_chapter_and_the_run_its_charts(found):
    result, _ = found
    page = (result.path / "report.html").read_text(encoding="utf-8")
    assert page.count('<section id="rules">') == 1
    assert "Rules beside segments" in page
    assert (result.path / "charts" / "rules_beside_segments.svg").exists()
    assert result.comparison.compiled.recipe().splitlines()[0] in page


def test_two_lines_tell_the_listener(found):
    result, said = found
    told = dict(said)
    assert told["Compared"].startswith("Found segments and rules ")
    assert told["Misplaced"].startswith(f"The rules misplace {len(result.mismatches)} customer")


def test_a_run_without_rules_compares_nothing(sales, tmp_path):
    result = run({"source": {"path": str(sales)}}, out=tmp_path, report=False)
    assert (result.comparison, result.mismatches) == (None, None)
    assert not (result.path / "mismatches.csv").exists()
    assert json.loads((result.path / "manifest.json").read_text(encoding="utf-8"))["comparison"] is None


def test_a_run_without_rules_imports_nothing_of_it(sales, tmp_path):
    code = f"import sys\nfrom segmentry.flow import run\nrun({str(sales)!r}, out={str(tmp_path)!r}, report=False)\n"
    code += "print([name for name in sys.modules if name.startswith(('segmentry.compare', 'segmentry.rules.'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_run_with_rules_needs_neither_scipy_nor_scikit_learn(sales, tmp_path):
    recipe = {"source": {"path": str(sales)}, "rules": TIERS}
    code = f"import sys\nfrom segmentry.flow import run\nrun({recipe!r}, out={str(tmp_path)!r})\n"
    code += "print({'scipy', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_map_and_a_label_are_compared_too(sales):
    by_map = find_segments(parse_recipe({"source": {"path": str(sales)}, "rules": {"map": "rfm-11"}}))
    assert len(by_map.comparison.table.segments) == 11
    assert by_map.comparison.proposal is None
    frame = by_map.customers.rename(columns={"rule_segment": "tier"})[
        ["customer_id", "recency_days", "frequency", "monetary", "tier"]
    ]
    by_label = segment(frame, customer="customer_id", source={"kind": "customers"}, rules={"label": "tier"})
    assert set(by_label.comparison.table.segments) == set(frame.tier)
    assert "no threshold" in by_label.comparison.no_proposal


def test_customers_set_apart_are_told(sales):
    recipe = {
        "source": {"path": str(sales)}, "rules": TIERS, "prepare": {"outliers": {"method": "zscore", "policy": "drop"}},
    }  # fmt: skip
    result = find_segments(parse_recipe(recipe))
    apart = int((result.clustering.labels == -1).sum())
    assert result.comparison.set_apart == apart > 0
    assert result.comparison.compared == len(result.customers) - apart


def test_money_of_ones_own_and_money_that_is_not_there(sales):
    recipe = {"source": {"path": str(sales)}, "rules": TIERS, "compare": {"money": "average_order_value"}}
    result = find_segments(parse_recipe(recipe))
    values = result.customers.set_index("customer_id").average_order_value
    assert result.mismatches.money_at_stake.tolist() == pytest.approx(
        values.loc[result.mismatches.customer_id].round(2).tolist()
    )
    with pytest.raises(UnknownColumn, match=r"compare\.money"):
        find_segments(parse_recipe({**recipe, "compare": {"money": "nothing"}}))


def test_each_cohort_of_accounts_is_compared_by_itself(tmp_path):
    generate_securities(tmp_path / "brokerage", customers=1500)
    recipe = {
        "source": {"kind": "accounts", "path": str(tmp_path / "brokerage")},
        "rules": {
            "conditions": [
                {"segment": "Gold", "when": "nav >= 2e8 or monetary >= 4e9"},
                {"segment": "Silver", "when": "nav >= 3e7 or monetary >= 4e8"},
                {"segment": "Standard"},
            ]
        },
    }
    result = find_segments(parse_recipe(recipe))
    frame = result.mismatches
    assert set(frame.cohort) <= {"active", "inactive", "nonactive"}
    assert len(frame) == sum(len(part.comparison.mismatches) for part in result.cohorts.values())
    accounts = result.customers.set_index("customer_id")
    assert (accounts.loc[frame.customer_id, "rule_segment"].to_numpy() == frame.rule_segment).all()
    assert (accounts.loc[frame.customer_id, "cohort"].to_numpy() == frame.cohort).all()
    assert all("comparison" in cohort for cohort in result.summary()["cohorts"].values())


def test_the_public_object_carries_the_comparison():
    assert sg.Segmentation.mismatches.__doc__.startswith("One row per customer whom the rules misplace")
