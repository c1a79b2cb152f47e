"""Lloyd's iteration (Lloyd 1982) inside an engine, for customers who are too many to be fetched.

Each iteration is one grouped query: who is nearest to which centre, how many they are, and the sum of each column. Only
k rows come back. The result is that of :func:`.lloyd.settle` but for the order in which an engine adds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..core.errors import DataError
from ..engine.layers import free_names, stacked
from .expressions import LABEL, LEAST, label_names, nearest_layers

if TYPE_CHECKING:
    import ibis.expr.types as ir

Floats = NDArray[np.float64]

STILL = 1e-9  # a centre that moves less, in the prepared space, stands still: only the order of adding is left


class Asked(Protocol):
    """An engine, as far as it is needed here."""

    merges_subqueries: bool

    def rows(self, query: Any, *, step: str) -> list[dict[str, Any]]:
        """Return the rows of a small result."""


@dataclass(frozen=True)
class Polished:
    """Centres after some iterations.

    Attributes
    ----------
    centres
        Shape (k, d): each is the mean of its group, but for a move of less than the tolerance.
    sizes
        Customers of each group, shape (k,).
    inertia
        Sum of the squared distances of customers to the nearest centre.
    iterations
        How many there were.
    is_settled
        Whether no centre moved any more.
    """

    centres: Floats
    sizes: NDArray[np.int64]
    inertia: float
    iterations: int
    is_settled: bool


def polish(
    engine: Asked,
    customers: ir.Table,
    columns: Sequence[str],
    centres: Floats,
    *,
    iterations: int = 100,
    tolerance: float = STILL,
) -> Polished:
    """Return *centres*, shape (k, d), moved to the means of their groups until none moves by *tolerance* or more.

    *customers* is a table of *engine* whose *columns* are the prepared matrix. A group that loses all its customers
    takes the one farthest from its centre, as :func:`.lloyd.means` does. Raises DataError where there are none.
    """
    centres = np.array(centres, dtype=np.float64)
    names = free_names(label_names(len(centres)), columns)
    done, step = 0, np.inf
    while done < iterations and step >= tolerance:
        near = stacked(
            customers.select(*columns),
            nearest_layers(columns, centres, carried=columns, names=names),
            fenced=engine.merges_subqueries,
        )
        sizes, sums, inertia = _summed(engine.rows(_groups(near, columns, names), step="polish"), *centres.shape)
        if not sizes.any():
            raise DataError("There are no customers to polish centres with.", action="Give a table that has rows.")
        moved = sums / np.maximum(sizes, 1)[:, None]
        empty = np.flatnonzero(sizes == 0)
        if empty.size:
            far = engine.rows(_farthest(near, columns, names, empty.size), step="polish: farthest")
            for group, row in zip(empty, far, strict=False):
                moved[group] = [row[f"x{place}"] for place in range(len(columns))]
        step = float(np.abs(moved - centres).max())
        centres, done = moved, done + 1
    return Polished(centres, sizes, inertia, done, is_settled=step < tolerance)


def _groups(near: ir.Table, columns: Sequence[str], names: dict[str, str]) -> ir.Table:
    """Return for each label how many customers have it, the sum of each column, and that of squared distances."""
    sums = {f"x{place}": near[column].sum() for place, column in enumerate(columns)}
    found = near.group_by(group_label=near[names[LABEL]]).agg(
        group_size=near.count(), group_inertia=near[names[LEAST]].sum(), **sums
    )
    return found.order_by("group_label")


def _farthest(near: ir.Table, columns: Sequence[str], names: dict[str, str], wanted: int) -> ir.Table:
    """Return the customers farthest from the nearest centre; of equally far ones those with the lowest values."""
    picked = near.select(far=near[names[LEAST]], **{f"x{place}": near[column] for place, column in enumerate(columns)})
    return picked.order_by(picked.far.desc(), *(f"x{place}" for place in range(len(columns)))).limit(int(wanted))


def _summed(rows: list[dict[str, Any]], k: int, d: int) -> tuple[NDArray[np.int64], Floats, float]:
    sizes, sums = np.zeros(k, dtype=np.int64), np.zeros((k, d))
    for row in rows:
        sizes[row["group_label"]] = row["group_size"]
        sums[row["group_label"]] = [row[f"x{place}"] for place in range(d)]
    return sizes, sums, float(sum(row["group_inertia"] for row in rows))
