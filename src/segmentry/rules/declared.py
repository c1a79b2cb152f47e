"""What the rules of a recipe say, read once, and the segments they declare for customers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecipeError, UnknownColumn
from ..core.recipe import Rules
from ..core.tables import CustomerTable
from ..engine import Engine
from .conditions import Conditions
from .maps import INLINE
from .scores import Scale
from .scoring import Scoring, read_scoring

MOST_LABELS = 200
EXACT = 2.0**53  # floats below it tell whole numbers apart


@dataclass(frozen=True)
class Label:
    """A column of the customer table that says which segment a customer is in."""

    column: str

    def check(self, numbers: Collection[str], texts: Collection[str]) -> None:
        """Raise UnknownColumn where the column is none of *numbers* and *texts*."""
        if self.column not in texts and self.column not in numbers:
            raise UnknownColumn(self.column, [*texts, *numbers], where="the customers")

    def looks_at(self, columns: Collection[str]) -> list[str]:
        """Return which of *columns* the label is."""
        return [name for name in columns if name == self.column]

    def segments(self, customers: CustomerTable) -> tuple[NDArray[np.object_], tuple[str, ...]]:
        """Return the label of each customer, shape (n,), None = missing, and all labels: numbers by size, texts by
        code point. Whole numbers are written as such: ``1``, not ``1.0``. Raises RecipeError for too many labels.
        """
        self.check(customers.values, customers.words)
        if self.column in customers.words:
            found = customers.words[self.column]
            return found, self._few(sorted({one for one in found.tolist() if one is not None}))
        numbers = customers.values[self.column]
        known = {number: _as_label(number) for number in np.unique(numbers[~np.isnan(numbers)]).tolist()}
        return np.array([known.get(number) for number in numbers.tolist()], dtype=object), self._few(known.values())

    def _few(self, labels: Iterable[str]) -> tuple[str, ...]:
        found = tuple(labels)
        if len(found) > MOST_LABELS:
            raise RecipeError(
                f"rules.label: {self.column!r} has {len(found):,} different values.",
                possible=f"At most {MOST_LABELS} can be compared with what is found.",
                action="Name the column that says which segment a customer is in.",
            )
        return found


def _as_label(number: float) -> str:
    return f"{number:.0f}" if number == int(number) and abs(number) < EXACT else repr(number)


Rulebook: TypeAlias = Label | Conditions | Scoring


def read_rules(rules: Rules) -> Rulebook | None:
    """Return what *rules* say; None where they say nothing. Raises RecipeError: no data are needed to see a fault."""
    if rules.label is not None:
        return Label(rules.label)
    if rules.conditions is not None:
        return Conditions.read((one.segment, one.when) for one in rules.conditions)
    return read_scoring(rules) if rules.map is not None else None


@dataclass(frozen=True)
class Declared:
    """The declared segments of n customers.

    Attributes
    ----------
    kind
        What declares them: ``label``, ``conditions`` or ``map``.
    name
        The column, ``conditions``, or the map's name.
    segments
        The segment of each customer, shape (n,); None where there is none: no label, no condition holds, or a measure
        is missing.
    order
        The segments as they are declared, also those without customers.
    codes
        The code of scores of each customer, shape (n,); only where a map declares.
    scales
        How each measure of a map is scored.
    conditions
        The conditions; only where they declare.
    """

    kind: Literal["label", "conditions", "map"]
    name: str
    segments: NDArray[np.object_]
    order: tuple[str, ...]
    codes: NDArray[np.object_] | None = None
    scales: tuple[Scale, ...] = ()
    conditions: Conditions | None = None

    @property
    def by(self) -> str:
        """What declares the segments, in words."""
        its_map = "the recipe's own map" if self.name == INLINE else f"the map {self.name}"
        return {"label": f"the column {self.name!r}", "conditions": "conditions", "map": its_map}[self.kind]

    @property
    def without(self) -> int:
        """How many customers have no segment."""
        return sum(one is None for one in self.segments.tolist())

    def sizes(self) -> dict[str, int]:
        """Return the number of customers by segment, in order."""
        return counted(self.segments, self.order)

    def at(self, rows: NDArray[np.int64]) -> Declared:
        """Return what is declared for the customers at *rows*."""
        return replace(self, segments=self.segments[rows], codes=None if self.codes is None else self.codes[rows])

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns that go into the customers table."""
        codes = {} if self.codes is None else {"rule_code": self.codes}
        return {**codes, "rule_segment": self.segments}

    def summary(self) -> dict[str, Any]:
        """Return what the manifest keeps: what declares, sizes, and the cut points or conditions."""
        about: dict[str, Any] = {"kind": self.kind, self.kind: self.name}
        if self.conditions is not None:
            about["conditions"] = [
                {"segment": segment, "when": condition and condition.text}
                for segment, condition in self.conditions.rules
            ]
        if self.kind == "map":
            about["scores"] = [
                {
                    "measure": scale.measure,
                    "cuts": scale.own_cuts,
                    "thresholds": scale.origin,
                    "less_is_better": scale.less_is_better,
                    "note": scale.note,
                }
                for scale in self.scales
            ]
        return {**about, "segments": self.sizes(), "without": self.without}


def declare(
    rulebook: Rulebook, customers: CustomerTable, engine: Engine, *, scales: tuple[Scale, ...] = ()
) -> Declared:
    """Return the segments that *rulebook* declares for *customers*; conditions run in *engine*.

    *scales* are how each measure of a map was scored for other customers; without them, these customers decide.
    Raises UnknownColumn or RecipeError where the customers have not what it looks at.
    """
    if isinstance(rulebook, Label):
        segments, order = rulebook.segments(customers)
        return Declared("label", rulebook.column, segments, order)
    if isinstance(rulebook, Conditions):
        segments = rulebook.run(customers, engine)
        return Declared("conditions", "conditions", segments, rulebook.segments, conditions=rulebook)
    scales = scales or rulebook.scales(customers)
    codes = rulebook.codes(scales, customers)
    segments = rulebook.map.assign(codes)
    return Declared("map", rulebook.map.name, segments, tuple(rulebook.map.segments), codes=codes, scales=scales)


def counted(segments: NDArray[np.object_], order: Iterable[str]) -> dict[str, int]:
    """Return how many of *segments* are each of *order*."""
    found = dict.fromkeys(order, 0)
    for one in segments.tolist():
        if one is not None:
            found[one] += 1
    return found
