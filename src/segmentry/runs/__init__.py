"""*Stage 10: runs.* Reads what a run found; writes the run folder, whole or not at all, and its model; says who is who
after a refit, and whether a refit is due. Next: ``flow``.
"""

from .folder import find_run, make_folder, new_run, run_id, write_manifest
from .identity import Profiles, match_segments, renumbered
from .model import FORMAT, Labelled, Model, load_model, load_models, save_model
from .succession import Matching, Pair, Parts, Unmatched

__all__ = [
    "FORMAT",
    "Labelled",
    "Matching",
    "Model",
    "Pair",
    "Parts",
    "Profiles",
    "Unmatched",
    "find_run",
    "load_model",
    "load_models",
    "make_folder",
    "match_segments",
    "new_run",
    "renumbered",
    "run_id",
    "save_model",
    "write_manifest",
]
