"""Our drawing against Vega's own (vl_convert), mark by mark: same places, same labels, same colours."""

import math
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from segmentry.charts import build_charts, build_product_charts, theme
from segmentry.charts.drawing import Unsupported, draw
from segmentry.core.tables import CustomerTable

vl_convert = pytest.importorskip("vl_convert")

SVG = "{http://www.w3.org/2000/svg}"
PADDING = {"left": 30, "right": 8, "top": 6, "bottom": 6}
NUMBER = r"-?\d+(?:\.\d+)?(?:e-?\d+)?"
PAINT = ("fill", "stroke", "fill-opacity", "opacity", "stroke-width", "stroke-dasharray", "font-size", "font-weight")
# What an attribute that is not written means.
DEFAULT = {"opacity": "1", "fill-opacity": "1", "stroke-width": "1", "fill": "none", "stroke": "none"}


def shapes(svg):
    """Every visible shape of an SVG by kind, with absolute places and colours: what a reader sees, however written."""
    found = {"box": [], "symbol": [], "line": [], "outline": [], "text": []}

    def walk(element, x, y, look):
        look = {**look, **{name: element.get(name) for name in PAINT if element.get(name) is not None}}
        if element.tag == f"{SVG}g":  # opacity is not inherited
            look.pop("opacity", None)
        moves = re.findall(rf"(translate|rotate)\(({NUMBER})(?:,({NUMBER}))?\)", element.get("transform", ""))
        turn = next((float(move[1]) for move in moves if move[0] == "rotate"), 0.0)
        x, y = x + sum(float(m[1]) for m in moves[:1]), y + sum(float(m[2] or 0) for m in moves[:1])
        read = READERS.get(element.tag.removeprefix(SVG))
        if read is not None and element.get("class") not in {"background", "foreground"} and look.get("opacity") != "0":
            read(found, element, (x, y, look, turn, moves))
        for child in element:
            walk(child, x, y, look)

    walk(ET.fromstring(svg), 0.0, 0.0, {})
    return found


def colours(look, *names):
    shown = {name: look.get(name, DEFAULT.get(name)) for name in names}
    if shown.get("stroke") == "none":
        shown.pop("stroke-width", None)
    return tuple(sorted((name, plain(value)) for name, value in shown.items()))


def plain(value):
    """An attribute's value without ways of writing it: colours as #rrggbb, numbers with two decimals."""
    if value is None or value in {"normal", "none"}:
        return "none"
    if value.startswith("rgb("):
        return "#" + "".join(f"{int(channel):02x}" for channel in re.findall(r"\d+", value))
    if re.fullmatch(NUMBER + "(px)?", value):
        return str(round(float(value.removesuffix("px")), 2))
    return value


FILLED = ("fill", "fill-opacity", "opacity", "stroke", "stroke-width")
STROKED = ("stroke", "stroke-width", "stroke-dasharray", "opacity")


def read_rect(found, element, at):
    x, y, look, *_ = at
    left, top, wide, high = (float(element.get(name)) for name in ("x", "y", "width", "height"))
    found["box"].append(((x + left, y + top, x + left + wide, y + top + high), colours(look, *FILLED)))


def read_circle(found, element, at):
    x, y, look, *_ = at
    cx, cy, r = (float(element.get(name)) for name in ("cx", "cy", "r"))
    found["symbol"].append(((x + cx - r, y + cy - r, x + cx + r, y + cy + r), colours(look, *FILLED)))


def read_line(found, element, at):
    x, y, look, *_ = at
    ends = [float(element.get(name, 0)) for name in ("x1", "y1", "x2", "y2")]
    place = sorted([(x + ends[0], y + ends[1]), (x + ends[2], y + ends[3])])
    found["line"].append(((*place[0], *place[1]), colours(look, *STROKED)))


def read_text(found, element, at):
    x, y, look, turn, moves = at
    spans = element.findall(f"{SVG}tspan")
    lines = tuple("".join(part.itertext()).strip() for part in spans) or ((element.text or "").strip(),)
    if any(lines):
        later = [(float(a), float(b or 0)) for kind, a, b in moves[1:] if kind == "translate"]
        drop = later[0][1] if later else 0.0
        angle = math.radians(turn)
        place = (x - math.sin(angle) * drop, y + math.cos(angle) * drop) if later else (x, y)
        style = colours(look, "fill", "stroke", "font-size", "font-weight")
        found["text"].append((place, (lines, turn, element.get("text-anchor", "start"), style)))


def read_path(found, element, at):
    x, y, look, *_ = at
    for piece in re.findall(r"M[^M]*", element.get("d")):
        corners = [(x + a, y + b) for a, b in vertices(piece)]
        if len(corners) == 2 and "L" not in piece:
            ends = sorted(corners)
            found["line"].append(((*ends[0], *ends[1]), colours(look, *STROKED)))
        elif "A" in piece or element.get("transform"):
            found["symbol"].append((extent(corners), colours(look, *FILLED)))
        elif "C" in piece or re.search(r"h.*v.*h", piece):
            found["box"].append((extent(corners), colours(look, *FILLED)))
        else:
            closed = piece.endswith("Z")
            found["outline"].append((tuple(simple(corners)), colours(look, *(FILLED if closed else STROKED))))


def vertices(piece):
    """The corners of a path in absolute numbers; of curves only their ends."""
    at, corners = (0.0, 0.0), []
    for command, said in re.findall(r"([MLhvCAZ])([^MLhvCAZ]*)", piece):
        numbers = [float(one) for one in re.findall(NUMBER, said)]
        if command in "ML":
            steps = list(zip(numbers[::2], numbers[1::2], strict=True))
        elif command == "h":
            steps = [(at[0] + numbers[0], at[1])]
        elif command == "v":
            steps = [(at[0], at[1] + numbers[0])]
        elif command == "C":
            steps = [tuple(numbers[4:6])]
        elif command == "A":  # a circle is two half circles: from right to left and back
            r = numbers[0]
            steps = [(numbers[5], numbers[6] - r), (numbers[5], numbers[6] + r), (numbers[5], numbers[6])]
        else:
            steps = []
        corners += steps
        at = corners[-1] if corners else at
    return corners


def extent(corners):
    xs, ys = zip(*corners, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def simple(corners):
    """A polygon without corners on a straight upright or level line, which an area's base has many of in Vega."""
    kept = []
    for corner in corners:
        while len(kept) > 1 and any(
            abs(kept[-1][axis] - corner[axis]) < 0.02 and abs(kept[-2][axis] - corner[axis]) < 0.02 for axis in (0, 1)
        ):
            kept.pop()
        kept.append(corner)
    return kept


READERS = {"rect": read_rect, "circle": read_circle, "line": read_line, "path": read_path, "text": read_text}


def compare(spec, config=None, *, tolerance=0.05, moved=False):
    """Assert that both draw *spec* alike; return how far the two are apart at most, in pixels.

    *moved* allows for another place of the whole: then places are compared relative to the plot.
    """
    config = config or theme.config()
    full = {"config": config, **spec, "background": None, "padding": PADDING}
    document = vl_convert.vegalite_to_svg(full, allowed_base_urls=[])
    theirs = shapes(document)
    drawing = draw({"config": config, **spec}, padding=PADDING)
    ours = shapes(f'<svg xmlns="http://www.w3.org/2000/svg">{drawing.content}</svg>')
    shift = np.array(origin(document)) - origin(drawing.content) if moved else np.zeros(2)
    worst = 0.0
    for kind, expected in theirs.items():
        assert sorted(look for _, look in expected) == sorted(look for _, look in ours[kind]), kind
        left = list(ours[kind])
        for place, look in expected:
            # Texts and straight lines may be written in another order than Vega's: the nearest of its look is meant.
            apart, other = min(
                (distance(place, candidate[0], shift), row)
                for row, candidate in enumerate(left)
                if candidate[1] == look
            )
            assert apart < tolerance, (kind, look, place, left[other][0])
            worst = max(worst, apart)
            del left[other]
    return worst


def distance(one, other, shift):
    """The farthest that two places with the same number of corners are apart along x or y, the other one shifted."""
    one, other = np.reshape(one, (-1, 2)), np.reshape(other, (-1, 2))
    return float(np.abs(one - other - shift).max()) if len(one) == len(other) else math.inf


def origin(svg):
    """Where the plot begins."""
    found = re.search(rf'<g fill="none"[^>]*transform="translate\(({NUMBER}),({NUMBER})\)"', svg)
    return float(found[1]), float(found[2])


def test_every_chart_of_every_kind_of_data_is_drawn_as_vega_draws_it(any_results):
    for name, chart in build_charts(**vars(any_results)).items():
        assert compare(chart.spec) < 0.05, name


def test_charts_of_products_are_drawn_as_vega_draws_them(any_results, bought_of):
    for categories in (2, 12):
        drawn = build_product_charts(bought_of(any_results, categories=categories), any_results.segments)
        alone = len(any_results.segments) == 1  # nobody to compare with
        assert drawn.keys() == {"category_shares"} | (set() if alone else {"product_lift"})
        for name, chart in drawn.items():
            assert compare(chart.spec) < 0.05, name


NAMES = ["😀 Glückliche ✓", "العملاء المخلصون", "日本語の顧客セグメント", "\"<b>&amp; 'x' ]]>", "A" * 120]


def test_names_of_every_script_and_length_change_no_mark(results):
    """Letters that our table of widths lacks may move whole plots by some pixels, and nothing else."""
    segments = tuple(replace(segment, name=name) for segment, name in zip(results.segments, NAMES, strict=True))
    for name, chart in build_charts(**{**vars(results), "segments": segments}).items():
        assert compare(chart.spec, moved=True) < 0.05, name


def test_constant_negative_and_tiny_features_are_drawn_as_vega_draws_them(results):
    values = {name: column.copy() for name, column in results.customers.values.items()}
    values["total_quantity"][:] = 7.0
    values["tenure_days"][:] = 0.0
    values["average_order_value"] *= -1e-7
    values["days_between_orders_mean"] = np.exp(results.labels * 5.0 + values["frequency"])
    customers = CustomerTable(results.customers.ids, values, results.customers.columns, results.customers.as_of)
    charts = build_charts(**{**vars(results), "customers": customers})
    for name in ("distributions", "feature_profile"):
        assert compare(charts[name].spec) < 0.05, name


PLOT = {"width": 300, "height": 200}
PAIRS = [
    {"a": "x", "b": 2, "c": "one"},
    {"a": "x", "b": 3, "c": "two"},
    {"a": "y", "b": 4, "c": "one"},
    {"a": "y", "b": -1.5, "c": "two"},
    {"a": "z", "b": 2.5, "c": "two"},
]
CLOUD = [
    {"x": i * 1.7 - 3, "y": i * 37 % 11 - 2.3, "c": "one" if i % 2 else "two", "s": 10 + i * 20, "v": i / 19}
    for i in range(20)
]
KIND = {"field": "c", "type": "nominal", "scale": {"domain": ["one", "two"], "range": ["#ff0000", "#0000ff"]}}
SILENT = {**KIND, "legend": None}
LEVEL = {"axis": {"labelAngle": 0}}


def q(field, **more):
    return {"field": field, "type": "quantitative", **more}


def o(field, **more):
    return {"field": field, "type": "ordinal", **more}


def unit(mark, records, **encoding):
    return {**PLOT, "data": {"values": records}, "mark": mark, "encoding": encoding}


def ramp(field, stops, colours):
    scale = {"domain": stops, "range": colours, "interpolate": "rgb", "clamp": True}
    return q(field, scale=scale, legend=None)


FILLED_POINT = {"type": "point", "filled": True}
SCATTER = unit("point", CLOUD, x=q("x"), y=q("y"))
SQUARES = [{"x": i, "y": None if i in {3, 7} else i * i} for i in range(10)]
# What charts to come will be made of: none of these is drawn today.
SPECS = {
    "bars from zero": unit("bar", [{"a": "x", "b": 3}, {"a": "y", "b": 14.2}], x=q("b"), y=o("a")),
    "stacked level bars": unit("bar", PAIRS, x=q("b"), y=o("a"), color=KIND),
    "stacked upright bars": unit("bar", PAIRS, y=q("b"), x=o("a", **LEVEL), color={**KIND, "legend": {"title": "Kinds"}}),
    "stacked without domain": unit("bar", PAIRS, x=q("b"), y=o("a"), color={**SILENT, "scale": None}),
    "shares": unit("bar", [r for r in PAIRS if r["b"] > 0], x=q("b", stack="normalize"), y=o("a"), color=KIND),
    "bars over one another": unit(
        {"type": "bar", "opacity": 0.5}, PAIRS, x=q("b", stack=None), y=o("a"), color=KIND
    ),
    "bars with frames": unit(
        {"type": "bar", "fill": "#eeeeee", "stroke": "#333333", "strokeWidth": 2, "cornerRadius": 30, "fillOpacity": 0.5},
        PAIRS, x=q("b", stack=None), y=o("a", sort=["z", "x", "y"], axis={"labelOffset": 5}),
    ),
    "scatter": SCATTER,
    "scatter with legend": unit("point", CLOUD, x=q("x"), y=q("y"), color=KIND),
    "numbers as names": unit("bar", [{"a": 10, "b": 3}, {"a": 2.5, "b": 1}, {"a": 1e6, "b": 2}], x=q("b"), y=o("a")),
    "squares with legend": unit({**FILLED_POINT, "shape": "square"}, CLOUD, x=q("x"), y=q("y"), color=KIND),
    "triangles": unit({"type": "point", "shape": "triangle-up", "size": 100}, CLOUD, x=q("x"), y=q("y")),
    "bubbles": unit(
        FILLED_POINT, CLOUD, x=q("x"), y=q("y"),
        size=q("s", legend=None, scale={"domain": [0, 400], "range": [10, 500], "clamp": True}),
        opacity=q("v", scale=None, legend=None),
    ),
    "diverging colours": unit(
        {**FILLED_POINT, "opacity": 1}, CLOUD, x=q("x", scale={"zero": False}), y=q("y", scale={"nice": False}),
        color=ramp("v", [0, 0.5, 1], ["#0000ff", "#ffffff", "#ff8800"]),
    ),
    "heat map": unit("rect", PAIRS, x=o("a", axis={"labelAngle": 0, "orient": "top", "title": "Top"}), fill=SILENT,
                     y=o("c", axis={"orient": "right", "title": ["Right", "side"]})),
    "backwards": unit("point", CLOUD, x=q("x", scale={"reverse": True}), y=q("y", scale={"domain": [20, -5]})),
    "backwards in bands": unit("rect", PAIRS, x=o("a", scale={"reverse": True}, **LEVEL), y=o("c", sort=None), fill=SILENT),
    "lines by colour": unit("line", CLOUD, x=q("x"), y=q("y"), color=SILENT),
    "line with gaps": unit("line", SQUARES, x=q("x"), y=q("y")),
    "line over names": unit("line", [{"x": "ab"[i % 2] + str(i), "y": i * i} for i in range(6)], x=o("x", **LEVEL), y=q("y")),
    "area": unit("area", [{"x": i, "y": i * i + 1} for i in range(10)], x=q("x"), y=q("y")),
    "area between lines": unit(
        "area", [{"x": i, "y": i * i + 1, "z": i} for i in range(10)], x=q("x"), y=q("y"), y2={"field": "z"}
    ),
    "points over names": unit("point", PAIRS, x=q("b"), y=o("a")),
    "log": unit("point", [{"x": 10 ** (i / 2), "y": i} for i in range(1, 9)], y=q("y"),
                x=q("x", scale={"type": "log"}, axis={"labels": False, "values": [10, 100]})),
    "thin ticks": unit("tick", PAIRS, x=q("b"), y=o("a")),
    "thick ticks": unit({"type": "tick", "thickness": 4, "height": {"band": 0.5}}, PAIRS, x=q("b"), y=o("a")),
    "level rules": unit("rule", [{"y": 3}, {"y": 5}], y=q("y")),
    "rules in bands": unit(
        {"type": "rule", "strokeDash": [2, 1]}, [{"y": "a", "x": 1, "z": 4}, {"y": "b", "x": 3, "z": 2}],
        y=o("y"), x=q("x"), x2={"field": "z"},
    ),
    "words": unit(
        {"type": "text", "align": "left", "baseline": "bottom", "dx": 4, "dy": -3, "fontSize": 14},
        [{"x": 1, "y": 2, "t": "hello"}, {"x": 3, "y": 8, "t": "wide world of text"}],
        x=q("x"), y=q("y"), text={"field": "t"}, color={"value": "#123456"},
    ),
    "no extent": unit("point", [{"x": 5, "y": 5}] * 2, x=q("x", scale={"zero": False}), y=q("y", scale={"zero": False})),
    "huge and tiny": unit("point", [{"x": 5e12 * i, "y": -3e-7 * i} for i in range(5)], x=q("x", axis={"format": ".2~s"}),
                          y=q("y", axis={"format": ".2~g"})),
    "labels by default": unit("point", [{"x": 1234567 * i, "y": -0.0137 * i} for i in range(5)], x=q("x"), y=q("y")),
    "values off the axis": unit("point", CLOUD, x=q("x", axis={"values": [-40, 10, 0, 900]}), y=q("y", axis=None)),
    "no data": unit("bar", [], x=q("b", scale={"domain": [0, 5]}), y=o("a", scale={"domain": ["a", "b"]})),
    "many labels": {
        **unit("point", CLOUD, x=q("x", axis={"tickCount": 30, "labelOverlap": True, "title": None}),
               y=q("y", axis={"tickCount": 30, "labelOverlap": True})),
        "width": 60, "height": 60,
    },
    "layers with one title each": {
        **PLOT, "data": {"values": PAIRS},
        "layer": [{"mark": "bar", "encoding": {"x": q("b", stack=None), "y": o("a")}},
                  {"mark": "tick", "encoding": {"x": q("b", title="Median"), "y": o("a")}}],
    },
    "rows of plots": {
        "concat": [{**SCATTER, "title": {"text": text, "frame": "group", "offset": 9, "anchor": anchor}}
                   for text, anchor in (("One", "start"), ("Two", "end"), ("Three", "middle"))],
        "columns": 2,
    },
    "plots within plots": {
        "vconcat": [
            {"hconcat": [{**SCATTER, "width": 80}, {**SCATTER, "width": 40}], "spacing": 10},
            unit("bar", PAIRS, x=q("b"), y=o("a"), color=SILENT),
        ]
    },
    "one legend for two plots": {"hconcat": [unit("bar", PAIRS, x=q("b"), y=o("a"), color=KIND)] * 2},
}  # fmt: skip
# Vega-Lite's own looks: ticks, axis lines, bold titles. Its legends begin at the plot, ours beyond the axes: one pixel.
BARE = {
    "view": {"stroke": None},
    "font": "Helvetica, Arial, sans-serif",
    "axis": {"labelLimit": 0, "titleLimit": 0},
    "legend": {"labelLimit": 0, "titleLimit": 0},
}


@pytest.mark.parametrize("config", [theme.config(), BARE], ids=["ours", "Vega's"])
@pytest.mark.parametrize("name", SPECS)
def test_what_charts_to_come_are_made_of_is_drawn_as_vega_draws_it(name, config):
    assert compare(SPECS[name], config, tolerance=1.1) < (0.05 if config is not BARE else 1.1)


OUTSIDE = {
    "clip": unit({"type": "point", "clip": True}, CLOUD, x=q("x"), y=q("y")),
    "mark": unit("arc", CLOUD, x=q("x")),
    "theta": unit("point", CLOUD, theta=q("x")),
    "timeUnit": unit("point", CLOUD, x=q("x", timeUnit="year")),
    "aggregate": unit("bar", CLOUD, x=q("x", aggregate="mean"), y=o("c")),
    "'temporal'": unit("point", CLOUD, x={"field": "x", "type": "temporal"}, y=q("y")),
    "'sqrt'": unit("point", CLOUD, x=q("x", scale={"type": "sqrt"}), y=q("y")),
    "labelExpr": unit("point", CLOUD, x=q("x", axis={"labelExpr": "datum.value + 1"}), y=q("y")),
    "filter": {**SCATTER, "transform": [{"filter": "datum.x > 1"}]},
    "calculate": {**SCATTER, "transform": [{"calculate": "1", "as": "one"}]},
    "url": {**SCATTER, "data": {"url": "https://example.org/data.csv"}},
    "facet": {"facet": {"field": "c"}, "spec": SCATTER},
    "legend": unit(FILLED_POINT, CLOUD, x=q("x"), y=q("y"), color={**ramp("v", [0, 1], ["#ffffff", "#000000"]), "legend": {}}),
    "interpolate": unit(
        FILLED_POINT, CLOUD, x=q("x"), y=q("y"),
        color=q("v", legend=None, scale={"domain": [0, 1], "range": ["#ffffff", "#000000"], "clamp": True}),
    ),
    "scale.domain": unit("point", [*CLOUD, {"x": 1, "y": 2, "c": "three"}], x=q("x"), y=q("y"), color=SILENT),
    "'c'": unit(FILLED_POINT, CLOUD, x=q("x"), y=q("y"), fill=KIND, stroke=KIND),
    "labelFlush": unit("point", CLOUD, x=q("x"), y=q("y", axis={"labelFlush": True})),
    "scale.range": unit("point", CLOUD, x=q("x"), y=q("y"), color={"field": "c", "type": "nominal"}),
    "labelAngle": unit("bar", PAIRS, x=o("a"), y=q("b", stack=None)),
    "labelLimit": unit("point", CLOUD, x=q("x", axis={"labelLimit": 40}), y=q("y")),
    "zero": {**PLOT, "data": {"values": CLOUD}, "layer": [
        {"mark": mark, "encoding": {"x": q("x"), "y": q("y")}} for mark in ("line", "point")]},
    "with x2": unit("bar", [{"a": "x", "b": 20}], x=q("b", scale={"type": "log"}, axis=None), y=o("a")),
    "stroke": unit({"type": "point", "stroke": "red"}, CLOUD, x=q("x"), y=q("y"), color=SILENT),
    "shape": unit({"type": "point", "shape": "cross"}, CLOUD, x=q("x"), y=q("y")),
    "width": {key: value for key, value in SCATTER.items() if key != "width"},
    "config": {**SCATTER, "config": {**theme.config(), "numberFormat": "d"}},
    "formatted": unit("text", [{"x": 1, "y": 2, "t": 0.1 + 0.2}], x=q("x"), y=q("y"), text={"field": "t"}),
}  # fmt: skip


@pytest.mark.parametrize("named", OUTSIDE)
def test_what_is_outside_the_subset_is_refused_and_named(named):
    with pytest.raises(Unsupported, match=re.escape(named)):
        draw({"config": theme.config(), **OUTSIDE[named]}, padding=PADDING)


def test_records_without_a_place_are_left_out():
    """Of numbers as in Vega-Lite; of names too, which Vega would draw at the edge."""
    records = [*PAIRS, {"a": "x", "b": None, "c": "one"}, {"a": "w", "b": 9, "c": "two"}]
    spec = unit("point", records, x=q("b", scale={"domain": [-2, 9]}), y=o("a", scale={"domain": ["x", "y", "z"]}))
    content = draw({"config": theme.config(), **spec}, padding=PADDING).content
    assert content.count("<circle") == len(PAIRS)
    assert "nan" not in content


def test_the_comparison_sees_what_differs():
    """A check of the check: a bar one pixel longer, another colour and another word are all noticed."""
    svg = vl_convert.vegalite_to_svg({"config": theme.config(), **SPECS["bars from zero"], "background": None})
    for other in (
        svg.replace("h56.25v", "h57.25v", 1),
        svg.replace("#4c78a8", "#4c78a9", 1),
        svg.replace(">y<", ">z<", 1),
    ):
        assert other != svg
        assert shapes(other) != shapes(svg)
