"""Names of known tables: given only where they hold, each once, by columns in any spelling."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from segmentry.core.errors import RecipeError
from segmentry.core.tables import Column, CustomerTable
from segmentry.profile import load_playbook, most_telling, profile, worth_columns
from segmentry.profile.archetypes import ARCHETYPES
from segmentry.profile.vocabulary import CREDIT_CARD, VOCABULARIES

# Medians of balance, purchases at once, in instalments, cash advance, share paid in full; then the name.
HOLDERS = [
    (4000, 1300, 1300, 900, 0.03, "High-spending, high-balance"),
    (900, 3000, 2000, 20, 0.50, "Big spenders"),
    (150, 10, 1500, 20, 0.30, "Instalment buyers"),
    (1800, 5, 5, 2500, 0.03, "Cash-advance users"),
    (15, 60, 60, 20, 0.20, "Low-spending, low-balance"),
]


def cards(spell=str, seed=2, holders=HOLDERS, size=150):
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(holders)), size)
    middle = np.array([holder[:5] for holder in holders])[labels]
    values = middle * random.lognormal(0, 0.25, middle.shape)
    names = ["BALANCE", "ONEOFF_PURCHASES", "INSTALLMENTS_PURCHASES", "CASH_ADVANCE", "PRC_FULL_PAYMENT"]
    columns = {spell(name): column for name, column in zip(names, values.T, strict=True)}
    columns[spell("PURCHASES")] = values[:, 1] + values[:, 2]
    columns[spell("ONEOFF_PURCHASES_FREQUENCY")] = values[:, 1] / (values[:, 1] + values[:, 2])
    ids = np.array([f"c{number:05d}" for number in range(len(labels))], dtype=object)
    return CustomerTable(ids, columns, tuple(Column(name) for name in columns)), labels


@pytest.mark.parametrize(
    "spell", [str, str.lower, lambda name: name.title().replace("_", " "), lambda name: name.replace("_", "")]
)
def test_card_holders_are_called_what_they_are_in_any_spelling(spell):
    customers, labels = cards(spell)
    segments = profile(customers, labels, features=list(customers.values))
    assert [segment.name for segment in segments] == [holder[-1] for holder in HOLDERS]
    assert [segment.archetype for segment in segments] == [segment.name for segment in segments]
    for segment in segments:
        assert segment.tone == ARCHETYPES[segment.name].tone
        assert f"{segment.customers}" in segment.play.goal


def test_the_reason_begins_with_what_the_name_claims():
    customers, labels = cards()
    segment = profile(customers, labels, features=list(customers.values))[3]
    frame = pd.DataFrame(customers.values)
    own, everyone = frame[labels == 3].mean(), frame.mean()
    assert segment.reason.startswith(
        f"Cash advance {own.CASH_ADVANCE:,.0f} (mean; all: {everyone.CASH_ADVANCE:,.0f}), "
        f"purchases {own.PURCHASES:.1f} (mean; all: {everyone.PURCHASES:,.0f}), "
    )


def claimed(name):
    """The columns that a name says are high, and those it says are low, by the vocabulary's own words."""
    kind = next(kind for kind in CREDIT_CARD.kinds if kind.name == name)
    spelled = {word: spellings[0] for word, spellings in CREDIT_CARD.columns.items()}
    return [spelled[word] for word in kind.high], [spelled[word] for word in kind.low]


@given(
    st.lists(
        st.tuples(
            st.floats(10, 4000), st.floats(1, 3000), st.floats(1, 3000), st.floats(1, 3000), st.floats(0.01, 0.9)
        ),
        min_size=2,
        max_size=8,
    )
)
@hypothesis_settings(max_examples=25, deadline=None)
def test_names_are_unique_and_true_of_any_table(holders):
    customers, labels = cards(holders=[(*holder, "") for holder in holders], size=30)
    segments = profile(customers, labels, features=list(customers.values))
    assert len({segment.name for segment in segments}) == len(segments)
    frame = pd.DataFrame({name.lower().replace("_", ""): column for name, column in customers.values.items()})
    for segment in segments:
        if segment.archetype not in {kind.name for kind in CREDIT_CARD.kinds}:
            continue
        own, everyone = frame[labels == segment.id], frame
        high, low = claimed(segment.archetype)
        for column in high:
            assert own[column].mean() > 1.099 * everyone[column].mean()
            assert own[column].median() > everyone[column].median()
        for column in low:
            assert own[column].mean() < 0.901 * everyone[column].mean()
            assert own[column].median() < everyone[column].median()


def test_namesakes_are_told_apart_and_what_has_no_name_says_what_stands_out():
    twice = [*HOLDERS, (2400, 5, 5, 6000, 0.03, ""), (900, 500, 500, 400, 0.15, "")]
    customers, labels = cards(holders=twice)
    names = [segment.name for segment in profile(customers, labels, features=list(customers.values))]
    assert sum(name.startswith("Cash-advance users, ") for name in names) == 2 or "Balance carriers" in names
    assert len(set(names)) == 7


def test_other_tables_know_nothing_of_cards(table):
    generator = np.random.default_rng(1)
    labels = np.repeat([0, 1], 100)
    values = {"PURCHASES": 5 * labels + generator.normal(9, 1, 200), "CASH_ADVANCE": generator.normal(9, 1, 200)}
    segments = profile(table(**values), labels, features=list(values))
    assert [segment.name for segment in segments] == ["Low purchases", "High purchases"]
    assert worth_columns(values) == []


def test_only_deciding_features_speak(table):
    customers, labels = cards()
    segments = profile(customers, labels, features=["BALANCE", "PRC_FULL_PAYMENT"])
    assert not {segment.archetype for segment in segments} & {kind.name for kind in CREDIT_CARD.kinds}


FOUR = [(15, 20, 2500), (220, 16, 2100), (20, 2, 200), (290, 2, 150)]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 1, 0, 2]])
def test_four_words_for_rfm_follow_what_segments_are_and_not_their_number(book, order):
    said = ["High-Value Loyal", "At-Risk High-Value", "New/Potential", "Low-Value/Churned"]
    customers, labels = book([FOUR[place] for place in order])
    features = ["recency_days", "frequency", "monetary"]
    segments = profile(customers, labels, features=features, vocabulary="rfm-4")
    assert [segment.name for segment in segments] == [said[place] for place in order]
    assert all(segment.reason.startswith("Last order ") for segment in segments)
    assert {segment.name for segment in profile(customers, labels, features=features)}.isdisjoint(said)
    stakes = {segment.name: segment.play.money_at_stake for segment in segments}
    spent = customers.values["monetary"][labels == order.index(1)].sum()
    assert stakes["At-Risk High-Value"] == pytest.approx(spent)


def test_a_segment_that_is_none_of_the_four_keeps_its_usual_name(book):
    customers, labels = book([*FOUR, (100, 7, 900)])
    names = [s.name for s in profile(customers, labels, features=list(customers.values), vocabulary="rfm-4")]
    assert len(set(names)) == 5
    assert names[4] not in {"High-Value Loyal", "At-Risk High-Value", "New/Potential", "Low-Value/Churned"}


def test_a_vocabulary_for_other_columns_is_refused(table):
    values = {"a": np.arange(10.0), "b": np.arange(10.0)}
    with pytest.raises(RecipeError, match=r"rfm-4 speaks of recency, orders, spend.*Leave vocabulary out"):
        profile(table(**values), np.repeat([0, 1], 5), features=["a"], vocabulary="rfm-4")


def test_the_playbook_has_advice_for_every_word():
    kinds = [kind.name for vocabulary in VOCABULARIES.values() for kind in vocabulary.kinds]
    assert len(set(kinds)) == len(kinds)
    assert set(kinds) <= set(load_playbook(None).advice)


def test_telling_features_are_plain_and_of_different_families():
    spreads = {"ONEOFF_PURCHASES": 3.0, "PURCHASES": 2.9, "CASH_ADVANCE_TRX": 2.0, "CASH_ADVANCE": 0.9, "AGE": 0.1}
    assert most_telling(spreads) == ["PURCHASES", "CASH_ADVANCE_TRX", "AGE"]
    assert most_telling({"a": 1.0}) == ["a"]
