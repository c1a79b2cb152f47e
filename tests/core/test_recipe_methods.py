"""Settings of a method are refused where they do not apply; what a saved recipe spells out is not."""

import pytest
from pydantic import ValidationError

from segmentry.core.errors import RecipeError
from segmentry.core.recipe import BY_DENSITY, SETTINGS_OF, WITH_K, Cluster, parse_recipe


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"method": "dbscan", "k": 4}, "k is a setting of kmeans, minibatch, mixture, hierarchical; the method is dbscan and"),
        ({"method": "hdbscan", "k_range": [2, 5]}, "finds the number itself: leave k_range out"),
        ({"eps": 0.3}, "eps is a setting of dbscan; the method is kmeans: leave eps out"),
        ({"method": "dbscan", "min_cluster_size": 9}, "min_cluster_size is a setting of hdbscan"),
        ({"method": "hierarchical", "covariance": "tied"}, "covariance is a setting of mixture"),
        ({"method": "mixture", "noise": "join"}, "noise is a setting of dbscan, hdbscan"),
        ({"method": "hierarchical", "starts": 3}, "starts is a setting of kmeans, minibatch, mixture"),
        ({"method": "minibatch", "k": 1, "start_from": [{"a": 1.0}]}, "start_from is a setting of kmeans"),
        ({"method": "kmeens"}, "cluster.method"),
        ({"compare": ["kmeens"]}, "cluster.compare"),
    ],
)  # fmt: skip
def test_what_does_not_apply_is_refused(settings, words):
    with pytest.raises(RecipeError, match=words):
        parse_recipe({"cluster": settings})


@pytest.mark.parametrize("method", [*WITH_K, *BY_DENSITY])
def test_a_recipe_that_spells_everything_out_is_read_again(method):
    settings = Cluster(method=method)
    assert Cluster.model_validate(settings.model_dump(mode="json")) == settings


def test_the_same_wish_for_another_method():
    wish = Cluster(k=5, starts=3, seed=1, min_share=0.1, compare=["dbscan"])
    assert wish.with_method("mixture") == Cluster(method="mixture", k=5, starts=3, seed=1, min_share=0.1)
    assert wish.with_method("dbscan") == Cluster(method="dbscan", seed=1, min_share=0.1)
    assert Cluster(method="dbscan", eps=0.3, noise="join").with_method("kmeans") == Cluster()
    assert set(SETTINGS_OF) <= set(Cluster.model_fields)
    with pytest.raises(ValidationError):
        Cluster(eps=0)


def test_cohorts_give_no_number_to_a_method_that_finds_its_own():
    with pytest.raises(RecipeError, match=r"dbscan finds its own: leave cohorts\.k out"):
        parse_recipe({"cluster": {"method": "dbscan"}, "cohorts": {"k": {"active": 4}}})
    assert parse_recipe({"cluster": {"method": "dbscan"}, "cohorts": {"k": {"active": "auto"}}})
