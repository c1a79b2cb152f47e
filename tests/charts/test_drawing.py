"""Drawing: every chart of every kind of data becomes a small, valid, self-contained SVG that knows its segments."""

import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from segmentry.charts import build_charts, inline, render
from segmentry.charts.drawing.text import width
from segmentry.core.tables import CustomerTable

SVG = "{http://www.w3.org/2000/svg}"
EXPECTED = [
    "map_of_customers", "segment_sizes", "rfmn_heat_map", "segment_means", "snake_plot", "rfm_map", "rule_tree_map",
    "feature_profile", "distributions", "rules_beside_segments", "mismatches", "monthly", "concentration", "countries", "elbow", "silhouette_by_k",
    "stability_by_k", "silhouette_by_segment", "loadings", "correlations", "before_and_after", "skewness", "outliers",
    "outlier_boxes", "ledger",
]  # fmt: skip


@pytest.fixture(scope="module")
def drawn(any_results):
    charts = build_charts(**vars(any_results))
    return charts, render(charts)


def test_a_usual_run_has_every_chart_in_report_order(results):
    assert list(build_charts(**vars(results))) == EXPECTED


def test_charts_that_cannot_be_are_left_out(kinds):
    one, without_money = (set(build_charts(**vars(kinds[kind]()))) for kind in ("one", "without money"))
    by_k = {"elbow", "silhouette_by_k", "stability_by_k", "silhouette_by_segment"}
    ruled = {"rule_tree_map", "monthly", "countries"}
    assert set(build_charts(**vars(kinds["hard"]()))) - set(EXPECTED) == {"categories", "missing_values"}
    assert set(EXPECTED) - one == by_k | ruled | {"ledger", "snake_plot", "mismatches"}
    assert set(EXPECTED) - without_money == ruled | {"concentration", "rfm_map", "rfmn_heat_map", "ledger"}


def test_svgs_are_well_formed_small_and_load_nothing(drawn):
    for name, svg in drawn[1].items():
        root = ET.fromstring(svg)
        assert root.tag == f"{SVG}svg", name
        assert len(svg) < 700_000, name
        tags = {element.tag for element in root.iter()}
        assert not tags & {f"{SVG}script", f"{SVG}image", f"{SVG}foreignObject", f"{SVG}a", f"{SVG}style"}, name
        assert not re.search(r"\bhttps?://(?!www\.w3\.org/)", svg), name
        assert "NaN" not in re.sub(r'"[^"]*aria[^"]*"', "", svg), name


def test_every_chart_says_what_it_shows(drawn):
    for name, chart in drawn[0].items():
        root = ET.fromstring(drawn[1][name])
        assert root.find(f"{SVG}title").text.replace("\n", " ") == chart.title.replace("\n", " ")
        assert chart.title
        assert chart.subtitle
        assert chart.alt
        heads, rows = chart.table
        assert rows, name
        assert all(len(row) == len(heads) for row in rows), name
        json.dumps(chart.spec, allow_nan=False)


def test_text_is_at_least_11_pixels(drawn):
    for name, svg in drawn[1].items():
        sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)px"', svg)}
        assert min(sizes) >= 11, name


def test_nothing_reaches_out_of_the_picture_at_the_left(drawn):
    """Texts that end at a position (names of rows) have room for their length in a wide system font."""
    for name, svg in drawn[1].items():
        for x, text in left_texts(svg):
            assert x - len(text) * 7.2 > -2, (name, text)


def left_texts(svg):
    """Every right-aligned, level text with the absolute position of its end."""

    def walk(element, x):
        moves = re.findall(r"translate\((-?[\d.]+)", element.get("transform", ""))
        x += sum(map(float, moves))
        if (
            element.tag == f"{SVG}text"
            and element.get("text-anchor") == "end"
            and "rotate" not in element.get("transform", "")
        ):
            for text in element.itertext():
                yield x, text
        for child in element:
            yield from walk(child, x)

    return list(walk(ET.fromstring(svg), 0.0))


def test_marks_and_names_know_their_segment(results):
    svgs = render(build_charts(**vars(results)))
    for name in (
        "map_of_customers",
        "segment_sizes",
        "rfmn_heat_map",
        "segment_means",
        "snake_plot",
        "feature_profile",
        "rfm_map",
        "distributions",
        "silhouette_by_segment",
    ):
        found = set(re.findall(r'data-segment="(-?\d+)"', svgs[name]))
        assert found == {"0", "1", "2", "3", "4"}, name
    for segment in results.segments:
        assert re.search(rf'<text data-segment="{segment.id}"[^>]*>{segment.name}</text>', svgs["segment_sizes"])
    assert 'data-segment="0" aria-label="Champions\n250 customers (16.7 %)\n' in svgs["segment_sizes"].replace(
        "&#xA;", "\n"
    )


def test_a_hostile_name_is_text_and_its_marks_are_found(hard):
    svgs = render(build_charts(**vars(hard)))
    for name in ("segment_sizes", "feature_profile", "map_of_customers"):
        assert 'data-segment="3"' in svgs[name], name
        assert "<script" not in svgs[name]
    text = "".join(ET.fromstring(svgs["segment_sizes"]).itertext())
    assert "script>" in text


def test_names_that_xml_cannot_hold_are_drawn_without_the_bad_characters(results):
    bad = "A\x00B\x1b\ud800C\uffff ]]> \u2028end"
    segments = (replace(results.segments[0], name=bad), *results.segments[1:])
    for name, svg in render(build_charts(**{**vars(results), "segments": segments})).items():
        ET.fromstring(svg.encode())
        assert "\x00" not in svg, name


def test_missing_and_infinite_values_do_not_stop_a_chart(results):
    values = {name: column.copy() for name, column in results.customers.values.items()}
    values["recency_days"][::3] = np.nan
    values["monetary"][0] = np.inf
    values["total_quantity"][:] = np.nan
    customers = CustomerTable(results.customers.ids, values, results.customers.columns, results.customers.as_of)
    with np.errstate(all="ignore"):
        charts = build_charts(**{**vars(results), "customers": customers})
    for svg in render(charts).values():
        ET.fromstring(svg)


def test_segment_set_apart_is_drawn_too(results):
    """Policy ``drop`` gives segment -1, which must not be mistaken for the last one."""
    labels = np.where(results.prepared.is_outlier, -1, results.labels)
    apart = replace(results.segments[0], id=-1, name="Outliers", tone="noise", customers=int((labels == -1).sum()))
    svgs = render(build_charts(**{**vars(results), "labels": labels, "segments": (*results.segments, apart)}))
    assert 'data-segment="-1"' in svgs["map_of_customers"]
    assert 'data-segment="-1"' in svgs["distributions"]


def test_inside_a_page_the_title_is_cropped_and_the_picture_is_not(results):
    chart = build_charts(**vars(results))["elbow"]
    svg = chart.svg()
    part = inline(svg, prefix="x-")
    full = [float(number) for number in re.search(r'viewBox="([^"]*)"', svg)[1].split()]
    shown = [float(number) for number in re.search(r'viewBox="([^"]*)"', part)[1].split()]
    head = float(re.search(r'data-head="([\d.]+)"', svg)[1])
    assert shown == [0, head, full[2], full[3] - head]
    assert "<title>" not in part
    assert 'class="chart-head" display="none"' in part
    with pytest.raises(ValueError, match="not drawn"):
        inline("<svg></svg>", prefix="")


def test_long_titles_are_broken_into_lines_in_the_picture(results):
    chart = replace(build_charts(**vars(results))["elbow"], title="word " * 40)
    root = ET.fromstring(chart.svg())
    head = root.find(f"{SVG}g[@class='chart-head']")
    assert len(head) >= 4


def test_altair_takes_every_chart_and_vega_draws_it(results):
    vl_convert = pytest.importorskip("vl_convert")
    for chart in build_charts(**vars(results)).values():
        spec = chart.altair().to_dict()
        assert spec["title"]["text"]
        if chart.name in {"ledger", "segment_sizes"}:
            drawn = vl_convert.vegalite_to_svg(spec)
            assert all(f">{label}</text>" in drawn for label in ("Champions", "50 %") if chart.name == "segment_sizes")
            assert all(f">{label}</text>" in drawn for label in ("No customer", "500k") if chart.name == "ledger")


def test_a_record_s_segment_is_on_all_its_marks_and_on_its_row_s_name(results):
    """Hovering a figure lights its segment as hovering its bar does; words of no segment stay as they are."""
    for name in ("segment_sizes", "feature_profile", "distributions", "silhouette_by_segment"):
        root = ET.fromstring(build_charts(**vars(results))[name].svg())
        names = {segment.name: str(segment.id) for segment in results.segments}
        for text in root.iter(f"{SVG}text"):
            if "".join(text.itertext()) in names:
                assert text.get("data-segment") == names["".join(text.itertext())], name
        marks = [*root.iter(f"{SVG}rect"), *root.iter(f"{SVG}line")]
        assert all(mark.get("data-segment") for mark in marks if name != "silhouette_by_segment"), name
    root = ET.fromstring(build_charts(**vars(results))["rfm_map"].svg())
    assert all(text.get("data-segment") is None for text in root.iter(f"{SVG}text") if "ago" in (text.text or ""))


def test_titles_fit_into_the_picture_in_a_wide_font(results):
    """A fifth wider than Arial is what common system fonts are at most (DejaVu Sans on Linux)."""
    for chart in build_charts(**vars(results)).values():
        root = ET.fromstring(chart.svg())
        for line in root.find(f"{SVG}g[@class='chart-head']"):
            size = float(line.get("font-size").removesuffix("px"))
            wide = width(line.text, size, bold=line.get("font-weight") == "600") * 1.16
            assert 6 + wide <= float(root.get("width")), line.text


def test_saving_and_showing(results, tmp_path):
    chart = build_charts(**vars(results))["elbow"]
    chart.save(tmp_path / "elbow.svg")
    assert (tmp_path / "elbow.svg").read_text(encoding="utf-8") == chart.svg()
    bundle = chart._repr_mimebundle_()
    assert bundle["image/svg+xml"] == chart.svg()
    assert "tooltip" in json.dumps(bundle["application/vnd.vegalite.v6+json"])
    assert repr(chart).startswith("<Chart elbow: More than 4 segments")
