"""What a condition is made of: an immutable tree, the text it stands for, and the ways to walk it.

Values are numbers, texts, columns and arithmetic on them; tests compare values and say yes, no or unknown; ``All``,
``Any`` and ``Not`` join tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TypeAlias

KEYWORDS = ("and", "or", "not", "in", "between", "is", "missing", "null")
BARE = re.compile(r"[^\W\d]\w*")
Place: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Number:
    """A numeric constant, finite."""

    value: float


@dataclass(frozen=True)
class Text:
    """A constant text."""

    value: str


@dataclass(frozen=True)
class Name:
    """A column, by its name."""

    column: str


@dataclass(frozen=True)
class Negative:
    """A value with the other sign."""

    operand: Value


@dataclass(frozen=True)
class Arithmetic:
    """Two values joined by ``+``, ``-``, ``*`` or ``/``."""

    left: Value
    operator: str
    right: Value


@dataclass(frozen=True)
class Comparison:
    """Two values compared by ``=``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``."""

    left: Value
    operator: str
    right: Value


@dataclass(frozen=True)
class Between:
    """Whether a value is at least *low* and at most *high*; *negated*: whether it is not."""

    operand: Value
    low: Value
    high: Value
    negated: bool = False


@dataclass(frozen=True)
class Among:
    """Whether a value is one of the constants *options*; *negated*: whether it is none."""

    operand: Value
    options: tuple[Number | Text, ...]
    negated: bool = False


@dataclass(frozen=True)
class Missing:
    """Whether there is no value; *negated*: whether there is one. Never unknown."""

    operand: Value
    negated: bool = False


@dataclass(frozen=True)
class Not:
    """The other answer."""

    operand: Test


@dataclass(frozen=True)
class All:
    """Whether every one of two or more tests says yes."""

    operands: tuple[Test, ...]


@dataclass(frozen=True)
class Any:
    """Whether one of two or more tests says yes."""

    operands: tuple[Test, ...]


Value: TypeAlias = Number | Text | Name | Negative | Arithmetic
Test: TypeAlias = Comparison | Between | Among | Missing | Not | All | Any
Node: TypeAlias = Value | Test

VALUES = (Number, Text, Name, Negative, Arithmetic)

# How tightly each kind binds: a part that binds less tightly than what it is in stands in brackets.
LOOSE = {Any: 1, All: 2, Not: 3, Comparison: 4, Between: 4, Among: 4, Missing: 4, Negative: 7}
SUM, PRODUCT, SINGLE = 5, 6, 8


def children(node: Node) -> tuple[Node, ...]:
    """Return the parts of *node*, in the order in which they are written."""
    if isinstance(node, All | Any):
        return node.operands
    if isinstance(node, Among):
        return (node.operand, *node.options)
    if isinstance(node, Number | Text | Name):
        return ()
    return tuple(part for part in (getattr(node, one.name) for one in fields(node)) if not isinstance(part, str | bool))


def walk(node: Node, place: Place = ()) -> Iterator[tuple[Place, Node]]:
    """Yield *node* and everything in it with the place in the tree: the number of the child, level by level."""
    yield place, node
    for number, child in enumerate(children(node)):
        yield from walk(child, (*place, number))


def leaves(node: Node) -> Iterator[Node]:
    """Yield the constants and columns of *node*, in no particular order; no recursion, however deep the tree."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        below = children(one)
        waiting.extend(below)
        if not below:
            yield one


def exchanged(node: Node, place: Place, new: Node) -> Node:
    """Return *node* with *new* at *place*. Raises IndexError where there is no such place."""
    if not place:
        return new
    first, *rest = place
    parts = list(children(node))
    parts[first] = exchanged(parts[first], tuple(rest), new)
    if isinstance(node, All | Any):
        return replace(node, operands=tuple(parts))  # type: ignore[arg-type]
    if isinstance(node, Among):
        return replace(node, operand=parts[0], options=tuple(parts[1:]))  # type: ignore[arg-type]
    names = [one.name for one in fields(node) if not isinstance(getattr(node, one.name), str | bool)]
    return replace(node, **dict(zip(names, parts, strict=True)))  # type: ignore[arg-type]


def written(node: Node) -> str:
    """Return the canonical text of *node*; read again, it gives an equal tree.

    >>> written(Comparison(Name("net asset value"), ">=", Number(1e9)))
    '"net asset value" >= 1e9'
    """
    return _written_value(node) if isinstance(node, VALUES) else _written_test(node)


def _written_value(node: Value) -> str:
    match node:
        case Number(value):
            return number_text(value)
        case Text(value):
            return "'" + value.replace("'", "''") + "'"
        case Name(column):
            return name_text(column)
        case Negative(operand):
            return "-" + _inside(operand, SINGLE)
        case Arithmetic(left, operator, right):
            own = _binding(node)
            return f"{_inside(left, own)} {operator} {_inside(right, own + 1)}"


def _written_test(node: Test) -> str:
    match node:
        case Any(operands):
            text = " or ".join(_inside(one, LOOSE[Any] + 1) for one in operands)
        case All(operands):
            text = " and ".join(_inside(one, LOOSE[All] + 1) for one in operands)
        case Not(operand):
            text = "not " + _inside(operand, LOOSE[Not])
        case Comparison(left, operator, right):
            text = f"{_inside(left, SUM)} {operator} {_inside(right, SUM)}"
        case Between(operand, low, high, negated):
            sign = "not between" if negated else "between"
            text = f"{_inside(operand, SUM)} {sign} {_inside(low, SUM)} and {_inside(high, SUM)}"
        case Among(operand, options, negated):
            sign = "not in" if negated else "in"
            text = f"{_inside(operand, SUM)} {sign} ({', '.join(map(_written_value, options))})"
        case Missing(operand, negated):
            text = f"{_inside(operand, SUM)} is {'not ' * negated}missing"
    return text


def number_text(value: float) -> str:
    """Return the shortest text that reads as *value*.

    >>> [number_text(value) for value in (3.0, 0.25, 1e9, 2.5e8, 1500000.0, -2.0)]
    ['3', '0.25', '1e9', '2.5e8', '1500000', '-2']
    """
    if value != int(value) or abs(value) >= 1e15:
        return repr(value).replace("e+", "e")
    digits = str(abs(int(value)))
    kept = digits.rstrip("0")
    zeros = len(digits) - 1
    if value == 0 or len(digits) - len(kept) < 6:
        return str(int(value))
    mantissa = kept if len(kept) == 1 else f"{kept[0]}.{kept[1:]}"
    return f"{'-' if value < 0 else ''}{mantissa}e{zeros}"


def name_text(column: str) -> str:
    """Return how a column is written: as it is where it is one word, in double quotes otherwise.

    >>> name_text("nav"), name_text("net asset value"), name_text("in")
    ('nav', '"net asset value"', '"in"')
    """
    if BARE.fullmatch(column) and column.lower() not in KEYWORDS:
        return column
    return '"' + column.replace('"', '""') + '"'


def _inside(node: Node, binding: int) -> str:
    text = written(node)
    return f"({text})" if _binding(node) < binding else text


def _binding(node: Node) -> int:
    if isinstance(node, Arithmetic):
        return SUM if node.operator in {"+", "-"} else PRODUCT
    if isinstance(node, Number) and node.value < 0:
        return LOOSE[Negative]
    return LOOSE.get(type(node), SINGLE)
