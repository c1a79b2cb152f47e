"""The fitted preparation as layers of a query: the arithmetic of :class:`Pipeline` where the customers are.

It is NumPy's to the last bit but for logarithms and powers, where engines differ from it, and from one another, by a
bit or two. Who is an outlier does not depend on that: limits on transformed values are asked of the values themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.layers import Layer, number
from . import transforms_in_engine as transforms
from .pipeline import Pipeline
from .reach import highest_within, lowest_within

if TYPE_CHECKING:
    import ibis.expr.types as ir

OUTLIER = "is_outlier"


def has_ranks(pipeline: Pipeline) -> bool:
    """Return whether a feature is transformed by its ranks among those of the fit, which no layers do."""
    return any(one.method == transforms.BY_RANKS for one in pipeline.transformations)


def prepared_names(pipeline: Pipeline) -> list[str]:
    """Return the columns that hold the matrix: ``prepared_1`` and so on, in its order."""
    return [f"prepared_{place}" for place in range(1, len(pipeline.names) + 1)]


def used_names(pipeline: Pipeline) -> list[str]:
    """Return every column that the layers make."""
    d = len(pipeline.features)
    stems = ("value", "limited", "missing", "curved", "scaled")
    return [OUTLIER, *prepared_names(pipeline), *(f"{stem}_{place}" for stem in stems for place in range(1, d + 1))]


def prepare_layers(
    pipeline: Pipeline, columns: Sequence[str], *, carried: Sequence[str], names: dict[str, str]
) -> list[Layer]:
    """Return the layers that prepare customers as *pipeline* does.

    The table they start from has *columns*, the features in the pipeline's order (float64, finite; null = missing), and
    *carried*, which stay as they are. What they make, ``is_outlier`` and ``prepared_1 …``, has the names in *names*.
    """
    return _Layers(pipeline, list(columns), list(carried), names).all()


class _Layers:
    """The layers of one pipeline; places of features count from 1."""

    def __init__(self, pipeline: Pipeline, columns: list[str], carried: list[str], names: dict[str, str]) -> None:
        self._pipeline, self._columns, self._carried, self._names = pipeline, columns, carried, names
        self._places = range(1, len(columns) + 1)
        self._flagged = [pipeline.features.index(feature) + 1 for feature in pipeline.flagged]
        self._clips = pipeline.policy == "clip"

    def all(self) -> list[Layer]:
        """Return the layers in order."""
        layers = [Layer("complete", self._complete)]
        if self._clips and self._pipeline.measured == "original":
            layers.append(Layer("limited", self._limited))
        layers += [Layer("transformed", self._transformed), Layer("scaled", self._scaled)]
        if self._pipeline.components is not None:
            layers.append(Layer("components", self._rotated))
        return layers

    def _name(self, stem: str, place: int) -> str:
        return self._names[f"{stem}_{place}"]

    def _complete(self, table: ir.Table) -> ir.Table:
        """Fill what is missing, and say where it was."""
        import ibis

        made: dict[str, Any] = {}
        for place, column, fill in zip(self._places, self._columns, self._pipeline.fills, strict=True):
            made[self._name("value", place)] = table[column].fill_null(number(fill))
        for place in self._flagged:
            gap = table[self._columns[place - 1]].isnull()
            made[self._name("missing", place)] = ibis.ifelse(gap, number(1), number(0))
        return table.select(*self._carried, **made)

    def _limited(self, table: ir.Table) -> ir.Table:
        """Pull values to their limits, and say whose were beyond."""
        made = {
            self._name("limited", place): self._within(table[self._name("value", place)], place)
            for place in self._places
        }
        return table.select(*self._kept(table), **made, **{self._names[OUTLIER]: self._beyond(table)})

    def _transformed(self, table: ir.Table) -> ir.Table:
        """Make values symmetric, and say whose were beyond the limits."""
        made = {self._name("curved", place): self._curved(table, place) for place in self._places}
        outlier = self._names[OUTLIER]
        beyond = table[outlier] if outlier in table.columns else self._beyond(table)
        return table.select(*self._kept(table), **made, **{outlier: beyond})

    def _curved(self, table: ir.Table, place: int) -> Any:
        transformation = self._pipeline.transformations[place - 1]
        spread = self._pipeline.scaling.spread[place - 1]
        return transforms.forward(table[self._value(place)], transformation, spread=spread)

    def _scaled(self, table: ir.Table) -> ir.Table:
        """Make values comparable; flags of missing values stand behind them as they are."""
        scaling = self._pipeline.scaling
        columns = []
        for place, centre, spread in zip(self._places, scaling.centre, scaling.spread, strict=True):
            value = table[self._name("curved", place)]
            if self._clips and self._pipeline.measured == "transformed":
                value = self._within(value, place)
            columns.append((value - number(centre)) / number(spread))
        columns += [table[self._name("missing", place)] for place in self._flagged]
        rotates = self._pipeline.components is not None
        stem = "scaled" if rotates else "prepared"
        if rotates:
            made = dict(zip(self._scaled_names(), columns, strict=True))
        else:
            made = {self._name(stem, place): column for place, column in enumerate(columns, 1)}
        return table.select(*self._carried, self._names[OUTLIER], **made)

    def _scaled_names(self) -> list[str]:
        return [self._name("scaled", place) for place in self._places] + [
            self._name("missing", place) for place in self._flagged
        ]

    def _rotated(self, table: ir.Table) -> ir.Table:
        """Turn the columns to their principal components, summed column by column as Components.forward does."""
        components = self._pipeline.components
        assert components is not None  # noqa: S101 -- for mypy
        columns = [table[name] for name in self._scaled_names()]
        made = {}
        for place, axis in enumerate(components.axes, 1):
            parts = [
                (column - number(mean)) * number(loading)
                for column, mean, loading in zip(columns, components.centre, axis, strict=True)
            ]
            made[self._name("prepared", place)] = reduce(lambda total, part: total + part, parts)
        return table.select(*self._carried, self._names[OUTLIER], **made)

    def _value(self, place: int) -> str:
        """Return the column that is transformed."""
        clipped = self._clips and self._pipeline.measured == "original"
        return self._name("limited" if clipped else "value", place)

    def _kept(self, table: ir.Table) -> list[str]:
        """Return what later layers need of *table* beside its values."""
        missing = [self._name("missing", place) for place in self._flagged]
        return [*self._carried, *(name for name in missing if name in table.columns)]

    def _within(self, value: Any, place: int) -> Any:
        import ibis

        low, high = self._pipeline.low[place - 1], self._pipeline.high[place - 1]
        value = value if np.isinf(low) else ibis.greatest(value, number(low))
        return value if np.isinf(high) else ibis.least(value, number(high))

    def _beyond(self, table: ir.Table) -> Any:
        """Return whether any value lies beyond the limits, asked of values in real units."""
        import ibis

        tests = []
        for place in self._places:
            value = table[self._name("value", place)]
            low, high = self._limits(place)
            tests += [] if low is None else [value < number(low)]
            tests += [] if high is None else [value > number(high)]
        return ibis.or_(*tests) if tests else ibis.literal(False)

    def _limits(self, place: int) -> tuple[float | None, float | None]:
        """Return the lowest and the highest usual value of a feature, in real units; none where there is no limit."""
        low, high = self._pipeline.low[place - 1], self._pipeline.high[place - 1]
        if self._pipeline.measured == "original":
            return None if np.isinf(low) else low, None if np.isinf(high) else high
        forward = self._pipeline.transformations[place - 1].forward
        return lowest_within(forward, low), highest_within(forward, high)
