"""Many rows in the form Lloyd's iteration wants: centred, float32, in blocks that fit the processor's cache.

One copy of the matrix at half its size, and nothing else of its length but the squared lengths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .crew import Crew
from .lloyd import Floats, Points, Singles

ROWS = 16_384  # of a block: with 12 centres 0.8 MB of distances; smaller ones leave threads waiting for Python
FEW = 2_000


@dataclass(frozen=True)
class Blocks:
    """Rows less ``centre``, transposed: each of ``columns`` has shape (d + 1, rows), the last line is ones.

    ``squares`` has the squared lengths of each block's rows.
    """

    columns: Sequence[Singles]
    squares: Sequence[Singles]
    centre: Floats

    def __len__(self) -> int:
        return sum(block.shape[1] for block in self.columns)

    @property
    def total(self) -> float:
        """The inertia of one group: the sum of squared lengths."""
        return float(sum(float(block.sum(dtype=np.float64)) for block in self.squares))

    @cached_property
    def few(self) -> tuple[Singles, Singles]:
        """Some columns from everywhere, and their squared lengths."""
        step = max(1, len(self) // FEW)
        columns = np.concatenate([block[:, ::step] for block in self.columns], axis=1)
        return columns, np.concatenate([block[::step] for block in self.squares])

    def take(self, rows: NDArray[np.int64]) -> Blocks:
        """Return the rows numbered *rows*, ascending, in blocks of their own."""
        ends = np.searchsorted(rows, np.arange(len(self.columns) + 1) * ROWS)
        parts = [
            block[:, rows[start:stop] - number * ROWS]
            for number, (block, start, stop) in enumerate(zip(self.columns, ends[:-1], ends[1:], strict=True))
        ]
        return cut(np.concatenate(parts, axis=1), self.centre)

    def points(self, rows: NDArray[np.int64]) -> Points:
        """Return the rows numbered *rows*, ascending, for the iteration of many solutions at once."""
        taken = self.take(rows)
        columns = np.ascontiguousarray(np.concatenate(taken.columns, axis=1))
        return Points(np.ascontiguousarray(columns.T), columns, np.concatenate(taken.squares), self.centre)


def blocks_of(matrix: Floats, crew: Crew) -> Blocks:
    """Return *matrix*, shape (n, d), in blocks."""
    n, d = matrix.shape
    count = -(-n // ROWS)
    sums = crew.blocks(lambda run: [matrix[i * ROWS : (i + 1) * ROWS].sum(axis=0) for i in run], count)
    centre: Floats = np.sum(sums, axis=0) / n

    def block(i: int) -> tuple[Singles, Singles]:
        rows = matrix[i * ROWS : (i + 1) * ROWS]
        columns = np.ones((d + 1, len(rows)), dtype=np.float32)
        columns[:d] = (rows - centre).T
        return columns, np.einsum("ij,ij->j", columns[:d], columns[:d])

    made = crew.blocks(lambda run: [block(i) for i in run], count)
    return Blocks([columns for columns, _ in made], [squares for _, squares in made], centre)


def cut(columns: Singles, centre: Floats) -> Blocks:
    """Return *columns*, shape (d + 1, m), centred, with a last line of ones, in blocks."""
    parts = [np.ascontiguousarray(columns[:, start : start + ROWS]) for start in range(0, columns.shape[1], ROWS)]
    return Blocks(parts, [np.einsum("ij,ij->j", part[:-1], part[:-1]) for part in parts], centre)
