"""A refresh of a table in DuckDB and PostgreSQL: who moved, and why, is what the engine inside says of the same rows."""

from __future__ import annotations

import shutil
from functools import partial

import duckdb
import pandas as pd
import pytest

import segmentry

ENGINES = [pytest.param("duckdb"), pytest.param("postgres", marks=[pytest.mark.postgres])]
CALM = {
    "psi_warn": 50,
    "psi_refit": 50,
    "far_warn": 1,
    "far_refit": 1,
    "share_shift_warn": 100,
    "size_warn": 9,
    "quality_warn": 100,
}


def refreshed(recipe, out):
    """Return both tables of a refresh in November that follows a run as of August."""
    for as_of in ("2024-08-01", "2024-11-15"):
        found = segmentry.refresh(recipe | {"name": "shop", "as_of": as_of, "refresh": CALM}, out=out, report=False)
    assert found.sequel.decision.action == "keep"
    customers = pd.read_parquet(found.path / "customers.parquet")
    return customers, pd.read_csv(found.path / "changes.csv", dtype={"customer_id": str})


@pytest.mark.parametrize("place", ENGINES, indirect=True)
def test_a_refresh_is_the_same_as_inside(place, recipe_of, shop_file, tmp_path):
    with duckdb.connect(shop_file, read_only=True) as file:
        file.execute(f'COPY "Shop"."Sales" TO \'{tmp_path}/sales.parquet\' (FORMAT parquet)')
    customers, changes = refreshed(recipe_of(place.source), tmp_path / "there")
    inside, changes_inside = refreshed(recipe_of({"path": str(tmp_path / "sales.parquet")}), tmp_path / "inside")
    pd.testing.assert_frame_equal(customers, inside, rtol=1e-12)
    pd.testing.assert_frame_equal(changes, changes_inside, rtol=1e-12)
    assert len(changes)
    assert customers.previous_segment.isna().any()  # somebody is new


def asked(path, sql):
    with duckdb.connect(path, read_only=True) as file:
        return file.execute(sql).fetchall()


@pytest.mark.parametrize("place", ENGINES, indirect=True)
def test_after_a_refit_the_table_that_is_published_has_the_ids_of_the_run(place, recipe_of, shop_file, tmp_path):
    """From two segments to four: old ids and names go on, new ones are as in the run folder."""
    table, source, ask = f"refitted_{place.name}", place.source, place.ask
    if place.name == "duckdb":  # a file that this process has open cannot be written
        own = shutil.copy(shop_file, tmp_path / "own.duckdb")
        source, ask = source | {"connection": f"duckdb:///{own}"}, partial(asked, own)
    recipe = recipe_of(source) | {"name": "shop", "publish": [{"table": table}]}
    segmentry.refresh(recipe | {"cluster": {"k": 2}}, out=tmp_path, report=False)
    found = segmentry.refresh(recipe | {"cluster": {"k": 4}}, out=tmp_path, report=False, confirm=True)
    assert found.sequel.decision.action == "refit"
    assert max(one.number for one in found.profiles) >= 2
    customers = pd.read_parquet(found.path / "customers.parquet")
    wanted = ["customer_id", "segment_id", "segment", "previous_segment"]
    published = ask(f"SELECT {', '.join(wanted)} FROM {place.quoted(table)} ORDER BY customer_id")
    rows = customers[wanted].sort_values("customer_id").astype(object)
    assert [tuple(row) for row in published] == [
        tuple(None if pd.isna(cell) else cell for cell in row) for row in rows.itertuples(index=False)
    ]
