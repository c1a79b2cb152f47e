"""The reference is what the code says; every setting, feature and command has words; the README names what exists."""

import importlib.util
import re
from pathlib import Path

import pytest

from segmentry.core.recipe import Recipe
from segmentry.features import CATALOGUE

PROJECT = Path(__file__).parents[2]
CHARTS = PROJECT / "src" / "segmentry" / "charts"
spec = importlib.util.spec_from_file_location("generate", PROJECT / "docs" / "generate.py")
generate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(generate)


@pytest.mark.parametrize("page", generate.pages())
def test_the_reference_is_up_to_date(page):
    written = (PROJECT / "docs" / page).read_text(encoding="utf-8")
    assert written == generate.pages()[page], "run: make docs"


def test_every_setting_has_a_meaning():
    assert not [name for name, _, meaning in generate._settings(Recipe, "") if not meaning]


def test_every_feature_has_a_unit_and_a_meaning():
    assert all(feature.column.unit and feature.column.meaning for feature in CATALOGUE.values())


def test_every_chart_and_recipe_has_a_line():
    drawn = {name for file in CHARTS.glob("*.py") for name in re.findall(r'name="(\w+)"', file.read_text("utf-8"))}
    report = (PROJECT / "docs" / "report.md").read_text(encoding="utf-8")
    assert not [name for name in drawn if f"`{name}`" not in report]
    recipes = (PROJECT / "docs" / "recipes.md").read_text(encoding="utf-8")
    assert not [file.name for file in (PROJECT / "recipes").glob("*.yaml") if file.name not in recipes]


def test_every_command_and_option_has_help_and_the_readme_names_the_command():
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for name, command in generate.commands().items():
        assert command.help
        assert f"segmentry {name}" in readme, name
        assert all(option.help for option in command.params if option.param_type_name == "option"), name
