"""A refresh from new files alone gives, to the last bit, what one from all rows gives; where it could not, it says why."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.errors import Refused
from segmentry.core.progress import Silent
from segmentry.flow import incremental
from segmentry.sources import generate_retail


class Told(Silent):
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def step(self, name: str, detail: str = "") -> None:
        self.lines.append(f"{name} {detail}")


@pytest.fixture(scope="module")
def months(tmp_path_factory) -> list[pd.DataFrame]:
    """The invoice lines of a shop by month; the last one brings what may go wrong between files."""
    path = tmp_path_factory.mktemp("book") / "sales.csv"
    generate_retail(path, customers=300, seed=4)
    book = pd.read_csv(path, dtype=str)
    month = pd.to_datetime(book["InvoiceDate"], format="mixed").dt.strftime("%Y-%m")
    parts = [part for _, part in book.groupby(month)][-6:]
    early, last = parts[0], parts[-1]
    named = early[early["CustomerID"].notna()]
    more = [
        last,
        named.iloc[:3],  # exact copies of rows in an earlier file
        named.iloc[3:5].assign(InvoiceDate=last["InvoiceDate"].iloc[0], Quantity="2"),  # an old invoice goes on
        named.iloc[5:8].assign(InvoiceNo=lambda rows: "C" + rows["InvoiceNo"], Quantity="-1"),  # cancelled later
        named.iloc[8:10].assign(UnitPrice="0"),
        named.iloc[10:11].assign(Quantity="many"),
        early.iloc[:4].assign(CustomerID=None),  # orders of nobody, with numbers that are known
        last.iloc[:2].assign(CustomerID=None, InvoiceNo=None),
        last.iloc[2:3].assign(CustomerID="new, and nothing that counts", UnitPrice="0"),
        named.iloc[12:13].assign(CustomerID=last["CustomerID"].dropna().iloc[0]),  # a number that two customers use
    ]
    return [*parts[:-1], pd.concat(more)]


def fill(folder: Path, parts: list[pd.DataFrame], names: list[str], ending: str) -> None:
    folder.mkdir(exist_ok=True)
    for part, name in zip(parts, names, strict=True):
        if ending == ".parquet":
            part.to_parquet(folder / f"{name}{ending}", index=False)
        elif ending == ".jsonl":
            part.to_json(folder / f"{name}{ending}", orient="records", lines=True)
        else:
            part.to_csv(folder / f"{name}{ending}", index=False)


def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: dict, **more: object) -> tuple[Path, Path, Told]:
    """Refresh twice from the same store: from new files alone, and from all rows."""
    found, told = [], Told()
    for store in ("new", "all"):
        with monkeypatch.context() as patched:
            if store == "all":
                patched.setattr(incremental, "why_not", lambda *_: "the test wants it")
            options = {"out": tmp_path / store, "report": False, "refit": False, **more}
            found.append(sg.refresh(recipe, **options, progress=told if store == "new" else None).path)
    return *found, told


def assert_same(new: Path, whole: Path) -> None:
    for name in ("customers.parquet", "rejected.parquet"):
        rows = [f"SELECT * FROM '{run / name}'" for run in (new, whole)]
        for one, other in (rows, rows[::-1]):
            assert duckdb.sql(f"{one} EXCEPT ALL {other}").fetchall() == [], name
    for name in ("segments.csv", "changes.csv"):
        assert (new / name).read_bytes() == (whole / name).read_bytes(), name
    kept = [json.loads((run / "manifest.json").read_text(encoding="utf-8")) for run in (new, whole)]
    for part in ("as_of", "ledger", "refresh", "customers", "model_from"):
        assert kept[0][part] == kept[1][part], part


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
@pytest.mark.parametrize("first", ["0", "9"], ids=["a file that sorts before", "a file that sorts after"])
def test_new_files_give_the_same_as_all_rows(months, tmp_path, monkeypatch, ending, first):
    names = [f"5{place}" for place in range(len(months) - 1)]
    data = tmp_path / "data"
    fill(data, months[:-2], names[:-1], ending)
    recipe = {"name": "shop", "source": {"path": str(data)}, "cluster": {"k": 3}}
    for store in ("new", "all"):
        sg.refresh(recipe, out=tmp_path / store, report=False)
    fill(data, months[-2:-1], names[-1:], ending)
    new, whole, told = both(tmp_path, monkeypatch, recipe)
    assert any("the others only aged" in line for line in told.lines)
    assert_same(new, whole)
    fill(data, months[-1:], [f"{first}0"], ending)  # after a run that was incremental itself
    new, whole, told = both(tmp_path, monkeypatch, recipe)
    assert any("the others only aged" in line for line in told.lines)
    assert_same(new, whole)


@pytest.mark.parametrize(
    "settings",
    [
        {"describe": []},
        {"describe": ["recent_spend_share"], "features": ["monetary", "own_rhythm_recency", "frequency"]},
        {"clean": {"duplicates": "keep", "cancellations": {"net": True}}},
        {"source": {"no_order": "customer-day", "columns": {"order": None}}},
    ],
    ids=["deciding features only", "recent and rhythm", "netting", "a day is an order"],
)
def test_settings_change_nothing_about_that(months, tmp_path, monkeypatch, settings):
    data = tmp_path / "data"
    parts = months
    if "no_order" in settings.get("source", {}):
        parts = [part.drop(columns="InvoiceNo") for part in months]
        settings = {"source": {"no_order": "customer-day"}}
    fill(data, parts[:-1], [f"5{place}" for place in range(len(parts) - 1)], ".csv")
    recipe = {"name": "shop", "cluster": {"k": 3}, **settings}
    recipe["source"] = {"path": str(data), **settings.get("source", {})}
    for store in ("new", "all"):
        sg.refresh(recipe, out=tmp_path / store, report=False)
    fill(data, parts[-1:], ["90"], ".csv")
    new, whole, _ = both(tmp_path, monkeypatch, recipe)
    assert_same(new, whole)


def test_it_steps_back_and_says_why(months, tmp_path):
    data = tmp_path / "data"
    names = [f"5{place}" for place in range(3)]
    fill(data, months[:2], names[:2], ".csv")
    recipe = {"name": "shop", "source": {"path": str(data)}, "cluster": {"k": 3}}
    sg.refresh(recipe, out=tmp_path / "runs", report=False)

    def said(changed: dict | None = None) -> str:
        told = Told()
        sg.refresh(recipe | (changed or {}), out=tmp_path / "runs", report=False, refit=False, progress=told)
        return next((line for line in told.lines if "all rows are worked on" in line), "")

    assert "there is no new file" in said()
    fill(data, months[2:3], names[2:], ".csv")
    assert "are one customer" in said({"clean": {"missing_customer": "keep"}})
    fill(data, months[3:4], ["53"], ".csv")
    assert "cleans in another way" in said({"clean": {"duplicates": "keep"}})
    months[0].iloc[1:].to_csv(data / "50.csv", index=False)
    assert "an earlier file has changed or is gone" in said({"clean": {"duplicates": "keep"}})


def test_new_files_in_which_nothing_counts_are_seen_with_all_others(months, tmp_path, monkeypatch):
    data = tmp_path / "data"
    fill(data, months[:2], ["50", "51"], ".csv")
    recipe = {"name": "shop", "source": {"path": str(data)}, "cluster": {"k": 3}, "describe": []}
    for store in ("new", "all"):
        sg.refresh(recipe, out=tmp_path / store, report=False)
    fill(data, [months[0].iloc[:5].assign(CustomerID="nobody so far", UnitPrice="0")], ["99"], ".csv")
    new, whole, told = both(tmp_path, monkeypatch, recipe)
    assert any("no row of the new files counts" in line for line in told.lines)
    assert_same(new, whole)


def test_features_of_who_did_nothing_are_those_of_plain_arithmetic(months, tmp_path):
    data = tmp_path / "data"
    fill(data, months[:-1], [f"5{place}" for place in range(len(months) - 1)], ".csv")
    recipe = {"name": "shop", "source": {"path": str(data)}, "cluster": {"k": 3}}
    first = sg.refresh(recipe, out=tmp_path / "runs", report=False)
    fill(data, months[-1:], ["90"], ".csv")
    second = sg.refresh(recipe, out=tmp_path / "runs", report=False, refit=False)
    before, now = (pd.read_parquet(run.path / "customers.parquet").set_index("customer_id") for run in (first, second))
    days = (second.book.customers.as_of - first.book.customers.as_of).days
    quiet = before.index.difference(months[-1]["CustomerID"].dropna())
    assert len(quiet) > 10
    for name in ("recency_days", "tenure_days"):
        np.testing.assert_array_equal(now.loc[quiet, name], before.loc[quiet, name] + days)
    for name in ("frequency", "monetary", "distinct_products", "days_between_orders_median", "return_rate"):
        np.testing.assert_array_equal(now.loc[quiet, name], before.loc[quiet, name])


@pytest.mark.parametrize(
    ("ending", "memory"), [(".csv.gz", None), (".jsonl", None), (".csv", "1GB"), (".parquet", "1GB")]
)
def test_other_files_and_a_bound_of_memory_change_nothing_about_that(months, tmp_path, monkeypatch, ending, memory):
    data = tmp_path / "data"
    names = [f"5{place}" for place in range(len(months))]
    fill(data, months[:-1], names[:-1], ending)
    recipe = {"name": "shop", "source": {"path": str(data)}, "cluster": {"k": 3}}
    for store in ("new", "all"):
        sg.refresh(recipe, out=tmp_path / store, report=False, memory=memory)
    fill(data, months[-1:], names[-1:], ending)
    new, whole, told = both(tmp_path, monkeypatch, recipe, memory=memory)
    assert any("the others only aged" in line for line in told.lines)
    assert_same(new, whole)


@pytest.mark.parametrize("settings", [{"margin": 0.3}, {"min_stay": 60}])
def test_a_steady_hand_holds_the_same_customers_back(months, tmp_path, monkeypatch, settings):
    data = tmp_path / "data"
    names = [f"5{place}" for place in range(len(months))]
    fill(data, months[:-1], names[:-1], ".csv")
    recipe = {"name": "shop", "source": {"path": str(data)}, "cluster": {"k": 4}, "refresh": settings}
    for store in ("new", "all"):
        sg.refresh(recipe, out=tmp_path / store, report=False)
    fill(data, months[-1:], names[-1:], ".csv")
    new, whole, told = both(tmp_path, monkeypatch, recipe)
    assert any("the others only aged" in line for line in told.lines)
    assert_same(new, whole)
    assert pd.read_parquet(new / "customers.parquet")["is_held_back"].any()


def test_a_refit_that_drift_calls_for_is_the_same(months, tmp_path, monkeypatch):
    data = tmp_path / "data"
    names = [f"5{place}" for place in range(len(months))]
    fill(data, months[:-1], names[:-1], ".csv")
    thresholds = {"psi_warn": 0.0001, "psi_refit": 0.0002}
    recipe = {"name": "shop", "source": {"path": str(data)}, "cluster": {"k": 3}, "refresh": thresholds}
    for store in ("new", "all"):
        sg.refresh(recipe, out=tmp_path / store, report=False)
    # prices a hundred times what they were: no chance brings that
    fill(
        data,
        [months[-1].assign(UnitPrice=lambda rows: (100 * rows["UnitPrice"].astype(float)).round(2))],
        names[-1:],
        ".csv",
    )
    new, whole, told = both(tmp_path, monkeypatch, recipe, refit=None, confirm=True)
    assert any("the others only aged" in line for line in told.lines)
    assert json.loads((new / "manifest.json").read_text(encoding="utf-8"))["refresh"]["action"] == "refit"
    assert_same(new, whole)


def test_more_customers_than_may_be_fetched_are_refused_as_from_all_rows(months, tmp_path, monkeypatch):
    data = tmp_path / "data"
    fill(data, months[:-1], [f"5{place}" for place in range(len(months) - 1)], ".csv")
    recipe = {"name": "shop", "source": {"path": str(data)}, "cluster": {"k": 3}}
    run = sg.refresh(recipe, out=tmp_path / "new", report=False)
    fill(data, months[-1:], ["90"], ".csv")
    recipe["cluster"] = {"k": 3, "fetch_at_most": len(run.book.customers) // 2}
    for fully in (False, True):
        with monkeypatch.context() as patched:
            if fully:
                patched.setattr(incremental, "why_not", lambda *_: "the test wants it")
            with pytest.raises(Refused, match="too many to be fetched"):
                sg.refresh(recipe, out=tmp_path / "new", report=False)
    recipe["cluster"] = {"k": 3, "fetch_at_most": len(run.book.customers)}  # the new file has a new one
    with pytest.raises(Refused, match="too many to be fetched"):
        sg.refresh(recipe, out=tmp_path / "new", report=False)


def test_files_of_one_name_and_files_that_are_gone_are_worked_on_in_full(months, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for place, part in enumerate(months[:2]):
        fill(data / str(place), [part], ["sales"], ".csv")
    recipe = {"name": "shop", "source": {"path": str(data / "*" / "*.csv")}, "cluster": {"k": 3}}

    def said() -> str:
        told = Told()
        sg.refresh(recipe, out=tmp_path / "runs", report=False, refit=False, progress=told)
        return next((line for line in told.lines if "all rows are worked on" in line), "")

    said()
    fill(data / "2", months[2:3], ["sales"], ".csv")
    assert "files cannot be told apart by name" in said()
    for place in range(3):
        (data / str(place) / "sales.csv").rename(data / str(place) / f"sales{place}.csv")
    said()
    (data / "1" / "sales1.csv").unlink()
    fill(data / "3", months[3:4], ["sales3"], ".csv")
    assert "an earlier file has changed or is gone" in said()
