"""Scoring by hand, Parquet to Parquet, with Polars and NumPy: ``score_numpy.py MODEL CUSTOMERS FOLDER``.

MODEL is the model folder of a run; only what such a model has is understood: log1p or nothing, standard scaling,
nearest centre. It is an independent computation of the labels as much as a peer.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl

ROWS_AT_A_TIME = 500_000


def scaled(table: pl.DataFrame, preparation: dict) -> np.ndarray:
    """Return the features of *table* transformed and scaled, shape (n, d)."""
    columns = []
    for feature, how in zip(preparation["features"], preparation["transformations"], strict=True):
        x = table[feature].to_numpy()
        columns.append(np.log1p(np.maximum(x, how["numbers"][0])) if how["method"] == "log1p" else x)
    scaling = preparation["scaling"]
    return (np.column_stack(columns) - scaling["centre"]) / scaling["spread"]


def labelled(table: pl.DataFrame, preparation: dict, centres: np.ndarray, names: list[str]) -> pl.DataFrame:
    """Return *table* with the nearest of *centres*, its name, and how much nearer it is than the next one."""
    matrix = scaled(table, preparation)
    distances = np.sqrt(np.array([((matrix - centre) ** 2).sum(axis=1) for centre in centres]))
    labels = distances.argmin(axis=0)
    nearest = distances.min(axis=0)
    np.put_along_axis(distances, labels[None, :], np.inf, axis=0)
    return table.with_columns(
        segment=pl.Series(np.array(names)[labels]),
        segment_id=pl.Series(labels),
        confidence=pl.Series(1 - nearest / distances.min(axis=0)),
        nearest_other_segment=pl.Series(np.array(names)[distances.argmin(axis=0)]),
    )


def main(model: Path, customers: Path, folder: Path) -> None:
    body = json.loads((model / "model.json").read_text(encoding="utf-8"))["body"]
    centres = pl.read_parquet(model / "centroids.parquet").to_numpy()
    names = [segment["name"] for segment in body["segments"]]
    table = pl.read_parquet(customers)
    parts = [labelled(part, body["preparation"], centres, names) for part in table.iter_slices(ROWS_AT_A_TIME)]
    folder.mkdir(parents=True, exist_ok=True)
    pl.concat(parts).write_parquet(folder / "scored.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
