"""The numbers in charts, each against an independent computation."""

import json
import math
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA

from segmentry.charts import (
    build_charts,
    customer_map,
    distributions,
    feature_profile,
    ledger,
    outliers,
    rfm_map,
    segment_means,
    segment_sizes,
    silhouettes,
    theme,
)
from segmentry.charts import concentration as pareto
from segmentry.charts.build import shown_columns
from segmentry.charts.choosing_k import records as k_records
from segmentry.charts.measures import Measure
from segmentry.core import display
from segmentry.core.tables import Column


@pytest.fixture(scope="module")
def frame(results):
    return pd.DataFrame(results.customers.values).assign(segment=results.labels)


@pytest.fixture(scope="module")
def colours(results):
    return theme.segment_colours(results.segments)


def test_shares_of_customers_and_revenue(results, frame, colours):
    names = [segment.name for segment in results.segments]
    sizes = segment_sizes.records(results.segments, names, colours, "customers")
    money = segment_sizes.records(results.segments, names, colours, "revenue")
    assert [record["share"] for record in sizes] == pytest.approx(
        list(frame["segment"].value_counts(normalize=True).sort_index()), abs=1e-5
    )
    assert [record["share"] for record in money] == pytest.approx(
        list(frame.groupby("segment")["monetary"].sum() / frame["monetary"].sum()), abs=1e-5
    )


def test_the_title_of_sizes_states_the_finding(results, frame, colours):
    share = frame.loc[frame["segment"] == 0, "monetary"].sum() / frame["monetary"].sum()
    title = segment_sizes.segment_sizes(results.segments, colours).title
    assert title == f"Champions are 16.7 % of customers and {share * 100:.1f} % of revenue"


@pytest.mark.parametrize("column", ["monetary", "days_between_orders_mean"])
def test_boxes_are_percentiles_of_the_known_values(results, frame, colours, column):
    names = [segment.name for segment in results.segments]
    description = results.customers.column(column)
    boxes = distributions.records(
        results.segments, names, colours, results.customers.values[column], results.labels, column=description
    )
    expected = frame.groupby("segment")[column].quantile([0.05, 0.25, 0.5, 0.75, 0.95]).unstack()
    found = [[box[f"p{percent}"] for percent in (5, 25, 50, 75, 95)] for box in boxes]
    np.testing.assert_allclose(found, expected.to_numpy(), rtol=1e-5)


def test_the_map_is_what_scikit_learn_calls_pca(results):
    prepared = results.prepared
    plane = customer_map.project(prepared.matrix, prepared.fitted_on)
    pca = PCA(n_components=2).fit(prepared.matrix[prepared.fitted_on])
    assert plane.explained == pytest.approx(tuple(pca.explained_variance_ratio_))
    np.testing.assert_allclose(np.abs(plane.loadings), np.abs(pca.components_), atol=1e-9)
    np.testing.assert_allclose(np.abs(plane.positions), np.abs(pca.transform(prepared.matrix)), atol=1e-9)
    assert (plane.loadings[np.arange(2), np.abs(plane.loadings).argmax(axis=1)] > 0).all()


def test_the_map_survives_one_customer_and_constant_rows():
    for matrix in (np.array([[1.0, 2.0, 3.0]]), np.ones((5, 2))):
        plane = customer_map.project(matrix, np.ones(len(matrix), dtype=bool))
        assert np.isfinite(plane.positions).all()
        assert plane.explained == (0.0, 0.0)


def test_the_sample_is_in_proportion_seeded_and_keeps_small_segments():
    labels = np.repeat([0, 1, 2], [90_000, 9_990, 10])
    rows = customer_map.sample(labels, 7)
    counts = np.bincount(labels[rows])
    assert list(counts) == [1350, 150, 10]
    assert np.array_equal(rows, customer_map.sample(labels, 7))
    assert not np.array_equal(rows, customer_map.sample(labels, 8))
    assert len(np.unique(rows)) == len(rows)


def test_shares_of_the_best_customers(frame):
    ordered = frame["monetary"].sort_values(ascending=False)
    for record in pareto.records(frame["monetary"].to_numpy()):
        expected = ordered.iloc[: round(len(ordered) * record["customers"])].sum() / ordered.sum()
        assert record["revenue"] == pytest.approx(expected, rel=1e-5)


def test_the_pareto_curve_goes_from_nothing_to_all_with_missing_and_negative_money():
    line = pareto.curve(np.array([5.0, np.nan, -1.0, 6.0]))
    assert [(point["customers"], point["revenue"]) for point in line] == [(0, 0), (0.3333, 0.6), (0.6667, 1.1), (1, 1)]


def test_index_colours_are_symmetric_in_ratios():
    assert feature_profile.strength(50) == -feature_profile.strength(200)
    assert feature_profile.strength(float("nan")) == 0
    assert feature_profile.strength(-20) == -1


def test_heat_map_cells_hold_mean_and_index(results):
    columns = results.customers.columns[:3]
    cells = feature_profile.records(results.segments, ["a", "b", "c", "d", "e"], columns)
    assert len(cells) == 15
    champions = results.segments[0].features["frequency"]
    cell = next(cell for cell in cells if cell["segment"] == 0 and cell["column"] == 1)
    assert float(cell["big"]) == pytest.approx(champions.mean, rel=0.05)
    assert float(cell["small"]) == pytest.approx(champions.index, rel=0.01)
    assert cell["colour"] == theme.HIGH


def test_cells_of_recency_by_frequency_count_every_customer_once(results, frame):
    steps = rfm_map.recency_steps(results.customers.values["recency_days"])
    cells = rfm_map.count_cells(results.customers, results.labels, steps)
    across = pd.cut(frame["recency_days"], [-1, *steps, np.inf], labels=False)
    up = pd.cut(frame["frequency"], [0, 1, 2, 4, 9, np.inf], labels=False)
    expected = frame.groupby([across.rename("r"), up.rename("f")])["monetary"].agg(["size", "mean"])
    assert {(cell.recency, cell.frequency): cell.customers for cell in cells} == expected["size"].to_dict()
    assert [cell.spend for cell in cells] == pytest.approx(list(expected["mean"]))
    main = frame["segment"].groupby([across, up]).agg(lambda own: own.mode().iloc[0])
    assert [cell.segment for cell in cells] == list(main)


def test_outliers_per_feature_are_those_the_pipeline_flags(results):
    found = outliers.count_beyond(results.prepared, results.customers)
    logs = np.log1p(
        np.column_stack([results.customers.values[name] for name in ("recency_days", "frequency", "monetary")])
    )
    scores = (logs - logs.mean(axis=0)) / logs.std(axis=0)
    assert [one.below for one in found] == list((scores < -2.5).sum(axis=0))
    assert [one.above for one in found] == list((scores > 2.5).sum(axis=0))
    assert sum(one.below + one.above for one in found) >= results.prepared.is_outlier.sum() > 0
    assert found[2].high == pytest.approx(np.expm1(logs[:, 2].mean() + 2.5 * logs[:, 2].std()))


def test_the_waterfall_goes_from_all_rows_to_the_kept_ones(results):
    steps = ledger.records(results.ledger)
    assert steps[0]["to"] == 541909
    assert steps[-1]["to"] == 392692
    assert [step["to"] for step in steps[2:-1]] == [step["from"] for step in steps[1:-2]]
    assert steps[-2]["from"] == 392692
    assert "No date" not in [step["label"] for step in steps]  # nothing was set aside for it


def test_the_ledger_chart_lists_every_rule_and_all_money(results):
    heads, rows = ledger.ledger(results.ledger).table
    assert heads[-1] == "Money"
    money = [Decimal(row[-1].replace(",", "")) for row in rows]
    assert sum(money[1:]) == money[0]
    assert len(rows) == 7


def test_silhouette_profiles_keep_ends_and_are_short():
    values = np.random.default_rng(3).uniform(-0.3, 0.8, 5000)
    line = silhouettes.profile(values)
    assert len(line) <= 200
    assert line[0] == values.max()
    assert line[-1] == values.min()
    assert line == sorted(line, reverse=True)
    assert np.mean(line) == pytest.approx(values.mean(), abs=0.01)


def test_k_charts_mark_the_chosen_k_and_the_knee(results):
    points = k_records(results.clustering.choice, lambda score: score.inertia, "Inertia", with_knee=True)
    assert {point["k"]: point["said"] for point in points if point["said"]} == {4: "knee", 5: "chosen"}
    assert [point["value"] for point in points] == pytest.approx([9000 / k**0.8 for k in range(2, 11)], rel=1e-5)


def test_charts_are_the_same_for_the_same_results(results):
    one, other = (build_charts(**vars(results)) for _ in range(2))
    assert {name: json.dumps(chart.spec) for name, chart in one.items()} == {
        name: json.dumps(chart.spec) for name, chart in other.items()
    }


def test_the_profiles_title_is_about_features_that_decided(results):
    columns = results.customers.columns
    title = feature_profile.feature_profile(results.segments, columns, ("frequency",)).title
    largest = max(results.segments, key=lambda segment: abs(np.log(segment.features["frequency"].index / 100)))
    assert title.startswith(f"{largest.name} differ most: Frequency at ")


def test_a_ledger_of_trillions_has_room_for_them(results):
    book = results.ledger
    huge = replace(book, total=replace(book.total, money=Decimal("8138712080916.38")))

    def money_ends(one):
        layers = ledger.ledger(one).spec["layer"]
        return max(layer["encoding"]["x"].get("value", 0) for layer in layers)

    assert money_ends(book) == 630
    assert money_ends(huge) > 640


def test_what_is_missing_for_everyone_has_no_empty_panel(results):
    customers = results.customers
    columns = (*customers.columns, Column("gone"))
    values = customers.values | {"gone": np.full(len(customers), np.nan)}
    segments = tuple(
        replace(one, features=one.features | {"gone": replace(one.features["monetary"], mean=math.nan)})
        for one in results.segments
    )
    shown = shown_columns(segments, replace(customers, values=values, columns=columns), results.prepared)
    assert "gone" not in [column.name for column in shown]
    assert "monetary" in [column.name for column in shown]


def test_the_map_speaks_of_one_order_where_many_have_one(results):
    customers = results.customers
    often = customers.values | {"frequency": customers.values["frequency"] + 5}
    chart = rfm_map.rfm_map(
        results.segments, theme.segment_colours(results.segments), replace(customers, values=often), results.labels
    )
    assert chart.title.startswith("Most common: ")


def test_small_shares_of_the_average_are_not_nothing():
    assert display.times(0.00003) == "under 0.01 ×"


def test_money_of_accounts_is_turnover(results):
    customers = results.customers
    columns = tuple(replace(one, noun="turnover") if one.name == "monetary" else one for one in customers.columns)
    drawn = build_charts(**vars(results) | {"customers": replace(customers, columns=columns)})
    for name in ("segment_sizes", "concentration", "rule_tree_map"):
        words = drawn[name].title + drawn[name].subtitle + json.dumps(drawn[name].spec, default=str)
        assert "turnover" in words, name
        assert "revenue of" not in words, name
        assert "of revenue" not in words, name


def test_names_keep_their_capitals(results):
    columns = (Column("NAV"),)
    segments = tuple(replace(one, features={"NAV": one.features["monetary"]}) for one in results.segments)
    colours = theme.segment_colours(segments)
    nav = (Measure(columns[0], "NAV", 5.0),)
    labels = [one.name for one in segments]
    assert all("mean NAV " in mark["tip"] for mark in segment_means.records(segments, labels, colours, nav[0]))


def test_labels_of_the_pareto_curve_do_not_lie_on_one_another_or_on_the_axis():
    few = [mark["text"] for mark in pareto.records(np.array([900.0, 2.0, 1.0]))]
    assert few == ["1 % → 99.7 %", "", "", "50 % → 99.9 %"]
    equal = pareto.records(np.ones(200))
    assert [mark["revenue"] for mark in equal] == [0.01, 0.1, 0.2, 0.5]
    assert [mark["at"] for mark in equal] == [0.07, 0.1, 0.2, 0.5]


def test_of_many_segments_the_largest_are_named_on_the_map(results):
    first = results.segments[0]
    segments = tuple(replace(first, id=label, name=f"S{label}", customers=100 + label) for label in range(-1, 15))
    labels = np.arange(-1, 15).repeat(10)
    positions = np.random.default_rng(1).normal(size=(len(labels), 2))
    marks = customer_map.centres(segments, positions, labels, customer_map.room_for(positions))
    assert [mark["segment"] for mark in marks] == list(range(6, 15))


def test_the_title_of_sizes_is_not_about_noise(results):
    first, *others = results.segments
    segments = (*others, replace(first, id=-1, name="Noise", revenue_share=0.9))
    chart = segment_sizes.segment_sizes(segments, {segment.id: "#000000" for segment in segments})
    assert "Noise" not in chart.title
    assert "Noise" in [row[0] for row in chart.table[1]]
