"""What the page on rules shows can be done."""

import re
from pathlib import Path

import yaml

from segmentry.core.recipe import Frozen, parse_recipe
from segmentry.rules import Conditions, check, load_map, read_rules

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_every_example_is_sound():
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)]
    recipes = [parse_recipe(block).rules for block in blocks if "rules" in block]
    assert [rules.kind for rules in recipes] == ["label", "conditions", "map", "map"]
    assert isinstance(recipes[-1].thresholds, Frozen)
    for rules in recipes:
        found = read_rules(rules.model_copy(update={"thresholds": "floating"}))
        if isinstance(found, Conditions):
            assert found.rules[1][1].text == "nav between 2e8 and 1e9 and Tier in ('Gold', 'Silver')"
    assert [check(load_map(block)) for block in blocks if "measures" in block] == [[]]
