"""The numbers in the charts of products, against the counts they come from."""

import math

import pytest

from segmentry.charts import build_product_charts, category_shares, product_lift, theme


@pytest.fixture(scope="module")
def bought(results, bought_of):
    return bought_of(results)


def test_dots_are_lifts_between_their_bounds(results, bought):
    colours = theme.segment_colours(results.segments)
    held = [one for one in bought.segments if product_lift.shown(one)]
    marks, labels = product_lift.records(held, colours)
    lines = [line for one in held for line in product_lift.shown(one)]
    assert len(marks) == len(lines)
    assert len(labels) == len(lines) + len(held)
    for mark, line in zip(marks, lines, strict=True):
        assert mark["low"] == pytest.approx(line.low, rel=1e-3)
        assert mark["low"] <= mark["lift"] <= mark["high"]
        if math.isfinite(line.lift):
            assert mark["lift"] == pytest.approx(line.lift, rel=1e-3)
        assert (mark["fill"] == theme.PAPER) == (not line.is_unusual)
    only = next(line for line in bought.lines if line.product == "only")
    assert math.isinf(only.lift)
    assert product_lift.times(only.lift) == "only here"


def test_shares_of_shown_categories_add_up(results, bought):
    colours = theme.segment_colours(results.segments)
    overall = category_shares.folded(bought.overall, bought.overall)
    assert list(overall)[-1] == category_shares.OTHERS
    for one in bought.segments:
        bars = category_shares.records(one, bought, overall, colours[one.segment_id])
        assert sum(bar["share"] for bar in bars) == pytest.approx(1, abs=1e-4)
        assert bars[0]["share"] == pytest.approx(one.categories[next(iter(overall))], rel=1e-4)


def test_titles_state_the_finding(results, bought):
    drawn = build_product_charts(bought, results.segments)
    best = max((line for one in bought.segments for line in one.by_lift), key=lambda line: line.low)
    assert drawn["product_lift"].title.startswith(f"{best.segment} buy {product_lift.called(best)}")
    assert "all customers" in drawn["category_shares"].title
    assert build_product_charts(None, results.segments) == {}
