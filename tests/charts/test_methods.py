"""The charts of other methods: numbers against a computation, drawing against Vega."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.cluster.hierarchy import dendrogram as scipys
from scipy.cluster.hierarchy import linkage
from sklearn.datasets import make_blobs

from segmentry.charts.dendrogram import cut_height, dendrogram, records
from segmentry.charts.k_distance import curve, k_distance
from segmentry.charts.method_comparison import method_comparison
from segmentry.cluster import find_groups
from segmentry.cluster.side_by_side import ALL_METHODS, MethodComparison, MethodRow, compare_methods
from segmentry.core.recipe import Cluster
from segmentry.prepare.result import Prepared

MATRIX, _ = make_blobs([90, 60, 50], 2, centers=[(0, 0), (8, 0), (0, 8)], random_state=1)


def found_by(method, **given):
    none = np.zeros(len(MATRIX), dtype=bool)
    prepared = Prepared(MATRIX, ("a", "b"), ~none, none, {}, (), pipeline=None)
    return prepared, find_groups(prepared, Cluster(method=method, **given), value=np.ones(len(MATRIX)))


def drawn_as_vega_draws_it(chart, *, moved=False):
    from importlib.util import module_from_spec, spec_from_file_location
    from pathlib import Path

    pytest.importorskip("vl_convert")
    spec = spec_from_file_location("against_vega", Path(__file__).with_name("test_against_vega.py"))
    vega = module_from_spec(spec)
    spec.loader.exec_module(vega)
    return vega.compare(chart.spec, moved=moved) < 0.05


def named(results, count):
    return results.segments[:count], dict(enumerate(["#0b7a5b", "#1a66b3", "#878e98"]))


def test_the_dendrogram_is_scipys_upper_tree(results):
    segments, colours = named(results, 3)
    _, found = found_by("hierarchical", k=3, k_range=(3, 3))
    chart = dendrogram(segments, colours, found)
    lines, feet = records(found.tree, {}, colours)
    peer = scipys(linkage(MATRIX, "ward"), truncate_mode="lastp", p=24, no_plot=True, count_sort=False)
    assert sorted(foot["size"] for foot in feet) == sorted(
        int(text.strip("()")) if text.startswith("(") else 1 for text in peer["ivl"]
    )
    tops = sorted(line["y"] for line in lines if line["y"] == line["y2"])
    np.testing.assert_allclose(tops, sorted(four[1] for four in peer["dcoord"]), rtol=1e-4)
    heights = np.sort(linkage(MATRIX, "ward")[:, 2])[::-1]
    assert cut_height(found.tree, 3) == pytest.approx((heights[1] + heights[2]) / 2)
    assert chart.title.startswith("A clear cut: joining two of the 3 segments costs")
    grey = {line["colour"] for line in lines if line["y2"] > cut_height(found.tree, 3) and line["y"] == line["y2"]}
    assert grey == {"#9aa3ae"}
    assert {line["colour"] for line in lines} == {*colours.values(), "#9aa3ae"}
    assert drawn_as_vega_draws_it(chart)
    assert dendrogram(segments, colours, replace(found, tree=None)) is None


def test_a_small_tree_is_drawn_whole(results):
    segments, colours = named(results, 3)
    small = Prepared(MATRIX[:5], ("a", "b"), np.ones(5, bool), np.zeros(5, bool), {}, (), pipeline=None)
    found = find_groups(small, Cluster(method="hierarchical", k=2, k_range=(2, 3)), value=np.ones(5))
    lines, feet = records(found.tree, {}, colours)
    assert [foot["size"] for foot in feet] == [1] * 5
    assert len(lines) == 3 * 4
    assert dendrogram(segments, colours, found).alt.startswith("Tree. 2 branches")


def test_the_k_distance_curve_is_the_distance_to_the_kth_nearest():
    _, found = found_by("dbscan", min_samples=6)
    brute = np.sort(np.sort(np.linalg.norm(MATRIX[:, None] - MATRIX, axis=2), axis=1)[:, 5])[::-1]
    np.testing.assert_allclose(found.k_distances.curve, brute, atol=1e-9)
    points = curve(found.k_distances)
    assert points[0] == {"customers": 1, "distance": round(float(brute[0]), 4)}
    assert points[-1]["customers"] == len(MATRIX)
    chart = k_distance(found)
    beyond = (brute > found.k_distances.eps).mean() * 100
    assert f"{beyond:.1f} % of customers are no cores" in chart.title
    assert "at the knee" in chart.title
    assert drawn_as_vega_draws_it(chart)
    given = k_distance(found_by("dbscan", min_samples=6, eps=2.0)[1])
    assert given.title.startswith("eps = 2, as given")


def test_methods_side_by_side_are_drawn_with_the_recommended_one_in_colour():
    prepared, _ = found_by("kmeans", k=3, k_range=(3, 3))
    found = compare_methods(
        prepared, Cluster(k=3, k_range=(3, 3)), ["hierarchical", "dbscan"], value=np.ones(len(MATRIX))
    )
    chart = method_comparison(found)
    panels = chart.spec["hconcat"]
    assert [panel["data"]["values"][0]["value"] for panel in panels[:3]] == pytest.approx(
        [found.rows[0].silhouette, found.rows[0].stability, found.rows[0].imitation], abs=1e-3
    )
    accents = [point["colour"] == "#0a6c74" for point in panels[0]["data"]["values"]]
    assert accents == [row.method == found.recommended for row in found.rows]
    assert [row[0] for row in chart.table[1]] == [row.title for row in found.rows]
    noise = [point["text"] for point in panels[3]["data"]["values"]]  # none is not a share of 0: others know no noise
    assert noise[:2] == ["–", "–"]
    assert noise[2].endswith(" %")
    assert drawn_as_vega_draws_it(chart, moved=True)  # a bracket's width differs by a pixel


def test_methods_without_segments_have_empty_bars():
    nan = float("nan")
    rows = tuple(
        MethodRow(m, m, 0, 1.0, 1.0, nan, nan, 0, nan, nan, nan, nan, 0, nan, 0.1, "none") for m in ALL_METHODS
    )
    chart = method_comparison(MethodComparison(rows, None, "", dict.fromkeys(ALL_METHODS, ""), 10))
    assert chart.title == "No method finds segments in these customers"
    assert {point["text"] for point in chart.spec["hconcat"][0]["data"]["values"]} == {"–"}
    assert drawn_as_vega_draws_it(chart)
