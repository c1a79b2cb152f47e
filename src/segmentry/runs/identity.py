"""Who is who after a refit. Comes in: the segments of the run before and the groups found now, over the customers that
both know. Goes out: which group is which segment, what is new, gone, split or merged, and how sure that is.

Labels of a fit are arbitrary numbers. Two things make a group the segment it was: the same customers, and the same
behaviour. Behaviour alone is left when customers move on (the new customers of March are none of those of February);
customers alone are left when all of them change (a crisis halves every basket).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray

from ..core.errors import DataError
from .succession import MOST, Matching, Pair, Parts, Unmatched

Labels = NDArray[np.int64]
Floats = NDArray[np.float64]

# Half each: neither kind of evidence outweighs the other, and each alone, where it is perfect, comes to WEAK.
OVERLAP_WEIGHT = 0.5
# Two random halves of all customers have a Jaccard overlap of 1/3, two random thirds 1/5: with no likeness of profile
# that is a strength of 0.17 and less. Below a quarter, a match says no more than chance does.
FLOOR = 0.25
# A segment that loses fewer than a quarter of its customers lost some, as any refit does; it was not split.
A_GOOD_PART = 0.25


@dataclass(frozen=True)
class Profiles:
    """The k segments of one run: their ids, customers, and mean of each of d features, shape (k, d), all finite."""

    ids: tuple[int, ...]
    sizes: tuple[int, ...]
    means: Floats

    def in_order(self) -> Profiles:
        """Return the same, largest segment first, then by means: an order that owes nothing to the ids."""
        order = sorted(range(len(self.ids)), key=lambda row: (-self.sizes[row], *self.means[row].tolist()))
        return Profiles(
            tuple(self.ids[row] for row in order), tuple(self.sizes[row] for row in order), self.means[order]
        )


def match_segments(old_labels: Labels, new_labels: Labels, old: Profiles, new: Profiles, *, scale: Floats) -> Matching:
    """Return which group of a refit is which segment of the run before.

    The pairs are those of the optimal assignment: one to one, with the largest possible sum of strengths.

    Parameters
    ----------
    old_labels, new_labels
        Shape (n,): segment and group of each customer that both runs know; -1 for noise or one that is set apart.
    old, new
        All segments of each run, with all their customers.
    scale
        Shape (d,): the standard deviation of each feature over customers; a feature with 0 is left out.

    Raises
    ------
    DataError
        Labels that are not of the same customers, or of a segment without a profile.

    >>> before, now = np.array([0, 0, 0, 1, 1]), np.array([5, 5, 5, 2, 2])
    >>> old = Profiles((0, 1), (3, 2), np.array([[1.0], [9.0]]))
    >>> new = Profiles((2, 5), (2, 3), np.array([[9.0], [1.0]]))
    >>> [(pair.old, pair.new) for pair in match_segments(before, now, old, new, scale=np.array([4.0])).pairs]
    [(0, 5), (1, 2)]
    """
    # Only a refit needs it, and importing it imports the rules.
    from ..compare.matching import one_to_one

    if len(old_labels) != len(new_labels):
        raise DataError(f"{len(old_labels)} labels before and {len(new_labels)} now are not of the same customers.")
    old, new = old.in_order(), new.in_order()
    counts = _counted(old_labels, new_labels, old, new)
    together = counts[:-1, :-1]
    of_old, of_new = counts[:-1].sum(axis=1), counts[:, :-1].sum(axis=0)
    overlap = _ratio(together, of_old[:, None] + of_new - together)
    distance = profile_distances(old.means, new.means, scale)
    strength = OVERLAP_WEIGHT * overlap + (1 - OVERLAP_WEIGHT) * np.maximum(1 - distance, 0)
    partner = one_to_one(np.where(strength >= FLOOR, strength, 0.0))
    share_of_old, share_of_new = _ratio(together, of_old[:, None]), _ratio(together, of_new[None, :])
    pairs = tuple(
        Pair(
            old.ids[row],
            new.ids[column],
            overlap=float(overlap[row, column]),
            share_of_old=float(share_of_old[row, column]),
            share_of_new=float(share_of_new[row, column]),
            distance=float(distance[row, column]),
            strength=float(strength[row, column]),
        )
        for row, column in enumerate(partner)
        if column is not None
    )
    born = [column for column in range(len(new.ids)) if column not in partner]
    died = [row for row, column in enumerate(partner) if column is None]
    return Matching(
        pairs,
        births=tuple(_unmatched(new, column, old, together[:, column], int(of_new[column])) for column in born),
        deaths=tuple(_unmatched(old, row, new, together[row], int(of_old[row])) for row in died),
        splits=_parted(old, new, share_of_old, share_of_new),
        merges=_parted(new, old, share_of_new.T, share_of_old.T),
        known=int(of_old.sum()),
    )


def renumbered(matching: Matching, used: Iterable[int]) -> dict[int, int]:
    """Return the stable id of each group: its segment's, or for a birth the next after all ids ever *used*.

    >>> birth = Unmatched(0, customers=10, known=0, other=None, share=0.0)
    >>> renumbered(Matching((), (birth,), (), (), (), known=0), used=[0, 1, 4])
    {0: 5}
    """
    kept = {pair.new: pair.old for pair in matching.pairs}
    gone = [death.id for death in matching.deaths]
    free = count(max([-1, *used, *kept.values(), *gone]) + 1)
    return kept | {birth.id: next(free) for birth in matching.births}


def profile_distances(old: Floats, new: Floats, scale: Floats) -> Floats:
    """Return the distances, shape (j, k), of profiles of shapes (j, d) and (k, d): root mean square over the features
    that vary, each divided by its *scale*.

    >>> profile_distances(np.array([[0.0, 10.0]]), np.array([[6.0, 90.0]]), np.array([2.0, 20.0])).round(3).tolist()
    [[3.536]]
    """
    varies = scale > 0
    if not varies.any():
        return np.zeros((len(old), len(new)))
    steps = (old[:, None, varies] - new[None, :, varies]) / scale[varies]
    distances: Floats = np.sqrt((steps**2).mean(axis=2))
    return distances


def _counted(old_labels: Labels, new_labels: Labels, old: Profiles, new: Profiles) -> NDArray[np.int64]:
    """Return the customers by segment and group, in the order of the profiles; last row and column: set apart."""
    shape = (len(old.ids) + 1, len(new.ids) + 1)
    flat = _places(old_labels, old.ids) * shape[1] + _places(new_labels, new.ids)
    return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape)


def _places(labels: Labels, ids: tuple[int, ...]) -> NDArray[np.int64]:
    """Return where each of *labels* is in *ids*; one past the end for -1."""
    every, inverse = np.unique(labels, return_inverse=True)
    place = {label: position for position, label in enumerate(ids)} | {-1: len(ids)}
    unknown = [label for label in every.tolist() if label not in place]
    if unknown:
        raise DataError(f"Customers have the labels {unknown}, but the profiles are of {list(ids)}.")
    return np.array([place[label] for label in every.tolist()], dtype=np.int64)[inverse]


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64]) -> Floats:
    """Return *part* ÷ *whole*, and 0 for nobody of nobody."""
    whole = np.broadcast_to(whole, part.shape)
    ratio: Floats = np.divide(part, whole, out=np.zeros(part.shape), where=whole > 0)
    return ratio


def _unmatched(own: Profiles, row: int, others: Profiles, together: NDArray[np.int64], known: int) -> Unmatched:
    most = int(together.argmax()) if together.any() else None
    return Unmatched(
        own.ids[row],
        customers=own.sizes[row],
        known=known,
        other=None if most is None else others.ids[most],
        share=0.0 if most is None else float(together[most] / known),
    )


def _parted(own: Profiles, others: Profiles, share_of_own: Floats, share_of_other: Floats) -> tuple[Parts, ...]:
    """Return which of *own* have two or more good parts among *others* that consist mostly of it."""
    is_part = (share_of_own >= A_GOOD_PART) & (share_of_other > MOST)
    return tuple(
        Parts(own.ids[row], tuple((others.ids[part], float(share_of_own[row, part])) for part in np.flatnonzero(parts)))
        for row, parts in enumerate(is_part)
        if parts.sum() > 1
    )
