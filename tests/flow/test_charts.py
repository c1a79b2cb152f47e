"""Charts of a whole run: what it adds to the report, t-SNE on demand, and the same pictures for rows in any order."""

import json

import pandas as pd
import pytest

import segmentry as sg
from segmentry.sources import generate_retail


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "orders.csv"
    generate_retail(path, customers=150)
    return path


@pytest.fixture(scope="module")
def found(file, tmp_path_factory):
    recipe = {"name": "shop", "source": {"path": str(file)}, "rules": {"map": "rf-10"}}
    return sg.run(recipe, out=tmp_path_factory.mktemp("runs"))


def test_a_run_draws_the_business_and_the_rules_and_no_tsne(found):
    drawn = {path.stem for path in (found.path / "charts").iterdir()}
    assert {"monthly", "countries", "rule_tree_map", "rfmn_heat_map", "snake_plot", "correlations"} <= drawn
    assert "tsne_map" not in drawn
    page = (found.path / "report.html").read_text(encoding="utf-8")
    assert page.index('id="segments"') < page.index('id="business"') < page.index('id="evidence"')
    assert page.count('id="chart-monthly"') == 1


def test_the_monthly_chart_holds_all_revenue(found):
    table = found.charts()["monthly"].table[1]
    revenue = sum(float(row[1].replace(",", "")) for row in table)
    assert revenue == pytest.approx(float(found.book.ledger.kept.money), abs=0.01 * len(table))


def test_rows_in_another_order_give_the_same_pictures(found, file, tmp_path):
    shuffled = tmp_path / "orders.csv"
    pd.read_csv(file, dtype=str).sample(frac=1, random_state=3).to_csv(shuffled, index=False)
    document = {"name": "shop", "rules": {"map": "rf-10"}, "report": {"tsne": True}}
    both = [
        sg.run({**document, "source": {"path": str(path)}}, out=tmp_path / "runs").charts() for path in (file, shuffled)
    ]
    one, other = ({name: json.dumps(chart.spec) for name, chart in charts.items()} for charts in both)
    assert one == other
    assert set(one) == {*found.charts(), "tsne_map"}
