"""The cross table of found and declared segments, and which belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.errors import DataError
from .matching import one_to_one

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]

NOWHERE = -1
# Where two declared segments share a group about evenly, neither is out of place there; below a quarter, one is.
A_GOOD_PART = 0.25


@dataclass(frozen=True)
class CrossTable:
    """Found segments by declared segments, over the customers that have both.

    Attributes
    ----------
    groups, group_ids
        Names and ids of the g found segments, in the order of ids.
    segments
        Names of the s declared segments, in the order of their declaration.
    group, segment
        Shape (n,): where each customer is in *groups* and *segments*; -1 for one set apart, or without a segment.
    counts
        Shape (g, s): customers.
    """

    groups: tuple[str, ...]
    group_ids: tuple[int, ...]
    segments: tuple[str, ...]
    group: Codes
    segment: Codes
    counts: NDArray[np.int64]

    @property
    def both(self) -> NDArray[np.bool_]:
        """Which customers have a found and a declared segment, shape (n,)."""
        found: NDArray[np.bool_] = (self.group != NOWHERE) & (self.segment != NOWHERE)
        return found

    @property
    def row_shares(self) -> Floats:
        """Shape (g, s): of each found segment, the share in each declared one; 0 where it has nobody."""
        return _shares(self.counts, axis=1)

    @property
    def column_shares(self) -> Floats:
        """Shape (g, s): of each declared segment, the share in each found one; 0 where it has nobody."""
        return _shares(self.counts, axis=0)

    @property
    def majority(self) -> tuple[int | None, ...]:
        """For each found segment, the declared one that most of its customers are in; the first declared of several."""
        return tuple(int(row.argmax()) if row.any() else None for row in self.counts)

    @property
    def home(self) -> tuple[int | None, ...]:
        """For each declared segment, the found one that most of its customers are in; the first of several."""
        return tuple(int(column.argmax()) if column.any() else None for column in self.counts.T)

    @property
    def compatible(self) -> NDArray[np.bool_]:
        """Shape (g, s): which found and declared segments go together. One has most of its customers in the other, or
        they are partners and the declared one holds a good part of the found one.
        """
        fits = np.zeros(self.counts.shape, dtype=np.bool_)
        pairs = [*enumerate(self.majority), *((group, code) for code, group in enumerate(self.home))]
        pairs += [
            (group, code)
            for group, code in enumerate(self.partner)
            if code is not None and self.row_shares[group, code] >= A_GOOD_PART
        ]
        for group, code in pairs:
            if group is not None and code is not None:
                fits[group, code] = True
        return fits

    @property
    def partner(self) -> tuple[int | None, ...]:
        """For each found segment, its declared one where no two may have the same and most customers agree."""
        return one_to_one(self.counts)


def cross_table(
    labels: Codes, names: Mapping[int, str], declared: NDArray[np.object_], order: Sequence[str] = ()
) -> CrossTable:
    """Return the cross table of found and declared segments of n customers.

    Parameters
    ----------
    labels
        Shape (n,): the found segment's id, -1 for a customer set apart.
    names
        The name of each found segment by id.
    declared
        Shape (n,): the declared segment, None for a customer without one.
    order
        The declared segments in their order; any others follow in alphabetical order.

    Raises
    ------
    DataError
        Labels and declared segments of different length.
    """
    labels = np.asarray(labels)
    if labels.shape != np.shape(declared):
        raise DataError(f"{len(labels)} labels and {len(declared)} declared segments are not of the same customers.")
    ids = tuple(sorted({int(label) for label in np.unique(labels)} - {NOWHERE}))
    others = sorted(set(declared.tolist()) - {None, *order})
    segments = tuple(dict.fromkeys([*order, *others]))
    place = {name: code for code, name in enumerate(segments)} | {None: NOWHERE}
    segment = np.array([place[name] for name in declared.tolist()], dtype=np.int64)
    group = np.where(labels == NOWHERE, NOWHERE, np.searchsorted(np.asarray(ids, dtype=np.int64), labels))
    both = (group != NOWHERE) & (segment != NOWHERE)
    shape = (len(ids), len(segments))
    flat = np.bincount(group[both] * shape[1] + segment[both], minlength=shape[0] * shape[1])
    titles = tuple(names.get(label, str(label)) for label in ids)
    return CrossTable(titles, ids, segments, group, segment, flat.reshape(shape))


def _shares(counts: NDArray[np.int64], axis: int) -> Floats:
    totals = counts.sum(axis=axis, keepdims=True)
    shares: Floats = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    return shares
