"""The numbers in the charts on rules, each against pandas."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from segmentry.charts import theme
from segmentry.charts.mismatches import mismatches, pairs
from segmentry.charts.mismatches import records as bars
from segmentry.charts.rule_tree_map import rule_tree_map
from segmentry.charts.rules_beside_segments import STRONGEST, records, rules_beside_segments


@pytest.fixture(scope="module")
def frame(results):
    found = results.comparison
    names = np.array(found.table.segments, dtype=object)
    return pd.DataFrame({"segment": results.labels, "rule": names[found.table.segment]})


def test_cells_are_counts_and_shares_of_rows(results, frame):
    found = results.comparison
    counts = pd.crosstab(frame["segment"], frame["rule"])[list(found.table.segments)].to_numpy()
    shown = [0, 1, 2]
    cells = records(found, list(found.table.groups), list(found.table.segments), shown)
    texts = [(f"{count:,}", f"{count / row.sum() * 100:.1f} %") for row in counts for count in row]
    assert [(cell["big"], cell["small"]) for cell in cells] == [text if text[0] != "0" else ("", "") for text in texts]
    best = max((count / row.sum(), -place) for place, row in enumerate(counts) for count in row)
    assert rules_beside_segments(found).title.startswith(f"{best[0] * 100:.1f} % of {found.table.groups[-best[1]]} are")


@pytest.mark.parametrize("page", [theme.LIGHT, theme.DARK])
@pytest.mark.parametrize("strength", [0.0, 0.4, STRONGEST])
def test_figures_can_be_read_on_their_cells(page, strength):
    assert theme.contrast(page["ink"], theme.mixed(page["paper"], theme.HIGH, strength)) >= 4.5


def test_bars_are_the_money_of_each_way_of_being_misplaced(results):
    found = results.comparison
    listed = pd.DataFrame(found.mismatches.columns())
    ways = listed.groupby(["rule_segment", "behaves_like"])["money_at_stake"].agg(["size", "sum"])
    drawn = pairs(found)
    assert len(drawn) == len(ways)
    for way in drawn:
        assert way.customers == ways.loc[way.declared, way.pointed]["size"]
        assert way.money == pytest.approx(ways.loc[way.declared, way.pointed]["sum"])
    assert [bar["value"] for bar in bars(drawn, has_money=True)] == pytest.approx(
        sorted(ways["sum"], reverse=True), rel=1e-5
    )
    first = drawn[0]
    assert mismatches(found).title.startswith(f"{first.customers} {first.declared} by the rules behave like")


def test_without_money_bars_are_customers(results):
    found = replace(results.comparison, money=None)
    chart = mismatches(found)
    assert "stake" not in chart.title
    assert chart.spec["data"]["values"][0]["value"] == pairs(found)[0].customers


def test_colours_of_names_that_say_nothing_are_called_likenesses(results):
    tiers = np.array(["Gold", "Silver"] * len(results.labels), dtype=object)[: len(results.labels)]
    known = np.array(["Champions", "Lost"] * len(results.labels), dtype=object)[: len(results.labels)]
    assert "coloured by what their customers resemble" in rule_tree_map(tiers, results.customers).subtitle
    assert "resemble" not in rule_tree_map(known, results.customers).subtitle
