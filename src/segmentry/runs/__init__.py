"""*Stage 10: runs.* Reads what a run found; writes the run folder, whole or not at all, and its model; says who is who
after a refit, and whether a refit is due. Next: ``flow``.
"""

from .decision import Decision, decide
from .drift import (
    Drift,
    FeatureShift,
    Histogram,
    QualityChanges,
    ReasonChange,
    ShareShift,
    far_distance,
    far_share,
    psi,
    psi_by_chance,
    quality_changes,
    shift_of_features,
    shift_of_shares,
)
from .folder import find_run, make_folder, new_run, run_id, write_manifest
from .hysteresis import steady
from .identity import Profiles, match_segments, renumbered
from .model import FORMAT, Labelled, Model, load_model, load_models, save_model
from .succession import Matching, Pair, Parts, Unmatched

__all__ = [
    "FORMAT",
    "Decision",
    "Drift",
    "FeatureShift",
    "Histogram",
    "Labelled",
    "Matching",
    "Model",
    "Pair",
    "Parts",
    "Profiles",
    "QualityChanges",
    "ReasonChange",
    "ShareShift",
    "Unmatched",
    "decide",
    "far_distance",
    "far_share",
    "find_run",
    "load_model",
    "load_models",
    "make_folder",
    "match_segments",
    "new_run",
    "psi",
    "psi_by_chance",
    "quality_changes",
    "renumbered",
    "run_id",
    "save_model",
    "shift_of_features",
    "shift_of_shares",
    "steady",
    "write_manifest",
]
