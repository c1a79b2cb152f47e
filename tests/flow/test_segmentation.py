"""The Python interface: one call, in the caller's own kind of frame, and everything it gives back."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.metrics import silhouette_score

import segmentry as sg
from segmentry.core.errors import DataError, RecipeError, SourceError

RNG = np.random.default_rng(11)
LINES = 900
ORDERS = pd.DataFrame(
    {
        "CustomerID": RNG.choice([f"{i:04d}" for i in range(120)], LINES, p=RNG.dirichlet(np.full(120, 0.8))),
        "InvoiceNo": RNG.integers(0, 400, LINES),
        "InvoiceDate": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 360, LINES), unit="D"),
        "Quantity": RNG.integers(1, 9, LINES),
        "UnitPrice": RNG.integers(100, 5000, LINES) / 100,
    }
)
ROLES = {"customer": "CustomerID", "order": "InvoiceNo", "time": "InvoiceDate"}


@pytest.fixture(scope="module")
def found():
    return sg.segment(ORDERS, **ROLES, amount=ORDERS.Quantity * ORDERS.UnitPrice)


def test_customers_equal_a_pandas_computation(found):
    customers = found.customers
    kept = ORDERS.drop_duplicates()
    money = (kept.Quantity * kept.UnitPrice).groupby(kept.CustomerID).sum()
    assert isinstance(customers, pd.DataFrame)
    assert customers.customer_id.tolist() == money.index.tolist()
    np.testing.assert_allclose(customers.monetary, money, rtol=1e-12)
    assert customers.confidence.between(0, 1).all()
    assert (customers.segment != customers.nearest_other_segment).all()


def test_segments_add_up(found):
    segments = found.segments
    assert segments.customers.sum() == len(found.customers)
    assert segments.share.sum() == pytest.approx(1)
    assert segments.revenue.sum() == pytest.approx(found.customers.monetary.sum())
    assert segments.segment.is_unique
    by_hand = found.customers.groupby("segment").monetary.agg(["size", "mean", "median"])
    for row in segments.itertuples():
        assert (row.customers, row.monetary_mean, row.monetary_median) == pytest.approx(tuple(by_hand.loc[row.segment]))


def test_the_scores_of_every_number_of_segments_are_told(found):
    told = found.summary()["k"]
    assert [score["k"] for score in told["tried"]] == list(range(2, 11))
    inside = found.prepared.fitted_on
    matrix, labels = found.prepared.matrix[inside], found.clustering.labels[inside]
    own = next(score for score in told["tried"] if score["k"] == told["chosen"])
    by_hand = sum(((group - group.mean(axis=0)) ** 2).sum() for group in (matrix[labels == i] for i in set(labels)))
    assert own["inertia"] == pytest.approx(by_hand)
    assert own["silhouette"] == pytest.approx(silhouette_score(matrix, labels))


def test_the_ledger_is_a_frame_that_adds_up(found):
    ledger = found.ledger
    assert ledger.rows.iloc[:-1].sum() == ledger.rows.iloc[-1] == LINES
    assert ledger.money.iloc[:-1].sum() == ledger.money.iloc[-1]


@pytest.mark.parametrize("kind", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "pyarrow"])
def test_frames_go_in_and_out_in_the_callers_kind(found, kind):
    frame = kind(ORDERS.assign(amount=ORDERS.Quantity * ORDERS.UnitPrice))
    other = sg.segment(frame, **ROLES, amount="amount", quantity="Quantity")
    assert type(other.customers) is type(frame)
    assert type(other.segments) is type(frame)
    names = ["customer_id", "segment", "recency_days", "frequency", "monetary"]
    got = (
        other.customers.to_pandas()[names]
        if kind is pa.Table.from_pandas
        else other.customers.select(names).to_pandas()
    )
    expected = found.customers[names]
    assert got.customer_id.tolist() == expected.customer_id.tolist()
    assert got.segment.tolist() == expected.segment.tolist()
    np.testing.assert_allclose(got.monetary, expected.monetary, rtol=1e-12)


def test_the_model_labels_its_own_and_new_customers(found, tmp_path):
    lines = ORDERS.assign(amount=ORDERS.Quantity * ORDERS.UnitPrice)
    again = found.model.assign(lines).set_index("customer_id")
    assert (again.segment == found.customers.set_index("customer_id").segment).all()
    found.model.save(tmp_path / "model")
    loaded = sg.load(tmp_path / "model")
    new = lines.head(1).assign(CustomerID="brand new", InvoiceDate=pd.Timestamp("2024-12-20"))
    label = loaded.assign(new)
    assert label.customer_id.tolist() == ["brand new"]
    assert label.segment[0] in set(found.segments.segment)


def test_charts_report_and_notebook_display(found, tmp_path):
    import altair as alt

    assert isinstance(found.chart("segment_sizes"), alt.TopLevelMixin)
    with pytest.raises(RecipeError, match="Did you mean 'segment_sizes'"):
        found.chart("segment_size")
    assert found.report(tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "<table" in found._repr_html_()
    assert found.segments.segment[0] in repr(found)


@pytest.mark.parametrize("policy", ["fit_without", "clip", "keep", "drop"])
@pytest.mark.parametrize("method", ["zscore", "iqr", "percentile"])
def test_no_customer_is_lost_whatever_the_policy(found, policy, method):
    threshold = {"zscore": 1.5, "iqr": 0.5, "percentile": 5}[method]
    prepare = {"outliers": {"method": method, "threshold": threshold, "policy": policy}}
    other = sg.segment(ORDERS, **ROLES, amount=ORDERS.Quantity * ORDERS.UnitPrice, k=3, prepare=prepare)
    assert other.customers.customer_id.tolist() == found.customers.customer_id.tolist()
    assert other.customers.is_outlier.any()
    assert (other.customers.segment != "").all()
    apart = other.customers.segment_id == -1
    assert apart.equals(other.customers.is_outlier) if policy == "drop" else not apart.any()
    assert other.segments.customers.sum() == len(other.customers)


def test_start_from_ends_where_lloyd_ends():
    from sklearn.cluster import KMeans

    start = [
        {"frequency": 12.0, "monetary": 3000.0},
        {"frequency": 5.0, "monetary": 900.0},
        {"frequency": 1.0, "monetary": 80.0},
    ]
    settings = {"features": ["frequency", "monetary"], "prepare": {"outliers": {"method": "none"}, "transform": "none"}}
    found = sg.segment(
        ORDERS, **ROLES, amount=ORDERS.Quantity * ORDERS.UnitPrice, k=3, cluster={"start_from": start}, **settings
    )
    matrix = found.customers[["frequency", "monetary"]].to_numpy(dtype=float)
    center, scale = matrix.mean(axis=0), matrix.std(axis=0)
    init = (np.array([[one["frequency"], one["monetary"]] for one in start]) - center) / scale
    peer = KMeans(3, init=init, n_init=1, tol=0).fit((matrix - center) / scale)
    by_value = np.argsort(np.argsort([-matrix[peer.labels_ == label, 1].mean() for label in range(3)]))
    assert found.customers.segment_id.tolist() == by_value[peer.labels_].tolist()


@pytest.mark.parametrize(
    ("cluster", "words"),
    [
        ({"start_from": [{"frequency": 1.0}]}, "k has to be 1"),
        ({"k": 1, "start_from": [{"frequency": 1.0}]}, "Each centre gives recency_days, frequency, monetary"),
    ],
)
def test_centres_that_do_not_fit_are_explained(cluster, words):
    with pytest.raises((RecipeError, DataError), match=words):
        sg.segment(ORDERS, **ROLES, amount=ORDERS.Quantity * ORDERS.UnitPrice, cluster=cluster)


def test_what_is_no_frame_is_said():
    with pytest.raises(SourceError, match="is not a frame"):
        sg.segment([1, 2, 3])


def test_own_names_and_playbook(tmp_path):
    playbook = tmp_path / "p.yaml"
    playbook.write_text("Champions: {action: 'Call all {customers} of them.'}\n", encoding="utf-8")
    found = sg.segment(
        ORDERS, **ROLES, amount=ORDERS.Quantity * ORDERS.UnitPrice, names={"Champions": "Gold"}, playbook=str(playbook)
    )
    gold = found.segments.iloc[0]
    assert gold.segment == "Gold"
    assert gold.action == f"Call all {gold.customers} of them."


def test_the_pipeline_of_the_readme():
    from sklearn.pipeline import make_pipeline

    pipe = make_pipeline(
        sg.prepare.Outliers(policy="fit_without"), sg.prepare.Scale("robust"), sg.cluster.KMeans(k="auto")
    )
    matrix = RNG.normal(size=(300, 3)) + np.repeat([[0, 0, 0], [8, 0, 0], [0, 8, 8]], 100, axis=0)
    matrix[0] = 1000
    labels = pipe.fit_predict(matrix)
    assert len(labels) == 300
    assert len(set(labels)) == 3
    assert (pipe.predict(matrix) == labels).all()


def test_a_computed_column_is_matched_by_index_as_pandas_does(found):
    shuffled = ORDERS.sample(frac=1, random_state=1)
    other = sg.segment(shuffled, **ROLES, amount=ORDERS.Quantity * ORDERS.UnitPrice)
    pd.testing.assert_frame_equal(other.customers, found.customers)
    as_array = sg.segment(ORDERS, **ROLES, amount=(ORDERS.Quantity * ORDERS.UnitPrice).to_numpy())
    pd.testing.assert_frame_equal(as_array.customers, found.customers)
    with pytest.raises(RecipeError, match="another index"):
        sg.segment(ORDERS, **ROLES, amount=(ORDERS.Quantity * ORDERS.UnitPrice).iloc[:-1])
    with pytest.raises(RecipeError, match="has 3 values, but the frame has 900 rows"):
        sg.segment(ORDERS, **ROLES, amount=[1.0, 2.0, 3.0])


def test_a_run_can_be_run_again_from_its_recipe_and_scored_by_any_handle(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ORDERS.to_csv("orders.csv", index=False)
    first = sg.run("orders.csv", report=False)
    again = sg.run(first.path / "recipe.yaml", out="again", report=False)
    pd.testing.assert_frame_equal(again.customers, first.customers)
    for model in (sg.load(first.path), first.model, str(first.path), first.model.model):
        scored = sg.score(model, "orders.csv")
        assert scored.columns["segment"].tolist() == first.customers.segment.tolist()
    with pytest.raises(RecipeError, match="Give one recipe, or data files"):
        sg.run([first.path / "recipe.yaml", "orders.csv"])
