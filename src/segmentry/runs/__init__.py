"""*Stage 10: runs.* Reads what a run found; writes the run folder, whole or not at all, and its model; keeps the store;
says who is who after a refit, and whether a refit is due. Next: ``flow``.
"""

from .folder import make_folder, new_run, run_id, write_manifest
from .identity import Profiles, match_segments, renumbered
from .locks import exclusive
from .migrations import FORMAT as MANIFEST_FORMAT
from .model import FORMAT, Labelled, Model, load_model, load_models, save_model
from .store import Fault, Store, StoredRun, Unreadable, find_run, open_run, read_run, verify
from .succession import Matching, Pair, Parts, Unmatched

__all__ = [
    "FORMAT",
    "MANIFEST_FORMAT",
    "Fault",
    "Labelled",
    "Matching",
    "Model",
    "Pair",
    "Parts",
    "Profiles",
    "Store",
    "StoredRun",
    "Unmatched",
    "Unreadable",
    "exclusive",
    "find_run",
    "load_model",
    "load_models",
    "make_folder",
    "match_segments",
    "new_run",
    "open_run",
    "read_run",
    "renumbered",
    "run_id",
    "save_model",
    "verify",
    "write_manifest",
]
