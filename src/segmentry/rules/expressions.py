"""Conditions as expressions of the engine: the same three-valued logic as :mod:`.truth`, in the words of Ibis."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING
from typing import Any as Anything

from . import syntax

if TYPE_CHECKING:
    import ibis.expr.types as ir

OPERATORS: dict[str, Callable[[Anything, Anything], Anything]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "+": operator.add, "-": operator.sub, "*": operator.mul,
}  # fmt: skip


def expression(test: syntax.Test, table: ir.Table) -> ir.BooleanValue:
    """Return *test* on the columns of *table*: true, false, or null where it is unknown."""
    match test:
        case syntax.All(operands):
            return _joined([expression(one, table) for one in operands], operator.and_)
        case syntax.Any(operands):
            return _joined([expression(one, table) for one in operands], operator.or_)
        case syntax.Not(operand):
            return ~expression(operand, table)
        case syntax.Comparison(left, sign, right):
            return OPERATORS[sign](_value(left, table), _value(right, table))
        case syntax.Missing(operand):
            found = _value(operand, table).isnull()
        case syntax.Between(operand, low, high):
            found = _value(operand, table).between(_value(low, table), _value(high, table))
        case syntax.Among(operand, options):
            found = _value(operand, table).isin([_value(one, table) for one in options])
    return ~found if test.negated else found


def _joined(parts: list[Anything], join: Callable[[Anything, Anything], Anything]) -> Anything:
    """Return *parts* joined two by two: an engine refuses a chain of thousands, which nests, but not a flat tree."""
    while len(parts) > 1:
        parts = [join(*parts[i : i + 2]) if i + 1 < len(parts) else parts[i] for i in range(0, len(parts), 2)]
    return parts[0]


def _value(one: syntax.Value, table: ir.Table) -> Anything:
    """Return a value as it is compared: null where it cannot be computed."""
    found = _computed(one, table)
    return _finite(found) if isinstance(one, syntax.Arithmetic | syntax.Negative) else found


def _computed(one: syntax.Value, table: ir.Table) -> Anything:
    import ibis

    match one:
        case syntax.Number(value):
            # As a text it is read exactly; as a number, engines take it for a decimal first.
            return ibis.literal(repr(value)).cast("float64")
        case syntax.Text(value):
            return ibis.literal(value)
        case syntax.Name(column):
            found = table[column]
            return found if found.type().is_string() else _finite(found.cast("float64"))
        case syntax.Negative(operand):
            return -_computed(operand, table)
        case syntax.Arithmetic(left, sign, right):
            first, second = _computed(left, table), _computed(right, table)
            return first / second.nullif(0.0) if sign == "/" else OPERATORS[sign](first, second)


def _finite(value: Anything) -> Anything:
    import ibis

    return ibis.ifelse(value.isnan() | value.isinf(), ibis.null("float64"), value)
