"""Charts of movement and of what is to come, drawn: whole, legible, as Vega draws them, and whatever the names are."""

import json
import math
import re
from datetime import date, timedelta
from importlib.util import module_from_spec, spec_from_file_location
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from segmentry.charts import drift as drift_chart
from segmentry.charts import theme
from segmentry.charts.calibration import calibration
from segmentry.charts.causes import COLOURS, causes
from segmentry.charts.drawing import text as measured
from segmentry.charts.drift import drift
from segmentry.charts.expected_sizes import Expected, expected_sizes
from segmentry.charts.flows import flows
from segmentry.charts.segment_history import segment_history
from segmentry.charts.transition_map import transition_map
from segmentry.charts.worth_saving import worth_saving
from segmentry.movement import ABSENT, WORDS
from segmentry.movement.metrics import Calibration

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = """<script>document.title='hacked'</script>"'&amp;]]>${1+1}{{7*7}}=cmd()"""
TONES = ("valuable", "valuable", "promising", "promising", "promising", "fading", "fading", "fading", "lost", "lost")
USUAL = (
    "Champions", "Loyal Customers", "Potential Loyalists", "New Customers", "Promising", "Need Attention",
    "About to Sleep", "Cannot Lose Them", "Hibernating", "Lost Customers",
)  # fmt: skip


def neighbour(name):
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def charts(names, *, customers, dates, scale=1.0):
    """All eight, of customers who wander at random between so many named segments, nowhere and set apart."""
    random = np.random.default_rng(len(names))
    labels = [*range(len(names)), -1]
    named = {**dict(enumerate(names)), -1: "Set apart"}
    colours = {label: theme.shade(TONES[label], label) if label >= 0 else theme.shade("noise", 0) for label in labels}
    days = [date(2010, 12, 9) + timedelta(days=30 * step) for step in range(dates)]
    history = random.choice([*labels, ABSENT], (dates, customers))
    stays = random.random(history.shape) < 0.8
    for step in range(1, dates):
        history[step] = np.where(stays[step], history[step - 1], history[step])
    counts = np.array([[(on == label).sum() for label in labels] for on in history])
    before, after = history[max(-2, -dates)], history[-1]
    pairs = list(zip(before.tolist(), after.tolist(), strict=True))
    moves = {pair: pairs.count(pair) for pair in pairs if pair != (ABSENT, ABSENT)}
    table = np.array([[moves.get((was, is_), 0) for is_ in labels] for was in labels])
    reasons = {
        pair: dict(zip(WORDS, random.multinomial(count, [0.5, 0.3, 0.1, 0.05, 0.05]).tolist(), strict=True))
        for pair, count in moves.items()
    }
    expected = [
        Expected(label, int(count * scale), count * 1.1 * scale, count * scale, count * 1.3 * scale)
        for label, count in zip(labels, counts[-1].tolist(), strict=True)
    ]
    predicted = random.random(customers)
    tenths = [Calibration("", place / 10, float(random.random()), customers) for place in range(10)]
    features = dict(zip(names, (0.01, 9.0, math.inf, math.nan, 0.12), strict=False))
    ids = np.array([f"{names[0]}{row:05}" for row in range(customers)], dtype=object)
    between = {"start": days[0], "end": days[-1]}
    made = [
        segment_history(days, counts, named, colours),
        flows(moves, named, colours, **between),
        transition_map(table, named, labels, **between),
        causes(reasons, named, **between),
        expected_sizes(expected, named, colours, as_of=days[-1], on=days[-1] + timedelta(days=30)),
        calibration({names[0]: tenths, "None": tenths[:1]}, chosen=names[0], event="leaving"),
        drift(features, 0.3, since=days[0], on=days[-1], customers=customers, warn=0.1, refit=0.25),
        worth_saving(ids, predicted * 1e4 * scale, np.where(after < 0, -1, after), named, colours),
    ]
    return [chart for chart in made if chart is not None]


KINDS = {
    "usual": lambda: charts(USUAL[:5], customers=900, dates=12),
    "many": lambda: charts(USUAL, customers=2500, dates=24, scale=1e6),
    "one segment": lambda: charts(USUAL[:1], customers=40, dates=2),
    "one customer on one date": lambda: charts(USUAL[:2], customers=1, dates=1),
    "hostile": lambda: charts(
        (
            HOSTILE,
            "Customers who bought many kinds of things, and some of these twice",
            "Ünïcödé 顧客",
            "Große Kunden GmbH & Co. KG",
        ),
        customers=300,
        dates=3,
    ),
}


@pytest.fixture(scope="module", params=KINDS)
def made(request):
    return KINDS[request.param]()


def test_all_eight_are_there():
    names = [chart.name for chart in KINDS["usual"]()]
    assert names == [
        "segment_history", "flows", "transition_map", "causes", "expected_sizes", "calibration", "drift", "worth_saving",
    ]  # fmt: skip


def test_they_are_drawn_as_vega_draws_them(made):
    pytest.importorskip("vl_convert")
    vega = neighbour("test_against_vega")
    for chart in made:
        # Vega moves some letters nearer together than the sum of their widths: the plot may begin a pixel further left.
        assert vega.compare(chart.spec, moved=True) < 0.05, chart.name


def test_they_are_valid_small_and_say_what_they_show(made):
    for chart in made:
        svg = chart.svg()
        root = ET.fromstring(svg)
        assert len(svg) < 700_000, chart.name
        assert {element.tag for element in root.iter()} <= {
            f"{SVG}{tag}" for tag in ("svg", "g", "title", "desc", "text", "tspan", "path", "rect", "line", "circle")
        }
        assert "NaN" not in svg
        assert chart.title
        assert chart.subtitle
        assert chart.alt
        heads, rows = chart.table
        assert rows
        assert all(len(row) == len(heads) for row in rows)
        json.dumps(chart.spec, allow_nan=False)
        assert min(float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)) >= 11


def test_a_hostile_name_and_a_hostile_id_are_text():
    for chart in KINDS["hostile"]():
        root = ET.fromstring(chart.svg())
        said = [text for element in root.iter(f"{SVG}text") for text in element.itertext()]
        assert any("<script" in text for text in said), chart.name
        assert f"{SVG}script" not in {element.tag for element in root.iter()}


def test_words_left_and_right_of_a_plot_are_within_the_picture(made):
    """Also in a system font that is a sixth wider than what is measured."""
    for chart in made:
        svg = chart.svg()
        width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
        for start, end, text in level_texts(ET.fromstring(svg)):
            assert start > -2, (chart.name, text)
            assert end < width + 2, (chart.name, text)


def level_texts(root):
    """Every level text of the drawing with where it begins and ends."""

    def walk(element, x):
        x += sum(map(float, re.findall(r"translate\((-?[\d.]+)", element.get("transform", ""))))
        x += sum(float(element.get("x", 0)) for _ in [0] if element.tag == f"{SVG}text")
        if element.tag == f"{SVG}text" and "rotate" not in element.get("transform", ""):
            for text in element.itertext():
                wide = measured.width(text, 12) * 1.16
                share = {"end": 1.0, "middle": 0.5}.get(element.get("text-anchor"), 0.0)
                yield x - share * wide, x + (1 - share) * wide, text
        for child in element:
            if child.get("class") != "chart-head":
                yield from walk(child, x)

    return list(walk(root, 0.0))


def test_colours_of_causes_are_apart_for_every_eye_and_no_theme_colour():
    shades = neighbour("test_theme")
    assert set(COLOURS) == set(WORDS)
    for vision in shades.VISION.values():
        for one, other in combinations(COLOURS.values(), 2):
            assert np.linalg.norm(shades.lab(one, vision) - shades.lab(other, vision)) > 12, (one, other)
        for one, other in combinations(drift_chart.VERDICT_COLOURS.values(), 2):
            assert np.linalg.norm(shades.lab(one, vision) - shades.lab(other, vision)) > 12, (one, other)
    for paper in (theme.LIGHT["paper"], theme.DARK["paper"]):
        assert all(theme.contrast(colour, paper) > 1.7 for colour in COLOURS.values())
    assert not set(COLOURS.values()) & {*theme.LIGHT.values(), *theme.DARK.values()}
