"""Segments by conditions: ordered pairs of a segment and a condition on a customer's columns; the first that holds
decides.

A condition is text such as ``nav >= 1e9 or monetary >= 5e8`` (see :mod:`.grammar`). It is never run as Python: its tree
is evaluated on NumPy columns here, or compiled to an expression of the engine.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.errors import RecipeError, UnknownColumn
from ..core.tables import Floats
from .grammar import parse
from .syntax import (
    Among,
    Arithmetic,
    Between,
    Comparison,
    Name,
    Negative,
    Node,
    Number,
    Place,
    Test,
    Text,
    children,
    exchanged,
    walk,
    written,
)
from .truth import numbers, truth

if TYPE_CHECKING:
    import ibis.expr.types as ir

Words = NDArray[np.object_]


@dataclass(frozen=True)
class Threshold:
    """A number in a condition that a column, or what is computed from columns, is compared with.

    Attributes
    ----------
    place
        Where it stands in the condition's tree; what :meth:`Condition.with_threshold` takes.
    column
        What is compared with it, as text: ``nav``, ``monetary / frequency``.
    operator
        How, as written: ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``. The ends of ``between`` are ``>=`` and ``<=``,
        those of ``not between`` are ``<`` and ``>``.
    value
        The number.
    """

    place: Place
    column: str
    operator: str
    value: float

    def compared(self, values: Mapping[str, Floats]) -> Floats:
        """Return what is compared with it for each customer, shape (n,), NaN where that is missing.

        >>> one = Condition.read("monetary / frequency >= 40").thresholds()[0]
        >>> one.compared({"monetary": np.array([90.0, 5.0]), "frequency": np.array([2.0, 0.0])}).tolist()
        [45.0, nan]
        """
        test = parse(f"{self.column} = 0")
        assert isinstance(test, Comparison)  # noqa: S101 -- it is written as one
        return numbers(test.left, values)


@dataclass(frozen=True)
class Condition:
    """What holds for some customers and not for others; built by :meth:`read`."""

    test: Test

    @classmethod
    def read(cls, text: str) -> Condition:
        """Return the condition that *text* says. Raises RecipeError with the place of a fault.

        >>> Condition.read("not (nav < 5e8) AND Tier in ('Gold', 'Silver')").text
        "not nav < 5e8 and Tier in ('Gold', 'Silver')"
        """
        return cls(parse(text))

    @cached_property
    def text(self) -> str:
        """The canonical text; read again, it gives an equal condition."""
        return written(self.test)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at, in the order in which they first appear."""
        return tuple(dict.fromkeys(node.column for _, node in walk(self.test) if isinstance(node, Name)))

    def holds(self, values: Mapping[str, Floats], words: Mapping[str, Words]) -> NDArray[np.bool_]:
        """Return for which customers it holds, shape (n,), from columns of numbers and of texts.

        Where a missing value leaves it unknown it does not hold. Raises UnknownColumn, or RecipeError where texts are
        compared with numbers.

        >>> condition = Condition.read("nav >= 5 or Tier = 'Gold'")
        >>> condition.holds({"nav": np.array([7.0, np.nan])}, {"Tier": np.array([None, "Gold"], dtype=object)}).tolist()
        [True, True]
        """
        self.check(values, words)
        return truth(self.test, values, words)[0]

    def expression(self, table: ir.Table) -> ir.BooleanValue:
        """Return the condition on the columns of *table*; null where it is unknown."""
        from .expressions import expression

        return expression(self.test, table)

    def check(self, numbers: Collection[str], texts: Collection[str], *, where: str = "the customers") -> None:
        """Raise where a column is neither one of *numbers* nor of *texts* (UnknownColumn), or is used as the other kind
        (RecipeError).
        """
        for column in self.columns:
            if column not in numbers and column not in texts:
                raise UnknownColumn(column, [*numbers, *texts], where=where)
        for _, node in walk(self.test):
            for part, wanted in _kinds(node, texts):
                if isinstance(part, Name) and (part.column in texts) != (wanted == "texts"):
                    found = "numbers" if wanted == "texts" else "texts"
                    raise RecipeError(
                        f"{part.column!r} holds {found}, but {written(node)!r} takes it for {wanted}.",
                        possible=f"Texts are {_some(texts)}; numbers are {_some(numbers)}.",
                    )

    def thresholds(self) -> tuple[Threshold, ...]:
        """Return every number that something is compared with, from left to right.

        >>> found = Condition.read("a / b > 2 and c between 1 and 5").thresholds()
        >>> [(one.column, one.operator, one.value) for one in found]
        [('a / b', '>', 2.0), ('c', '>=', 1.0), ('c', '<=', 5.0)]
        """
        found = []
        for place, node in walk(self.test):
            if isinstance(node, Comparison):
                compared, ends = node.left, [(1, node.operator, node.right)]
            elif isinstance(node, Between):
                low, high = ("<", ">") if node.negated else (">=", "<=")
                compared, ends = node.operand, [(1, low, node.low), (2, high, node.high)]
            else:
                continue
            for child, sign, end in ends:
                if isinstance(end, Number):
                    found.append(Threshold((*place, child), written(compared), sign, end.value))
        return tuple(found)

    def with_threshold(self, place: Place, value: float) -> Condition:
        """Return the condition with *value*, finite, as the threshold at *place*. Raises ValueError for another place.

        >>> condition = Condition.read("nav >= 1e9")
        >>> condition.with_threshold(condition.thresholds()[0].place, 8e8).text
        'nav >= 8e8'
        """
        if not math.isfinite(value) or place not in {one.place for one in self.thresholds()}:
            message = f"{value} at {place}: a threshold is a finite number at the place of one of {self.text!r}"
            raise ValueError(message)
        return Condition(exchanged(self.test, place, Number(float(value) + 0.0)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Conditions:
    """Segments in the order in which their conditions are tried; a condition of None holds for all the rest.

    Built by :meth:`read`, which refuses what cannot work: no segment, a segment twice, anything after all the rest.
    """

    rules: tuple[tuple[str, Condition | None], ...]

    @classmethod
    def read(cls, rules: Iterable[tuple[str, str | None]]) -> Conditions:
        """Return the conditions of *rules*, pairs of a segment and a text (None: all the rest). Raises RecipeError."""
        found: dict[str, Condition | None] = {}
        for segment, text in rules:
            if segment in found:
                raise RecipeError(
                    f"The segment {segment!r} has two conditions.", action="Join them to one with 'or', or rename one."
                )
            if None in found.values():
                raise RecipeError(
                    f"The segment {segment!r} comes after {list(found)[-1]!r}, which takes all the rest.",
                    action="Put the segment without a condition last.",
                )
            found[segment] = _read_for(segment, text)
        if not found:
            raise RecipeError("There are no conditions.", action="Give a list of {segment: NAME, when: CONDITION}.")
        return cls(tuple(found.items()))

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments in order."""
        return tuple(segment for segment, _ in self.rules)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the conditions look at, in the order in which they first appear."""
        return tuple(dict.fromkeys(name for _, condition in self.rules if condition for name in condition.columns))

    def check(self, numbers: Collection[str], texts: Collection[str]) -> None:
        """Raise UnknownColumn or RecipeError where a condition cannot be asked of customers with these columns."""
        for segment, condition in self.rules:
            if condition is not None:
                condition.check(numbers, texts, where=f"the customers, which the condition of {segment!r} looks at")

    def assign(self, values: Mapping[str, Floats], words: Mapping[str, Words]) -> Words:
        """Return the segment of each customer, shape (n,): that of the first condition that holds; None without one.

        >>> found = Conditions.read([("Large", "nav >= 1e9"), ("Standard", None)])
        >>> found.assign({"nav": np.array([2e9, 5.0, np.nan])}, {}).tolist()
        ['Large', 'Standard', 'Standard']
        """
        self.check(values, words)
        n = len(next(iter({**words, **values}.values()), ()))
        found = np.full(n, None, dtype=object)
        for segment, condition in reversed(self.rules):
            found[slice(None) if condition is None else condition.holds(values, words)] = segment
        return found

    def expression(self, table: ir.Table) -> ir.IntegerValue:
        """Return the number of the first condition that holds, from 0, on the columns of *table*; null without one."""
        import ibis

        cases = [
            (ibis.literal(True) if condition is None else condition.expression(table), number)
            for number, (_, condition) in enumerate(self.rules)
        ]
        return ibis.cases(*cases)

    def named(self, numbers: Sequence[int | None]) -> Words:
        """Return the segments of *numbers*, as the expression gives them; None stays None."""
        return np.array([None if number is None else self.segments[number] for number in numbers], dtype=object)


def _read_for(segment: str, text: str | None) -> Condition | None:
    if not segment.strip():
        raise RecipeError("A segment has no name.", action="Give every condition a segment.")
    if text is None:
        return None
    try:
        return Condition.read(text)
    except RecipeError as error:
        raise RecipeError(
            f"Segment {segment!r}: {error.found}", possible=error.possible, action=error.action
        ) from error


def _kinds(node: Node, texts: Collection[str]) -> list[tuple[Node, str]]:
    """Return the parts of *node* that have to be of a kind, ``numbers`` or ``texts``."""
    match node:
        case Comparison(left, operator, right):
            texts_alone = all(isinstance(part, Name) and part.column in texts for part in (left, right))
            is_text = isinstance(right, Text) or (operator in {"=", "!="} and texts_alone)
            return [(part, "texts" if is_text else "numbers") for part in (left, right)]
        case Among(operand, options):
            return [(operand, "texts" if isinstance(options[0], Text) else "numbers")]
        case Between() | Arithmetic() | Negative():
            return [(part, "numbers") for part in children(node)]
    return []


def _some(names: Collection[str]) -> str:
    shown = list(names)[:8]
    return (", ".join(map(repr, shown)) + (", …" if len(names) > 8 else "")) or "none"
