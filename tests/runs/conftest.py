"""Runs as small as a store takes them, and the stores that earlier versions wrote."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from segmentry.core.recipe import Recipe
from segmentry.runs import MANIFEST_FORMAT, Store, new_run, write_manifest

STORES = Path(__file__).parent / "stores"


@pytest.fixture
def old_stores():
    return sorted(STORES.iterdir())


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "runs")


@pytest.fixture
def add(store):
    """Write a run with these customers into the store; what is not given is as little as it may be."""

    def write(run_id, *, created="2024-05-01T12:00:00+00:00", name="shop", customers=None, recipe=None, **manifest):
        frame = pd.DataFrame({"customer_id": ["a", "b"], "segment": ["X", "Y"]}) if customers is None else customers
        created = created if isinstance(created, str) else created.astimezone(UTC).isoformat()
        with new_run(store.path, run_id) as (folder, final):
            frame.to_parquet(folder / "customers.parquet", index=False)
            (folder / "model").mkdir()
            (folder / "model" / "model.json").write_text("{}")
            content = {
                "format": MANIFEST_FORMAT, "kind": "run", "model_from": None, "previous": None, "run_id": final.name,
                "created": created, "as_of": "2024-05-01", "name": name, "customers": len(frame), "k": {"chosen": 2},
                "recipe": Recipe(**(recipe or {})).model_dump(mode="json"),
            }  # fmt: skip
            write_manifest(folder, content | manifest)
        return final

    return write


@pytest.fixture
def rewrite():
    """Change the manifest of a run on disk."""

    def change(folder, **values):
        path = folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | values), encoding="utf-8")

    return change


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
