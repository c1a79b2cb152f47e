"""Shares of categories: they add up to 1, equal pandas, and mean the same for other data."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import segmentry as sg
from segmentry.core.errors import RecipeError
from segmentry.features.affinity import feature_of

ROLES = {"customer": "who", "order": "order", "time": "when", "amount": "money"}
# A shrinking run of whole segmentations takes minutes and tells little.
NO_SHRINK = (Phase.explicit, Phase.generate)
NAMES = ["Wine", "wine ", "Beer & more", "Käse", 'O\'Hara "x"', "Other", "", "_", "Tea"]


@st.composite
def books(draw):
    lines = draw(
        st.lists(
            st.tuples(st.integers(0, 4), st.sampled_from(NAMES), st.integers(1, 10**6)), min_size=8, max_size=40
        )
    )  # fmt: skip
    frame = pd.DataFrame(lines, columns=["who", "category", "cents"])
    extra = pd.DataFrame({"who": [0, 1], "category": ["Wine", "Tea"], "cents": [5, 7]})
    frame = pd.concat([frame, extra], ignore_index=True)
    return frame.assign(
        who="c" + frame.who.astype(str), order=range(len(frame)), money=frame.cents / 100,
        when=pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(len(frame)), unit="D"),
    ).drop(columns="cents")  # fmt: skip


@settings(deadline=None, max_examples=6, phases=NO_SHRINK)
@given(books(), st.integers(1, 9))
def test_shares_add_up_to_one_and_equal_pandas(frame, limit):
    found = sg.segment(
        frame, **ROLES, category="category", k=1, describe=["share_of_*"], products={"categories": limit}
    )
    customers = found.customers.set_index("customer_id")
    shares = customers[[name for name in customers if name.startswith("share_of_")]]
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-12)
    feature = frame.category.str.strip().map(lambda name: feature_of(name) if name else "share_of_other")
    money = frame.groupby(feature).money.sum().drop("share_of_other", errors="ignore").round(2)
    # At least as much money as any that is left out.
    named = [name for name in shares if name != "share_of_other"]
    assert len(named) == min(limit, len(money))
    assert money[named].min() >= money.drop(named).max() if len(money) > len(named) else True
    spent = (
        frame.groupby(["who", feature.where(feature.isin(named), "share_of_other")]).money.sum().unstack(fill_value=0)
    )
    expected = spent.div(spent.sum(axis=1), axis=0)
    np.testing.assert_allclose(shares[expected.columns], expected, atol=1e-12)


def make_lines(seed=1, customers=90):
    rng = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        taste = rng.dirichlet([6, 1, 1, 0.5] if customer % 2 else [1, 6, 1, 0.5])
        for _ in range(6):
            kind = rng.choice(["Wine", "Beer & more", "Tea", "Soap"], p=taste)
            rows.append((f"c{customer:02d}", kind, round(float(rng.gamma(3, 10)) + 1, 2)))
    frame = pd.DataFrame(rows, columns=["who", "category", "money"])
    days = pd.to_timedelta(rng.integers(0, 200, len(frame)), unit="D")
    return frame.assign(order=range(len(frame)), when=pd.Timestamp("2024-01-01") + days)


def test_taste_enters_clustering_and_the_model_keeps_its_categories(tmp_path):
    frame = make_lines()
    found = sg.segment(
        frame, **ROLES, features=["share_of_*"], k=2, products={"categories": 2},
        prepare={"transform": "none", "outliers": {"method": "none"}},
    )  # fmt: skip
    assert found.book.deciding == ("share_of_wine", "share_of_beer_more", "share_of_other")
    assert found.recipe.products.categories == ["wine", "beer_more"]
    assert found.book.customers.column("share_of_beer_more").meaning == "Share of monetary spent on Beer & more"
    odd = found.customers.customer_id.str[1:].astype(int) % 2 == 1
    likes_wine = found.customers.segment_id == found.customers.segment_id[odd].mode()[0]
    assert (likes_wine == odd).mean() > 0.9
    # Other data, in which other categories have most money, get the features of the fit.
    other = frame[frame.category.isin(["Tea", "Soap", "Wine"])]
    scored = found.model.assign(other)
    spent = other.groupby(["who", "category"]).money.sum().unstack(fill_value=0)
    np.testing.assert_allclose(scored.share_of_wine, spent.Wine / spent.sum(axis=1), rtol=1e-12)
    assert (scored.share_of_beer_more == 0).all()
    np.testing.assert_allclose(scored.share_of_other, (spent.Tea + spent.Soap) / spent.sum(axis=1), rtol=1e-12)
    assert found.explain(scored.customer_id[0]).segment in set(found.segments.segment)


def test_a_listed_category_has_its_feature_however_small():
    frame = make_lines()
    found = sg.segment(frame, **ROLES, describe=["share_of_soap"], k=2, products={"categories": 1})
    soap = frame[frame.category == "Soap"].groupby("who").money.sum() / frame.groupby("who").money.sum()
    np.testing.assert_allclose(found.customers.share_of_soap, soap.fillna(0), rtol=1e-12)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"features": ["share_of_whine"]},
            "no category of the data gives 'share_of_whine'.*Did you mean 'share_of_wine'",
        ),
        ({"features": ["share_of_tea"], "products": {"categories": ["Wine"]}}, "not among products.categories"),
        ({"features": ["share_of_tea"], "column": "nothing"}, "needs a category column"),
    ],
)
def test_what_cannot_be_is_explained(settings, words):
    frame = make_lines().rename(columns={"category": settings.pop("column", "category")})
    with pytest.raises(RecipeError, match=words):
        sg.segment(frame, **ROLES, **settings)


def test_names_of_categories_are_plain():
    assert feature_of('O\'Hara "x"') == "share_of_o_hara_x"
    assert feature_of("***") == "share_of_unnamed"
    assert len(feature_of("x" * 300)) == 69
