"""The sweep over k as one writes it with scikit-learn. In: recency, frequency, monetary of each customer, shape (n, 3).

Out: ``answers.json`` and ``customers.parquet`` in a folder. It is what ``segmentry run`` does by default on such data:
orders and money by log1p, customers beyond three standard deviations left out of the search, z-scores, k from 2 to 10
with ten starts each, silhouettes on a sample of 10,000.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

KS, STARTS, SAMPLE = range(2, 11), 10, 10_000


def prepared(rfm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the scaled matrix of *rfm* and which customers take part in the search: shapes (n, 3) and (n,)."""
    logged = np.column_stack([rfm[:, 0], np.log1p(rfm[:, 1]), np.log1p(rfm[:, 2])])
    usual = (np.abs(logged - logged.mean(axis=0)) <= 3 * logged.std(axis=0)).all(axis=1)
    return (logged - logged[usual].mean(axis=0)) / logged[usual].std(axis=0), usual


def sweep(matrix: np.ndarray) -> dict[str, Any]:
    """Return inertia, silhouette and centres of *matrix* for every k, and the k with the best silhouette from 4 on."""
    started = time.perf_counter()
    fits = {k: KMeans(n_clusters=k, n_init=STARTS, random_state=42).fit(matrix) for k in KS}
    fitted = time.perf_counter()
    sample = SAMPLE if len(matrix) > SAMPLE else None
    silhouette = {
        k: silhouette_score(matrix, fit.labels_, sample_size=sample, random_state=0) for k, fit in fits.items()
    }
    return {
        "k": max(silhouette.keys() - {2, 3}, key=lambda k: silhouette[k]),
        "starts": STARTS,
        "inertia": {k: float(fit.inertia_) for k, fit in fits.items()},
        "silhouette": {k: float(found) for k, found in silhouette.items()},
        "centres": {k: fit.cluster_centers_.tolist() for k, fit in fits.items()},
        "figures": {"k-means": fitted - started, "silhouettes": time.perf_counter() - fitted},
    }


def finish(customers: pl.DataFrame, counted: dict[str, Any], started: float, folder: Path) -> None:
    """Find the segments of *customers* (customer_id, recency_days, frequency, monetary) and write both files."""
    featured = time.perf_counter()
    matrix, usual = prepared(customers.select("recency_days", "frequency", "monetary").to_numpy().astype(np.float64))
    found = sweep(matrix[usual])
    centres = np.array(found["centres"][found["k"]])
    labels = np.argmin([((matrix - centre) ** 2).sum(axis=1) for centre in centres], axis=0)
    folder.mkdir(parents=True, exist_ok=True)
    customers.with_columns(segment_id=labels).write_parquet(folder / "customers.parquet")
    found["figures"] = {"read and features": featured - started} | found["figures"]
    answers = {**counted, "customers": len(customers), "inside": int(usual.sum()), **found}
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
