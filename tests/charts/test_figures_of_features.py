"""The numbers of the charts on features and segments, against independent computations."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from segmentry.charts import (
    before_and_after,
    build_charts,
    correlations,
    customer_map,
    line_ends,
    loadings,
    marks,
    measures,
    outlier_boxes,
    outliers,
    rfmn_heat_map,
    segment_means,
    snake_plot,
    theme,
    tsne_map,
)
from segmentry.core.tables import Column, CustomerTable


@pytest.fixture(scope="module")
def frame(results):
    return pd.DataFrame(results.customers.values).assign(segment=results.labels)


@pytest.fixture(scope="module")
def known(results):
    return measures.rfmn(results.customers.columns, results.customers)


def test_the_measures_are_found_by_name_and_in_order():
    names = ("NAV", "Monetary", "age", "Recency", "frequency")
    values = {name: np.arange(4.0) for name in names}
    columns = tuple(Column(name) for name in names)
    customers = CustomerTable(np.array(list("abcd"), dtype=object), values, columns)
    found = measures.rfmn(columns, customers)
    assert [(one.title, one.column.name, one.average) for one in found] == [
        ("Recency", "Recency", 1.5),
        ("Frequency", "frequency", 1.5),
        ("Monetary", "Monetary", 1.5),
        ("Net asset value", "NAV", 1.5),
    ]
    values["Recency"][:] = np.nan  # accounts that never traded
    assert [one.title for one in measures.rfmn(columns, customers)] == ["Frequency", "Monetary", "Net asset value"]


def test_without_them_the_features_that_differ_most_are_shown(kinds):
    data = kinds["without money"]()
    found = measures.telling(data.segments, data.customers.columns, data.customers, ("balance", "purchases"))
    assert [one.column.name for one in found] == ["balance", "purchases"]


def test_the_heat_map_prints_means_and_multiples_of_the_mean_of_all(results, frame, known):
    labels = [segment.name for segment in results.segments] + ["All customers"]
    cells = rfmn_heat_map.records(results.segments, known, labels)
    assert len(cells) == 6 * 3
    for place, name in enumerate(("recency_days", "frequency", "monetary")):
        means = frame.groupby("segment")[name].mean()
        for segment, mean in means.items():
            cell = next(cell for cell in cells if cell.get("segment") == segment and cell["column"] == place)
            shown = float(cell["big"].replace(",", "").removesuffix(" days"))
            assert shown == pytest.approx(mean, rel=0.03)
            assert float(cell["small"].removesuffix(" ×")) == pytest.approx(mean / frame[name].mean(), rel=0.06)
            better = (mean > frame[name].mean()) != (name == "recency_days")
            assert cell["colour"] == (theme.HIGH if better else theme.LOW)


def test_a_ratio_to_an_average_of_nothing_is_no_ratio():
    assert np.isnan(rfmn_heat_map.multiple(5.0, 0.0))
    assert np.isnan(rfmn_heat_map.multiple(5.0, -2.0))
    assert rfmn_heat_map.multiple(-5.0, 2.0) == -2.5


@pytest.mark.parametrize("strength", np.linspace(-1, 1, 41))
def test_figures_in_cells_can_be_read_on_a_light_and_on_a_dark_page(strength):
    paint = marks.cell_paint(float(strength))
    for page, name in ((theme.LIGHT, "light"), (theme.DARK, "dark")):
        ground = theme.mixed(page["paper"], paint["colour"], paint["force"])
        ink = page["ink"] if paint["ink"] == theme.INK else paint["ink"]
        assert theme.contrast(ink, ground) >= 3.9, name


def test_bars_of_means_are_means(results, frame, known):
    names = [segment.name for segment in results.segments]
    colours = theme.segment_colours(results.segments)
    for one in known:
        bars = segment_means.records(results.segments, names, colours, one)
        expected = frame.groupby("segment")[one.column.name].mean()
        assert [record["mean"] for record in bars] == pytest.approx(list(expected), rel=1e-5)
        assert one.average == pytest.approx(frame[one.column.name].mean())


def test_the_snake_plot_is_means_of_z_scores(results):
    matrix = pd.DataFrame(results.prepared.matrix)
    z = (matrix - matrix.mean()) / matrix.std(ddof=0)
    expected = z.groupby(results.labels).mean()
    np.testing.assert_allclose(
        snake_plot.standardised(results.prepared.matrix, results.labels, [0, 1, 2, 3, 4]), expected, atol=1e-12
    )
    constant = np.column_stack([np.ones(4), np.arange(4.0)])
    assert (snake_plot.standardised(constant, np.array([0, 0, 1, 1]), [0, 1])[:, 0] == 0).all()


@pytest.mark.parametrize("wanted", [[50.0] * 12, [0.0, 259.0, 100.0], list(np.linspace(200, 260, 9))])
def test_names_at_the_ends_of_lines_do_not_overlap_and_stay_in_the_picture(wanted):
    ids = range(len(wanted))
    names = ["two\nlines" if i % 3 == 0 else "one" for i in range(len(wanted))]
    height = max(260.0, line_ends.room(names))
    ends = line_ends.line_ends(ids, dict.fromkeys(ids, "#000000"), names, wanted, height)
    ats = sorted(end["at"] for end in ends)
    assert all(after - before >= 14.99 for before, after in pairwise(ats))
    assert ats[0] >= 0
    assert ats[-1] <= height


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.7), st.integers(2, 60))
def test_correlations_are_those_of_pandas_ranks(seed, gaps, n):
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(n, 4)).round(1)
    matrix[:, 1] = np.round(matrix[:, 0])
    matrix[:, 3] = 2.0
    matrix[random.random(matrix.shape) < gaps] = np.nan
    expected = pd.DataFrame(matrix).rank().corr().to_numpy()
    found = correlations.rank_correlations(matrix)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_without_gaps_correlations_are_spearmans(results):
    names = ["recency_days", "frequency", "monetary", "tenure_days"]
    expected = pd.DataFrame(results.customers.values)[names].corr(method="spearman")
    np.testing.assert_allclose(correlations.rank_correlations(results.customers.matrix(names)), expected, atol=1e-12)


def test_of_many_customers_a_seeded_sample_is_compared():
    assert len(correlations.sample(100, 7)) == 100
    rows = correlations.sample(50_000, 7)
    assert len(np.unique(rows)) == len(rows) == 20_000
    assert np.array_equal(rows, correlations.sample(50_000, 7))


def test_loadings_and_every_components_share_are_those_of_scikit_learn(results):
    prepared = results.prepared
    pca = PCA().fit(prepared.matrix[prepared.fitted_on])
    plane = customer_map.project(prepared.matrix, prepared.fitted_on)
    assert plane.spectrum == pytest.approx(tuple(pca.explained_variance_ratio_))
    bars = loadings.records(plane, 1, ["a", "b", "c"], ["a", "b", "c"])
    assert [abs(record["loading"]) for record in bars] == pytest.approx(list(np.abs(pca.components_[1])), abs=1e-4)
    rows = loadings.loadings(results.customers, prepared).table[1]
    assert [float(row[1]) for row in rows[:3]] == pytest.approx(list(plane.loadings[0]), abs=0.006)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), max_size=60))
def test_every_known_value_is_in_one_bin(values):
    values = np.array(values, dtype=float)
    counts, edges = before_and_after.count_bins(values)
    assert counts.sum() == np.isfinite(values).sum()
    assert len(edges) == len(counts) + 1
    assert (np.diff(edges) > 0).all()


def test_bins_are_numpys_between_the_outer_percentiles(results):
    values = results.customers.values["monetary"]
    counts, edges = before_and_after.count_bins(values)
    low, high = np.quantile(values, [0.005, 0.995])
    assert edges[[0, -1]] == pytest.approx([low, high])
    inner = pd.cut(values[(values > low) & (values < high)], edges, labels=False)
    expected = np.bincount(inner, minlength=24)
    expected[0] += (values <= low).sum()
    expected[-1] += (values >= high).sum()
    assert list(counts) == list(expected)


def test_boxes_of_all_customers_and_points_beyond(results, frame):
    found = {box.column.name: box for box in outlier_boxes.boxes(results.customers, results.prepared)}
    beyond = {one.feature: one for one in outliers.count_beyond(results.prepared, results.customers)}
    for name, box in found.items():
        assert box.quartiles == pytest.approx(tuple(frame[name].quantile([0.25, 0.5, 0.75])))
        assert (len(box.below), len(box.above)) == (beyond[name].below, beyond[name].above)
        inside = frame[name][(frame[name] >= beyond[name].low) & (frame[name] <= beyond[name].high)]
        assert box.whiskers == (inside.min(), inside.max())
        points = outlier_boxes.records(box)
        if len(box.above):
            ats = [point["at"] for point in points]
            shown = np.expm1(max(ats)) if box.is_wide else max(ats)
            assert shown == pytest.approx(frame[name].max(), rel=1e-4)


def test_many_points_beyond_are_thinned_but_keep_the_farthest(results):
    box = outlier_boxes.boxes(results.customers, results.prepared)[0]
    crowded = replace(box, above=np.arange(1000.0, 6000.0), below=np.empty(0), is_wide=False)
    ats = [point["at"] for point in outlier_boxes.records(crowded)]
    assert len(ats) == 80
    assert max(ats) == 5999


def test_tsne_is_only_drawn_when_asked_for_and_is_the_same_again(results):
    assert "tsne_map" not in build_charts(**vars(results))
    few = np.arange(0, len(results.labels), 12)
    one, other = (tsne_map.embedded(results.prepared.matrix[few], 7) for _ in range(2))
    assert np.array_equal(one, other)
    assert one.shape == (len(few), 2)


def test_neighbours_kept_is_what_a_plain_search_finds():
    random = np.random.default_rng(5)
    positions, own = random.normal(size=(200, 2)), random.integers(0, 3, 200)
    apart = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    same = own[apart.argmin(axis=1)] == own
    assert tsne_map.neighbours_kept(positions, own) == same.mean()
    assert tsne_map.neighbours_kept(positions, own, of=1) == same[own == 1].mean()


def test_a_few_customers_have_no_tsne(kinds):
    data = kinds["one"]()
    few = replace(data.prepared, matrix=data.prepared.matrix[:9])
    assert tsne_map.tsne_map(data.segments, {}, data.labels[:9], few, seed=7) is None
