"""How much memory a run may take: an amount as people write it, and the engine's share of it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from ..core.errors import RecipeError

PREFIXES = " KMGT"
SMALLEST = 500_000_000  # Python with its libraries takes a quarter of a gigabyte before there is any data
ENGINES_SHARE, OURS = 0.7, 300 << 20  # the rest is for customers in NumPy, and for what the engine takes beyond


def amount_of(text: str) -> int:
    """Return the bytes that *text* stands for. Raises RecipeError where it is no amount, or too small to work with.

    >>> amount_of("4GB"), amount_of("1.5 GiB")
    (4000000000, 1610612736)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(I?)B?\s*", text.upper())
    if match is None:
        raise RecipeError(f"memory: {text!r} is not an amount of memory.", possible="Examples: 2GB, 800MB.")
    amount = int(float(match[1]) * (1024 if match[3] else 1000) ** PREFIXES.index(match[2] or " "))
    if amount < SMALLEST:
        raise RecipeError(f"memory: {text!r} is too little to work with.", possible="At least 500MB are needed.")
    return amount


def engines_share(amount: int) -> int:
    """Return how many bytes of *amount*, that of the whole process, the engine may take."""
    return max(int(amount * ENGINES_SHARE) - OURS, SMALLEST // 4)


def peak() -> int:
    """Return the most memory that this process has held so far, in bytes; 0 where the system does not say."""
    try:
        # Not ru_maxrss, where there is a choice: Linux counts what the process that started this one held at the time.
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:  # there is none on Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most << 10
