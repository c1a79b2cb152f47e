"""Names for R/F/M: hand-worked centres, generated books with known groups, published results, and what may never be said."""

from itertools import product

import numpy as np
import pytest

from segmentry.core.errors import RecipeError
from segmentry.profile import profile
from segmentry.profile.archetypes import ARCHETYPES, IMPOSSIBLE, RFM_ARCHETYPES, Place, distance

RFM = ["recency_days", "frequency", "monetary"]


def names(customers, labels, **options):
    return [segment.name for segment in profile(customers, labels, features=RFM, **options)]


def nearest(recency, frequency, monetary, *, tenure=None, above=True):
    place = Place(recency, frequency, monetary, tenure, above, best_in_all=False)
    return min(RFM_ARCHETYPES, key=lambda kind: distance(place, kind)).name


# Code of the R × F grid of domain.md §1 (M taken as F) at the middle of its fifth, and the name the grid gives it.
@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("55", "Champions"), ("44", "Loyal Customers"), ("34", "Loyal Customers"), ("45", "Champions"),
        ("43", "Potential Loyalists"), ("53", "Potential Loyalists"), ("51", "New Customers"), ("41", "Promising"),
        ("33", "Need Attention"), ("31", "About to Sleep"), ("23", "At Risk"), ("14", "At Risk"), ("24", "At Risk"),
        ("15", "Can't Lose Them"), ("25", "Can't Lose Them"), ("22", "Hibernating"), ("21", "Hibernating"),
        ("11", "Lost"),
    ],
)  # fmt: skip
def test_the_middle_of_a_code(code, name):
    recency, frequency = (int(digit) / 5 - 0.1 for digit in code)
    assert nearest(recency, frequency, frequency) == name


def test_every_place_has_a_name():
    steps = np.linspace(0, 1, 21)
    for recency, frequency, monetary in product(steps, repeat=3):
        for tenure, above in product((None, 0.1, 0.9), (True, False)):
            place = Place(recency, frequency, monetary, tenure, above, best_in_all=False)
            assert min(distance(place, kind) for kind in RFM_ARCHETYPES) < IMPOSSIBLE


def test_new_customers_are_new():
    assert nearest(0.9, 0.2, 0.25, tenure=0.1) == "New Customers"
    assert nearest(0.9, 0.2, 0.25, tenure=0.7) == "Promising"


def test_the_published_three_clusters(book):
    """Online Retail, domain.md §2: sizes and means as published, best value first."""
    customers, labels = book([(31, 10.1, 5951), (64, 2.4, 705), (212, 1.3, 237)], sizes=[1209, 2029, 1100])
    found = names(customers, labels)
    assert found[0] == "Champions"
    assert found[1] in {"Potential Loyalists", "Need Attention", "Promising"}
    assert found[2] in {"Hibernating", "Lost"}


def test_a_book_with_known_groups(book):
    customers, labels = book(
        [(8, 15, 9000), (190, 12, 8000), (35, 8, 2800), (20, 3, 800), (6, 1.05, 120), (170, 5, 1500), (300, 1.1, 90)],
        tenures=[340, 350, 320, 200, 10, 340, 330],
    )
    assert names(customers, labels) == [
        "Champions", "Can't Lose Them", "Loyal Customers", "Potential Loyalists", "New Customers", "At Risk", "Lost",
    ]  # fmt: skip


def test_two_groups(book):
    assert names(*book([(20, 8, 4000), (120, 1.5, 300)])) == ["Champions", "Hibernating"]


def test_one_group_has_no_archetype(book):
    (segment,) = profile(*book([(20, 8, 4000)]), features=RFM)
    assert (segment.name, segment.archetype) == ("All customers", "All Customers")
    assert segment.reason.startswith("One segment holds all 200 customers. Last order 20 days ago")


def test_long_gone_is_not_loyal_where_most_are_longer_gone(book):
    """More recent than most is not recent, where most left in the first weeks (as in CDNOW)."""
    customers, labels = book([(30, 9, 400), (400, 4, 130), (500, 1.1, 40)], sizes=[100, 300, 1200])
    assert names(customers, labels)[1] in {"At Risk", "Can't Lose Them"}


def test_namesakes_are_told_apart_by_what_differs(book):
    customers, labels = book(
        [(8, 20, 20000), (12, 12, 6000), (100, 2, 400), (150, 2, 350), (300, 1.1, 100)], sizes=[100, 100, 400, 400, 400]
    )
    segments = profile(customers, labels, features=RFM)
    assert [segment.archetype for segment in segments[:2]] == ["Champions", "Champions"]
    assert [segment.name for segment in segments[:2]] == ["Champions, higher spend", "Champions, lower spend"]


def test_three_namesakes_have_a_middle_one(table):
    """All equal in recency and orders, so spend alone can tell them apart."""
    customers = table(
        recency_days=[10] * 6 + [90] * 40,
        frequency=[9] * 6 + [1] * 40,
        monetary=[900, 900, 800, 800, 700, 700] + [5] * 40,
    )
    labels = np.array([0, 0, 1, 1, 2, 2] + [3] * 40)
    assert names(customers, labels)[:3] == [
        "Champions, higher spend",
        "Champions, medium spend",
        "Champions, lower spend",
    ]


def test_equal_segments_are_numbered(table):
    customers = table(recency_days=[10] * 6, frequency=[2] * 6, monetary=[50] * 6)
    assert names(customers, np.array([0, 0, 1, 1, 2, 2])) == [
        "Need Attention",
        "Need Attention (2)",
        "Need Attention (3)",
    ]


def test_below_average_spend_is_never_champions(table):
    """Most recent and most frequent, but the money is elsewhere."""
    customers = table(
        recency_days=[3] * 20 + [200] * 20, frequency=[30] * 20 + [4] * 20, monetary=[100] * 20 + [5000] * 20
    )
    assert "Champions" not in names(customers, np.repeat([1, 0], 20))


def test_customers_set_apart_come_last_and_compete_for_no_name(book):
    customers, labels = book([(5, 90, 90000), (20, 8, 4000), (120, 1.5, 300)], sizes=[5, 300, 300])
    segments = profile(customers, np.where(labels == 0, -1, labels - 1), features=RFM)
    assert [(segment.id, segment.name, segment.tone) for segment in segments[2:]] == [(-1, "Outliers", "noise")]
    assert "Outliers" not in {segments[0].name, segments[1].name}
    assert segments[-1].reason.startswith("Set apart as unlike all others. Last order")


def test_the_reason_in_real_numbers(table):
    customers = table(
        recency_days=[1, 1, 3, 51, 51, 90], frequency=[14, 13, 15, 1, 1, 1], monetary=[7000, 8000, 9000, 10, 20, 30]
    )
    first, second = profile(customers, np.array([0, 0, 0, 1, 1, 1]), features=RFM)
    assert (
        first.reason
        == "Last order 1 day ago (median; all: 27), 14 orders (mean; all: 7.5), 8,000 spent (mean; all: 4,010)."
    )
    assert (
        second.reason
        == "Last order 51 days ago (median; all: 27), 1 order (mean; all: 7.5), 20 spent (mean; all: 4,010)."
    )


def test_tones_follow_archetypes(book):
    customers, labels = book([(8, 15, 9000), (35, 4, 1200), (300, 1.1, 90)])
    for segment in profile(customers, labels, features=RFM):
        assert segment.tone == ARCHETYPES[segment.archetype].tone


def test_own_names_by_generated_name_and_by_id(book):
    customers, labels = book([(20, 8, 4000), (120, 1.5, 300)])
    segments = profile(customers, labels, features=RFM, overrides={"Champions": "Stars", "1": "Quiet"})
    assert [segment.name for segment in segments] == ["Stars", "Quiet"]
    assert [segment.archetype for segment in segments] == ["Champions", "Hibernating"]
    assert segments[0].reason.startswith("Own name for Champions. Last order")


def test_own_names_can_be_exchanged(book):
    customers, labels = book([(20, 8, 4000), (120, 1.5, 300)])
    swapped = {"Champions": "Hibernating", "Hibernating": "Champions"}
    assert names(customers, labels, overrides=swapped) == ["Hibernating", "Champions"]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            {"Champoins": "Stars"},
            "no segment is called 'Champoins'.*0 'Champions', 1 'Hibernating'.*Did you mean 'Champions'",
        ),
        ({"2": "Stars"}, "no segment is called '2'"),
        ({"Champions": " "}, "own name of 'Champions' is empty"),
        ({"Champions": "Same", "Hibernating": "Same"}, "two segments would both be called 'Same'"),
        ({"Champions": "Hibernating"}, "two segments would both be called 'Hibernating'"),
        ({"Champions": "Stars", "0": "Suns"}, "segment 0 has two own names"),
    ],
)
def test_own_names_that_cannot_be(book, overrides, message):
    customers, labels = book([(20, 8, 4000), (120, 1.5, 300)])
    with pytest.raises(RecipeError, match=message):
        names(customers, labels, overrides=overrides)


def test_an_own_name_for_an_archetype_of_another_run_waits(book):
    customers, labels = book([(20, 8, 4000), (120, 1.5, 300)])
    assert names(customers, labels, overrides={"At Risk": "Wobbly"}) == ["Champions", "Hibernating"]


def test_one_group_beside_customers_set_apart_is_not_all_customers(book):
    customers, labels = book([(5, 90, 90000), (20, 8, 4000)], sizes=[5, 300])
    segments = profile(customers, labels - 1, features=RFM)
    assert [segment.name for segment in segments] == ["All other customers", "Outliers"]
