"""The smallest edit: finds a threshold that was shifted on purpose, and is the best one there is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentry import compare
from segmentry.compare.bench import Bench
from segmentry.compare.comparison import Comparison
from segmentry.compare.edits import best_pair, best_position
from segmentry.compare.proposal import NO_EDIT, NO_MISMATCH, NO_THRESHOLD
from segmentry.rules import Conditions


def compared(book, **options) -> Comparison:
    return compare.compare(book.found, book.rules, book.customers, money="nav", **options)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("declared", [14_000, 7_000, 25_000])
def test_a_shifted_threshold_is_found(book_of, seed, declared):
    book = book_of(seed, (10_000,), [("Gold", f"nav >= {declared}"), ("Silver", None)])
    proposal = compared(book).proposal
    (move,) = proposal.moves
    assert (move.segment, move.column, move.operator, move.before) == ("Gold", "nav", ">=", declared)
    assert move.after == pytest.approx(10_000, rel=0.05)
    assert proposal.customers_after < 0.2 * proposal.customers_before
    assert proposal.money_after < 0.2 * proposal.money_before
    assert proposal.resolved > 5 * proposal.upset


@pytest.mark.parametrize(
    "declared",
    [
        [("Gold", "nav >= 40000"), ("Silver", "nav >= 4000"), ("Bronze", None)],
        [("Bronze", "nav < 4000"), ("Silver", "nav < 40000"), ("Gold", "nav > 0")],
    ],
)
def test_two_shifted_thresholds_are_found(book_of, declared):
    book = book_of(2, (6_000, 30_000), declared)
    moves = compared(book).proposal.moves
    assert sorted(move.after for move in moves) == [pytest.approx(6_000, rel=0.05), pytest.approx(30_000, rel=0.05)]


def test_a_border_written_twice_moves_on_both_sides(book_of):
    """Of one threshold alone, customers would fall between the two segments, or stay where they are."""
    rules = [("Silver", "nav >= 1000 and nav < 14000"), ("Gold", "nav >= 14000")]
    moves = compared(book_of(3, (10_000,), rules)).proposal.moves
    assert [(move.segment, move.operator) for move in moves] == [("Silver", "<"), ("Gold", ">=")]
    assert moves[0].after == pytest.approx(10_000, rel=0.05)
    assert moves[1].after == pytest.approx(10_000, rel=0.05)


def test_what_the_proposal_says_is_what_its_rules_do(book_of):
    book = book_of(0, (10_000,), [("Gold", "nav >= 14000"), ("Silver", None)])
    before = compared(book)
    proposal = before.proposal
    edited = proposal.conditions.assign(book.customers.values, {})
    after = compare.compare(
        book.found, compare.Rules(edited, book.rules.order, proposal.conditions), book.customers, money="nav"
    )
    assert (len(before.mismatches), len(after.mismatches)) == (proposal.customers_before, proposal.customers_after)
    assert before.mismatches.total == pytest.approx(proposal.money_before)
    assert after.mismatches.total == pytest.approx(proposal.money_after)
    assert proposal.customers_after == proposal.customers_before - proposal.resolved + proposal.upset
    assert proposal.changed == (edited != book.rules.segments).sum()


def test_thresholds_are_round(book_of):
    book = book_of(1, (10_000,), [("Gold", "nav >= 14000"), ("Silver", None)])
    (move,) = compared(book).proposal.moves
    assert move.after == float(f"{move.after:.2e}")


def test_without_thresholds_it_is_said(thirty, book_of):
    found = compare.compare(thirty.found, thirty.rules, thirty.customers)
    assert (found.proposal, found.no_proposal) == (None, NO_THRESHOLD)
    calm = book_of(0, (10_000,), [("Gold", "nav >= 10000"), ("Silver", None)], noise=0.0)
    assert compared(calm).no_proposal == NO_MISMATCH
    book = book_of(0, (10_000,), [("Gold", "nav >= 14000"), ("Silver", None)])
    words = np.array(["yes" if one == "Gold" else "no" for one in book.rules.segments], dtype=object)
    book.customers.words["vip"] = words
    by_word = Conditions.read([("Gold", "vip = 'yes'"), ("Silver", None)])
    rules = compare.Rules(by_word.assign(book.customers.values, book.customers.words), by_word.segments, by_word)
    assert compare.compare(book.found, rules, book.customers).no_proposal == NO_EDIT


CONDITIONS = [("A", "x >= 4 and y < 3"), ("B", "x > 2 or y between 2 and 5"), ("C", "x - y <= 1")]


@st.composite
def benches(draw):
    n = draw(st.integers(3, 25))
    numbers = st.lists(st.one_of(st.integers(0, 7).map(float), st.just(float("nan"))), min_size=n, max_size=n)
    return draw(numbers), draw(numbers), draw(st.integers(0, 2**32 - 1))


def drawn_bench(drawn, customers_of):
    x, y, seed = drawn
    random = np.random.default_rng(seed)
    customers = customers_of({"x": x, "y": y})
    bench = Bench.of(Conditions.read(CONDITIONS), customers)
    own = bench.segments({})
    misplaced = random.random(len(x)) < 0.5
    pointed = np.where(misplaced, random.integers(0, 3, len(x)), own)
    return bench, compare.Stakes(own, pointed, misplaced & (pointed != own), random.integers(1, 50, len(x)) * 1.0)


def worth_of(bench, stakes, settings):
    """The worth of settings in plain Python, from the conditions themselves."""
    segments = bench.edited(settings).assign(bench.customers.values, {}).tolist()
    names = (*bench.conditions.segments, None)
    total = 0.0
    for row, segment in enumerate(segments):
        if stakes.misplaced[row]:
            total += stakes.worth[row] * (segment == names[stakes.pointed[row]])
        elif segment != names[stakes.own[row]]:
            total -= stakes.worth[row]
    return total


HALVES = [half / 2 for half in range(-17, 18)]


@given(benches())
@settings(max_examples=60, deadline=None)
def test_no_position_of_a_threshold_is_better(customers_of, drawn):
    bench, stakes = drawn_bench(drawn, customers_of)
    for place in range(len(bench.knobs)):
        found = best_position(bench, place, {}, stakes)
        assert found.worth == pytest.approx(worth_of(bench, stakes, {place: found.value}))
        values = bench.knobs[place].values
        inside = [v for v in HALVES if np.nanmin(values, initial=99) < v < np.nanmax(values, initial=-99)]
        best = max([worth_of(bench, stakes, {place: value}) for value in inside], default=0.0)
        # A position that costs next to nothing may be rounder.
        assert found.worth >= best - 0.011 * max(best, 0.0)


@given(benches())
@settings(max_examples=25, deadline=None)
def test_a_pair_is_worth_what_it_says_and_no_less_than_a_grid_finds(customers_of, drawn):
    bench, stakes = drawn_bench(drawn, customers_of)
    found, worth = best_pair(bench, [0, 1, 2], stakes, np.random.default_rng(0))
    if found:
        assert worth == pytest.approx(worth_of(bench, stakes, found))
    single = max(best_position(bench, place, {}, stakes).worth for place in range(3))
    assert worth >= 0.9 * min(single, worth) >= 0 or single <= 0
