"""Scales, ticks, numbers, widths and stacks, each against hand-worked values or d3's and Vega's documented ones."""

import copy
import json
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentry.charts import build_charts, theme
from segmentry.charts.drawing import Expression, Unsupported, draw, formatted, scales, svg, text, ticks
from segmentry.charts.drawing.numerals import for_step
from segmentry.charts.marks import PERCENT, SHORT_NUMBERS
from segmentry.charts.words import labels_lifted, labels_split


@pytest.mark.parametrize(
    ("start", "stop", "count", "expected"),
    [
        (0, 1, 10, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        (0, 1, 4, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (0, 10, 4, [0, 2, 4, 6, 8, 10]),
        (-10, 10, 3, [-10, -5, 0, 5, 10]),
        (-10, 10, 1, [0]),
        (3, 7, 0, []),
        (3, 3, 5, [3]),
    ],
)
def test_ticks_are_those_that_d3_documents(start, stop, count, expected):
    """Values of d3-array's own tests (ticks-test.js)."""
    assert ticks.ticks(start, stop, count) == pytest.approx(expected)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e9), st.integers(1, 20))
def test_ticks_are_round_evenly_apart_and_inside(start, extent, count):
    found = ticks.ticks(start, start + extent, count)
    assert all(start <= tick <= start + extent for tick in found)
    if len(found) > 2:
        steps = np.diff(found)
        step = ticks.tick_step(start, start + extent, count)
        np.testing.assert_allclose(steps, step, rtol=1e-6, atol=abs(start) * 1e-14)
        digit = step / 10.0 ** math.floor(math.log10(step) + 1e-9)
        assert min(abs(digit - nice) for nice in (1, 2, 5, 10)) < 1e-6


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [(0, 0.96, (0, 1)), (0.13, 96.4, (0, 100)), (-8.5, 3, (-9, 3)), (123.1, 6.7e6, (0, 7e6)), (5, 5, (5, 5))],
)
def test_nice_rounds_outwards(start, stop, expected):
    assert ticks.nice(start, stop) == pytest.approx(expected)


def test_log_ticks_are_multiples_of_powers_of_ten():
    assert ticks.log_ticks(1, 10) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert ticks.log_ticks(0.1, 1) == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    assert ticks.log_ticks(1e-7, 1e7) == pytest.approx([10.0**power for power in range(-7, 8)])
    assert ticks.log_nice(20, 3000) == (10, 10000)


def test_scales_place_by_hand_worked_values():
    assert scales.Linear((10, 20), (0, 100)).places([10, 12.5, 20, 25]) == [0, 25, 100, 150]
    assert scales.Linear((10, 20), (100, 0)).places([10, 12.5]) == [100, 75]
    assert scales.Linear((3, 3), (0, 100)).places([3, 4]) == [50, 50]
    assert scales.Log((1, 1000), (0, 300)).places([1, 10, 1000]) == pytest.approx([0, 100, 300])
    assert math.isnan(scales.Log((1, 1000), (0, 300)).places([0])[0])
    with pytest.raises(ValueError, match="positive"):
        scales.Log((0, 10), (0, 300))
    band = scales.Band(["a", "b", "c"], (0, 120), inner=0.2, outer=0.1)
    assert (band.step, band.bandwidth) == pytest.approx((40, 32))
    assert band.places(["a", "c"], 0) == pytest.approx([4, 84])
    assert band.places(["a", "c"]) == pytest.approx([20, 100])
    assert math.isnan(band.places(["d"])[0])
    assert scales.point(["a", "b"], (0, 100)).places(["a", "b"]) == pytest.approx([25, 75])
    assert scales.Colours([1, 2, 3], ["red", "blue"]).of([3, 2, 9]) == ["red", "blue", None]
    ramp = scales.Ramp([-1, 0, 1], ["#000000", "#808080", "#ffffff"])
    assert ramp.of([-9, -0.5, 0, 1, 9]) == ["#000000", "#404040", "#808080", "#ffffff", "#ffffff"]
    with pytest.raises(ValueError, match="#rrggbb"):
        scales.Ramp([0, 1], ["red", "blue"]).of([0.5])


@pytest.mark.parametrize(
    ("value", "specifier", "expected"),
    [
        (0.5, ".0f", "1"), (2.5, "d", "3"), (-0.4, ".0f", "0"), (-1.005, ".2f", "−1.00"), (1234567.891, ",.1f", "1,234,567.9"),
        (0.123, ".0%", "12%"), (42e6, ".2s", "42M"), (999999, ".3s", "1.00M"), (0.00042, ".2s", "420µ"), (1500, "s", "1.50000k"),
        (1500, "~s", "1.5k"), (0, ".3~s", "0"), (1e-7, ".2~g", "1e-7"), (123456, ".3g", "1.23e+5"), (0.0999, ".2g", "0.10"),
        (12, "+d", "+12"), (1e12, "", "1e+12"), (0.1 + 0.2, "", "0.3"), (0, ".2~g", "0"), (1e30, ".3~s", "1000000Y"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_d3_writes_them(value, specifier, expected):
    """Hand-worked from d3-format's rules; most are of its own tests."""
    assert formatted(value, specifier) == expected


def test_other_specifiers_are_refused():
    for specifier in ("e", "08d", "$,.2f", ".2", "(d"):
        with pytest.raises(Unsupported, match=r"format"):
            formatted(1, specifier)


def test_axis_labels_have_the_decimals_that_tell_them_apart():
    assert [for_step(step) for step in (0.2, 0.05, 25, 0)] == [",.1f", ",.2f", ",.0f", ",.0f"]


AXIS_VALUES = [
    0,
    0.001,
    0.05,
    0.5,
    0.999,
    1,
    7,
    12.5,
    250,
    999.9,
    1500,
    2e6,
    3.456e9,
    7e12,
    -0.25,
    -1,
    -1500,
    -4e9,
    1e-9,
]


@pytest.mark.parametrize("rule", [SHORT_NUMBERS, PERCENT, labels_split([f"a\nb{i}" for i in range(20)])],
                         ids=["short numbers", "per cent", "names"])  # fmt: skip
def test_label_rules_say_the_same_in_python_and_in_vega(rule):
    vl_convert = pytest.importorskip("vl_convert")
    values = sorted(AXIS_VALUES) if not rule.startswith("[[") else list(range(20))
    axis = {"labelExpr": rule, "values": values, "labelOverlap": False}
    encoding = {"x": {"field": "x", "type": "quantitative", "scale": {"domain": [-1e10, 1e13]}, "axis": axis}}
    spec = {"width": 300, "height": 20, "data": {"values": [{"x": 1}]}, "mark": "point", "encoding": encoding}
    drawn = vl_convert.vegalite_to_svg(spec)
    labels = drawn.split('class="mark-text role-axis-label"')[1].split('class="mark-text role-axis-title"')[0]
    theirs = [part.split("</text>")[0] for part in labels.split("<text")[1:]]
    theirs = ["\n".join(one.split("<")[0] for one in part.split(">")[1:] if one.split("<")[0]) for part in theirs]
    ours = [said if isinstance(said := rule.means(value), str) else "\n".join(said) for value in values]
    assert ours == theirs


def test_an_expression_is_text_that_can_be_copied_and_keeps_its_meaning():
    rule = labels_split(["one", "two\nlines"])
    assert json.loads(json.dumps({"labelExpr": rule})) == {"labelExpr": '[["one"], ["two", "lines"]][datum.value]'}
    for twin in (copy.deepcopy(rule), pickle.loads(pickle.dumps(rule))):
        assert twin == rule
        assert twin.means(1) == ["two", "lines"]
    assert labels_lifted(["one", "two\nlines"])["expr"].means(1) == -7.25
    assert isinstance(rule, Expression)


def test_a_chart_read_back_from_json_is_refused_because_its_rules_are_lost(results):
    spec = json.loads(json.dumps(build_charts(**vars(results))["ledger"].spec))
    with pytest.raises(Unsupported, match="labelExpr"):
        draw({**spec, "config": theme.config()}, padding=dict.fromkeys(("left", "right", "top", "bottom"), 0))


def test_widths_are_those_of_the_fonts_tables():
    """Advance widths of Liberation Sans (as wide as Arial and Helvetica), from its own file."""
    assert text.width("Hello, World", 1000) == 722 + 556 + 222 + 222 + 556 + 278 + 278 + 944 + 556 + 333 + 222 + 556
    assert text.width("é", 10) == text.width("e", 10)
    assert text.width("日", 10) == 10
    assert text.width("e\u0301", 10) == text.width("e", 10)
    assert text.width("M", 12, bold=True) > text.width("i", 12, bold=True)


@pytest.mark.parametrize("style", ["Regular", "Bold"])
def test_every_letter_of_latin_is_as_wide_as_in_the_font(style, liberation_sans):
    ft2font = pytest.importorskip("matplotlib.ft2font")
    font = ft2font.FT2Font(str(liberation_sans[style]))
    letters = [
        chr(code)
        for code in (*range(32, 127), *range(0xC0, 0x180), 0x2013, 0x2212, 0x2192)
        if code in font.get_charmap()
    ]
    off = {}
    for letter in letters:
        advance = font.load_char(ord(letter), flags=ft2font.LoadFlags.NO_SCALE).horiAdvance / font.units_per_EM * 1000
        off[letter] = abs(text.width(letter, 1000, bold=style == "Bold") - advance)
    assert max(size for letter, size in off.items() if letter.isascii()) < 1
    # An accent can widen a narrow letter; those with a mark at their side are wider than the letter they start with.
    assert max(size for letter, size in off.items() if letter not in "ďľťĽĿŀŉĲĳ") < 60


def test_numbers_and_words_in_svg():
    assert [svg.number(value) for value in (0, -0.0, 1e-9, 12.345, 100, 0.1)] == ["0", "0", "0", "12.35", "100", "0.1"]
    assert svg.escaped("a\ud800\ufffeb") == "ab"
