"""From data values to pixels and colours: linear, logarithmic, band, point, and colours by name or along a ramp.

Sources: https://d3js.org/d3-scale (linear, log); Vega's band scale, which differs from d3's where there is one band.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from . import ticks

Range = tuple[float, float]


def is_number(value: object) -> bool:
    """Return whether *value* can be placed on a continuous scale."""
    return isinstance(value, int | float) and math.isfinite(value)


# Plain records here are NamedTuples: a class costs a quarter of a dataclass at import.
class Linear(NamedTuple):
    """Equal differences are equally far apart. A domain without extent lies in the middle of the range."""

    domain: Range
    range: Range
    discrete: bool = False

    def places(self, values: Sequence[Any], band: float = 0.5) -> list[float]:
        """Return the pixels of *values*."""
        del band
        (low, high), (start, stop) = self.domain, self.range
        if low == high:
            return [(start + stop) / 2] * len(values)
        shares = [(value - low) / (high - low) for value in values]
        return [start * (1 - share) + stop * share for share in shares]  # exact at both ends, as in d3

    def has_place(self, value: Any) -> bool:
        """Return whether *value* can be placed."""
        return is_number(value)

    def ticks(self, count: float) -> list[Any]:
        """Return about *count* round values of the domain."""
        low, high = sorted(self.domain)
        return ticks.ticks(low, high, count)


@dataclass(frozen=True)
class Log:
    """Equal ratios are equally far apart; the domain is positive."""

    domain: Range
    range: Range
    discrete: bool = False

    def __post_init__(self) -> None:
        if not min(self.domain) > 0:
            message = f"a logarithmic scale needs a positive domain, not {self.domain}"
            raise ValueError(message)

    def places(self, values: Sequence[Any], band: float = 0.5) -> list[float]:
        """Return the pixels of *values*; what is zero or less has no place and is NaN."""
        low, high = (math.log10(end) for end in self.domain)
        shown = [math.log10(value) if value > 0 else math.nan for value in values]
        return Linear((low, high), self.range).places(shown, band)

    def has_place(self, value: Any) -> bool:
        """Return whether *value* can be placed."""
        return is_number(value) and value > 0

    def ticks(self, count: float) -> list[Any]:
        """Return one to nine times the powers of ten in the domain."""
        low, high = sorted(self.domain)
        return ticks.log_ticks(low, high, count)


@dataclass(frozen=True)
class Band:
    """One band for each value, in order; paddings are shares of the step from one band to the next."""

    domain: Sequence[Any]
    range: Range
    inner: float = 0.0
    outer: float = 0.0
    discrete: bool = True
    _starts: dict[Any, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        start, stop = self.range
        spare = stop - start - self.step * (len(self.domain) - self.inner)
        first = start + spare / 2
        starts = {value: first + self.step * place for place, value in enumerate(self.domain)}
        object.__setattr__(self, "_starts", starts)

    @property
    def step(self) -> float:
        """Pixels from the start of a band to the start of the next."""
        start, stop = self.range
        space = len(self.domain) - self.inner + 2 * self.outer
        return (stop - start) / (space if space > 0 else 1.0)

    @property
    def bandwidth(self) -> float:
        """Pixels from the start of a band to its end."""
        return self.step * (1 - self.inner)

    def places(self, values: Sequence[Any], band: float = 0.5) -> list[float]:
        """Return the pixels of *values* in their bands; a value outside the domain has no place and is NaN."""
        inside = self.bandwidth * band
        return [self._starts.get(value, math.nan) + inside for value in values]

    def has_place(self, value: Any) -> bool:
        """Return whether *value* can be placed."""
        return value in self._starts

    def ticks(self, count: float) -> list[Any]:
        """Return the domain."""
        del count
        return list(self.domain)


Scale = Linear | Log | Band  # what an axis and a mark place by


def point(domain: Sequence[Any], range_: Range, padding: float = 0.5) -> Band:
    """Return the scale of points one step apart: bands of no width."""
    return Band(domain, range_, inner=1.0, outer=padding)


class Colours(NamedTuple):
    """One colour (or shape) for each value; the colours begin again when there are more values."""

    domain: Sequence[Any]
    range: Sequence[Any]

    def of(self, values: Sequence[Any]) -> list[Any]:
        """Return the colour of each of *values*; None for a value outside the domain."""
        table = {value: self.range[place % len(self.range)] for place, value in enumerate(self.domain)}
        return [table.get(value) for value in values]


class Ramp(NamedTuple):
    """Colours (or numbers) between given ones: sequential with two stops, diverging with three. Clamped at the ends."""

    domain: Sequence[float]
    range: Sequence[Any]

    def of(self, values: Sequence[float]) -> list[Any]:
        """Return what stands at each of *values*; colours are mixed in sRGB, as ``"interpolate": "rgb"`` does."""
        return [self._at(value) for value in values]

    def _at(self, value: float) -> Any:
        part = 0
        while part < len(self.domain) - 2 and value > self.domain[part + 1]:
            part += 1
        low, high = self.domain[part], self.domain[part + 1]
        share = min(1.0, max(0.0, (value - low) / (high - low))) if high != low else 0.5
        one, other = self.range[part], self.range[part + 1]
        if not isinstance(one, str):
            return one + (other - one) * share
        mixed = (a + (b - a) * share for a, b in zip(_channels(one), _channels(other), strict=True))
        return "#" + "".join(f"{math.floor(channel + 0.5):02x}" for channel in mixed)


def _channels(colour: str) -> tuple[int, int, int]:
    if not (len(colour) == 7 and colour.startswith("#")):
        message = f"a colour of a ramp is written #rrggbb, not {colour!r}"
        raise ValueError(message)
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
