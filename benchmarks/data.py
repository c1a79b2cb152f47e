"""The files that are measured on: the real retail file, generated transactions and customers, by name and made once.

A name is ``retail``, or a number of lines (``250k``, ``10M``), which is a CSV file below 100 million lines and Parquet
from there on, unless an ending says otherwise (``10M.parquet``).
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from transactions import generate

SHARED = Path(__file__).parents[2] / "shared"
LARGE = 100_000_000
UNITS = {"": 1, "k": 1_000, "M": 1_000_000}


@dataclass(frozen=True)
class Places:
    """Where things are: the folder for generated files and outputs, the real retail file, the notebook as a script."""

    folder: Path
    retail: Path = SHARED / "data" / "online_retail.csv.gz"
    notebook: Path = SHARED / "bench" / "notebook_baseline.py"

    def transactions(self, name: str) -> Path:
        """Return the file called *name*, generated when it is not there. Raises FileNotFoundError for ``retail``."""
        if name == "retail":
            if not self.retail.exists():
                message = f"{self.retail} is not here: name it with --retail"
                raise FileNotFoundError(message)
            return self.retail
        lines = number(name)
        ending = name.partition(".")[2] or ("parquet" if lines >= LARGE else "csv")
        return generate(lines, self.folder / f"t{lines}.{ending}")


def number(name: str) -> int:
    """Return the number that *name* is: ``250k`` is 250,000. Raises ValueError for other text."""
    found = re.fullmatch(r"(\d+)([kM]?)(\.csv|\.parquet)?", name)
    if found is None:
        message = f"{name!r} is no size: write 250k, 10M, 10M.parquet or retail"
        raise ValueError(message)
    return int(found[1]) * UNITS[found[2]]


def default_folder() -> Path:
    """Return the folder for generated files: ``segmentry-bench`` in the user's cache, or in the temporary folder."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parent = cache if cache.is_dir() else Path(tempfile.gettempdir())
    return parent / "segmentry-bench"


def read_ahead(path: Path) -> None:
    """Read *path* once, so that whoever comes first does not pay for the disk."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass
