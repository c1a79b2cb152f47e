"""Which family of colours the name of a declared segment belongs to. Comes in: a name, its customers among all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable
from .archetypes import ARCHETYPES, RFM_ARCHETYPES


def tone_of(name: str, own: NDArray[np.bool_], customers: CustomerTable) -> str:
    """Return the tone of a known *name*; of another one that of the archetype whose typical ranks are nearest.

    *own* says which of *customers* are called so. Where their ranks are not known, the tone is ``promising``.
    """
    if name in ARCHETYPES:
        return ARCHETYPES[name].tone
    places: list[float] = []
    for measure in ("recency_days", "frequency", "monetary"):
        values = customers.values.get(measure)
        if values is None or not np.isfinite(values[own]).any():
            return "promising"
        known = np.sort(values[np.isfinite(values)])
        inside = values[own][np.isfinite(values[own])]
        middle = np.searchsorted(known, inside, "left") + np.searchsorted(known, inside, "right")
        rank = float(middle.mean()) / 2 / len(known)
        places.append(1 - rank if measure == "recency_days" else rank)
    nearest = min(
        RFM_ARCHETYPES, key=lambda kind: sum((one - two) ** 2 for one, two in zip(places, kind.place, strict=True))
    )
    return nearest.tone
