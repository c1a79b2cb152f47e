"""Rules of a recipe, in runs: a label, conditions in the engine, cut points given or frozen; faults before reading."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import segmentry
from segmentry.core.errors import RecipeError, UnknownColumn
from segmentry.core.recipe import parse_recipe
from segmentry.flow import check_rules

PEOPLE = pd.DataFrame(
    {
        "id": [f"c{i:02d}" for i in range(12)],
        "nav": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, None, 12],
        "orders": [1, 1, 1, 1, 2, 2, 3, 4, 5, 9, 10, 40],
        "Tier": ["Gold", "Gold", None, "Silver", "it's", "=1+1", "Gold", "Silver", "Gold", "Gold", "Silver", "Gold"],
    }
)


@pytest.fixture
def people(tmp_path):
    PEOPLE.to_csv(tmp_path / "people.csv", index=False)
    return tmp_path / "people.csv"


def recipe(path, **rules):
    source = {"path": str(path), "kind": "customers", "columns": {"customer": "id"}}
    return {"source": source, "cluster": {"k": 2}, "rules": rules}


def run(path, out, **rules):
    return segmentry.run(recipe(path, **rules), out=out / "runs", report=False)


CONDITIONS = [
    {"segment": "Large", "when": "nav >= 9 or Tier = 'it''s'"},
    {"segment": "Steady", "when": "orders between 2 and 5"},
    {"segment": "Same", "when": "nav > 10"},
]


def test_a_label_of_words_or_numbers(people, tmp_path):
    found = run(people, tmp_path, label="Tier")
    assert found.declared.segments.tolist() == [one if isinstance(one, str) else None for one in PEOPLE["Tier"]]
    assert found.declared.order == ("=1+1", "Gold", "Silver", "it's")
    assert found.declared.sizes() == {"=1+1": 1, "Gold": 6, "Silver": 3, "it's": 1}
    assert found.declared.without == 1
    assert found.declared.codes is None
    found = run(people, tmp_path, label="orders")
    assert found.declared.order == ("1", "2", "3", "4", "5", "9", "10", "40")
    assert found.declared.segments[-1] == "40"
    assert found.book.deciding == ("nav",)  # a label is no measure


def test_a_label_has_few_values_and_whole_numbers_are_written_out(tmp_path):
    pd.DataFrame(
        {"id": range(300), "code": [1e9, 12.5] * 150, "nr": range(300), "mail": [f"{i}@x" for i in range(300)]}
    ).to_csv(tmp_path / "x.csv", index=False)
    found = check_rules(parse_recipe(recipe(tmp_path / "x.csv", label="code"))).declared
    assert found.order == ("12.5", "1000000000")
    for label in ("nr", "mail"):
        with pytest.raises(RecipeError, match=f"'{label}' has 300 different values"):
            check_rules(parse_recipe(recipe(tmp_path / "x.csv", label=label)))


def test_conditions_run_in_the_engine_as_in_memory(people, tmp_path):
    found = run(people, tmp_path, conditions=CONDITIONS)
    assert found.declared.segments.tolist() == [
        None, None, None, None, "Large", "Steady", "Steady", "Steady", "Large", "Large", None, "Large",
    ]  # fmt: skip
    customers = found.book.customers
    assert (
        found.declared.conditions.assign(customers.values, customers.words).tolist() == found.declared.segments.tolist()
    )
    table = pd.read_parquet(found.path / "customers.parquet")
    assert "rule_code" not in table
    assert table["rule_segment"].astype(object).where(table["rule_segment"].notna(), None).tolist() == (
        found.declared.segments.tolist()
    )
    kept = json.loads((found.path / "manifest.json").read_text())["rules"]
    assert kept["conditions"][0] == {"segment": "Large", "when": "nav >= 9 or Tier = 'it''s'"}
    assert (kept["segments"], kept["without"]) == ({"Large": 4, "Steady": 3, "Same": 0}, 5)
    again = segmentry.run(found.path / "recipe.yaml", out=tmp_path / "again", report=False)
    assert again.declared.segments.tolist() == found.declared.segments.tolist()


def test_columns_that_differ_in_case_are_two(tmp_path):
    pd.DataFrame({"id": ["a", "b"], "nav": [1, 2], "NAV": [20, 10]}).to_csv(tmp_path / "x.csv", index=False)
    found = check_rules(
        parse_recipe(recipe(tmp_path / "x.csv", conditions=[{"segment": "A", "when": "nav < 2 and NAV > 15"}]))
    )
    assert found.declared.segments.tolist() == ["A", None]


def test_what_conditions_do_to_customers(people):
    found = check_rules(parse_recipe(recipe(people, conditions=CONDITIONS)))
    assert [(one.segment, one.holds, one.takes, one.taken_by) for one in found.conditions] == [
        ("Large", 4, 4, {}), ("Steady", 5, 3, {"Large": 2}), ("Same", 1, 0, {"Large": 1}),
    ]  # fmt: skip
    assert (found.none.customers, found.none.examples) == (5, ("c00", "c01", "c02"))
    assert (found.several.customers, found.several.examples) == (3, ("c04", "c08", "c11"))
    assert [(one.first, one.second, one.both.customers, one.both.examples) for one in found.overlaps] == [
        ("Large", "Steady", 2, ("c04", "c08")), ("Large", "Same", 1, ("c11",)),
    ]  # fmt: skip
    rest = check_rules(parse_recipe(recipe(people, conditions=[*CONDITIONS, {"segment": "Rest"}])))
    assert (rest.none.customers, rest.several.customers, len(rest.overlaps)) == (0, 3, 2)
    assert (rest.conditions[-1].holds, rest.conditions[-1].takes) == (5, 5)


OWN = {"measures": ["orders"], "levels": 5, "segments": {"one": [1], "two": [2], "few": [3], "some": [4], "many": [5]}}


def test_value_based_bins_by_hand(people, tmp_path):
    found = run(people, tmp_path, map=OWN, bins={"orders": [2, 3, 5, 10]})
    assert found.declared.codes.tolist() == list("111122334455")
    assert found.declared.segments.tolist()[-2:] == ["many", "many"]
    assert found.declared.summary()["scores"][0]["thresholds"] == "given"


def test_a_table_may_call_recency_frequency_and_monetary_otherwise(tmp_path):
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            "id": range(50),
            "Recency": rng.integers(1, 99, 50),
            "Frequency": rng.integers(1, 20, 50),
            "Monetary Value": rng.random(50),
        }
    )
    table.to_csv(tmp_path / "x.csv", index=False)
    scales = check_rules(
        parse_recipe(recipe(tmp_path / "x.csv", map="rfm-11", bins={"recency": [80, 40, 20, 10]}))
    ).declared.scales
    assert [(one.measure, one.less_is_better, one.origin) for one in scales] == [
        ("recency_days", True, "given"), ("frequency", False, "floating"), ("monetary", False, "floating"),
    ]  # fmt: skip


def test_letters_stand_for_measures_and_less_can_be_better(people, tmp_path):
    own = {"measures": ["N"], "levels": 2, "segments": {"low": [1], "high": [2]}}
    assert run(people, tmp_path, map=own).declared.codes.tolist() == [*"11111", *"22222", None, "2"]
    reversed_ = run(people, tmp_path, map=own | {"less_is_better": ["N"]}, bins={"nav": [3]})
    assert reversed_.declared.codes.tolist() == [*"222", *"1111111", None, "1"]


def test_frozen_cut_points_move_only_who_changed(tmp_path):
    """By hand: ten customers with 1 to 10 orders, halves: 1-5 low, 6-10 high. Then the last five order no more, and
    five new ones have one order each: frozen, nobody moves; recomputed, the new halves begin at 3 orders.
    """
    halves = {"measures": ["orders"], "levels": 2, "segments": {"low": [1], "high": [2]}}
    before = pd.DataFrame({"id": [f"c{i}" for i in range(10)], "orders": range(1, 11), "x": range(10)})
    before.to_csv(tmp_path / "before.csv", index=False)
    first = run(tmp_path / "before.csv", tmp_path, map=halves)
    assert first.declared.scales[0].own_cuts == [6]
    new = pd.DataFrame({"id": [f"d{i}" for i in range(5)], "orders": 1, "x": range(5)})
    pd.concat([before, new]).to_csv(tmp_path / "after.csv", index=False)
    frozen = {"map": halves, "thresholds": {"frozen": str(first.path)}}
    second = run(tmp_path / "after.csv", tmp_path, **frozen)
    assert second.declared.segments.tolist() == ["low"] * 5 + ["high"] * 5 + ["low"] * 5
    assert second.declared.summary()["scores"][0] | {"note": ""} == {
        "measure": "orders", "cuts": [6], "thresholds": "frozen", "less_is_better": False, "note": "",
    }  # fmt: skip
    # 15 customers: 1 order (6 of them) has percentile 0.2; 2: 6.5/15 < 0.5; 3: 7.5/15 = 0.5, so halves begin at 3.
    moves = check_rules(parse_recipe(recipe(tmp_path / "after.csv", **frozen))).dry_run
    assert moves.scales[0].own_cuts == [3]
    assert (moves.moved, moves.rescored) == (3, 3)
    assert [(one.old, one.new, one.who.examples) for one in moves.moves] == [("low", "high", ("c2", "c3", "c4"))]
    third = run(
        tmp_path / "after.csv", tmp_path, map=halves, thresholds={"frozen": str(second.path)}
    )  # of a frozen run
    assert third.declared.segments.tolist() == second.declared.segments.tolist()
    floating = run(tmp_path / "after.csv", tmp_path, map=halves)
    moved = floating.book.customers.ids[floating.declared.segments != second.declared.segments]
    assert moved.tolist() == ["c2", "c3", "c4"]
    assert check_rules(parse_recipe(recipe(tmp_path / "after.csv", map=halves))).dry_run is None


def test_frozen_needs_a_run_of_the_same_scores(people, tmp_path):
    labelled = run(people, tmp_path, label="Tier").path
    other = run(people, tmp_path, map=OWN | {"levels": 2, "segments": {"a": [1], "b": [2]}}).path
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for text, words in (
        ("[1]", "not the folder of a run"),
        ("{", "not the folder"),
        ('{"rules": {"scores": [1]}}', "not the"),
    ):
        (hostile / "manifest.json").write_text(text)
        with pytest.raises(RecipeError, match=words):
            run("nowhere.csv", tmp_path, map=OWN, thresholds={"frozen": str(hostile)})
    cuts = '{"rules": {"scores": [{"measure": "orders", "cuts": [1, 2, NaN, "x"]}]}}'
    (hostile / "manifest.json").write_text(cuts)
    for folder, words in (
        (tmp_path / "none", "not the folder of a run"), (labelled, "did not score 'orders'"), (other, "in another way"),
        (hostile, "in another way"),
    ):  # fmt: skip
        with pytest.raises(RecipeError, match=words):
            run("nowhere.csv", tmp_path, map=OWN, thresholds={"frozen": str(folder)})


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"label": "a", "map": "rf-10"}, "label and map are given"),
        ({"bins": {"a": [1]}}, "there is no map"),
        ({"label": "a", "thresholds": {"frozen": "x"}}, "there is no map"),
        ({"conditions": []}, "no conditions"),
        ({"conditions": [{"segment": "A", "whn": "x > 1"}]}, "rules.conditions.0.whn'. Did you mean 'when'"),
        ({"conditions": [{"segment": "A", "when": "x in (1", "2)": None}]}, "comma stands in quotes"),
        ({"conditions": [{"segment": "A", "when": "x >"}]}, "Segment 'A': The condition 'x >' cannot be read"),
        ({"map": "rf-10", "bins": {"frequency": [2, 3]}}, "4 numbers for 5 levels, ascending"),
        ({"map": "rf-10", "bins": {"frequency": [2, 2, 3, 4]}}, "ascending"),
        ({"map": "rf-10", "bins": {"frequency": [2, 3, 4, float("inf")]}}, "ascending"),
        ({"map": "rf-10", "bins": {"recency_days": [2, 3, 4, 5]}}, "descending, since less is better"),
        ({"map": "rf-10", "bins": {"freqency": [2, 3, 4, 5]}}, "Did you mean 'frequency'"),
        ({"map": "rf-10", "thresholds": "frozen"}, "rules.thresholds"),
    ],
)
def test_faults_are_said_before_reading(rules, words):
    with pytest.raises(RecipeError, match=words.replace("(", r"\(")):
        segmentry.run({"source": {"path": "there-is-no-such-file.csv", "kind": "customers"}, "rules": rules})


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"conditions": [{"segment": "A", "when": "montary > 1"}]}, "Did you mean 'monetary'"),
        (
            {"map": {"measures": ["frequncy"], "levels": 2, "segments": {"a": [1], "b": [2]}}},
            "Did you mean 'frequency'",
        ),
    ],
)
def test_of_purchases_unknown_features_are_said_before_reading(rules, words):
    with pytest.raises(UnknownColumn, match=words):
        segmentry.run({"source": {"path": "there-is-no-such-file.csv"}, "rules": rules})
    with pytest.raises(RecipeError, match="customer table"):
        segmentry.run({"source": {"path": "there-is-no-such-file.csv"}, "rules": {"label": "Tier"}})


def test_unknown_columns_of_a_customer_table_are_said_before_groups_are_sought(people, tmp_path):
    with pytest.raises(UnknownColumn, match="Did you mean 'Tier'"):
        run(people, tmp_path, label="Teir")
    with pytest.raises(RecipeError, match="'Tier' holds texts"):
        run(people, tmp_path, conditions=[{"segment": "A", "when": "Tier > 3"}])
    with pytest.raises(RecipeError, match="'Tier' holds texts, which cannot be scored"):
        run(people, tmp_path, map=OWN | {"measures": ["Tier"]})


def test_what_rules_look_at_is_computed_though_nobody_asked(tmp_path):
    segmentry.sources.generate_retail(tmp_path / "retail.csv", customers=80)
    document = {"source": {"path": str(tmp_path / "retail.csv")}, "features": ["monetary", "frequency"], "describe": []}
    rules = {"conditions": [{"segment": "New", "when": "tenure_days < 100"}, {"segment": "Old"}]}
    found = segmentry.run(document | {"rules": rules}, out=tmp_path / "runs", report=False)
    tenure = found.book.customers.values["tenure_days"]
    assert found.declared.segments.tolist() == np.where(tenure < 100, "New", "Old").tolist()


def test_a_second_run_of_conditions_needs_no_ibis(tmp_path):
    segmentry.sources.generate_retail(tmp_path / "retail.csv", customers=40)
    rules = {"conditions": [{"segment": "Large", "when": "monetary / frequency > 300 or recency_days between 1 and 9"}]}
    document = {"source": {"path": str(tmp_path / "retail.csv")}, "cluster": {"k": 2}, "rules": rules}
    (tmp_path / "r.yaml").write_text(json.dumps(document))
    code = (
        "import sys; from segmentry.core.recipe import load_recipe; from pathlib import Path\n"
        "from segmentry.flow import find_segments\n"
        f"found = find_segments(load_recipe(Path({str(tmp_path / 'r.yaml')!r})))\n"
        "print('ibis' in sys.modules, found.declared.sizes())"
    )
    answers = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout for _ in "12"
    ]
    assert [answer.split(" ", 1)[0] for answer in answers] == ["True", "False"]
    assert answers[0].split(" ", 1)[1] == answers[1].split(" ", 1)[1]


def test_the_command_reports_and_proves(people, tmp_path, capsys, monkeypatch):
    from segmentry.cli.app import main

    def answer(document, *words):
        (tmp_path / "r.yaml").write_text(json.dumps(document))
        monkeypatch.setattr("sys.argv", ["segmentry", "rules", "check", str(tmp_path / "r.yaml"), *words])
        with pytest.raises(SystemExit) as stop:
            main()
        return stop.value.code, capsys.readouterr()

    status, said = answer(recipe(people, conditions=CONDITIONS))
    assert status == 0
    assert "'Same' never applies: earlier conditions take all its customers (Large 1)." in said.out
    assert "5 customers (c00, c01, c02 …) in no segment: no condition holds" in said.out
    assert "Large and Steady: 2 customers (c04, c08)" in said.out
    status, said = answer(recipe(people, conditions=CONDITIONS), "--json")
    assert json.loads(said.out)["overlaps"][0]["both"] == {"customers": 2, "examples": ["c04", "c08"]}
    status, said = answer(recipe("nowhere.csv", map=OWN | {"levels": 4}))
    assert status == 1
    assert "unreachable: many: no customer can have 5" in said.out
    status, said = answer(recipe(people, map=OWN, bins={"orders": [2, 3, 5, 10]}))
    assert status == 0
    assert "1: 4 · 2 from 2: 2 · 3 from 3: 2 · 4 from 5: 2 · 5 from 10: 2" in said.out
    assert "If cut points were recomputed, " in said.out
    first = run(people, tmp_path, map=OWN).path
    status, said = answer(recipe(people, map=OWN), "--frozen", str(first), "--json")
    document = json.loads(said.out)
    assert (status, document["codes"], document["faults"]) == (0, 5, [])
    assert document["dry_run"]["moved"] == 0
    assert document["scores"][0]["levels"] == [4, 0, 3, 3, 2]  # mid-ranks 1/6, 5/12, 13/24, 15/24, 17/24, 19/24, 7/8 …
    status, said = answer(recipe(people, label="Tier"))
    assert "1 customer (c02) in no segment: there is no label" in said.out
    status, said = answer({"source": {"path": str(people)}})
    assert status == 1
    assert "declares no segments" in said.err
    status, said = answer(recipe(people, label="Tier"), "--frozen", str(first))
    assert status == 2
