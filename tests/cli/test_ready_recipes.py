"""Ready recipes: found by name from a clone and from a wheel, run on generated data and on one's own files."""

import json
import tomllib
from pathlib import Path

import pandas as pd
import pytest

from segmentry.core.errors import RecipeError
from segmentry.core.recipe import find_recipe, ready, ready_recipes
from segmentry.sources import SAMPLES, generate_credit_card, generate_rfm

PROJECT = Path(__file__).parents[2]


def folder(tmp_path, name="runs"):
    return next(path for path in (tmp_path / name).iterdir() if path.is_dir())


def test_every_demo_has_its_recipe_and_each_is_valid():
    assert set(SAMPLES) <= set(ready_recipes())
    for name in [*SAMPLES, "retail-published"]:
        assert find_recipe(name).name
        text = ready_recipes()[name].read_text(encoding="utf-8")
        assert text.startswith("# "), "a ready recipe says what it is for"


def test_they_travel_with_the_wheel(tmp_path, monkeypatch):
    settings = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"] == {"recipes": "segmentry/recipes"}
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "own.yaml").write_text("name: own\n", encoding="utf-8")
    monkeypatch.setattr(ready, "_PACKAGE", tmp_path)
    assert list(ready_recipes()) == ["own"]


@pytest.mark.parametrize(("name", "customers"), [("retail", 120), ("credit-card", 400), ("rfm", 300)])
def test_a_demo_is_one_command(cli, tmp_path, name, customers):
    answer = cli("demo", name, "--customers", customers, "--no-report")
    assert answer.code == 0, answer.err
    manifest = json.loads((folder(tmp_path) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["name"] == f"{find_recipe(name).name}-demo"
    assert manifest["customers"] > 0.9 * customers
    assert {"credit-card": 6, "rfm": 4}.get(name, manifest["k"]["chosen"]) == manifest["k"]["chosen"]


def test_an_unknown_demo_names_those_there_are(cli):
    answer = cli("demo", "credit-crad")
    assert answer.code == 1
    assert "credit-card, retail, rfm" in answer.err
    assert "Did you mean 'credit-card'?" in answer.err


def test_a_recipe_by_name_runs_on_ones_own_file(cli, tmp_path):
    truth = generate_credit_card(tmp_path / "mine.csv", customers=400)
    frame = pd.read_csv(tmp_path / "mine.csv").rename(columns=str.lower)
    frame.to_csv(tmp_path / "mine.csv", index=False)
    answer = cli("run", "mine.csv", "--recipe", "credit-card", "--no-report")
    assert answer.code == 0, answer.err
    customers = pd.read_parquet(folder(tmp_path) / "customers.parquet")
    assert sorted(customers.customer_id) == sorted(truth)
    assert "Cash-advance users" in set(customers.segment)
    assert "purchases   cash advance" in answer.out or "cash advance   purchases" in answer.out


def test_settings_lie_over_the_recipe_and_a_path_is_a_recipe_too(cli, tmp_path):
    generate_rfm(tmp_path / "mine.csv", customers=300)
    (tmp_path / "own.yaml").write_text("source: {kind: customers}\ncluster: {k: 4}\n", encoding="utf-8")
    assert cli("run", "mine.csv", "--recipe", "own.yaml", "--no-report", "-k", "3").code == 0
    customers = pd.read_parquet(folder(tmp_path) / "customers.parquet")
    assert customers.segment_id.nunique() == 3


def test_plain_rfm_takes_purchases_too(cli, sales, tmp_path):
    answer = cli("run", sales, "--recipe", "rfm", "--kind", "transactions", "--no-report")
    assert answer.code == 0, answer.err
    assert len(pd.read_parquet(folder(tmp_path) / "customers.parquet")) == 40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sales.csv", "--recipe", "retial"], "Did you mean 'retail'?"),
        (["sales.csv", "--recipe", "none.yaml"], "'none.yaml' cannot be read"),
        (["own.yaml", "--recipe", "retail"], "is a recipe, and --recipe gives another"),
    ],
)
def test_what_cannot_be_a_recipe_is_said(cli, sales, arguments, message):
    answer = cli("run", *arguments)
    assert answer.code == 1
    assert message in " ".join(answer.err.split())


def test_find_recipe_raises_for_a_name_that_is_none():
    with pytest.raises(RecipeError, match=r"no recipe 'cards'.*Ready recipes: credit-card, "):
        find_recipe("cards")
