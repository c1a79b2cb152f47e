"""The comparison of answers finds a wrong one, whichever figure is wrong."""

from __future__ import annotations

import json
from dataclasses import replace

import checks
import numpy as np
import pandas as pd
import pytest
from answers import PREPARATION, Answers, Beside, labelled, of_peer
from sklearn.cluster import KMeans

OURS = Answers(
    rows=100, customers=10, orders=30, money=1234.56, inside=9, k=3, starts=10, inertia={2: 50.0, 3: 20.0},
    facts={"prepared": list(PREPARATION), "customers.parquet": "abc"},
)  # fmt: skip
PEER = replace(OURS, facts={})


def wrong(peer, ours=OURS):
    return [check.what for check in checks.compare(ours, {"peer": peer}) if not check.fine]


def test_equal_answers_are_fine():
    assert wrong(PEER) == []


@pytest.mark.parametrize(
    "other", [{"rows": 101}, {"customers": 11}, {"orders": 29}, {"inside": 10}, {"money": 1234.57}, {"orders": None}]
)
def test_a_count_or_a_cent_is_noticed(other):
    assert wrong(replace(PEER, **other)) == ["counts and money beside peer"]


def test_money_may_differ_by_rounding_of_floats_only():
    assert wrong(replace(PEER, money=1234.560000001)) == []


@pytest.mark.parametrize(("inertia", "fine"), [(20.0199, True), (20.0201, False), (19.0, True)])
def test_inertia_is_bounded_at_every_k(inertia, fine):
    found = wrong(PEER, replace(OURS, inertia={2: 50.0, 3: inertia}))
    assert (found == []) is fine


def test_inertia_that_is_not_stated_or_of_another_preparation_is_no_agreement():
    assert len(wrong(PEER, replace(OURS, inertia={2: 50.0}))) == 1
    assert len(wrong(PEER, replace(OURS, facts={"prepared": ["log1p"] * 3}))) == 1


def test_fewer_starts_do_not_set_the_bound():
    assert wrong(replace(PEER, starts=1, inertia={2: 1.0, 3: 1.0})) == []


def test_the_notebook_has_to_have_our_orders_and_money():
    assert checks.notebook(Beside(8, 8, 0, 0.001)).fine
    for other in (Beside(8, 7, 0, 0), Beside(8, 8, 1, 0), Beside(8, 8, 0, 0.02), Beside(0, 0, 0, 0)):
        assert not checks.notebook(other).fine


def test_labels_and_order_of_scored_customers_are_compared():
    table = {"customer_id": np.array([1, 2, 3]), "segment_id": np.array([0, 1, 1])}
    assert all(check.fine for check in checks.of_scores(table, table))
    relabelled = table | {"segment_id": np.array([0, 1, 0])}
    assert [check.found for check in checks.of_scores(relabelled, table) if not check.fine] == ["1 differ"]
    reordered = {name: column[::-1] for name, column in table.items()}
    assert not all(check.fine for check in checks.of_scores(reordered, table))


@pytest.fixture
def run(tmp_path):
    """A run's customers table as scikit-learn labels it, by hand: one far customer takes no part in the search."""
    rng = np.random.default_rng(5)
    table = pd.DataFrame(
        {
            "customer_id": [str(i) for i in range(400)],
            "recency_days": rng.integers(1, 400, 400).astype(float),
            "frequency": rng.integers(1, 9, 400).astype(float),
            "monetary": np.append(rng.uniform(10, 900, 399), 1e12),
        }
    )
    logged = np.column_stack([table["recency_days"], np.log1p(table[["frequency", "monetary"]])])
    inside = logged[:399]
    matrix = (inside - inside.mean(axis=0)) / inside.std(axis=0)
    fit = KMeans(3, n_init=10, random_state=0).fit(matrix)
    (tmp_path / "run").mkdir()
    table.assign(segment_id=np.append(fit.labels_, 0)).to_parquet(tmp_path / "run" / "customers.parquet")
    (tmp_path / "run" / "manifest.json").write_text("{}")
    return tmp_path, fit


def test_inertia_is_computed_once_more_from_what_was_written(run):
    folder, fit = run
    seen = labelled(folder)
    assert seen.inertia == pytest.approx(fit.inertia_, rel=1e-9)
    assert checks.recomputed(replace(OURS, inertia={3: fit.inertia_}), seen).fine
    assert not checks.recomputed(replace(OURS, inertia={3: fit.inertia_ * 1.001}), seen).fine
    assert not checks.recomputed(replace(OURS, inertia={}), seen).fine
    [same] = checks.agreement(seen, 3, {"peer": replace(PEER, centres={3: fit.cluster_centers_.tolist()})})
    assert same.found == "adjusted Rand index 1.0000 at k = 3"


def test_answers_of_a_peer_come_back_with_numbers_for_k(tmp_path):
    said = {"rows": 3, "inertia": {"2": 5.0}, "silhouette": {"2": 0.4}, "figures": {"read": 1.0}}
    (tmp_path / "answers.json").write_text(json.dumps(said))
    assert of_peer(tmp_path) == Answers(rows=3, inertia={2: 5.0}, figures={"read": 1.0})
