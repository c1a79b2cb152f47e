"""Which features move together: the rank correlation of every pair."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.seeds import generator
from ..core.tables import Column, CustomerTable
from .chart import Chart, Record
from .marks import Spec, cell_paint, cells, grid, row_height
from .words import wrapped, wrapped_names

_MOST = 18  # features
_CUSTOMERS = 20_000  # beyond, a sample: the third decimal would not change
_STRONG = 0.8
_WIDE = 8  # up to so many features their titles stand over the columns, beyond only their numbers


def correlations(customers: CustomerTable, columns: tuple[Column, ...], *, seed: int) -> Chart | None:
    """Return the lower half of the correlation matrix of up to 18 *columns*; none for fewer than two that vary."""
    rows_ = sample(len(customers), seed)
    values = {column.name: customers.values[column.name][rows_] for column in columns}
    shown = tuple(column for column in columns if _varies(values[column.name]))[:_MOST]
    if len(shown) < 2:
        return None
    matrix = rank_correlations(np.column_stack([values[column.name] for column in shown]))
    some = "" if len(shown) == len(columns) else f", {len(shown)} of {len(columns)} features"
    return Chart(
        name="correlations",
        title=_finding(matrix, shown),
        subtitle=f"Rank correlation (Spearman) of every pair of features, from −1 (opposite) over 0 (unrelated) to 1 "
        f"(together), {display.count(len(rows_))} customers{some}",
        alt="Heat map of correlations. The numbers follow as a table.",
        spec=_spec(matrix, shown),
        table=(
            ("Feature", *(column.title for column in shown)),
            [(column.title, *(_figure(value) for value in row)) for column, row in zip(shown, matrix, strict=True)],
        ),
    )


def sample(n: int, seed: int) -> NDArray[np.int64]:
    """Return the rows to look at: all, or 20,000 of more, ascending."""
    if n <= _CUSTOMERS:
        return np.arange(n)
    return np.sort(generator(seed, "charts: correlations").choice(n, _CUSTOMERS, replace=False))


def rank_correlations(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the correlation of the columns' ranks, shape (d, d): Spearman's rho, equal values sharing a rank.

    Each column is ranked among its known values, and a pair is compared over the rows that have both; NaN where no two
    such rows differ. The same as ``frame.rank().corr()`` in pandas.
    """
    known = np.isfinite(matrix)
    counted = known.astype(np.float64)
    ranks = np.column_stack([_ranks(column) for column in matrix.T])
    ranks = np.where(known, ranks - ranks.sum(axis=0) / np.maximum(known.sum(axis=0), 1), 0.0)
    # Sums over the rows that both columns of a pair have, for all pairs at once; [i, j] is of column i.
    n, sums, squares = counted.T @ counted, ranks.T @ counted, (ranks**2).T @ counted
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = squares - sums**2 / n
        found = (ranks.T @ ranks - sums * sums.T / n) / np.sqrt(spread * spread.T)
    least = 1e-9 * squares.max(initial=1.0)  # what rounding leaves of no spread
    none = np.minimum(spread, spread.T) <= least
    return np.where(none | ~np.isfinite(found), np.nan, np.clip(found, -1, 1))


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ranks of the finite *values* from 1, equal ones sharing their mean rank; 0 for the others."""
    ranks = np.zeros(len(values))
    known = np.flatnonzero(np.isfinite(values))
    order = known[np.argsort(values[known], kind="stable")]
    ordered = values[order]
    begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(ordered) else np.empty(0, dtype=int)
    ends = np.append(begins[1:], len(ordered))
    ranks[order] = np.repeat((begins + 1 + ends) / 2, ends - begins)
    return ranks


def _varies(values: NDArray[np.float64]) -> bool:
    known = values[np.isfinite(values)]
    return bool(len(known)) and bool(known.min() < known.max())


def records(matrix: NDArray[np.float64], shown: tuple[Column, ...], labels: list[str]) -> list[Record]:
    """Return one record per pair, each once, and per feature on the diagonal: place, colour, figure and words."""
    return [
        {
            "row": row,
            "label": labels[row],
            "column": column,
            **cell_paint(0.0 if math.isnan(value) or row == column else round(value, 3)),
            "big": "" if row == column else _figure(value),
            "small": "",
            "tip": shown[row].title
            if row == column
            else f"{shown[row].title} and {shown[column].title}\ncorrelation {_figure(value)}",
        }
        for row in range(len(shown))
        for column in range(row + 1)
        for value in [float(matrix[row, column])]
    ]


def _spec(matrix: NDArray[np.float64], shown: tuple[Column, ...]) -> Spec:
    names = wrapped_names([column.title for column in shown], 26, lines=2)
    wide = len(shown) <= _WIDE
    titles = ["\n".join(wrapped(column.title, 13, lines=4)) for column in shown] if wide else [
        str(place + 1) for place in range(len(shown))
    ]  # fmt: skip
    labels = names if wide else [f"{place + 1} {name}" for place, name in enumerate(names)]
    layers = cells(grid(titles, labels))[:2]
    layers[1]["mark"] = {"type": "text", "fontSize": 12 if wide else 11}
    return {
        "width": (92 if wide else 42) * len(shown),
        "height": row_height(labels, 30) * len(labels),
        "data": {"values": records(matrix, shown, labels)},
        "layer": layers,
    }


def _figure(value: float) -> str:
    return display.MISSING if math.isnan(value) else f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _finding(matrix: NDArray[np.float64], shown: tuple[Column, ...]) -> str:
    pairs = [
        (float(matrix[row, column]), row, column)
        for row in range(len(shown))
        for column in range(row)
        if math.isfinite(matrix[row, column])
    ]
    if not pairs:
        return "No two features can be compared"
    value, row, column = max(pairs, key=lambda pair: (abs(pair[0]), -pair[1], -pair[2]))
    strong = sum(abs(pair[0]) >= _STRONG for pair in pairs)
    how = "together" if value > 0 else "in opposite directions"
    more = f"; {strong} of {len(pairs)} pairs are above {_STRONG} in size" if strong > 1 else ""
    return f"{shown[column].title} and {shown[row].title} move {how} most: {_figure(value)}{more}"
