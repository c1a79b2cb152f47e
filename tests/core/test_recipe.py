"""The recipe: unknown keys name the nearest known one, paths are relative to the file, what is saved loads again."""

import pytest

from segmentry.core.errors import RecipeError
from segmentry.core.recipe import Recipe, load_recipe, parse_recipe


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"clustr": {}}, ["'clustr'", "Did you mean 'cluster'?"]),
        ({"cluster": {"kk": 3}}, ["cluster.kk"]),
        ({"clean": {"cancellations": {"order_prefx": "C"}}}, ["clean.cancellations.order_prefx", "order_prefix"]),
        ({"cluster": {"k": "many"}}, ["cluster.k", "many"]),
        ({"cluster": {"k": 0}}, ["cluster.k"]),
        ({"cluster": {"k_range": [8, 3]}}, ["small to large"]),
        ({"as_of": "yesterday"}, ["as_of", "yesterday"]),
        ({"clean": {"non_product": {"pattern": "("}}}, ["not a regular expression"]),
        ({"prepare": {"transform": "atuo"}}, ["prepare.transform", "atuo"]),
    ],
)
def test_faults_are_named(document, words):
    with pytest.raises(RecipeError) as caught:
        parse_recipe(document)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_paths_are_relative_to_the_recipe(tmp_path):
    (tmp_path / "r.yaml").write_text("source: {path: [a.csv, /b.csv]}\nplaybook: p.yaml\n")
    recipe = load_recipe(tmp_path / "r.yaml")
    assert recipe.source.path == [str(tmp_path / "a.csv"), "/b.csv"]
    assert recipe.playbook == str(tmp_path / "p.yaml")


def test_a_saved_recipe_is_the_same_recipe(tmp_path):
    recipe = parse_recipe(
        {"name": "ü: 'x'", "as_of": "2024-01-02", "cluster": {"k": 4}, "names": {"Champions": "Best"}}
    )
    recipe.save(tmp_path / "r.yaml")
    assert load_recipe(tmp_path / "r.yaml") == recipe


def test_what_is_no_recipe_is_said(tmp_path):
    for text, words in (("- a\n", "not a recipe"), ("a: [", "not valid YAML")):
        (tmp_path / "r.yaml").write_text(text)
        with pytest.raises(RecipeError, match=words):
            load_recipe(tmp_path / "r.yaml")


def test_the_default_recipe_needs_nothing():
    assert Recipe().cluster.k == "auto"
