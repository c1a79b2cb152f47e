"""Maps from scores to segments, and the proof that a map is a partition: every code in exactly one segment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecipeError, did_you_mean

PACKAGED = Path(__file__).with_name("maps.yaml")
MAPS = ("rf-10", "rfm-11")
KEYS = ("measures", "levels", "segments")
MOST_LEVELS = 9  # a code has one digit for each measure
PART = re.compile(r"\[(\d(?:-\d|\d)*)\]|(\d)")
SHOWN = 12  # codes that a fault names


@dataclass(frozen=True)
class SegmentMap:
    """Segments by codes of scores.

    Attributes
    ----------
    name
        What the map is called.
    measures
        The features that are scored, in the order of a code's digits.
    levels
        How many levels each measure has, at most 9.
    segments
        Segment name to the patterns of its codes: ``555``, ``5[45]``, ``[1-2][3-4]``.
    """

    name: str
    measures: tuple[str, ...]
    levels: int
    segments: Mapping[str, tuple[str, ...]]

    def codes(self) -> Iterator[str]:
        """Yield every code that customers can have."""
        digits = [str(level) for level in range(1, self.levels + 1)]
        yield from map("".join, product(digits, repeat=len(self.measures)))

    def assign(self, codes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return the segment of each of *codes*, shape (n,); None where the code is missing.

        The map has to be a partition (see :func:`check`).
        """
        home = {code: name for name, patterns in self.segments.items() for one in patterns for code in expand(one)}
        return np.array([None if code is None else home[code] for code in codes], dtype=object)


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


def expand(pattern: str) -> list[str]:
    """Return the codes that *pattern* stands for. Raises RecipeError for what is no pattern.

    >>> expand("5[45]"), expand("[1-2]3")
    (['54', '55'], ['13', '23'])
    """
    parts, end = [], 0
    for found in PART.finditer(pattern):
        if found.start() != end:
            break
        parts.append(_digits(found[1]) if found[1] else [found[2]])
        end = found.end()
    if end != len(pattern) or not parts:
        raise RecipeError(f"{pattern!r} is no pattern of codes.", possible="Examples: 555, 5[45], [1-2][3-4].")
    return ["".join(code) for code in product(*parts)]


def _digits(text: str) -> list[str]:
    ranges = re.findall(r"(\d)-(\d)|(\d)", text)
    return [str(digit) for low, high, one in ranges for digit in range(int(low or one), int(high or one) + 1)]


def check(segment_map: SegmentMap) -> list[Fault]:
    """Return everything that keeps *segment_map* from being a partition; nothing where it is one."""
    homes: dict[str, list[str]] = {code: [] for code in segment_map.codes()}
    faults = []
    for name, patterns in segment_map.segments.items():
        codes = dict.fromkeys(code for pattern in patterns for code in expand(pattern))
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


def load_map(name: str) -> SegmentMap:
    """Return the packaged map *name*, or the one that the YAML file of that path describes. Raises RecipeError.

    A file has ``measures`` (features), ``levels`` (2 to 9) and ``segments`` (name to patterns of codes).

    >>> load_map("rf-10").measures
    ('recency_days', 'frequency')
    """
    if name in MAPS:
        return _from_document(name, _read(PACKAGED)[name])
    path = Path(name)
    if path.suffix.lower() not in {".yaml", ".yml"}:
        raise RecipeError(
            f"There is no map {name!r}.",
            possible=f"Maps: {', '.join(MAPS)}, or a YAML file with a map of your own.",
            action=did_you_mean(name, MAPS),
        )
    return _from_document(path.stem, _read(path))


def _read(path: Path) -> dict[str, Any]:
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecipeError(f"The map {str(path)!r} cannot be read: {error}.") from error
    if not isinstance(document, dict):
        raise RecipeError(f"The map {str(path)!r} is no mapping.", possible=f"It has {', '.join(KEYS)}.")
    return document


def _from_document(name: str, document: Mapping[str, Any]) -> SegmentMap:
    for key in document:
        if key not in KEYS:
            raise RecipeError(f"Map {name!r}: {key!r} is not a key.", possible=f"It has {', '.join(KEYS)}.")
    measures, levels, segments = (document.get(key) for key in KEYS)
    if not isinstance(measures, list) or not measures or not all(isinstance(one, str) for one in measures):
        raise RecipeError(f"Map {name!r}: measures has to be a list of features, not {measures!r}.")
    if not isinstance(levels, int) or not 2 <= levels <= MOST_LEVELS:
        raise RecipeError(f"Map {name!r}: levels has to be a number from 2 to {MOST_LEVELS}, not {levels!r}.")
    if not isinstance(segments, dict) or not all(isinstance(patterns, list) for patterns in segments.values()):
        raise RecipeError(f"Map {name!r}: segments has to map each segment to a list of codes, not {segments!r}.")
    written = {str(title): tuple(map(str, patterns)) for title, patterns in segments.items()}
    for title, patterns in written.items():
        for pattern in patterns:
            if any(len(code) != len(measures) for code in expand(pattern)):
                raise RecipeError(
                    f"Map {name!r}: {title!r} has {pattern!r}, but there are {len(measures)} measures.",
                    action="Write one digit, or one bracket, for each measure.",
                )
    return SegmentMap(name, tuple(measures), levels, written)
