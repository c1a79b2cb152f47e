"""The nearest centre as layers of a query, with the tie rule of :mod:`.assign`.

Squared distances are summed column by column in float64, as there. Centres count as equally near up to one part in a
billion of the least squared distance, and of these the lowest label wins: the last bit of a logarithm, in which engines
differ, then decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..engine.layers import Layer, number
from .assign import TIE

if TYPE_CHECKING:
    import ibis.expr.types as ir

Floats = NDArray[np.float64]


LABEL, OTHER, CONFIDENCE = "label", "other", "confidence"
LEAST, NEAR, LEAST_OTHER, NEAR_OTHER = "least", "near", "least_other", "near_other"


def label_names(k: int) -> list[str]:
    """Return every column that the layers of *k* centres make."""
    return [LABEL, OTHER, CONFIDENCE, LEAST, NEAR, LEAST_OTHER, NEAR_OTHER, *(f"distance_{j}" for j in range(k))]


def distances(table: ir.Table, columns: Sequence[str], centres: Floats) -> list[Any]:
    """Return the squared distance of *columns* to each of *centres*, shape (k, d)."""

    def to(centre: list[float]) -> Any:
        steps = [table[column] - number(value) for column, value in zip(columns, centre, strict=True)]
        return reduce(lambda total, step: total + step, [step * step for step in steps])

    return [to(centre) for centre in np.asarray(centres, dtype=np.float64).tolist()]


def nearest_layers(
    columns: Sequence[str], centres: Floats, *, carried: Sequence[str], names: dict[str, str]
) -> list[Layer]:
    """Return the layers that add the ``label`` of the nearest of *centres*, and ``least``, the squared distance to it.

    Of the table they start from, which has the prepared *columns*, those *carried* stay.
    """
    every = [names[f"distance_{j}"] for j in range(len(centres))]

    def measured(table: ir.Table) -> ir.Table:
        found = dict(zip(every, distances(table, columns, centres), strict=True))
        return table.select(*carried, **found)

    return [Layer("distances", measured), *_labelled(every, names)]


def assign_layers(
    columns: Sequence[str], centres: Floats, *, carried: Sequence[str], names: dict[str, str]
) -> list[Layer]:
    """Return the layers that turn prepared *columns* into ``label``, ``other`` (the second nearest) and ``confidence``.

    What *carried* names stays; with one centre ``other`` is it, and confidence 1.
    """
    if len(centres) == 1:
        return [Layer("labelled", lambda table: _one(table, carried, names))]
    every = [names[f"distance_{j}"] for j in range(len(centres))]

    def second(table: ir.Table) -> ir.Table:
        of_others = _by_label(table, names, [_least([table[one] for one in every if one != own]) for own in every])
        return table.mutate(**{names[LEAST_OTHER]: of_others})

    def near(table: ir.Table) -> ir.Table:
        return table.mutate(**{names[NEAR_OTHER]: table[names[LEAST_OTHER]] * number(1 + TIE)})

    def done(table: ir.Table) -> ir.Table:
        import ibis

        near, label = table[names[NEAR_OTHER]], table[names[LABEL]]
        tests = [((table[one] <= near) & (label != j), ibis.literal(j)) for j, one in enumerate(every[:-1])]
        return table.select(
            *carried,
            names[LABEL],
            **{names[OTHER]: ibis.cases(*tests, else_=len(every) - 1), names[CONFIDENCE]: _confidence(table, names)},
        )

    return [
        *nearest_layers(columns, centres, carried=carried, names=names),
        Layer("others", second),
        Layer("near_others", near),
        Layer("labelled", done),
    ]


def _labelled(every: list[str], names: dict[str, str]) -> list[Layer]:
    def least(table: ir.Table) -> ir.Table:
        return table.mutate(**{names[LEAST]: _least([table[one] for one in every])})

    def near(table: ir.Table) -> ir.Table:
        return table.mutate(**{names[NEAR]: table[names[LEAST]] * number(1 + TIE)})

    def label(table: ir.Table) -> ir.Table:
        return table.mutate(**{names[LABEL]: _first([table[one] <= table[names[NEAR]] for one in every[:-1]])})

    return [Layer("nearest", least), Layer("near", near), Layer("labels", label)]


def _first(tests: list[Any]) -> Any:
    """Return the place of the first of *tests* that holds, or how many they are."""
    import ibis

    if not tests:
        return ibis.literal(0)
    return ibis.cases(*((test, ibis.literal(place)) for place, test in enumerate(tests)), else_=len(tests))


def _by_label(table: ir.Table, names: dict[str, str], values: list[Any]) -> Any:
    import ibis

    label = table[names[LABEL]]
    return ibis.cases(*((label == j, value) for j, value in enumerate(values[:-1])), else_=values[-1])


def _least(values: list[Any]) -> Any:
    import ibis

    return values[0] if len(values) == 1 else ibis.least(*values)


def _confidence(table: ir.Table, names: dict[str, str]) -> Any:
    """Return 1 − √(least ÷ least of the others), which are the two distances but for what counts as a tie."""
    import ibis

    least, others = table[names[LEAST]], table[names[LEAST_OTHER]]
    ratio = least / others.nullif(number(0))
    return ibis.ifelse(others > number(0), number(1) - ratio.sqrt(), number(0))


def _one(table: ir.Table, carried: Sequence[str], names: dict[str, str]) -> ir.Table:
    import ibis

    return table.select(
        *carried,
        **{names[LABEL]: ibis.literal(0), names[OTHER]: ibis.literal(0), names[CONFIDENCE]: number(1)},
    )
