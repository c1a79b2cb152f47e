"""What the report says: true sentences and numbers, from the data."""

import json
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from segmentry.core.tables import Column
from segmentry.report import findings
from segmentry.report.contents import HEADING, _short_title, cards, key_features


@pytest.fixture(scope="module")
def said(results, say):
    return say(results)


@pytest.fixture(scope="module")
def frame(results):
    return pd.DataFrame(results.customers.values).assign(segment=results.labels)


def test_it_is_plain_json(said, examples, say):
    for contents in (said, say(examples.make_hard()), say(examples.make_one()), say(examples.make_without_money())):
        assert json.loads(json.dumps(contents, allow_nan=False)) == contents


def test_the_value_finding_names_who_brings_most(said, frame):
    money = frame.groupby("segment")["monetary"].sum()
    assert money.idxmax() == 0
    sentence = said["findings"][0]["text"]
    assert sentence.startswith(
        f"250 Champions, 16.7 % of customers, bring {money[0] / money.sum() * 100:.1f} % of revenue"
    )


def test_the_risk_finding_gives_the_median_and_the_money(said, frame):
    days = frame.loc[frame["segment"] == 3, "recency_days"].median()
    stake = frame.loc[frame["segment"] == 3, "monetary"].sum() * 0.2
    assert said["findings"][1]["text"] == (
        f"290 At Risk are fading: half of them have been silent for {days:.0f} days or longer; {stake / 1000:.0f} k at stake."
    )


def test_the_concentration_finding_counts_who_brings_half(said, frame):
    ordered = frame["monetary"].sort_values(ascending=False)
    tenth = ordered.head(150).sum() / ordered.sum()
    half = int((ordered.cumsum() < ordered.sum() / 2).sum()) + 1
    assert said["findings"][2]["text"] == (
        f"The top 10 % of customers bring {tenth * 100:.1f} % of revenue; half of it comes from {half} of 1,500 customers."
    )


def test_what_was_left_out_and_how_sure(said):
    assert (
        said["findings"][3]["text"]
        == "149,217 of 541,909 rows (27.5 %) were set aside, 135,080 of them for: no customer."
    )
    assert said["findings"][4]["text"] == (
        "The groups are moderately separated (silhouette 0.41); resampled data give the same segments with an agreement of 0.95 (1 = identical)."
    )


def test_no_structure_is_said(results):
    choice = replace(results.clustering.choice, structure="none")
    sentence = findings.certainty(replace(results.clustering, choice=choice))["text"]
    assert sentence.startswith("The data show no clear groups")


def test_findings_without_money_risk_or_ledger(examples, say):
    about = {finding["about"]: finding["text"] for finding in say(examples.make_without_money())["findings"]}
    assert about["Size"] == "Loyal Customers are the largest segment: 320 customers, 37.6 %."
    assert about["Risk"] == "No segment stands out as fading or lost."
    assert about["Difference"].startswith("Segments differ most in balance: ")
    assert about["Left out"] == "Nothing was set aside: all 850 customers are in a segment."


def test_rows_hold_what_the_table_sorts_by(said, frame):
    means = frame.groupby("segment")["monetary"].mean()
    assert [row["values"][2]["number"] for row in said["rows"]] == pytest.approx(list(means))
    assert [row["customers"]["text"] for row in said["rows"]] == ["250", "320", "280", "290", "360"]
    longest = max(row[key]["bar"] for row in said["rows"] for key in ("share", "revenue_share"))
    assert longest == 100


def test_cards_compare_with_the_average_of_all_customers(said, frame):
    number = said["cards"][0]["numbers"][0]
    mean, average = frame.loc[frame["segment"] == 0, "recency_days"].mean(), frame["recency_days"].mean()
    assert number["title"] == "Last order"
    assert number["value"] == f"{mean:.0f} days"
    assert number["average"] == f"{average:.0f} days"
    assert number["words"] == f"{mean / average * 100:.0f} % of the average"


@pytest.mark.parametrize(
    ("own", "rest", "words"),
    [
        (-1.0, -3.0, "above the average"),
        (-3.0, -1.0, "below the average"),
        (6.0, 2.0, "1.5 × the average"),
        (2.0, 2.0, "about the average"),
    ],
)
def test_ratios_are_given_only_where_they_mean_something(results, own, rest, words):
    customers = replace(
        results.customers,
        values={"balance": np.array([own, rest])},
        columns=(replace(results.customers.columns[2], name="balance"),),
    )
    summary = replace(results.segments[0].features["monetary"], mean=own)
    segment = replace(results.segments[0], features={"balance": summary})
    assert cards((segment,), customers, list(customers.columns))[0]["numbers"][0]["words"] == words


def test_key_features_are_those_that_differ_most_among_the_deciding(examples):
    results = examples.make_without_money()
    names = [column.name for column in key_features(results.segments, results.customers, results.prepared)]
    assert set(names[:2]) == {"balance", "purchases"}
    assert names[2] == "cash_advance"


def test_the_ledger_is_told_with_its_proof_and_a_broken_one_is_not_hidden(results, said, say):
    assert (
        said["left_out"]["reconciliation"]
        == "The ledger closes to the cent: 8,887,208.89 kept + 860,539.04 set aside = 9,747,747.93 read."
    )
    assert [line["rows"] for line in said["left_out"]["ledger"]] == [
        "135,080",
        "5,225",
        "8,872",
        "40",
        "0",
        "392,692",
        "541,909",
    ]
    broken = replace(results.ledger, kept=replace(results.ledger.kept, money=Decimal(1)))
    left_out = say(SimpleNamespace(**{**vars(results), "ledger": broken}))["left_out"]
    assert left_out["reconciles"] is False
    assert "does not close" in left_out["reconciliation"]


def test_how_it_was_made_names_columns_reasons_assumptions_and_settings(said):
    made = said["made"]
    assert ["customer", "CustomerID", "its name"] in made["columns"]
    assert made["unused"] == ["Note"]
    assert made["assumptions"] == [{"text": "dates are month/day/year", "change": "set source.format.dates: day-first"}]
    settings = dict(made["settings"])
    assert settings["cluster.method"] == "kmeans"
    assert settings["prepare.outliers.policy"] == "fit_without"
    assert dict(made["run"])["As of"] == "2011-12-10"
    assert ["segmentry", "0.1.0"] in made["versions"]


def test_a_goal_is_one_sentence_whether_or_not_it_came_with_a_full_stop(results):
    for goal in ("Keep them", "Keep them."):
        segment = replace(results.segments[0], play=replace(results.segments[0].play, goal=goal))
        assert cards((segment,), results.customers, [])[0]["play"]["goal"] == "Keep them."


def test_a_column_without_any_value_is_not_shown(results, say):
    customers = results.customers
    empty = {name: np.full(len(customers), np.nan) for name in ("recency_days", "frequency", "monetary")}
    kept = replace(customers, values=customers.values | empty)
    shown = key_features(results.segments, kept, results.prepared)
    assert shown
    assert not {column.name for column in shown} & set(empty)
    assert "monetary" not in findings._widest_difference(results.segments, kept)


def test_headings_leave_room_for_figures():
    title = _short_title(Column("a rather long column name number 4 with more"))
    assert len(title) <= HEADING
    assert title.endswith("…")


def test_noise_is_not_the_most_valuable_segment_but_its_money_is_told(results):
    first, *others = results.segments
    noise = replace(first, id=-1, name="Noise", revenue_share=0.9)
    found = findings.value((*others, noise))
    assert "Noise" not in found["text"]
    assert found["text"].endswith(f"{noise.customers:,} customers in no segment bring more: 90.0 %.")


def test_one_dense_region_is_one_segment(results):
    choice = replace(results.clustering.choice, k=1)
    assert findings.certainty(replace(results.clustering, choice=choice))["text"].startswith("There is one segment")
