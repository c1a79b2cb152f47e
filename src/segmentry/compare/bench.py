"""Declared conditions whose thresholds can be set otherwise, and whom that puts where."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable, Floats
from ..rules.conditions import Conditions, Threshold

Codes = NDArray[np.int64]

FARTHEST = sys.float_info.max
"""A threshold above everybody; its opposite is below."""


@dataclass(frozen=True)
class Move:
    """One threshold moved: in which segment's condition it is, what it is compared with and how, from what to what."""

    segment: str
    column: str
    operator: str
    before: float
    after: float


@dataclass(frozen=True)
class Knob:
    """A threshold that can move: the number of its rule, and what it is compared with for each customer."""

    rule: int
    threshold: Threshold
    values: Floats

    @property
    def holds_its_own(self) -> bool:
        """Whether a customer on the threshold is with those above it, as with ``>=`` and ``<``."""
        return self.threshold.operator in {">=", "<"}


Settings = dict[int, float]


@dataclass(frozen=True)
class Bench:
    """Conditions over customers with thresholds that can be set otherwise; ``held[r]`` is where rule r holds today."""

    conditions: Conditions
    customers: CustomerTable
    knobs: tuple[Knob, ...]
    held: tuple[NDArray[np.bool_], ...]

    @classmethod
    def of(cls, conditions: Conditions, customers: CustomerTable) -> Bench:
        """Return the bench of *conditions*; what is compared by ``=`` or ``!=`` is no threshold that can move."""
        knobs, held = [], []
        for rule, (_, condition) in enumerate(conditions.rules):
            if condition is None:
                held.append(np.ones(len(customers), dtype=np.bool_))
                continue
            held.append(condition.holds(customers.values, customers.words))
            knobs += [
                Knob(rule, one, one.compared(customers.values))
                for one in condition.thresholds()
                if one.operator in {"<", "<=", ">", ">="}
            ]
        return cls(conditions, customers, tuple(knobs), tuple(held))

    def at(self, rows: Codes) -> Bench:
        """Return the same over some *rows* of the customers."""
        knobs = tuple(Knob(knob.rule, knob.threshold, knob.values[rows]) for knob in self.knobs)
        return Bench(self.conditions, self.customers.at(rows), knobs, tuple(one[rows] for one in self.held))

    def segments(self, settings: Settings) -> Codes:
        """Return the place of each customer's segment with *settings*, knob to threshold; -1 for none."""
        changed = {self.knobs[place].rule for place in settings}
        rules = self.edited(settings).rules
        found = np.full(len(self.customers), -1, dtype=np.int64)
        for rule in reversed(range(len(rules))):
            condition = rules[rule][1]
            is_new = rule in changed and condition is not None
            held = condition.holds(self.customers.values, self.customers.words) if is_new else self.held[rule]  # type: ignore[union-attr]
            found[held] = rule
        return found

    def edited(self, settings: Settings) -> Conditions:
        """Return the conditions with *settings*."""
        rules = list(self.conditions.rules)
        for place, value in settings.items():
            knob = self.knobs[place]
            segment, condition = rules[knob.rule]
            assert condition is not None  # noqa: S101 -- for mypy: a knob is in a condition
            rules[knob.rule] = (segment, condition.with_threshold(knob.threshold.place, value))
        return Conditions(tuple(rules))

    def moves(self, settings: Settings) -> tuple[Move, ...]:
        """Return *settings* as moves; a threshold that stays where it is makes none."""
        found = []
        for place, value in sorted(settings.items()):
            knob = self.knobs[place]
            one = knob.threshold
            if value != one.value:
                found.append(Move(self.conditions.rules[knob.rule][0], one.column, one.operator, one.value, value))
        return tuple(found)
