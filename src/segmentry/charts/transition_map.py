"""How likely customers go from each segment to each other one by the next date: a heat map of transition rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ..core import display
from . import theme
from .chart import Chart, Record
from .marks import Spec, cell_paint, cells, grid, row_height
from .words import drawable, wrapped, wrapped_names

_CELL = 78
_FEW = 0.01  # share of all customers, below which a row is too small to speak of in the title
_PALEST, _DARKEST = 0.06, 0.5  # of those who stayed, grey


def transition_map(
    counts: NDArray[np.int64], names: Mapping[int, str], ids: Sequence[int], *, start: date, end: date, periods: int = 1
) -> Chart | None:
    """Return the heat map of *counts*, customers from row to column, both in the order of *ids*; none without any.

    *ids* begin with the best segment, *counts* of all *periods* between *start* and *end* together.
    """
    total = int(counts.sum())
    if not total:
        return None
    shown = [drawable(names[label]) for label in ids]
    pooled = f"{periods} periods together, {display.counted(total, 'customer-periods')}"
    people = pooled if periods > 1 else display.counted(total)
    rates = rates_of(counts)
    return Chart(
        name="transition_map",
        title=_finding(counts, rates, shown, ids),
        subtitle=f"Where each row's customers were on the next date, {start} to {end}; "
        f"{people}; blue: to a better segment, orange: to a worse one, grey: stayed",
        alt="Heat map of transition rates between segments. The numbers follow as a table.",
        spec=_spec(counts, rates, shown, ids),
        table=(
            ("From", "Customers", *(f"To {name}" for name in shown)),
            [
                (name, display.count(row.sum()), *map(display.share, shares))
                for name, row, shares in zip(shown, counts, rates, strict=True)
            ],
        ),
    )


def rates_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return *counts* as shares of their rows, shape (k, k); NaN in a row without customers."""
    totals = counts.sum(axis=1, keepdims=True)
    rates: NDArray[np.float64] = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    return rates


def records(
    counts: NDArray[np.int64], rates: NDArray[np.float64], names: Sequence[str], ids: Sequence[int]
) -> list[Record]:
    """Return one record per cell: its place, colour, the rate, the customers, and words."""
    moved = rates[~np.eye(len(ids), dtype=bool)]
    highest = float(np.nanmax(moved, initial=0.0)) or 1.0
    return [
        {
            "segment": ids[row],
            "row": row,
            "column": column,
            **_paint(float(rates[row, column]), highest, _direction(ids, row, column)),
            "big": display.share(rates[row, column]) if count or not totals else "0",
            "small": display.count(count) if count else "",
            "tip": f"{names[row]} → {names[column]}\n{display.share(rates[row, column])} "
            f"({display.count(count)} of {display.counted(totals)})",
        }
        for row, totals in enumerate(counts.sum(axis=1).tolist())
        for column, count in enumerate(counts[row].tolist())
    ]


def _direction(ids: Sequence[int], row: int, column: int) -> int:
    """Return 1 where a move leads to a better segment, -1 to a worse one, 0 where there is none or one has no rank."""
    return 0 if min(ids[row], ids[column]) < 0 else int(np.sign(row - column))


def _paint(rate: float, highest: float, direction: int) -> dict[str, str | float]:
    """Return the colour of a cell: moves against the *highest* rate of any, those who stayed in pale grey."""
    if direction and rate > 0:
        return cell_paint(direction * round(rate / highest, 3))
    force = round(_PALEST + (_DARKEST - _PALEST) * rate, 3) if rate > 0 else _PALEST
    return {"colour": theme.LINE, "force": force, "ink": theme.INK}


def _spec(counts: NDArray[np.int64], rates: NDArray[np.float64], names: Sequence[str], ids: Sequence[int]) -> Spec:
    labels = wrapped_names(names, 22, lines=2)
    heads = ["\n".join(wrapped(name, 11, lines=4)) for name in names]
    return {
        "width": _CELL * len(ids),
        "height": row_height(labels, 42) * len(ids),
        "data": {"values": records(counts, rates, names, ids)},
        "layer": cells(grid(heads, labels)),
    }


def _finding(counts: NDArray[np.int64], rates: NDArray[np.float64], names: Sequence[str], ids: Sequence[int]) -> str:
    """Return the likeliest move out of a segment that holds enough customers to speak of a rate."""
    enough = counts.sum(axis=1) >= _FEW * counts.sum()
    moves = [
        (float(rates[row, column]), row, column)
        for row in np.flatnonzero(enough).tolist()
        for column in range(len(ids))
        if row != column and counts[row, column]
    ]
    if not moves:
        return "Customers stay where they are: none moved to another segment"
    rate, row, column = min(moves, key=lambda move: (-move[0], move[1], move[2]))
    return f"The likeliest move: {display.share(rate)} of {names[row]} are in {names[column]} on the next date"
