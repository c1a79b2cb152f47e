"""Segments by scores: each measure of a map is scored over the customers, and the map says whose code means what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecipeError, UnknownColumn
from ..core.tables import CustomerTable
from .maps import SegmentMap, check, load_map
from .scores import Scale, code, fit_scale

LESS_IS_BETTER = frozenset({"recency_days"})


@dataclass(frozen=True)
class Declared:
    """The declared segments of n customers: the map, the scale of each measure, code and segment, shape (n,).

    A customer without a value for some measure has neither code nor segment.
    """

    map: SegmentMap
    scales: tuple[Scale, ...]
    codes: NDArray[np.object_]
    segments: NDArray[np.object_]

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns that go into the customers table."""
        return {"rule_code": self.codes, "rule_segment": self.segments}

    def summary(self) -> dict[str, Any]:
        """Return the map's name and, for each measure, the cut points in its own direction and what ties do."""
        signs = [-1 if scale.less_is_better else 1 for scale in self.scales]
        return {
            "map": self.map.name,
            "scores": [
                {"measure": s.measure, "cuts": [_finite(sign * cut) for cut in s.cuts], "note": s.note}
                for s, sign in zip(self.scales, signs, strict=True)
            ],
        }


def sound_map(name: str) -> SegmentMap:
    """Return the map *name*, packaged or of a file. Raises RecipeError, naming codes, where it is no partition."""
    found = load_map(name)
    faults = check(found)
    if faults:
        raise RecipeError(
            f"The map {found.name!r} is no partition: {faults[0].kind}, {faults[0]}.",
            action=f"See all of it: segmentry rules check {name}",
        )
    return found


def declare(segment_map: SegmentMap, customers: CustomerTable) -> Declared:
    """Return the segments that *segment_map*, a partition, gives *customers*. Raises UnknownColumn."""
    for measure in segment_map.measures:
        if measure not in customers.values:
            raise UnknownColumn(
                measure, customers.values, where=f"the features that the map {segment_map.name!r} scores"
            )
    scales = tuple(
        fit_scale(one, customers.values[one], segment_map.levels, less_is_better=one in LESS_IS_BETTER)
        for one in segment_map.measures
    )
    codes = code([scale.score(customers.values[scale.measure]) for scale in scales])
    return Declared(segment_map, scales, codes, segment_map.assign(codes))


def _finite(cut: float) -> float | None:
    return cut if np.isfinite(cut) else None
