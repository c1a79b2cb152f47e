"""Queries in layers: comes in a table and what to do with it step by step, goes out one expression.

Each layer stays a query of its own. Ibis would write one into the other, and where a value is used more than once its
text doubles with every layer: distances to twelve centres made of logarithms would fill a book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.types as ir


@dataclass(frozen=True)
class Layer:
    """One step of a query: its name, and what makes its table of the one before."""

    name: str
    build: Callable[[ir.Table], ir.Table]


EVERY = 2**62  # more rows than any table has


def stacked(table: ir.Table, layers: Iterable[Layer], *, fenced: bool = False) -> ir.Table:
    """Return what *layers* make of *table*, each a subquery of the next.

    *fenced* is for engines that would merge subqueries themselves (PostgreSQL): a limit keeps them from it.
    """
    for layer in layers:
        # A view of a table is where Ibis stops merging queries.
        table = layer.build(table.limit(EVERY) if fenced else table.view())
    return table


def number(value: float) -> ir.FloatingScalar:
    """Return *value* for an expression, exact to the last bit.

    As a text it is read exactly; as a number, engines take it for a decimal first, and round.
    """
    import ibis

    return ibis.literal(repr(float(value))).cast("float64")


def free_names(wanted: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Return for each name *wanted* one that is not *taken*: all end in as many ``_`` as that needs.

    Case does not tell columns apart: engines ignore it.

    >>> free_names(["label", "least"], ["customer_id", "Label"])
    {'label': 'label_', 'least': 'least_'}
    """
    names, used = list(wanted), {name.casefold() for name in taken}
    end = ""
    while any(f"{name}{end}".casefold() in used for name in names):
        end += "_"
    return {name: f"{name}{end}" for name in names}
