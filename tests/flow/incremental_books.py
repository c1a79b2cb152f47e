"""Two refreshes of one folder, the incremental one and the full one, and what differs between the runs they leave."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import duckdb
import numpy as np

from segmentry import refresh

SAID = ("ledger", "as_of", "refresh", "roles", "customers", "assumptions")
HEADER = "customer,order,time,quantity,unit_price,product,country"
# Twelve customers with some orders each, so that two segments are always found.
BASE = [
    f"C{i:02d},{100 * i + n},2024-{1 + (i * 5 + n * 3) % 9:02d}-{1 + (i * 7 + n) % 28:02d},{1 + i % 4},{2 + i * 1.5},p{n},UK"
    for i in range(12)
    for n in range(1 + i % 4)
]


def write(folder, name, rows, header=HEADER):
    """Write the CSV file *name* of *rows* into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join([header, *rows]) + "\n")


def recipe_of(folder, **parts):
    """A recipe for *folder* that finds two segments."""
    return {"name": "books", "source": {"path": str(folder), **parts.pop("source", {})}, "cluster": {"k": 2}, **parts}


def both(recipe, out, progress=None):
    """Refresh *recipe* after the runs of *out*, incrementally and (in a copy) in full; return both run folders."""
    whole = Path(out).with_name(f"{Path(out).name}-full")
    shutil.rmtree(whole, ignore_errors=True)
    shutil.copytree(out, whole)
    fresh = refresh(recipe, out=out, report=False, progress=progress)
    with patch("segmentry.flow.incremental.why_not", return_value="a test asks for it"):
        full = refresh(recipe, out=whole, report=False)
    return Path(fresh.path), Path(full.path)


def differences(one, other):
    """Return what differs between two run folders: empty where nothing does."""
    found = []
    customers, others = (duckdb.sql(f"SELECT * FROM '{run}/customers.parquet'").fetchnumpy() for run in (one, other))
    found += [] if [*customers] == [*others] else [("columns", [*customers], [*others])]
    for name in {*customers} & {*others}:
        left, right = (np.ma.filled(run[name].astype(object), None) for run in (customers, others))
        if len(left) != len(right) or any(a != b and not (a != a and b != b) for a, b in zip(left, right, strict=True)):  # noqa: PLR0124 -- NaN
            found.append((name, left.tolist(), right.tolist()))
    rejected = [
        Counter(map(repr, duckdb.sql(f"SELECT * FROM '{run}/rejected.parquet'").fetchall())) for run in (one, other)
    ]
    if rejected[0] != rejected[1]:
        found.append(("rejected", rejected[0] - rejected[1], rejected[1] - rejected[0]))
    for name in ("segments.csv", "changes.csv"):
        texts = [path.read_text() if (path := run / name).exists() else "" for run in (one, other)]
        found += [] if texts[0] == texts[1] else [(name, *texts)]
    manifests = [json.loads((run / "manifest.json").read_text()) for run in (one, other)]
    found += [
        (key, *(one.get(key) for one in manifests)) for key in SAID if manifests[0].get(key) != manifests[1].get(key)
    ]
    return found
