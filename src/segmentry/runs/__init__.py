"""*Stage 10: runs.* Reads what a run found; writes the run folder, whole or not at all, and its model; keeps the store.
Next: ``flow``.
"""

from .folder import make_folder, new_run, run_id, write_manifest
from .locks import exclusive
from .migrations import FORMAT as MANIFEST_FORMAT
from .model import FORMAT, Labelled, Model, load_model, load_models, save_model
from .store import Fault, Store, StoredRun, Unreadable, find_run, open_run, read_run, verify

__all__ = [
    "FORMAT",
    "MANIFEST_FORMAT",
    "Fault",
    "Labelled",
    "Model",
    "Store",
    "StoredRun",
    "Unreadable",
    "exclusive",
    "find_run",
    "load_model",
    "load_models",
    "make_folder",
    "new_run",
    "open_run",
    "read_run",
    "run_id",
    "save_model",
    "verify",
    "write_manifest",
]
