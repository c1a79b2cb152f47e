"""Generated books of customers whose true group is known, one file each. Same seed, same file.

A sample is a function ``(path, *, customers, seed)`` that writes a CSV file (securities: a folder of them) and returns
the true group of each customer id; its own default for *customers* is what the demo generates. ``recipes/<name>.yaml``
says how it is segmented.
"""

from __future__ import annotations

from collections.abc import Callable

from .credit_card import generate_credit_card
from .retail import generate_retail
from .rfm import generate_rfm
from .securities import generate_securities

__all__ = ["SAMPLES", "generate_credit_card", "generate_retail", "generate_rfm", "generate_securities"]

SAMPLES: dict[str, Callable[..., dict[str, str]]] = {
    "credit-card": generate_credit_card,
    "retail": generate_retail,
    "rfm": generate_rfm,
    "securities": generate_securities,
}
