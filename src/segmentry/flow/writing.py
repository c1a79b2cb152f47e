"""Write what a run found, tables, recipe, model and manifest, into one folder."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__, profile, publish
from ..engine.memory import peak
from ..runs import MANIFEST_FORMAT, write_manifest

if TYPE_CHECKING:
    from ..movement import Movement, RuleMovement
    from .segmenting import Found

LIBRARIES = ("duckdb", "ibis-framework", "numpy")


def write_tables(found: Found, folder: Path, *, csv: bool) -> None:
    """Write customers and segments of *found*, its recipe and its model into *folder*; *csv* adds customers as CSV."""
    found.write_customers([folder / "customers.parquet", *[folder / "customers.csv"] * csv])
    publish.write_segments(found.segment_columns(), folder / "segments.csv")
    mismatches = found.mismatch_columns()
    if mismatches is not None:
        publish.write_mismatches(mismatches, folder / "mismatches.csv")
    changes = found.change_columns()
    if changes is not None:
        publish.write_segments(changes, folder / "changes.csv")
    found.recipe.save(folder / "recipe.yaml")
    found.save_model(folder / "model", __version__)


def write_movement(moved: Movement, folder: Path, *, by_rules: RuleMovement | None = None) -> None:
    """Write who was where as of past dates, and who moved, into *folder*: a table of flows, of moves, and of dates; the
    first two again for the segments that rules declare.
    """
    from .. import movement

    declared = None if by_rules is None else by_rules.movement
    for found, prefix in ((moved, ""), (declared, "rule_")):
        if found is not None:
            names = found.history.names
            flows = movement.movement_columns(found.transitions, names)
            publish.write_segments(flows, folder / f"{prefix}movement.csv")
            publish.write_customers(movement.move_columns(found.steps, names), folder / f"{prefix}moves.parquet")
    rows = movement.history_columns(moved.history, None if declared is None else declared.history)
    publish.write_customers(rows, folder / "history.parquet")


def write_forecast(found: Found, folder: Path) -> None:
    """Write where customers will be into *folder*: a table of customers, of segments, and of those worth saving."""
    from .. import movement

    publish.write_customers(movement.forecast_columns(found.forecast, found.lifetimes), folder / "forecast.parquet")
    publish.write_segments(movement.expected_columns(found.forecasts), folder / "forecast.csv")
    publish.write_segments(movement.saving_columns(found.forecast), folder / "worth_saving.csv")


def write_products(products: profile.Products | None, folder: Path) -> None:
    """Write what segments buy into *folder*, where the source has products."""
    if products is not None and products.has_products:
        publish.write_segments(products.table(), folder / "products.csv")


def metadata(found: Found, run_id: str) -> dict[str, Any]:
    """Return what is known of the making of a run: id, time, versions, as-of date, seconds per stage."""
    return {
        "run_id": run_id,
        "created": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "segmentry": __version__,
        "libraries": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
        "as_of": found.book.customers.as_of.isoformat() if found.book.customers.as_of else None,
        "seconds": found.seconds,
        "peak_memory_bytes": peak(),
    }


def finish(found: Found, folder: Path, run_id: str) -> None:
    """Write ``manifest.json``, which makes the folder complete."""
    facts, ledger = found.book.facts, found.book.ledger
    lines = [*ledger.set_aside, ledger.kept, ledger.total]
    write_manifest(
        folder,
        {
            "format": MANIFEST_FORMAT,
            "kind": "run",
            "model_from": None,
            "previous": None,
            **metadata(found, run_id),
            "name": found.recipe.name,
            "seed": found.recipe.cluster.seed,
            "source": {
                "files": list(facts.files),
                "digests": list(facts.digests),
                "reading": facts.reading,
                "description": facts.description,
                "rows": facts.rows,
                "fingerprint": facts.fingerprint,
            },
            "roles": facts.roles,
            "assumptions": [assumption.text for assumption in facts.assumptions],
            "ledger": [
                {
                    "reason": line.reason,
                    "rows": line.rows,
                    "orders": line.orders,
                    "customers": line.customers,
                    "money": str(line.money),
                }
                for line in lines
            ],
            "customers": found.book.customers.count,
            **found.summary(),
            "recipe": found.recipe.model_dump(mode="json"),
        },
    )
