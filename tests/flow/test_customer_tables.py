"""Tables with one row per customer: familiar columns under other names, codes, components, and scoring them again."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.progress import Silent
from segmentry.core.recipe import parse_recipe
from segmentry.flow import find_segments
from segmentry.sources import generate_rfm


@pytest.fixture(scope="module")
def rfm(tmp_path_factory):
    path = tmp_path_factory.mktemp("rfm") / "rfm.csv"
    generate_rfm(path, customers=400)
    return pd.read_csv(path)


def found(frame, **settings):
    return find_segments(
        parse_recipe({"source": {"kind": "customers"}, "cluster": {"k": 4, "k_range": [3, 5]}, **settings}), frame=frame
    )


@pytest.mark.parametrize(
    "names", [["Recency", "Frequency", "Monetary"], ["R", "F", "M"], ["RECENCY_DAYS", "Frequency", "monetary_value"]]
)
def test_recency_frequency_and_money_are_understood_under_other_names(rfm, names):
    expected = found(rfm, vocabulary="rfm-4")
    other = found(rfm.set_axis(["customer_id", *names], axis=1), vocabulary="rfm-4")
    assert other.customers.columns.tolist() == expected.customers.columns.tolist()
    pd.testing.assert_frame_equal(other.customers, expected.customers)
    notes = [one.text for one in other.book.facts.assumptions]
    assert any(f"'{names[0]}' is recency_days" in note and "recency counts days" in note for note in notes)
    assert not any("recency" in one.text for one in expected.book.facts.assumptions)
    assert [column.unit for column in other.book.customers.columns] == ["days", "orders", "money"]


def test_own_names_are_kept_where_the_recipe_speaks_them(rfm):
    frame = rfm.set_axis(["customer_id", "Recency", "Frequency", "Monetary"], axis=1)
    kept = found(frame, features=["Recency", "Monetary"])
    assert kept.book.deciding == ("Recency", "Monetary")


def test_a_model_understands_the_same_names_again(rfm, tmp_path):
    frame = rfm.set_axis(["customer_id", "Recency", "Frequency", "Monetary"], axis=1)
    first = found(frame, vocabulary="rfm-4")
    first.model.save(tmp_path)
    again = sg.load(tmp_path).assign(frame.sample(frac=1, random_state=1))
    assert again.segment.tolist() == first.customers.segment.tolist()


@pytest.fixture
def shops():
    random = np.random.default_rng(6)
    return pd.DataFrame(
        {"id": [f"s{number:03d}" for number in range(300)], "region": random.integers(1, 4, 300),
         "turnover": random.lognormal(8, 1, 300), "staff": random.poisson(6, 300), "age": random.integers(18, 80, 300)}
    )  # fmt: skip


def test_codes_are_kept_but_measure_nothing(shops):
    result = found(shops)
    assert result.book.deciding == ("turnover", "staff", "age")
    assert result.customers.region.tolist() == shops.region.tolist()
    other = shops.assign(region=shops.region.to_numpy()[::-1])
    assert found(other).customers.segment.tolist() == result.customers.segment.tolist()
    assert any("region hold codes" in one.text for one in result.book.facts.assumptions)


def test_codes_that_a_recipe_names_decide(shops):
    assert found(shops, features=["region", "turnover"]).book.deciding == ("region", "turnover")
    only = shops[["id", "region"]].assign(channel=shops.staff % 2)
    assert found(only).book.deciding == ("region", "channel")


def test_amounts_under_a_codes_name_are_amounts(shops):
    assert "store" in found(shops.assign(store=shops.turnover / 7)).book.deciding


def test_a_run_on_components_says_so_and_labels_others_alike(shops, tmp_path):
    told = []

    class Listener(Silent):
        def step(self, title, text):
            told.append((title, text))

    settings = parse_recipe(
        {"source": {"kind": "customers"}, "cluster": {"k": 3, "k_range": [3, 3]}, "prepare": {"pca": {"components": 2}}}
    )
    result = find_segments(settings, frame=shops, progress=Listener())
    assert any(
        title == "Components" and text.startswith("2 principal components of 3 columns hold") for title, text in told
    )
    result.model.save(tmp_path)
    assert sg.load(tmp_path).assign(shops).segment.tolist() == result.customers.segment.tolist()


def test_one_component_is_enough_for_a_report(shops, tmp_path):
    result = found(shops, prepare={"pca": {"components": 1}})
    assert "map_of_customers" not in result.charts()
    assert "1 principal component of 3 columns holds" in result.report(tmp_path / "r.html").read_text(encoding="utf-8")


def test_rows_that_are_no_customer_are_told_without_money(shops, tmp_path):
    told = []

    class Listener(Silent):
        def step(self, name, detail=""):
            told.append((name, detail))

    shops.loc[3, "id"] = None
    frame = pd.concat([shops, shops.iloc[[5, 6]]])
    recipe = parse_recipe({"source": {"kind": "customers"}, "cluster": {"k": 3, "k_range": [3, 3]}})
    result = find_segments(recipe, frame=frame, progress=Listener())
    assert ("Cleaning", "299 rows kept (99.0 %)") in told
    assert any("no customer 1 · repeated customer 2" in detail for _, detail in told)
    page = result.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "302 rows read: 299 kept, each a customer, and 3 set aside." in page
    heads, rows = result.charts()["ledger"].table
    assert heads == ("Reason", "Rows", "Customers")
    assert rows[-1] == ("kept", "299", "299")
    told.clear()
    clean = find_segments(recipe, frame=shops.dropna(), progress=Listener())
    assert not any(name == "Cleaning" for name, _ in told)
    assert "ledger" not in clean.charts()


def test_columns_of_the_data_never_take_the_place_of_what_was_found(tmp_path):
    rng = np.random.default_rng(0)
    group = np.repeat([0, 1, 2], 60)
    table = pd.DataFrame(
        {"customer_id": [f"c{i}" for i in range(180)], "spend": rng.gamma(9, np.array([10, 100, 1000])[group]),
         "visits": 1 + rng.poisson(np.array([2, 20, 6])[group]), "segment": group + 1, "Confidence": rng.random(180)}
    )  # fmt: skip
    table.to_csv(tmp_path / "table.csv", index=False)
    document = {
        "source": {"kind": "customers", "path": str(tmp_path / "table.csv")},
        "rules": {"label": "segment"},
        "cluster": {"k": 3},
    }
    found = sg.run(document, out=tmp_path / "runs", report=False)
    names = {segment.id: segment.name for segment in found.profiles}
    for customers in (found.customers, pd.read_parquet(found.path / "customers.parquet")):
        assert customers.segment.tolist() == [names[label] for label in found.clustering.labels.tolist()]
        assert customers.segment_id.tolist() == found.clustering.labels.tolist()
        assert customers.confidence.tolist() == found.clustering.confidence.tolist()
        given = table.set_index("customer_id").loc[customers.customer_id]
        assert customers.segment_.tolist() == given.segment.tolist()
        assert customers.Confidence_.tolist() == given.Confidence.tolist()
        assert customers.rule_segment.tolist() == given.segment.astype(str).tolist()
    # An explanation reads them back.
    from segmentry.flow.explaining import fitted_run

    (read,) = fitted_run(found.path).values()
    assert read.customers.values["Confidence"].tolist() == found.book.customers.values["Confidence"].tolist()
    assert read.customers.values["segment"].tolist() == found.book.customers.values["segment"].tolist()
