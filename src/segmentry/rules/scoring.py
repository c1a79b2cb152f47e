"""Segments by scores: a map, and where the cut points of each score come from.

Cut points float (computed from the customers of the run), are given by the recipe, or are frozen: kept from the
manifest of an earlier run, so that a customer moves only when the customer changes.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecipeError, UnknownColumn, did_you_mean
from ..core.recipe import Frozen, Rules
from ..core.tables import CustomerTable
from .maps import SegmentMap, check, load_map
from .scores import Scale, code, fit_scale

LESS_IS_BETTER = frozenset({"recency_days", "own_rhythm_recency"})
LETTERS = {"R": "recency_days", "F": "frequency", "M": "monetary", "N": "nav"}
# What tables of customers call these; small and large letters do not matter.
SYNONYMS = {"recency": "recency_days", "monetary_value": "monetary", "net_asset_value": "nav"}

Cuts = tuple[float | None, ...]


@dataclass(frozen=True)
class Scoring:
    """How customers are scored and what their codes mean.

    Attributes
    ----------
    map
        The map, a partition.
    given
        Cut points by measure that the recipe gives, in the measure's own direction.
    frozen
        Cut points by measure that are kept from an earlier run; those given go before.
    source
        The earlier run's folder, for messages.
    """

    map: SegmentMap
    given: Mapping[str, Cuts]
    frozen: Mapping[str, Cuts]
    source: str = ""

    @property
    def floats(self) -> bool:
        """Whether every cut point is computed from the customers."""
        return not self.given and not self.frozen

    def recomputed(self) -> Scoring:
        """Return the same map with all cut points floating."""
        return replace(self, given={}, frozen={}, source="")

    def check(self, numbers: Collection[str], texts: Collection[str] = ()) -> None:
        """Raise UnknownColumn where a measure is none of *numbers*; *texts* are not scored (RecipeError)."""
        for measure in self.map.measures:
            if column_of(measure, numbers) is None:
                if measure in texts:
                    raise RecipeError(f"{measure!r} holds texts, which cannot be scored.")
                raise UnknownColumn(measure, numbers, where=f"the features that the map {self.map.name!r} scores")

    def looks_at(self, columns: Collection[str]) -> list[str]:
        """Return which of *columns* are scored."""
        found = (column_of(measure, columns) for measure in self.map.measures)
        return [name for name in found if name is not None]

    def scales(self, customers: CustomerTable) -> tuple[Scale, ...]:
        """Return the scale of each measure for *customers*. Raises UnknownColumn."""
        self.check(customers.values, customers.words)
        return tuple(
            self._scale(measure, column_of(measure, customers.values) or measure, levels, customers)
            for measure, levels in zip(self.map.measures, self.map.levels, strict=True)
        )

    def _scale(self, measure: str, column: str, levels: int, customers: CustomerTable) -> Scale:
        less = is_less_better(measure, self.map)
        if measure in self.given:
            return Scale.of_cuts(column, self.given[measure], less_is_better=less, origin="given")
        if measure in self.frozen:
            return Scale.of_cuts(column, self.frozen[measure], less_is_better=less, origin="frozen")
        return fit_scale(column, customers.values[column], levels, less_is_better=less)

    def codes(self, scales: Sequence[Scale], customers: CustomerTable) -> NDArray[np.object_]:
        """Return the code of each of *customers* on *scales*, shape (n,); None where a measure is missing."""
        return code([scale.score(customers.values[scale.measure]) for scale in scales], dotted=self.map.dotted)


def meaning_of(name: str) -> str:
    """Return the measure that *name* means: a letter's, a synonym's, or its own.

    >>> meaning_of("R"), meaning_of("Net Asset Value"), meaning_of("BALANCE")
    ('recency_days', 'nav', 'balance')
    """
    folded = name.strip().casefold().replace(" ", "_")
    return LETTERS.get(name) or SYNONYMS.get(folded, folded)


def column_of(measure: str, columns: Collection[str]) -> str | None:
    """Return which of *columns* holds *measure*: the one so called, or the first that means the same; None without."""
    if measure in columns:
        return measure
    return next((name for name in columns if meaning_of(name) == meaning_of(measure)), None)


def is_less_better(measure: str, segment_map: SegmentMap) -> bool:
    """Return whether small values of *measure* get high levels."""
    return measure in segment_map.less_is_better or meaning_of(measure) in LESS_IS_BETTER


def sound_map(given: str | Mapping[Any, Any]) -> SegmentMap:
    """Return the map *given*, packaged, of a file or written out. Raises RecipeError, naming codes, where it is no
    partition.
    """
    found = load_map(given)
    faults = check(found)
    if faults:
        raise RecipeError(
            f"The map {found.name!r} is no partition: {faults[0].kind}, {faults[0]}.",
            action=f"See all of it: segmentry rules check {given if isinstance(given, str) else 'RECIPE'}",
        )
    return found


def read_scoring(rules: Rules) -> Scoring:
    """Return how the map of *rules* scores. Raises RecipeError for a map that is no partition, and cut points that do
    not fit it.
    """
    found = sound_map(rules.map or "")
    given = {_measure(name, found): (name, cuts) for name, cuts in rules.bins.items()}
    bins = {measure: _checked(name, cuts, measure, found) for measure, (name, cuts) in given.items()}
    if not isinstance(rules.thresholds, Frozen):
        return Scoring(found, bins, {})
    folder = Path(rules.thresholds.frozen)
    kept = _kept(folder, found, without=bins)
    return Scoring(found, bins, kept, source=folder.name)


def _measure(name: str, found: SegmentMap) -> str:
    """Return the measure of the map that *name*, of the recipe's bins, means."""
    measure = column_of(name, found.measures)
    if measure is not None:
        return measure
    raise RecipeError(
        f"rules.bins: {name!r} is not a measure of the map {found.name!r}.",
        possible=f"Measures: {', '.join(found.measures)}.",
        action=did_you_mean(name, found.measures),
    )


def _checked(name: str, cuts: Sequence[float], measure: str, found: SegmentMap) -> Cuts:
    levels = found.levels[found.measures.index(measure)]
    less = is_less_better(measure, found)
    pairs = list(itertools.pairwise(cuts))
    in_order = all(b < a for a, b in pairs) if less else all(a < b for a, b in pairs)
    if len(cuts) != levels - 1 or not in_order or not all(map(math.isfinite, cuts)):
        order = "descending, since less is better" if less else "ascending"
        raise RecipeError(
            f"rules.bins: {name!r} has {list(cuts)!r}.",
            possible=f"{levels - 1} numbers for {levels} levels, {order}: from where level 2, 3 … is reached.",
        )
    return tuple(cuts)


def _kept(folder: Path, found: SegmentMap, *, without: Collection[str]) -> dict[str, Cuts]:
    """Return the cut points by measure that the run in *folder* had, *without* some. Raises RecipeError where it scored
    something else.
    """
    action = "Name the folder of a run with the same map, or set thresholds: floating."
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        scores = (manifest["rules"] or {}).get("scores") or []
        kept = {str(one["measure"]): one for one in scores}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"thresholds: {str(folder)!r} is not the folder of a run: there is no manifest.json that can be read."
        raise RecipeError(message, action=action) from error
    cuts = {}
    for measure, levels in zip(found.measures, found.levels, strict=True):
        if measure in without:
            continue
        column = column_of(measure, kept)
        if column is None:
            raise RecipeError(
                f"thresholds: the run {folder.name!r} did not score {measure!r}.",
                possible=f"It scored {', '.join(kept) or 'nothing'}.",
                action=action,
            )
        cuts[measure] = _sound_cuts(kept[column], column, folder.name, levels, less=is_less_better(measure, found))
    return cuts


def _sound_cuts(score: Mapping[str, Any], measure: str, run: str, levels: int, *, less: bool) -> Cuts:
    cuts = score.get("cuts")
    numbers = isinstance(cuts, list) and all(
        cut is None or (isinstance(cut, int | float) and math.isfinite(cut)) for cut in cuts
    )
    if not numbers or len(cuts or ()) != levels - 1 or score.get("less_is_better", less) != less:
        raise RecipeError(
            f"thresholds: the run {run!r} scored {measure!r} in another way.",
            possible=f"Here it has {levels} levels, and {'less' if less else 'more'} is better.",
            action="Name the folder of a run with the same map, or set thresholds: floating.",
        )
    return tuple(cuts or ())
