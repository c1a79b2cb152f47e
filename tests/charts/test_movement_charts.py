"""The numbers in the charts of movement, against counts made by pandas and by hand."""

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.charts import theme
from segmentry.charts.causes import COLOURS, MOST, causes, chosen
from segmentry.charts.flows import flows, nodes, records
from segmentry.charts.segment_history import between, segment_history
from segmentry.charts.segment_history import records as pieces
from segmentry.charts.transition_map import rates_of, transition_map
from segmentry.charts.transition_map import records as cells
from segmentry.movement import ABSENT, WORDS

NAMES = {2: "Champions", 0: "Potential Loyalists", 1: "At Risk", 3: "Hibernating", -1: "Set apart"}  # in order of value
COLOUR = dict(zip(NAMES, ("#0b7a5b", "#6fb6e6", "#b85c00", "#878e98", "#cdd2d8"), strict=True))
DATES = [date(2011, month, 9) for month in range(1, 8)]
HISTORY = np.random.default_rng(5).choice(
    [2, 0, 1, 3, -1, ABSENT], (len(DATES), 900), p=[0.1, 0.3, 0.2, 0.3, 0.02, 0.08]
)
COUNTS = np.array([[int((labels == label).sum()) for label in NAMES] for labels in HISTORY])
MOVES = {
    (int(was), int(is_)): int(count)
    for (was, is_), count in pd.Series(zip(HISTORY[-2], HISTORY[-1], strict=True)).value_counts().items()
    if {was, is_} != {ABSENT}
}
START, END = DATES[-2:]


# How many on each date


def test_pieces_are_the_customers_of_each_segment_one_on_the_other():
    drawn = pd.DataFrame(pieces(DATES, COUNTS, NAMES, COLOUR))
    long = pd.DataFrame(HISTORY.T).melt(var_name="column", value_name="segment").query("segment != @ABSENT")
    wanted = long.value_counts(["column", "segment"])
    assert (drawn["to"] - drawn["from"]).tolist() == wanted.loc[
        zip(drawn["column"], drawn["segment"], strict=True)
    ].tolist()
    assert len(drawn) == len(wanted)
    for _, bar in drawn.groupby("column"):
        assert bar["segment"].tolist() == list(NAMES)
        assert bar["from"].tolist() == [0, *bar["to"].tolist()[:-1]]
    assert (drawn["colour"] == drawn["segment"].map(COLOUR)).all()


def test_the_title_names_the_segment_that_changed_most():
    counts = np.array([[410, 90, 5, 0, 0], [500, 95, 0, 0, 0], [826, 200, 5, 9, 0]])
    chart = segment_history([date(2011, 1, 31), date(2011, 6, 30), date(2011, 12, 31)], counts, NAMES, COLOUR)
    assert chart.title == "Champions grew from 410 to 826 in 11 months"
    assert chart.table[1][1] == ("2011-06-30", "500", "95", "0", "0", "0", "595")
    back = segment_history([date(2011, 1, 31), date(2011, 2, 20)], counts[[2, 0]], NAMES, COLOUR)
    assert back.title == "Champions shrank from 826 to 410 in 20 days"
    still = segment_history(DATES[:2], counts[[0, 0]], NAMES, COLOUR)
    assert still.title == "Champions are the largest segment: 410 customers; no segment changed in size"


def test_one_date_and_none():
    chart = segment_history(DATES[:1], COUNTS[:1], NAMES, COLOUR)
    assert chart.title.startswith("Potential Loyalists are the largest segment")
    assert "on 2011-01-09" in chart.subtitle
    assert segment_history(DATES, np.zeros_like(COUNTS), NAMES, COLOUR) is None


def test_names_stand_right_of_the_last_bar_in_its_order_and_none_over_another():
    thin = np.array([[1, 1, 1_000_000, 0, 0]])
    for counts in (COUNTS[-1:], thin):
        chart = segment_history(DATES[:1], counts, NAMES, COLOUR)
        ends = chart.spec["layer"][-1]["data"]["values"]
        top = chart.spec["layer"][0]["encoding"]["y"]["scale"]["domain"][1]
        height = chart.spec["height"]
        heights = [end["from"] / top * height for end in ends]
        assert [end["aside"] for end in ends] == list(NAMES.values())[::-1]
        assert all(upper - lower > 14 for upper, lower in pairwise(heights))
        assert 0 <= min(heights) <= max(heights) <= height


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2011, 1, 31), date(2011, 2, 28), "1 month"),
        (date(2010, 12, 9), date(2011, 12, 9), "1 year"),
        (date(2010, 12, 9), date(2012, 11, 9), "23 months"),
        (date(2011, 12, 9), date(2011, 12, 10), "1 day"),
    ],
)
def test_time_between_dates_is_said_in_words(first, last, said):
    assert between(first, last) == said


# Who moved

LABELS = st.sampled_from([*NAMES, ABSENT])
SOME_MOVES = st.dictionaries(st.tuples(LABELS, LABELS), st.integers(1, 10**6), min_size=1)


@given(SOME_MOVES)
def test_ribbons_fill_their_nodes_and_are_as_thick_as_they_have_customers(moves):
    left, right = {**NAMES, ABSENT: "New"}, {**NAMES, ABSENT: "Gone"}
    drawn = pd.DataFrame(records(moves, left, right, COLOUR))
    each = min(400, 120 * max(len({pair[end] for pair in moves}) for end in (0, 1))) / sum(moves.values())
    for end, names in ((0, left), (1, right)):
        sums = {label: sum(c for pair, c in moves.items() if pair[end] == label) for label in names}
        placed = nodes(sums, names, each)
        edges = drawn[drawn["x"] == (drawn["x"].min(), drawn["x"].max())[end]].sort_values(["top", "bottom"])
        assert len(edges) == len(moves)
        tops, bottoms = edges["top"].to_numpy(), edges["bottom"].to_numpy()
        np.testing.assert_allclose(sorted(bottoms - tops), sorted(each * count for count in moves.values()), atol=0.11)
        assert (tops[1:] >= bottoms[:-1] - 0.11).all()
        for label, node in placed.items():
            inside = edges[(tops >= node.top - 0.06) & (bottoms <= node.top + node.height + 0.06)]
            assert (inside["bottom"] - inside["top"]).sum() == pytest.approx(
                each * sums[label], abs=0.11 * (len(inside) + 1)
            )
        reaches = [(node.middle - node.reach + node.middle, node.reach) for node in placed.values()]
        assert all(below[0] >= above[1] for above, below in pairwise(reaches))


def test_ribbons_say_who_went_where_in_the_colour_of_where_they_were():
    chart = flows(MOVES, NAMES, COLOUR, start=START, end=END)
    drawn = pd.DataFrame(chart.spec["layer"][0]["data"]["values"]).drop_duplicates("ribbon")
    table = pd.crosstab(HISTORY[-2], HISTORY[-1])
    went = int(table.loc[2, 1])
    tip = f"Champions → At Risk\n{went} customers ({went / table.loc[2].sum() * 100:.1f} %)"
    ribbon = drawn[drawn["tip"] == tip]
    assert ribbon[["segment", "colour"]].to_numpy().tolist() == [[2, COLOUR[2]]]
    assert len(drawn) == len(MOVES)
    new = drawn[drawn["tip"].str.startswith("New →")]
    assert set(new["colour"]) == {theme.LINE}
    assert set(new["segment"]) <= set(NAMES)
    rows = {row[:2]: row[2] for row in chart.table[1]}
    assert rows["New", "At Risk"] == str(table.loc[ABSENT, 1])
    assert rows["Champions", "Gone"] == str(table.loc[2, ABSENT])


def test_the_largest_move_between_segments_is_the_title():
    moves = {(2, 2): 900, (ABSENT, 2): 80, (2, ABSENT): 70, (-1, 2): 60, (2, 1): 40, (0, 1): 30, (1, 0): 0}
    chart = flows(moves, NAMES, COLOUR, start=START, end=END)
    assert chart.title == "The largest move: 40 customers from Champions to At Risk"
    assert "1,180 customers" in chart.subtitle
    assert "faint" not in chart.subtitle
    assert "faint under 0.5 %" in flows({**moves, (1, 0): 1}, NAMES, COLOUR, start=START, end=END).subtitle
    alone = flows({(2, 2): 5}, NAMES, COLOUR, start=START, end=END)
    assert alone.title == "No customer moved from one segment to another between 2011-06-09 and 2011-07-09"
    assert flows({(2, 1): 0}, NAMES, COLOUR, start=START, end=END) is None


def test_those_who_are_no_customers_belong_to_no_segment():
    chart = flows({(ABSENT, 2): 5, (1, ABSENT): 3}, NAMES, COLOUR, start=START, end=END)
    assert 'data-segment="-2"' not in chart.svg()


# How likely


def counts_of(history, ids):
    """Pairs of all neighbouring dates, those absent on either left out."""
    table = pd.crosstab(history[:-1].ravel(), history[1:].ravel())
    return table.reindex(index=ids, columns=ids, fill_value=0).to_numpy()


def test_cells_are_shares_of_their_row():
    ids = list(NAMES)
    counts = counts_of(HISTORY, ids)
    both = (HISTORY[:-1] != ABSENT) & (HISTORY[1:] != ABSENT)
    peer = pd.crosstab(HISTORY[:-1][both], HISTORY[1:][both], normalize="index").loc[ids, ids].to_numpy()
    np.testing.assert_allclose(rates_of(counts), peer)
    drawn = cells(counts, rates_of(counts), list(NAMES.values()), ids)
    assert [cell["big"] for cell in drawn] == [f"{share * 100:.1f} %" if share else "0" for share in peer.ravel()]
    assert [cell["small"] for cell in drawn] == [f"{count:,}" if count else "" for count in counts.ravel()]
    chart = transition_map(counts, NAMES, ids, start=DATES[0], end=DATES[-1], periods=6)
    assert f"6 periods together, {counts.sum():,} customer-periods" in chart.subtitle
    assert f"; {counts.sum():,} customers;" in transition_map(counts, NAMES, ids, start=START, end=END).subtitle


def test_more_value_is_blue_less_is_orange_and_the_largest_rate_the_strongest():
    ids = [2, 0, -1]
    counts = np.array([[60, 40, 0], [20, 80, 0], [0, 5, 5]])
    drawn = {(cell["row"], cell["column"]): cell for cell in cells(counts, rates_of(counts), ["a", "b", "c"], ids)}
    assert drawn[0, 1]["colour"] == theme.LOW
    assert drawn[1, 0]["colour"] == theme.HIGH
    assert {drawn[place]["colour"] for place in ((0, 0), (1, 1), (2, 1), (0, 2))} == {theme.LINE}
    assert drawn[0, 1]["force"] > drawn[1, 0]["force"]
    assert drawn[0, 2]["big"] == "0"
    assert all(theme.contrast(cell["ink"], ground(cell)) >= 4.3 for cell in drawn.values())


def ground(cell):
    return theme.mixed(theme.PAPER, cell["colour"], cell["force"])


def test_the_likeliest_move_is_of_a_row_with_enough_customers():
    counts = np.array([[0, 3, 0], [100, 600, 300], [0, 0, 0]])
    chart = transition_map(counts, NAMES, [2, 0, 1], start=START, end=END)
    assert chart.title == "The likeliest move: 30.0 % of Potential Loyalists are in At Risk on the next date"
    assert chart.table[1][2] == ("At Risk", "0", "–", "–", "–")
    assert transition_map(np.zeros((1, 1), dtype=int), NAMES, [2], start=START, end=END) is None
    one = transition_map(np.array([[7]]), NAMES, [2], start=START, end=END)
    assert one.title == "Customers stay where they are: none moved to another segment"


# Why

REASONS = st.dictionaries(st.sampled_from(list(WORDS)), st.integers(0, 50))


def test_pieces_are_the_customers_of_each_cause():
    moves = {
        (2, 1): {"time": 240, "behaviour": 60, "several": 12},
        (2, ABSENT): {"behaviour": 3, "model": 0},
        (0, 2): {"behaviour": 100, "thresholds": 1},
        (1, 1): {"time": 999},
        (ABSENT, 2): {"behaviour": 999},
        (3, 1): {"time": 0},
    }
    chart = causes(moves, NAMES, start=START, end=END)
    assert chart.title == "312 customers left Champions for At Risk, 240 of them only because time passed"
    assert chart.table == (
        ("From", "To", "Customers", "Time passed", "Own behaviour", "Cut points moved", "Several together"),
        [
            ("Champions", "At Risk", "312", "240", "60", "0", "12"),
            ("Champions", "Gone", "3", "0", "3", "0", "0"),
            ("Potential Loyalists", "Champions", "101", "0", "100", "1", "0"),
        ],
    )
    plot = chart.spec["hconcat"][0]
    drawn = [(mark["row"], mark["from"], mark["to"], mark["colour"]) for mark in plot["layer"][0]["data"]["values"]]
    assert drawn == [
        (0, 0, 240, COLOURS["time"]),
        (0, 240, 300, COLOURS["behaviour"]),
        (0, 300, 312, COLOURS["several"]),
        (1, 0, 3, COLOURS["behaviour"]),
        (2, 0, 100, COLOURS["behaviour"]),
        (2, 100, 101, COLOURS["thresholds"]),
    ]
    assert "416 customers" in chart.subtitle
    assert causes({(1, 1): {"time": 5}, (2, 0): {}}, NAMES, start=START, end=END) is None
    gone = causes({(3, ABSENT): {"time": 2}}, NAMES, start=START, end=END)
    assert gone.title == "2 customers left Hibernating and are gone, all of them only because time passed"


@given(st.dictionaries(st.tuples(st.integers(0, 9), st.integers(10, 14)), st.integers(1, 30), min_size=1))
def test_every_segment_s_largest_move_is_drawn_then_the_largest_of_the_rest(sizes):
    names = {label: f"S{label}" for label in range(15)}
    drawn = chosen({pair: {"time": count} for pair, count in sizes.items()}, names)
    assert len(drawn) == min(MOST, len(sizes))
    assert drawn == sorted(drawn)
    firsts = [max(count for pair, count in sizes.items() if pair[0] == origin) for origin in {one[0] for one in sizes}]
    rest = sorted(sizes.values(), reverse=True)
    for count in firsts:
        rest.remove(count)
    wanted = sorted([*firsts, *rest[: MOST - len(firsts)]])
    assert sorted(sizes[pair] for pair in drawn) == wanted
