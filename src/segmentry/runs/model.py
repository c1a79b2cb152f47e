"""The model: plain numbers that label customers. Saved as JSON and Parquet, never as code; loading runs nothing.

Format 1 labels by the nearest centroid. Format 2 adds another way of labelling (``assigner``) and its tables. A k-means
model is still written in format 1: every version can read it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from ..cluster import Assigner, NearestCentre, assigner_from
from ..core.errors import ModelError
from ..core.recipe import Cohort, Recipe, parse_recipe
from ..core.tables import Column, CustomerTable
from ..engine import read_columns, write_columns
from ..prepare import Pipeline
from .folder import file_digest, make_folder
from .store import find_run

FORMAT = 2
DESCRIPTION = "model.json"
CENTROIDS = "centroids.parquet"


@dataclass(frozen=True)
class Labelled:
    """What a model says of n customers: arrays of shape (n,); label -1: noise, or an outlier that is set apart.

    ``memberships``, shape (n, k), has the posterior of each segment where the model is a mixture.
    """

    labels: NDArray[np.int64]
    nearest_other: NDArray[np.int64]
    confidence: NDArray[np.float64]
    is_outlier: NDArray[np.bool_]
    memberships: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Model:
    """A fitted segmentation.

    Attributes
    ----------
    recipe
        The recipe as resolved: how to read, clean and compute features for new data.
    as_of
        The date the features of the fit looked back from.
    roles
        Which column of the fit's source played which role.
    features
        The features that decide, in order.
    columns
        Meaning and unit of each of *features*.
    pipeline
        The fitted preparation.
    centroids
        Shape (k, d), in the prepared space; row i belongs to segment id i.
    segments
        Per segment: ``id``, ``name``, ``archetype``, ``tone``, ``reason``; the ``shade`` of its colour, and
        ``number``, the id that tables show.
    assigner
        What labels customers; without it, the nearest of *centroids*.
    """

    recipe: Recipe
    as_of: date | None
    roles: dict[str, str]
    features: tuple[str, ...]
    columns: tuple[Column, ...]
    pipeline: Pipeline
    centroids: NDArray[np.float64]
    segments: tuple[dict[str, Any], ...]
    assigner: Assigner | None = None

    def label(self, customers: CustomerTable) -> Labelled:
        """Return the segment of each of *customers* that the assigner says: for k-means, of the nearest centroid."""
        found = (self.assigner or NearestCentre(self.centroids)).assign(self.pipeline.transform(customers))
        outliers = self.pipeline.flag(customers)
        apart = outliers & (self.recipe.prepare.outliers.policy == "drop")
        labels = np.where(apart, -1, found.labels)
        return Labelled(labels, found.nearest_other, found.confidence, outliers, found.memberships)

    def numbers(self) -> dict[int, int]:
        """Return the ids that tables show, of those segments that kept another one from an earlier run."""
        shown = {segment["id"]: segment.get("number", segment["id"]) for segment in self.segments}
        return {label: number for label, number in shown.items() if label != number}

    def names(self) -> dict[int, str]:
        """Return the segment names by id."""
        return {segment["id"]: segment["name"] for segment in self.segments}


def save_model(model: Model, folder: Path, *, version: str) -> None:
    """Write *model* into *folder* as ``model.json`` and Parquet files, with checksums of all. Raises OutputError."""
    make_folder(folder)
    columns = {f"x{i}": column for i, column in enumerate(model.centroids.T)}
    write_columns(columns, folder / CENTROIDS, step="save the model")
    body = {
        "recipe": model.recipe.model_dump(mode="json"),
        "as_of": model.as_of.isoformat() if model.as_of else None,
        "roles": model.roles,
        "features": list(model.features),
        "columns": [asdict(column) for column in model.columns],
        "preparation": model.pipeline.to_dict(),
        "segments": list(model.segments),
    }
    files = [CENTROIDS]
    if model.assigner is not None and not _by_centroids(model):
        tables = model.assigner.tables()
        body["assigner"] = {
            "kind": model.assigner.kind,
            "parameters": model.assigner.parameters(),
            "tables": sorted(tables),
        }
        for name, table in tables.items():
            write_columns(table, folder / f"{name}.parquet", step="save the model")
        files += [f"{name}.parquet" for name in sorted(tables)]
    document = {
        "format": FORMAT if "assigner" in body else 1,
        "segmentry": version,
        "sha256": {"body": _digest(body), **{file: file_digest(folder / file) for file in files}},
        "body": body,
    }
    (folder / DESCRIPTION).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def load_model(path: Path) -> Model:
    """Read the model at *path*: its folder, a run folder, or a folder of runs (the newest). Raises ModelError."""
    run = None if (path / DESCRIPTION).is_file() else find_run(path)
    folder = run / "model" if run else path
    document = _read_description(folder)
    body = document["body"]
    saved = body.get("assigner")
    tables = [] if saved is None else [str(name) for name in saved["tables"]]
    if not all(name.isidentifier() for name in tables):
        raise ModelError(f"{str(folder / DESCRIPTION)!r} names a table that is none of a model's.", action=_FIT_AGAIN)
    digests = {file: _parquet_digest(folder, file) for file in (CENTROIDS, *(f"{name}.parquet" for name in tables))}
    for file, found in digests.items():
        if document["sha256"].get(file) != found:
            raise _changed(folder / file)
    return Model(
        recipe=parse_recipe(body["recipe"], where=str(folder / DESCRIPTION)),
        as_of=date.fromisoformat(body["as_of"]) if body["as_of"] else None,
        roles=dict(body["roles"]),
        features=tuple(body["features"]),
        columns=tuple(Column(**column) for column in body["columns"]),
        pipeline=Pipeline.from_dict(body["preparation"]),
        centroids=np.column_stack(list(read_columns(folder / CENTROIDS).values())),
        segments=tuple(body["segments"]),
        assigner=None
        if saved is None
        else assigner_from(
            str(saved["kind"]), saved["parameters"], {name: read_columns(folder / f"{name}.parquet") for name in tables}
        ),
    )


def load_models(path: Path) -> dict[Cohort, Model]:
    """Read the models of the cohorts at *path*, a folder or run folder, by name; none where it holds a single model."""
    run = find_run(path) if not (path / DESCRIPTION).is_file() and not _cohorts(path) else None
    folder = run / "model" if run else path
    return {name: load_model(folder / name) for name in _cohorts(folder)}


def _cohorts(folder: Path) -> list[Cohort]:
    return [name for name in get_args(Cohort) if (folder / name / DESCRIPTION).is_file()]


def _by_centroids(model: Model) -> bool:
    """Whether the nearest centroid is all that labels customers, so that format 1 says it."""
    return isinstance(model.assigner, NearestCentre) and np.array_equal(model.assigner.centres, model.centroids)


_FIT_AGAIN = "Take an unchanged copy, or make a new one: segmentry run DATA"


def _read_description(folder: Path) -> dict[str, Any]:
    path = folder / DESCRIPTION
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(
            f"There is no model at {str(folder)!r}.",
            possible=f"A model is a folder with {DESCRIPTION}, or a run folder.",
            action="Run: segmentry run DATA",
        ) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{str(path)!r} cannot be read as a model: {error}.", action=_FIT_AGAIN) from error
    if not isinstance(document, dict) or not {"format", "sha256", "body"} <= document.keys():
        raise ModelError(f"{str(path)!r} is not a Segmentry model.", action=_FIT_AGAIN)
    if not isinstance(document["format"], int) or document["format"] > FORMAT:
        raise ModelError(
            f"{str(path)!r} has model format {document['format']!r}, written by Segmentry {document.get('segmentry')}.",
            possible=f"This version reads formats up to {FORMAT}.",
            action="Update Segmentry: pip install --upgrade segmentry",
        )
    # Before anything in the body is looked at: only what was saved has the shape that is read.
    sums, body = document["sha256"], document["body"]
    if not isinstance(sums, dict) or not isinstance(body, dict) or sums.get("body") != _digest(body):
        raise _changed(path)
    return document


def _changed(file: Path) -> ModelError:
    return ModelError(f"{str(file)!r} was changed after it was saved: its checksum differs.", action=_FIT_AGAIN)


def _digest(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _parquet_digest(folder: Path, file: str) -> str:
    try:
        return file_digest(folder / file)
    except OSError as error:
        raise ModelError(f"{str(folder / file)!r} cannot be read: {error.strerror}.", action=_FIT_AGAIN) from error
