"""``--memory``: what the process takes stays below it, and the answers are the same."""

import json
import subprocess
import sys

import duckdb
import pytest

from segmentry.core.errors import RecipeError
from segmentry.engine.memory import amount_of

ROWS = 3_000_000


@pytest.fixture(scope="module")
def sales(tmp_path_factory):
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    duckdb.execute(
        f"""COPY (
            SELECT 'c' || hash(row // 4) % 90000 AS customer, 'o' || row // 4 AS invoice,
                   DATE '2023-01-01' + (hash(row // 4, 1) % 700)::INTEGER AS day, 'p' || hash(row, 2) % 2000 AS product,
                   1 + hash(row, 3) % 9 AS quantity, (1 + hash(row, 4) % 5000) / 100 AS unit_price
            FROM range({ROWS}) AS t(row)
        ) TO '{path}' (FORMAT csv, HEADER)"""
    )
    return path


def ran(path, out, *options):
    words = [sys.executable, "-m", "segmentry", "run", str(path), "--no-report", "--out", str(out), *options]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    (folder,) = out.iterdir()
    return done.stdout + done.stderr, folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def test_a_run_stays_within_its_memory_and_finds_the_same(sales, tmp_path):
    _, free, unbound = ran(sales, tmp_path / "free")
    said, bound, manifest = ran(sales, tmp_path / "bound", "--memory", "700MB")
    assert unbound["peak_memory_bytes"] > 700e6  # or the bound would show nothing
    assert manifest["peak_memory_bytes"] <= 700e6
    assert "of the 700MB allowed" in said
    assert (bound / "customers.parquet").read_bytes() == (free / "customers.parquet").read_bytes()
    assert manifest["ledger"] == unbound["ledger"]


@pytest.mark.parametrize(("text", "amount"), [("2GB", 2e9), ("1.5 GiB", 1.5 * 2**30), ("800mb", 8e8), ("3G", 3e9)])
def test_amounts_as_people_write_them(text, amount):
    assert amount_of(text) == amount


@pytest.mark.parametrize("text", ["much", "", "-1GB", "4XB", "10MB"])
def test_no_amount_or_too_little_is_refused(text):
    with pytest.raises(RecipeError, match="memory"):
        amount_of(text)
