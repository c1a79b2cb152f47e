"""*Stage 10: runs.* Reads what a run found; writes the run folder, whole or not at all, and its model; keeps the store.
Next: ``flow``.
"""

from .difference import Difference, difference
from .folder import make_folder, new_run, run_id, write_manifest
from .freshness import age_in_words, check_fresh, parse_age
from .locks import exclusive
from .migrations import FORMAT as MANIFEST_FORMAT
from .model import FORMAT, Labelled, Model, load_model, load_models, save_model
from .pruning import Pruned, prune
from .store import Fault, Store, StoredRun, Unreadable, find_run, open_run, read_run, verify

__all__ = [
    "FORMAT",
    "MANIFEST_FORMAT",
    "Difference",
    "Fault",
    "Labelled",
    "Model",
    "Pruned",
    "Store",
    "StoredRun",
    "Unreadable",
    "age_in_words",
    "check_fresh",
    "difference",
    "exclusive",
    "find_run",
    "load_model",
    "load_models",
    "make_folder",
    "new_run",
    "open_run",
    "parse_age",
    "prune",
    "read_run",
    "run_id",
    "save_model",
    "verify",
    "write_manifest",
]
