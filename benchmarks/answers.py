"""What each program found, read from what it left behind, so that answers can be compared.

Segmentry's come from its run folder; a peer writes ``answers.json``; the notebook leaves a CSV file of customers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

# What segmentry chooses by itself on these data, and what the peers do: anything else could not be compared.
PREPARATION = ("none", "log1p", "log1p")
SEARCHED = ("recency_days", "frequency", "monetary")


@dataclass(frozen=True)
class Answers:
    """What one program found. ``figures`` are its own (seconds by step, …); a figure it does not have is None.

    ``rows``, ``orders`` and ``money`` are those kept by cleaning, ``inside`` the customers who take part in the search,
    ``inertia`` and ``centres`` (in the prepared space) are by k.
    """

    rows: int | None = None
    customers: int | None = None
    orders: int | None = None
    money: float | None = None
    inside: int | None = None
    k: int | None = None
    starts: int | None = None
    inertia: dict[int, float] = field(default_factory=dict)
    centres: dict[int, list[list[float]]] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def of_peer(folder: Path) -> Answers:
    """Return the answers of a peer that wrote ``answers.json`` into *folder*."""
    said = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    known = {name: value for name, value in said.items() if name in Answers.__dataclass_fields__}
    by_k = {name: {int(k): one for k, one in said.get(name, {}).items()} for name in ("inertia", "centres")}
    return Answers(**known | by_k)


def of_segmentry(folder: Path) -> Answers:
    """Return the answers of the one run in *folder*."""
    run = only_run(folder)
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    kept = next(line for line in manifest["ledger"] if line["reason"] == "kept")
    model = json.loads((run / "model" / "model.json").read_text(encoding="utf-8"))["body"]
    return Answers(
        rows=kept["rows"],
        customers=manifest["customers"],
        orders=kept["orders"],
        money=float(kept["money"]),
        inside=manifest["customers"] - manifest["outliers"],
        k=manifest["k"]["chosen"],
        starts=manifest["recipe"]["cluster"]["starts"],
        inertia={score["k"]: score["inertia"] for score in manifest["k"].get("tried", [])},
        figures=manifest["seconds"],
        facts={
            "prepared": [one["method"] for one in model["preparation"]["transformations"]],
            "rows read": manifest["source"]["rows"],
            "customers.parquet": manifest["files"]["customers.parquet"]["sha256"],
        },
    )


def only_run(folder: Path) -> Path:
    """Return the one run folder in *folder*. Raises FileNotFoundError."""
    found = sorted(path.parent for path in folder.glob("*/manifest.json"))
    if len(found) != 1:
        message = f"{folder} holds {len(found)} runs, not one"
        raise FileNotFoundError(message)
    return found[0]


@dataclass(frozen=True)
class Labelled:
    """The customers of a run in the prepared space, computed here once more from their features in real units.

    ``matrix`` has shape (n, 3), ``labels`` shape (n,), both of the customers who take part in the search.
    """

    matrix: np.ndarray
    labels: np.ndarray

    @property
    def inertia(self) -> float:
        """The sum of squared distances to the mean of the own group."""
        groups = [self.matrix[self.labels == label] for label in np.unique(self.labels)]
        return float(sum(((group - group.mean(axis=0)) ** 2).sum() for group in groups))

    def nearest(self, centres: list[list[float]]) -> np.ndarray:
        """Return the number of the nearest of *centres* for each customer, shape (n,)."""
        return np.argmin([((self.matrix - np.array(centre)) ** 2).sum(axis=1) for centre in centres], axis=0)


def labelled(folder: Path) -> Labelled:
    """Return the customers of the one run in *folder* who took part in the search."""
    table = str(only_run(folder) / "customers.parquet")
    with duckdb.connect() as connection:
        sql = f"SELECT {', '.join(SEARCHED)}, segment_id FROM read_parquet(?)"
        columns = connection.execute(sql, [table]).fetchnumpy()
    logged = np.column_stack([columns["recency_days"], np.log1p(columns["frequency"]), np.log1p(columns["monetary"])])
    usual = (np.abs(logged - logged.mean(axis=0)) <= 3 * logged.std(axis=0)).all(axis=1)
    inside = logged[usual]
    return Labelled((inside - inside.mean(axis=0)) / inside.std(axis=0), np.asarray(columns["segment_id"])[usual])


@dataclass(frozen=True)
class Beside:
    """The notebook's customers beside a run's: how many, how many are in the run, and what differs."""

    customers: int
    found: int
    other_orders: int
    largest_gap: float


def notebook_beside(notebook: Path, run: Path) -> Beside:
    """Return the notebook's ``segments.csv`` in *notebook* beside the customers of the one run in *run*."""
    sql = """
    SELECT count(*), count(c.customer_id), count(*) FILTER (c.frequency <> n.Frequency),
      coalesce(max(abs(c.monetary - n.Monetary)), 0)
    FROM read_csv(?) n LEFT JOIN read_parquet(?) c ON c.customer_id = n.CustomerID::BIGINT::VARCHAR
    """
    files = [str(notebook / "segments.csv"), str(only_run(run) / "customers.parquet")]
    with duckdb.connect() as connection:
        row = connection.execute(sql, files).fetchone() or (0, 0, 0, 0.0)
    return Beside(int(row[0]), int(row[1]), int(row[2]), float(row[3]))
