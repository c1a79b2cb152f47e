"""Queries kept from run to run: the same text as compiled anew, found only under the same conditions, never in the way."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from segmentry import run
from segmentry.engine import Plan
from segmentry.engine.plan import cache_folder

ROWS = [("a", "1", "2024-01-05", 2, 3.5), ("a", "2", "2024-02-05", 1, 2.0), ("b", "3", "2024-02-09", 4, 1.0)] * 3
HEADER = "customer,order,date,quantity,price\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SEGMENTRY_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "plans"


def never():
    raise AssertionError("it was known")


def test_a_text_is_known_to_the_next_plan_of_the_same_recipe_and_condition(folder):
    first = Plan("recipe")
    assert not first.is_known
    assert first.text("clean", lambda: "SELECT 1", condition="as of 1") == "SELECT 1"
    again = Plan("recipe")
    assert again.is_known
    assert again.text("clean", never, condition="as of 1") == "SELECT 1"
    assert again.text("clean", lambda: "SELECT 2", condition="as of 2") == "SELECT 2"
    again.condition = "other columns"
    assert again.text("clean", lambda: "SELECT 3", condition="as of 1") == "SELECT 3"
    assert not Plan("another recipe").is_known


def test_the_latest_conditions_and_plans_are_kept(folder, monkeypatch):
    plan = Plan("recipe")
    for day in range(20):
        plan.text("features", lambda day=day: f"SELECT {day}", condition=str(day))
    again = Plan("recipe")
    assert again.text("features", never, condition="19") == "SELECT 19"
    assert again.text("features", lambda: "anew", condition="0") == "anew"
    monkeypatch.setattr("segmentry.engine.plan.MOST_PLANS", 3)
    for number in range(6):
        Plan(f"recipe {number}").text("clean", lambda: "SELECT 1")
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize("content", ["", "{", "[]", '{"clean": 5}', '"text"', "\x00\xff"])
def test_a_damaged_plan_is_no_plan(folder, content):
    Plan("recipe").text("clean", lambda: "SELECT 1")
    (file,) = folder.iterdir()
    file.write_text(content, encoding="utf-8")
    assert Plan("recipe").text("clean", lambda: "SELECT 2") == "SELECT 2"


def test_a_folder_that_cannot_be_written_is_no_harm(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SEGMENTRY_CACHE", str(tmp_path / "file"))
    assert Plan("recipe").text("clean", lambda: "SELECT 1") == "SELECT 1"
    monkeypatch.setenv("SEGMENTRY_CACHE", "")
    assert cache_folder() is None
    assert Plan("recipe").text("clean", lambda: "SELECT 1") == "SELECT 1"


def test_another_code_does_not_read_it(folder, monkeypatch):
    Plan("recipe").text("clean", lambda: "SELECT 1")
    monkeypatch.setattr("segmentry.engine.plan._code", lambda: "changed")
    assert not Plan("recipe").is_known


def written(path, rows, *, swap=False):
    lines = [f"{c},{o},{d},{q},{p}" for c, o, d, q, p in rows]
    if swap:  # other columns and another way to write dates and numbers, for the same purchases
        lines = [f'{o};{c};{d[8:]}.{d[5:7]}.{d[:4]};{q};"{str(p).replace(".", ",")}"' for c, o, d, q, p in rows]
    header = "order;customer;date;quantity;price\n" if swap else HEADER
    path.write_text(header + "\n".join(lines) + "\n")
    return path


RECIPES = [
    {},
    {"clean": {"duplicates": "keep"}},
    {"clean": {"dates": {"earliest": "2024-02-01"}}},
    {"as_of": "2024-03-01", "window_days": 30},
    {"describe": ["tenure_days"]},
]


@pytest.mark.parametrize("settings", RECIPES, ids=str)
def test_known_queries_give_what_compiled_ones_give(folder, tmp_path, monkeypatch, settings):
    many = [(f"{c}{i}", o, d, q + i, p) for i in range(15) for c, o, d, q, p in ROWS]
    later = [*many, ("z", "99", "2024-04-01", 1, 1.0)]  # moves the as-of date
    files = [
        written(tmp_path / "one.csv", many),
        written(tmp_path / "two.csv", many, swap=True),
        written(tmp_path / "three.csv", later),
    ]

    def found(file):
        return run({"source": {"path": str(file)}, **settings}, out=tmp_path / "runs", report=False)

    kept = [found(file) for file in (*files, *files)]
    assert len(list(folder.iterdir())) == 1  # one recipe, whatever the file
    monkeypatch.setenv("SEGMENTRY_CACHE", "")
    anew = [found(file) for file in files]
    for known, compiled in zip(kept, anew * 2, strict=True):
        pd.testing.assert_frame_equal(known.customers, compiled.customers)
        pd.testing.assert_frame_equal(known.ledger, compiled.ledger)


def test_customer_tables_of_other_columns_do_not_share_queries(folder, tmp_path):
    values = [{"id": number, "visits": number % 7, "spend": number % 5, "age": 30 + number % 3} for number in range(40)]
    shapes = {"two": ["id", "visits", "spend"], "swapped": ["visits", "id", "spend"], "more": list(values[0])}
    for name, columns in shapes.items():
        pd.DataFrame(values)[columns].to_csv(tmp_path / f"{name}.csv", index=False)
    tables = {}
    for name in (*shapes, *shapes):
        document = {"source": {"path": str(tmp_path / f"{name}.csv"), "kind": "customers"}}
        tables.setdefault(name, []).append(run(document, out=tmp_path / "runs", report=False).customers)
    for first, again in tables.values():
        pd.testing.assert_frame_equal(first, again)
    same = ["customer_id", "visits", "spend"]
    pd.testing.assert_frame_equal(tables["two"][0][same], tables["swapped"][0][same])
    pd.testing.assert_frame_equal(tables["two"][0][same], tables["more"][0][same])


def test_a_known_recipe_runs_without_ibis(tmp_path):
    file = written(tmp_path / "sales.csv", [(f"{c}{i}", o, d, q + i, p) for i in range(15) for c, o, d, q, p in ROWS])
    code = (
        "import sys, json; from segmentry import run\n"
        f"found = run({str(file)!r}, out={str(tmp_path / 'runs')!r}, report=False)\n"
        "print(json.dumps([len(found.book.customers), 'ibis' in sys.modules, 'sqlglot' in sys.modules]))"
    )
    environment = os.environ | {"SEGMENTRY_CACHE": str(tmp_path / "cache")}
    outputs = [
        json.loads(
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
            ).stdout
        )
        for _ in range(2)
    ]
    assert outputs == [[30, True, True], [30, False, False]]
