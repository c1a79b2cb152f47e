"""Maps from scores to segments, and the proof that a map is a partition: every code in exactly one segment."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecipeError, did_you_mean
from .patterns import MOST_CODES, MOST_LEVELS, expand, levels_of, written

PACKAGED = Path(__file__).with_name("maps.yaml")
MAPS = ("rf-10", "rfm-11")
KEYS = ("measures", "levels", "segments", "less_is_better")
SHOWN = 12  # codes that a fault names
ENDINGS = {".yaml", ".yml"}
INLINE = "own map"


@dataclass(frozen=True)
class SegmentMap:
    """Segments by codes of scores.

    Attributes
    ----------
    name
        What the map is called.
    measures
        The features that are scored, in the order of a code's levels.
    levels
        How many levels each measure has.
    segments
        Segment name to the patterns of its codes: ``555``, ``5[45]``, ``[1-2][3-4]``.
    less_is_better
        The measures of which small values get high levels, beside those that are known to.
    """

    name: str
    measures: tuple[str, ...]
    levels: tuple[int, ...]
    segments: Mapping[str, tuple[str, ...]]
    less_is_better: tuple[str, ...] = ()

    @property
    def dotted(self) -> bool:
        """Whether codes are written with dots, since a level may have two digits."""
        return max(self.levels) > 9

    def codes(self) -> Iterator[str]:
        """Yield every code that customers can have."""
        for levels in product(*(range(1, most + 1) for most in self.levels)):
            yield written(levels, dotted=self.dotted)

    def expand(self, pattern: str) -> list[str]:
        """Return the codes that *pattern* stands for in this map."""
        return expand(pattern, dotted=self.dotted)

    def assign(self, codes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return the segment of each of *codes*, shape (n,); None where the code is missing.

        The map has to be a partition (see :func:`check`).
        """
        return np.array([None if code is None else self._home[code] for code in codes], dtype=object)

    @cached_property
    def _home(self) -> dict[str, str]:
        return {code: name for name, patterns in self.segments.items() for one in patterns for code in self.expand(one)}


@dataclass(frozen=True)
class Fault:
    """Why a map is no partition: codes in no segment (``gap``), in several (``overlap``), or that nobody can have
    (``unreachable``), and the segments concerned.
    """

    kind: Literal["gap", "overlap", "unreachable"]
    codes: tuple[str, ...]
    segments: tuple[str, ...] = ()

    def __str__(self) -> str:
        more = len(self.codes) - SHOWN
        shown = ", ".join(self.codes[:SHOWN]) + (f" and {more} more" if more > 0 else "")
        names = " and ".join(self.segments)
        return {
            "gap": f"no segment has {shown}",
            "overlap": f"{names} both have {shown}",
            "unreachable": f"{names}: no customer can have {shown or 'any of its codes'}",
        }[self.kind]


def check(segment_map: SegmentMap) -> list[Fault]:
    """Return everything that keeps *segment_map* from being a partition; nothing where it is one."""
    homes: dict[str, list[str]] = {code: [] for code in segment_map.codes()}
    faults = []
    for name, patterns in segment_map.segments.items():
        codes = dict.fromkeys(code for pattern in patterns for code in segment_map.expand(pattern))
        beyond = tuple(code for code in codes if code not in homes)
        for code in codes.keys() - set(beyond):
            homes[code].append(name)
        if beyond or not codes:
            faults.append(Fault("unreachable", beyond, (name,)))
    gaps = tuple(code for code, names in homes.items() if not names)
    if gaps:
        faults.append(Fault("gap", gaps))
    shared: dict[tuple[str, ...], list[str]] = {}
    for code, names in homes.items():
        if len(names) > 1:
            shared.setdefault(tuple(names), []).append(code)
    return [*faults, *(Fault("overlap", tuple(codes), names) for names, codes in shared.items())]


def load_map(given: str | Mapping[Any, Any]) -> SegmentMap:
    """Return the packaged map of that name, that of a YAML file, or the one a recipe describes. Raises RecipeError.

    A map has ``measures`` (features), ``levels`` (a number, or one for each measure), ``segments`` (name to patterns of
    codes, or to ranges of levels) and perhaps ``less_is_better`` (measures).

    >>> load_map("rf-10").measures
    ('recency_days', 'frequency')
    >>> load_map({"measures": ["nav"], "levels": 2, "segments": {"small": [1], "large": {"nav": 2}}}).segments
    {'small': ('1',), 'large': ('[2]',)}
    """
    if not isinstance(given, str):
        return _from_document(INLINE, given)
    if given in MAPS:
        return _from_document(given, read_document(PACKAGED)[given])
    path = Path(given)
    if path.suffix.lower() not in ENDINGS:
        raise RecipeError(
            f"There is no map {given!r}.",
            possible=f"Maps: {', '.join(MAPS)}, or a YAML file with a map of your own.",
            action=did_you_mean(given, MAPS),
        )
    return _from_document(path.stem, read_document(path))


def read_document(path: Path) -> dict[Any, Any]:
    """Return the YAML mapping of the file *path*. Raises RecipeError."""
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise RecipeError(f"{str(path)!r} cannot be read: {error}.") from error
    if not isinstance(document, dict):
        raise RecipeError(f"{str(path)!r} is no mapping.", possible=f"A map has {', '.join(KEYS)}.")
    return document


def _from_document(name: str, document: Mapping[Any, Any]) -> SegmentMap:
    for key in document:
        if key not in KEYS:
            raise RecipeError(
                f"Map {name!r}: {key!r} is not a key.",
                possible=f"It has {', '.join(KEYS)}.",
                action=did_you_mean(str(key), KEYS),
            )
    measures = _measures(name, document.get("measures"), "measures")
    if not measures or len(set(measures)) < len(measures):
        raise RecipeError(f"Map {name!r}: measures has to be a list of features, each once, not {list(measures)!r}.")
    levels = _levels(name, measures, document.get("levels"))
    less = _measures(name, document.get("less_is_better", []), "less_is_better")
    for one in less:
        _known(name, one, measures)
    written_segments = document.get("segments")
    if not isinstance(written_segments, Mapping):
        raise RecipeError(
            f"Map {name!r}: segments has to map each segment to a list of codes, not {_short(written_segments)}."
        )
    found = SegmentMap(name, measures, levels, {}, less)
    segments = {str(title): _patterns(found, str(title), codes) for title, codes in written_segments.items()}
    return SegmentMap(name, measures, levels, segments, less)


def _measures(name: str, given: Any, key: str) -> tuple[str, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not all(isinstance(one, str) for one in given):
        raise RecipeError(f"Map {name!r}: {key} has to be a list of features, not {_short(given)}.")
    return tuple(given)


def _levels(name: str, measures: tuple[str, ...], given: Any) -> tuple[int, ...]:
    if isinstance(given, Mapping):
        for one in given:
            _known(name, str(one), measures)
    each: list[Any] = [given.get(one) for one in measures] if isinstance(given, Mapping) else [given] * len(measures)
    for one in each:
        if not isinstance(one, int) or isinstance(one, bool) or not 2 <= one <= MOST_LEVELS:
            raise RecipeError(
                f"Map {name!r}: levels has to be a number from 2 to {MOST_LEVELS}, not {_short(given)}.",
                possible="Measures that have different numbers are written as {measure: number}.",
            )
    if math.prod(each) > MOST_CODES:
        raise RecipeError(f"Map {name!r} has {math.prod(each):,} codes.", possible=f"At most {MOST_CODES:,}.")
    return tuple(each)


def _patterns(found: SegmentMap, title: str, given: Any) -> tuple[str, ...]:
    """Return what *given* says of the segment *title* (codes, patterns, ranges by measure) as patterns."""
    if isinstance(given, Mapping):
        given = [given]
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise RecipeError(
            f"Map {found.name!r}: segments has to map each segment to a list of codes; {title!r} has {_short(given)}."
        )
    patterns = tuple(_ranges(found, title, one) if isinstance(one, Mapping) else str(one) for one in given)
    for pattern in patterns:
        if len(levels_of(pattern, dotted=found.dotted)) != len(found.measures):
            raise RecipeError(
                f"Map {found.name!r}: {title!r} has {pattern[:80]!r}, but there are {len(found.measures)} measures.",
                action="Write one number, or one bracket, for each measure.",
            )
        found.expand(pattern)
    return patterns


def _ranges(found: SegmentMap, title: str, given: Mapping[Any, Any]) -> str:
    """Return ranges of levels by measure, ``{recency_days: 4-5}``, as a pattern; a measure left out has any level."""
    for one in given:
        _known(found.name, str(one), found.measures)
    parts = []
    for measure, most in zip(found.measures, found.levels, strict=True):
        wanted = given.get(measure, f"1-{most}")
        listed = wanted if isinstance(wanted, list) else [wanted]
        if not listed or not all(isinstance(one, int | str) for one in listed):
            raise RecipeError(
                f"Map {found.name!r}: {title!r} has {_short(wanted)} for {measure}.",
                possible="A level (5), a range (4-5), or a list of these.",
            )
        inside = ("," if found.dotted else "").join(str(one).replace(" ", "") for one in listed)
        parts.append(f"[{inside}]")
    return ("." if found.dotted else "").join(parts)


def _known(name: str, measure: str, measures: Sequence[str]) -> None:
    if measure not in measures:
        raise RecipeError(
            f"Map {name!r}: {measure!r} is not one of its measures.",
            possible=f"Measures: {', '.join(measures)}.",
            action=did_you_mean(measure, measures),
        )


def _short(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 80 else text[:80] + "…"
