"""*Stage 10: runs.* Reads what a run found; writes the run folder, whole or not at all, and its model.
Next: ``flow``.
"""

from .folder import find_run, make_folder, new_run, run_id, write_manifest
from .model import FORMAT, Labelled, Model, load_model, load_models, save_model

__all__ = [
    "FORMAT",
    "Labelled",
    "Model",
    "find_run",
    "load_model",
    "load_models",
    "make_folder",
    "new_run",
    "run_id",
    "save_model",
    "write_manifest",
]
