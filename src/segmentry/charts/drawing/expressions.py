"""Vega expressions that also know in Python what they say: the one way by which a label rule comes into a drawing.

A specification is also read by Vega-Lite (notebooks, editors), which wants JavaScript. Nothing here reads JavaScript:
whoever writes a rule gives both forms at once, and tests/charts compares what the two say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from .subset import Unsupported


class Expression(str):  # noqa: SLOT000 -- it carries its meaning
    """The text of a Vega expression of ``datum.value``, and the function of that value that means the same.

    >>> double = Expression("datum.value * 2", lambda value: value * 2)
    >>> double, meaning(double, "axis", "labelExpr")(4)
    ('datum.value * 2', 8)
    """

    means: Callable[[Any], Any]

    def __new__(cls, text: str, means: Callable[[Any], Any]) -> Self:
        """Return *text* as a string that remembers what it *means*."""
        made = super().__new__(cls, text)
        made.means = means
        return made

    def __getnewargs__(self) -> tuple[str, Callable[[Any], Any]]:  # type: ignore[override]
        """Return what a copy is made of."""
        return str(self), self.means


def meaning(expression: object, where: str, key: str) -> Callable[[Any], Any]:
    """Return the function behind *expression*. Raises Unsupported for JavaScript that came without one."""
    if isinstance(expression, Expression):
        return expression.means
    raise Unsupported(where, key, expression, ["an Expression, which carries its Python function"])
