"""A whole run in each engine: every figure is what plain Python makes of the same rows."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from decimal import Decimal
from statistics import median

import duckdb
import numpy as np
import pytest
import shop

import segmentry
from segmentry.cluster.lloyd import settle
from segmentry.core.progress import Silent
from segmentry.core.recipe import parse_recipe
from segmentry.features import CATALOGUE, View, Views
from segmentry.flow import score_to_file
from segmentry.flow.segmenting import read_book
from segmentry.flow.stopwatch import Stopwatch
from segmentry.movement import snapshot_dates

DUCKDB = pytest.param("duckdb")
POSTGRES = pytest.param("postgres", marks=[pytest.mark.postgres])


def test_the_ledger_counts_every_row_once(found, understood):
    expected = shop.ledger(understood)
    lines = {
        line.reason: line for line in (*found.book.ledger.set_aside, found.book.ledger.kept, found.book.ledger.total)
    }
    assert {
        reason: (line.rows, line.orders, line.customers, line.money) for reason, line in lines.items()
    } == expected  # decimals are exact
    assert found.book.ledger.reconciles


def test_every_row_set_aside_is_there_with_its_reason_and_its_own_values(found, understood):
    table = duckdb.connect().execute(
        'SELECT * REPLACE (epoch_us("When") AS "When") FROM read_parquet(?)', [str(found.path / "rejected.parquet")]
    )
    names = [column[0] for column in table.description]
    rows = [dict(zip(names, row, strict=True)) for row in table.fetchall()]

    def known(values):
        moment = values[2] and (values[2] if isinstance(values[2], int) else round(values[2].timestamp() * 1e6))
        return (*values[:2], moment, *(one if one is None else Decimal(one) for one in values[3:5]), *values[5:])

    ours = Counter((known([row[name] for name in shop.COLUMNS]), row["rejected_reason"]) for row in rows)
    assert ours == Counter((known(line.row), line.reason) for line in understood if line.reason != "kept")


def test_every_feature_is_what_plain_python_makes_of_the_rows(found, understood):
    expected = shop.features(understood)
    customers = found.book.customers
    assert customers.ids.tolist() == list(expected)  # sorted, and big numbers are whole
    assert customers.as_of == shop.as_of(understood)
    assert set(customers.values) == set(next(iter(expected.values())))
    for name, values in customers.values.items():
        wanted = np.array([expected[customer][name] for customer in expected], dtype=np.float64)
        np.testing.assert_allclose(values, wanted, rtol=1e-14, equal_nan=True, err_msg=name)
        if name in {"recency_days", "frequency", "monetary", "tenure_days", "distinct_products"}:
            np.testing.assert_array_equal(values, wanted, err_msg=name)


@pytest.fixture(scope="session")
def inside(lines, recipe):
    """What a run of the same rows finds in the engine inside."""
    import pandas as pd

    columns = dict(zip(shop.COLUMNS, zip(*lines, strict=True), strict=True))
    columns['Kunde "Nr"'] = pd.array(columns['Kunde "Nr"'], dtype="Int64")  # a float would merge neighbours
    frame = pd.DataFrame(columns | {"When": pd.to_datetime(columns["When"], utc=True)})
    settings = {name: value for name, value in recipe.items() if name not in {"source", "publish"}}
    source = {name: value for name, value in recipe["source"].items() if name in {"columns", "timezone"}}
    return segmentry.segment(frame, source=source, k=3, **settings)


def test_rules_and_groups_are_those_of_the_engine_inside(found, inside):
    """The same rows in the engine inside: the same labels, the same numbers to the last bit."""
    assert [segment.name for segment in inside.profiles] == [segment.name for segment in found.profiles]
    ours, theirs = found.customer_columns(), inside.customer_columns()
    assert list(ours) == list(theirs)
    for name, values in theirs.items():
        np.testing.assert_array_equal(ours[name], values, err_msg=name)
    often = found.book.customers.values["frequency"] >= 3
    assert (ours["rule_segment"] == np.where(often, "Often", "Rest")).all()


def read(recipe, *, nets):
    """The customers of a recipe's source, with or without netting."""
    told = {name: part for name, part in recipe.items() if name != "publish"}
    clean = recipe["clean"] | {"cancellations": {"net": nets}}
    return read_book(parse_recipe(told | {"clean": clean}), Stopwatch(Silent()))


@pytest.fixture(scope="session")
def books(found, recipe, recipe_of, shop_file, tmp_path_factory):
    """The same rows there and in the engine inside, without netting; read once *found* has written its table there."""
    del found
    folder = tmp_path_factory.mktemp("inside")
    path = folder / "sales.parquet"
    with duckdb.connect(shutil.copy(shop_file, folder)) as file:  # others may have the first one open
        file.execute(f'COPY "Shop"."Sales" TO \'{path}\' (FORMAT parquet)')
    return read(recipe, nets=False), read(recipe_of({"path": str(path)}), nets=False)


@pytest.mark.parametrize("window_days", [None, 60])
def test_every_feature_of_every_past_date_is_that_of_the_engine_inside(books, lines, window_days):
    """To the last bit; ids ascending by code point, and without a window what plain Python makes of the rows."""
    names = list(CATALOGUE)
    days = snapshot_dates(books[0].customers.as_of, "month", 12)
    views = Views((*(View(day, day) for day in days), *map(View, days[1:], days[:-1])), window_days)
    ours, theirs = (book.views(names, views) for book in books)
    assert ours.ids.tolist() == theirs.ids.tolist() == sorted(books[0].customers.ids)
    for (rows, customers), (expected_rows, expected) in zip(ours.views, theirs.views, strict=True):
        assert rows.tolist() == expected_rows.tolist()
        assert customers.ids.tolist() == expected.ids.tolist() == sorted(customers.ids)
        assert customers.as_of == expected.as_of
        for name in names:
            np.testing.assert_array_equal(customers.values[name], expected.values[name], err_msg=name)
    if window_days is None:
        check(views, ours, lambda until: [one for one in shop.understood(lines, nets=False) if known(one, until)])


def test_what_is_taken_back_later_still_stood_on_a_past_date(found, lines):
    """With netting every date is understood by itself: what a row is depends on what came after it."""
    in_the_end = shop.understood(lines)

    def then(until):
        return [one for one in shop.understood(rows_until(lines, until)) if known(one, until)]

    def stood(until):
        return [one.reason for one in then(until)] != [one.reason for one in in_the_end if known(one, until)]

    days = snapshot_dates(found.book.customers.as_of, 7, 60)
    first = next(day for day in days if stood(day))
    second = next(day for day in days if day > first)
    views = Views((View(first, first), View(second, second), View(second, first)))
    check(views, found.book.views(list(CATALOGUE), views), then)


def known(line, until):
    return line.day is not None and line.day <= until


def rows_until(lines, until):
    return [row for row in lines if row[2] is None or row[2].astimezone(shop.ZONE).date() <= until]


def check(views, seen, understood_until):
    """Compare every feature of each view with what plain Python makes of the rows known by then."""
    for view, (_, customers) in zip(views.all, seen.views, strict=True):
        by_hand = shop.features(understood_until(view.until), view.as_of)
        assert customers.ids.tolist() == list(by_hand)
        for name in CATALOGUE:
            wanted = np.array([by_hand[customer][name] for customer in by_hand], dtype=np.float64)
            np.testing.assert_allclose(customers.values[name], wanted, rtol=1e-14, err_msg=name)


def test_customers_too_many_to_be_fetched_are_assigned_and_counted_there(found, recipe, tmp_path):
    """A sample is fetched; what is written and counted is of all customers, and the centres rest on all of them."""
    everyone = found.book.customers
    settings = {name: value for name, value in recipe.items() if name in {"source", "clean"}}
    cluster = {"k": 3, "fetch_at_most": len(everyone) // 2}
    settings["publish"] = [{"table": "everyone_s_segments"}]
    kind, _, file = settings["source"]["connection"].partition(":///")
    if kind == "duckdb":  # the other run has the file open
        shutil.copy(file, tmp_path / "copy.duckdb")
        settings["source"] = settings["source"] | {"connection": f"duckdb:///{tmp_path}/copy.duckdb"}
    part = segmentry.run(settings | {"cluster": cluster}, out=tmp_path, report=False)
    assert 3 < len(part.book.customers) <= len(everyone) // 2
    rows = duckdb.execute("FROM read_parquet(?)", [str(part.path / "customers.parquet")]).fetchnumpy()
    assert sorted(rows["customer_id"].tolist()) == everyone.ids.tolist()
    place = np.argsort(rows["customer_id"])
    for name, values in everyone.values.items():
        np.testing.assert_allclose(np.ma.filled(rows[name], np.nan)[place], values, rtol=1e-14, err_msg=name)
    for segment in part.profiles:
        own = rows["segment_id"][place] == segment.id
        assert segment.customers == own.sum()
        assert segment.revenue == pytest.approx(everyone.values["monetary"][own].sum(), rel=1e-12)
    _, sent = part.book.engine.table("everyone_s_segments")
    sent = part.book.engine.columns(sent.order_by("customer_id"), step="test")
    assert [*sent] == [*rows, "as_of", "run_id"]
    for name, values in rows.items():
        np.testing.assert_array_equal(np.ma.filled(values[place], np.nan) if values.dtype.kind == "f" else values[place],
                                      sent[name], err_msg=name)  # fmt: skip
    assert {*sent["run_id"].tolist()} == {part.path.name}
    matrix = np.ascontiguousarray(part.prepared.pipeline.transform(everyone)[~rows["is_outlier"][place]])
    centres, _ = settle(matrix, part.clustering.centroids.copy())
    np.testing.assert_allclose(part.clustering.centroids, centres, atol=1e-6)


def test_months_and_countries(found, understood):
    kept = [line for line in understood if line.reason == "kept"]
    months = defaultdict(list)
    countries = defaultdict(list)
    for line in kept:
        months[line.day.replace(day=1)].append(line)
        countries[line.country].append(line)

    def figures(own):
        money = sum(line.amount for line in own)
        return float(money), len({line.order for line in own}), len({line.customer for line in own})

    trade = found.book.trade()
    assert [(month.start, (month.revenue, month.orders, month.customers)) for month in trade.months] == [
        (start, figures(months[start])) for start in sorted(months)
    ]
    assert {one.name: (one.revenue, one.orders, one.customers) for one in trade.countries} == {
        name: figures(own) for name, own in countries.items()
    }


def test_what_segments_buy(found, understood):
    segment_of = dict(zip(found.book.customers.ids.tolist(), found.clustering.labels.tolist(), strict=True))
    kept = [line for line in understood if line.reason == "kept"]
    found.book.bought.label(found.book.customers.ids, found.clustering.labels)
    bought = found.book.bought.by_segment()
    buyers = defaultdict(set)
    revenue = Counter()
    called = defaultdict(Counter)
    orders = defaultdict(list)
    for line in kept:
        place = segment_of[line.customer]
        orders[place, line.customer, line.order].append(line)
        if line.product is not None:
            buyers[place, line.product].add(line.customer)
            revenue[place, line.product] += line.amount
            if (line.row[6] or "").strip():
                called[line.product][line.row[6]] += 1
    ours = {
        (int(segment), product): (count, money)
        for segment, product, count, money in zip(*(bought.products[name].tolist() for name in ("segment", "product", "buyers", "revenue")), strict=True)
    }  # fmt: skip
    assert ours == {key: (len(buyers[key]), pytest.approx(float(revenue[key]), rel=1e-14)) for key in buyers}
    assert bought.descriptions == {
        product: min(times, key=lambda text: (-times[text], text.encode())).strip() for product, times in called.items()
    }
    for place, lines_median, value_median in zip(
        *(bought.baskets[name].tolist() for name in ("segment", "lines_median", "value_median")), strict=True
    ):
        own = [several for (segment, _, _), several in orders.items() if segment == place]
        assert lines_median == median(map(len, own))
        assert value_median == pytest.approx(median(float(sum(line.amount for line in several)) for several in own))


def test_the_table_written_back_is_the_table_of_the_run(found, place):
    columns = found.customer_columns()
    names = [*columns, "as_of", "run_id"]
    selected = ", ".join(place.quoted(name) for name in names)
    rows = sorted(place.ask(f"SELECT {selected} FROM {place.quoted('customer_segments')}"))
    expected = sorted(
        (*row, found.book.customers.as_of, found.path.name)
        for row in zip(*(values.tolist() for values in columns.values()), strict=True)
    )
    assert len(rows) == len(expected) == len(found.book.customers)
    for ours, theirs in zip(rows, expected, strict=True):
        for name, one, other in zip(names, ours, theirs, strict=True):
            missing = isinstance(other, float) and math.isnan(other)
            assert one is None or math.isnan(one) if missing else one == other, name


@pytest.mark.parametrize("place", [POSTGRES], indirect=True)
def test_nothing_that_is_written_holds_the_secret(found, place):
    texts = [path for path in found.path.rglob("*") if path.suffix in {".json", ".yaml", ".html", ".csv"}]
    assert len(texts) >= 4
    for path in texts:
        text = path.read_text(encoding="utf-8")
        assert place.secret not in text
        assert place.source["connection"] not in text
    manifest = json.loads((found.path / "manifest.json").read_text(encoding="utf-8"))
    assert ":***@" in manifest["recipe"]["source"]["connection"]
    assert place.secret not in repr(found.recipe)


@pytest.mark.parametrize("place", [DUCKDB, POSTGRES], indirect=True)
def test_the_command_line_takes_an_address(place, tmp_path):
    """``segmentry run ADDRESS --table … --to-table … --json``, in a process of its own."""
    command = [sys.executable, "-m", "segmentry", "run", place.source["connection"], "--table", place.source["table"]]
    command += ["--to-table", f"cli_segments_{place.name}", "--no-report", "--json", "--out", str(tmp_path)]
    command += [part for role, column in shop.ROLES.items() for part in (f"--{role.replace('_', '-')}", column)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert place.ask(f"SELECT count(*) FROM {place.quoted(f'cli_segments_{place.name}')}") == [(result["customers"],)]
    assert "Published" in done.stderr
    assert place.secret is None or place.secret not in done.stdout + done.stderr
    failed = subprocess.run([*command[:6], "nowhere"], capture_output=True, text=True, check=False)
    assert failed.returncode == 1
    assert "has no table 'nowhere'" in failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_a_model_scores_there_what_the_run_found(found, place, tmp_path, ending):
    """Features and labels are one query there; only the customers table comes over."""
    scored = score_to_file(
        segmentry.load(found.path),
        place.source["connection"],
        tmp_path / f"scored.{ending}",
        table=place.source.get("table"),
    )
    reader = "read_csv(?, types = {'customer_id': 'VARCHAR'})" if ending == "csv" else "read_parquet(?)"
    rows = duckdb.execute(f"SELECT customer_id, segment, confidence FROM {reader}", [str(scored.path)]).fetchall()
    ours = found.customer_columns()
    assert [row[:2] for row in rows] == list(zip(ours["customer_id"], ours["segment"], strict=True))
    np.testing.assert_allclose([row[2] for row in rows], ours["confidence"], rtol=1e-9)
    assert scored.as_of == found.book.customers.as_of
