"""Rules of a book of accounts: declared over all accounts, and with each cohort's segments in one table."""

import json

import numpy as np
import pandas as pd
import pytest

import segmentry
from segmentry.sources.samples_securities import generate_securities


@pytest.fixture(scope="module")
def brokerage(tmp_path_factory):
    folder = tmp_path_factory.mktemp("brokerage")
    generate_securities(folder, customers=400, seed=3)
    return folder


def run(folder, out, **rules):
    recipe = {"source": {"kind": "accounts", "path": str(folder)}, "cluster": {"k": 3}, "rules": rules}
    return segmentry.run(recipe, out=out, report=False)


def test_conditions_and_scores_are_over_all_cohorts(brokerage, tmp_path):
    conditions = [
        {"segment": "Gold", "when": "nav >= 2e8 or monetary >= 4e9"},
        {"segment": "Silent", "when": "cohort = 'nonactive'"},
        {"segment": "Standard"},
    ]
    found = run(brokerage, tmp_path, conditions=conditions)
    table = pd.read_parquet(found.path / "customers.parquet")
    gold = (table.nav >= 2e8) | (table.monetary >= 4e9)
    expected = np.where(gold, "Gold", np.where(table.cohort == "nonactive", "Silent", "Standard"))
    assert table.rule_segment.tolist() == expected.tolist()
    kept = json.loads((found.path / "manifest.json").read_text())
    assert kept["rules"]["segments"] == {name: int((expected == name).sum()) for name in ("Gold", "Silent", "Standard")}
    by_cohort = kept["cohorts"]["nonactive"]["rules"]["segments"]
    assert by_cohort["Silent"] == int((expected[table.cohort == "nonactive"] == "Silent").sum())


def test_scores_of_accounts_with_nav(brokerage, tmp_path):
    own = {"measures": ["F", "N"], "levels": 2, "segments": {"good": [22], "other": ["1[12]", 21]}}
    found = run(brokerage, tmp_path, map=own)
    table = pd.read_parquet(found.path / "customers.parquet")
    levels = [np.floor(((table[m].rank() - 0.5) / table[m].notna().sum()) * 2) + 1 for m in ("frequency", "nav")]
    scored = levels[0].notna() & levels[1].notna()
    codes = (levels[0][scored].astype(int).astype(str) + levels[1][scored].astype(int).astype(str)).tolist()
    assert table.rule_code[scored].tolist() == codes
    assert table.rule_segment[~scored].isna().all()
    again = run(brokerage, tmp_path, map=own, thresholds={"frozen": str(found.path)})
    assert again.declared.segments.tolist() == found.declared.segments.tolist()
