"""*Stage 10: runs.* Reads what a run found; writes the run folder, whole or not at all, and its model; keeps the store;
says who is who after a refit, and whether a refit is due. Next: ``flow``.
"""

from .decision import Decision, decide
from .difference import Difference, difference
from .drift import (
    BookDrift,
    CohortShift,
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
    shift_of_cohorts,
    shift_of_features,
    shift_of_shares,
)
from .folder import make_folder, new_run, run_id, write_manifest
from .freshness import age_in_words, check_fresh, parse_age
from .hysteresis import steady
from .identity import Profiles, match_segments, renumbered
from .locks import exclusive
from .migrations import FORMAT as MANIFEST_FORMAT
from .model import FORMAT, Labelled, Model, load_model, load_models, save_model
from .pruning import Pruned, prune
from .store import Fault, Store, StoredRun, Unreadable, find_run, open_run, read_run, verify
from .succession import Matching, Pair, Parts, Unmatched

__all__ = [
    "FORMAT",
    "MANIFEST_FORMAT",
    "BookDrift",
    "CohortShift",
    "Decision",
    "Difference",
    "Drift",
    "Fault",
    "FeatureShift",
    "Histogram",
    "Labelled",
    "Matching",
    "Model",
    "Pair",
    "Parts",
    "Profiles",
    "Pruned",
    "QualityChanges",
    "ReasonChange",
    "ShareShift",
    "Store",
    "StoredRun",
    "Unmatched",
    "Unreadable",
    "age_in_words",
    "check_fresh",
    "decide",
    "difference",
    "exclusive",
    "far_distance",
    "far_share",
    "find_run",
    "load_model",
    "load_models",
    "make_folder",
    "match_segments",
    "new_run",
    "open_run",
    "parse_age",
    "prune",
    "psi",
    "psi_by_chance",
    "quality_changes",
    "read_run",
    "renumbered",
    "run_id",
    "save_model",
    "shift_of_cohorts",
    "shift_of_features",
    "shift_of_shares",
    "steady",
    "verify",
    "write_manifest",
]
