"""Groups as conditions: they say what they are said to say, as well as a tree of scikit-learn's would."""

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeClassifier

from segmentry.core.recipe import parse_recipe
from segmentry.rules import Conditions
from segmentry.rules.compiled import compiled, recipe_text
from segmentry.rules.tree import boxes, grow, predict, roundest

FEATURES = ("recency_days", "net asset value", "monetary")
NAMES = {0: "Champions", 1: "At Risk: 'urgent'", 2: "= Lost", 3: "nobody"}


def make_groups(n=3000, seed=0, missing=0.0):
    random = np.random.default_rng(seed)
    values = {name: np.exp(random.normal(4, 1, n)).round(2) for name in FEATURES}
    values["recency_days"] = values["recency_days"].round()
    score = np.log(values["monetary"]) - np.log(values["recency_days"] + 1) + random.normal(0, 0.3, n)
    labels = np.digitize(-score, [-1, 0.5])
    labels[values["net asset value"] > 300] = 0
    for name in FEATURES[1:]:
        values[name][random.random(n) < missing] = np.nan
    return values, labels


def assigned(found, values):
    return found.conditions.assign(values, {})


@pytest.mark.parametrize("missing", [0.0, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_the_recipe_text_parses_back_and_gives_the_same_customers_the_same_segments(seed, missing):
    values, labels = make_groups(seed=seed, missing=missing)
    found = compiled(values, FEATURES, labels, NAMES, seed=7)
    recipe = parse_recipe(yaml.safe_load(found.recipe()))
    again = Conditions.read((one.segment, one.when) for one in recipe.rules.conditions)
    segments = assigned(found, values)
    assert again.assign(values, {}).tolist() == segments.tolist()
    truth = np.array([NAMES[label] for label in labels], dtype=object)
    assert found.fidelity == pytest.approx((segments == truth).mean())
    for place, name in enumerate(found.names):
        right = ((segments == name) & (truth == name)).sum()
        assert found.precision[place] == pytest.approx(right / (segments == name).sum())
        assert found.recall[place] == pytest.approx(right / (truth == name).sum())


def test_every_customer_is_in_one_segment_whatever_the_order_of_the_conditions():
    values, labels = make_groups(missing=0.2)
    found = compiled(values, FEATURES, labels, NAMES, seed=7)
    backwards = Conditions.read(list(reversed(list(found.texts.items()))))
    assert backwards.assign(values, {}).tolist() == assigned(found, values).tolist()
    assert None not in assigned(found, values).tolist()


@pytest.mark.parametrize("seed", range(4))
def test_the_tree_is_as_faithful_as_one_of_scikit_learn(seed):
    values, labels = make_groups(seed=seed)
    found = compiled(values, FEATURES, labels, NAMES, seed=7)
    matrix = np.column_stack([values[name] for name in FEATURES])
    tree = DecisionTreeClassifier(max_depth=4, max_leaf_nodes=6, min_samples_leaf=6, random_state=0)
    assert found.fidelity >= tree.fit(matrix, labels).score(matrix, labels) - 0.003
    assert found.fidelity > 0.7


def test_numbers_are_round_and_ranges_merged():
    random = np.random.default_rng(0)
    recency, money = random.integers(1, 400, 4000).astype(float), random.uniform(0, 5000, 4000).round(2)
    labels = np.where(recency < 61, np.where(money >= 1203.5, 0, 1), 2)
    found = compiled({"recency_days": recency, "monetary": money}, ("recency_days", "monetary"), labels, NAMES, seed=7)
    assert found.texts == {
        "Champions": "recency_days < 61 and monetary >= 1200",
        "At Risk: 'urgent'": "recency_days < 61 and monetary < 1200",
        "= Lost": "recency_days >= 61",
    }
    assert found.fidelity > 0.999


def test_what_several_boxes_share_comes_first():
    random = np.random.default_rng(0)
    x, y = random.uniform(0, 10, (2, 4000))
    labels = np.where((x < 5) & ((y < 2) | (y >= 7)), 0, 1)
    found = compiled({"x": x, "y": y}, ("x", "y"), labels, NAMES, seed=7)
    assert found.texts["Champions"] == "x < 5 and (y < 2 or y >= 7)"
    assert found.fidelity > 0.995


def test_missing_values_are_told():
    x = np.r_[np.arange(100.0), np.full(50, np.nan)]
    labels = np.r_[np.zeros(60, int), np.ones(90, int)]
    found = compiled({"x": x}, ("x",), labels, NAMES, seed=7)
    assert found.texts == {"Champions": "x < 60", "At Risk: 'urgent'": "(x >= 60 or x is missing)"}
    assert found.fidelity == 1.0


def test_a_single_group_and_customers_set_apart():
    found = compiled({"x": np.array([1.0, 2.0, np.nan, 9.0])}, ("x",), np.array([0, 0, 0, -1]), NAMES, seed=7)
    assert found.fidelity == 1.0
    assert found.customers == 3
    assert found.names == ("Champions",)
    nobody = compiled({"x": np.array([1.0])}, ("x",), np.array([-1]), NAMES, seed=7)
    assert (nobody.texts, nobody.names) == ({}, ())


def test_a_recipe_without_a_condition_for_the_rest():
    text = recipe_text(Conditions.read([("Big: one", "x >= 2"), ("Rest", None)]))
    assert yaml.safe_load(text) == {
        "rules": {"conditions": [{"segment": "Big: one", "when": "x >= 2"}, {"segment": "Rest"}]}
    }


@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_boxes_are_the_tree(seed, n, holes):
    random = np.random.default_rng(seed)
    matrix = random.integers(0, 6, (n, 3)).astype(float)
    matrix[random.random((n, 3)) < 0.2 * holes] = np.nan
    codes = random.integers(0, 3, n)
    root = grow(matrix, codes, kinds=3, depth=4, leaves=9, least=1)
    inside = []
    leaves = boxes(root)
    for leaf in leaves:
        held = np.ones(n, dtype=bool)
        for place, side in leaf.sides.items():
            x = matrix[:, place]
            held &= np.where(np.isnan(x), side.missing, (x >= side.low) & (x < side.high))
        inside.append(held)
    assert (np.sum(inside, axis=0) == 1).all()
    found = np.array([leaves[one].code for one in np.argmax(inside, axis=0)])
    assert found.tolist() == predict(root, matrix).tolist()


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9))
@settings(max_examples=200, deadline=None)
def test_a_round_number_is_inside(low, width):
    high = low + width
    if low < high:
        found = roundest(low, high)
        assert low < found <= high
