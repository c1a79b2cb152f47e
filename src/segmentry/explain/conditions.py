"""Conditions in words: for ``recency_days < 60``, *last order less than 60 days ago*."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..core.tables import Column
from ..profile.phrases import in_words
from ..rules import syntax
from ..rules.grammar import parse
from .words import deal

Columns = Callable[[str], Column]
AGO = {"recency_days": "last order", "tenure_days": "first order"}
WHOLE = {"orders", "trades"}  # units of features that are whole numbers


def condition_in_words(text: str, column: Columns) -> str:
    """Return the condition *text* in words; *column* gives the description of a feature by its name.

    >>> condition_in_words("recency_days < 60 and (frequency >= 5 or monetary >= 1200)", Column)
    'last order less than 60 days ago, and either at least 5 orders or spend of at least 1,200'
    """
    return _words(parse(text), column)


def _words(test: syntax.Node, column: Columns) -> str:
    match test:
        case syntax.All(operands):
            return _joined(list(operands), column)
        case syntax.Any(operands):
            parts = [_words(one, column) for one in operands]
            link = "; or " if any(", " in part for part in parts) else " or "
            return f"either {link.join(parts)}"
        case syntax.Comparison(syntax.Name(name), _, syntax.Number(_)):
            return _range(column(name), [test])
        case syntax.Missing(syntax.Name(name), negated):
            return f"{in_words(column(name))} {'known' if negated else 'not known'}"
    return syntax.written(test)


def _joined(tests: list[syntax.Test], column: Columns) -> str:
    """Return *tests* that all hold; those on one feature become a range."""
    ranges: dict[str, list[syntax.Comparison]] = {}
    others = []
    for test in tests:
        if isinstance(test, syntax.Comparison) and isinstance(test.left, syntax.Name):
            ranges.setdefault(test.left.column, []).append(test)
        else:
            others.append(_words(test, column))
    parts = [_range(column(name), own) for name, own in ranges.items()]
    return ", and ".join([", ".join(parts), *others] if parts else others)


def _range(column: Column, tests: list[syntax.Comparison]) -> str:
    """Return comparisons of one feature with numbers, in words."""
    bounds = [(test.operator, test.right.value) for test in tests if isinstance(test.right, syntax.Number)]
    if len(bounds) < len(tests):
        return " and ".join(syntax.written(test) for test in tests)
    if column.unit in WHOLE:
        # Of a whole number, "at least 2.5" is "at least 3", and "less than 2.5" is "less than 3".
        bounds = [(sign, math.ceil(value) if sign in {"<", ">="} else value) for sign, value in bounds]
    if column.name in AGO:
        last = AGO[column.name].replace("order", deal(column))
        return f"{last} {_bounds(bounds, 'less than', 'at most')} days ago"
    if column.name == "frequency":
        return f"{_bounds(bounds, 'fewer than', 'at most')} {column.unit or 'orders'}"
    name = "spend" if column.name == "monetary" and "trade" not in column.meaning else in_words(column)
    unit = f" {column.unit}" if column.unit in {"days", "items", "lines", "products"} else ""
    if column.unit == "share":
        bounds = [(operator, 100 * value) for operator, value in bounds]
        unit = " %"
    return f"{name} of {_bounds(bounds, 'less than', 'at most')}{unit}"


def _bounds(bounds: list[tuple[str, float]], below: str, up_to: str) -> str:
    words = {"<": below, "<=": up_to, ">": "more than", ">=": "at least", "=": "exactly", "!=": "other than"}
    lower_first = sorted(bounds, key=lambda bound: bound[0].startswith("<"))
    return " and ".join(f"{words[operator]} {value:,.10g}" for operator, value in lower_first)
