"""Conditions on customers in memory, in the three-valued logic of SQL: yes, no, and unknown where a value is missing.

A value that cannot be computed (a division by nothing, a result beyond what a float holds) is missing too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any as Anything

import numpy as np
from numpy.typing import NDArray

from . import syntax
from .grammar import ARITHMETIC

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Truth = tuple[Booleans, Booleans]  # where the answer is yes, and where it is no; unknown where it is neither
Compared = syntax.Comparison | syntax.Between | syntax.Among | syntax.Missing
COMPARE = {
    "=": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
}  # fmt: skip


def truth(test: syntax.Test, values: Mapping[str, Floats], words: Mapping[str, NDArray[np.object_]]) -> Truth:
    """Return where *test* says yes and where it says no, each of shape (n,)."""
    match test:
        case syntax.All(operands):
            found = reduce(_both, (truth(one, values, words) for one in operands))
        case syntax.Any(operands):
            found = _opposite(reduce(_both, (_opposite(truth(one, values, words)) for one in operands)))
        case syntax.Not(operand):
            found = _opposite(truth(operand, values, words))
        case _:
            found = _compared_values(test, lambda one: _value(one, values, words))
    return found


def _compared_values(test: Compared, value: Callable[[syntax.Value], Anything]) -> Truth:
    """Return the answers of a *test* of values, which *value* looks up."""
    match test:
        case syntax.Comparison(left, operator, right):
            return _compared(value(left), operator, value(right))
        case syntax.Missing(operand):
            missing = _is_missing(value(operand))
            found = missing, ~missing
        case syntax.Between(operand, low, high):
            found = _both(_compared(value(operand), ">=", value(low)), _compared(value(operand), "<=", value(high)))
        case syntax.Among(operand, options):
            column = value(operand)
            known, among = ~_is_missing(column), _is_one_of(column, [one.value for one in options])
            found = among & known, ~among & known
    return _opposite(found) if test.negated else found


def _value(one: syntax.Value, values: Mapping[str, Floats], words: Mapping[str, NDArray[np.object_]]) -> Anything:
    """Return a value as it is compared: a text, texts with None, or finite floats with NaN."""
    if isinstance(one, syntax.Text):
        return one.value
    if isinstance(one, syntax.Name) and one.column in words:
        return words[one.column]
    return _finite(_number(one, values))


def numbers(one: syntax.Value, values: Mapping[str, Floats]) -> Floats:
    """Return the number *one* of each customer, shape (n,), NaN where it is missing or cannot be computed."""
    found: Floats = np.asarray(_finite(_number(one, values)), dtype=np.float64)
    return found


def _number(one: syntax.Value, values: Mapping[str, Floats]) -> Anything:
    """Return a value as floats, NaN where it is missing; infinity only within arithmetic."""
    match one:
        case syntax.Number(value):
            return np.float64(value)
        case syntax.Name(column):
            return _finite(values[column])
        case syntax.Negative(operand):
            return -_number(operand, values)
        case syntax.Arithmetic(left, operator, right):
            first, second = _number(left, values), _number(right, values)
            if operator == "/":
                second = np.where(second == 0, np.nan, second)
            with np.errstate(all="ignore"):
                return ARITHMETIC[operator](first, second)
    message = f"{one} is no number"
    raise TypeError(message)


def _finite(value: Anything) -> Anything:
    return np.where(np.isfinite(value), value, np.nan)


def _is_missing(value: Anything) -> Booleans:
    column = np.asarray(value)
    if column.dtype.kind == "U":  # a constant
        return np.zeros((), dtype=np.bool_)
    return np.asarray(column == None if column.dtype == object else np.isnan(column), dtype=np.bool_)  # noqa: E711


def _is_one_of(column: Anything, wanted: list[float | str]) -> Booleans:
    if column.dtype != object:
        return np.isin(column, wanted)
    found = frozenset(wanted)
    return np.fromiter((one in found for one in column.tolist()), dtype=np.bool_, count=len(column))


def _compared(left: Anything, operator: str, right: Anything) -> Truth:
    known = ~(_is_missing(left) | _is_missing(right))
    yes = np.asarray(COMPARE[operator](left, right), dtype=np.bool_)
    return yes & known, ~yes & known


def _both(first: Truth, second: Truth) -> Truth:
    return first[0] & second[0], first[1] | second[1]


def _opposite(found: Truth) -> Truth:
    return found[1], found[0]
