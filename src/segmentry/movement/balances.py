"""What each segment gained and lost between two dates: a balance that adds up. Comes in: a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .history import ABSENT
from .transitions import Step


@dataclass(frozen=True)
class Balance:
    """The customers of one segment: ``before + new + risen_to + fallen_to - rose - fell - gone = now``.

    ``new`` were no customers before and ``gone`` are none any more; ``risen_to`` and ``fallen_to`` came from less
    and from more welcome segments, ``rose`` went to more and ``fell`` to less welcome ones.
    """

    segment: int
    before: int
    new: int
    risen_to: int
    fallen_to: int
    rose: int
    fell: int
    gone: int
    now: int


def balances(step: Step, names: Mapping[int, str]) -> list[Balance]:
    """Return the balance of each segment in *step*, in the order of *names*: the most welcome first."""
    rank = {label: place for place, label in enumerate(names)}
    before, after = (_ranked(labels, rank) for labels in (step.before, step.after))
    old, new = step.before == ABSENT, step.after == ABSENT
    found = []
    for label, place in rank.items():
        was, is_now = step.before == label, step.after == label
        found.append(
            Balance(
                label,
                before=int(was.sum()),
                new=int((is_now & old).sum()),
                risen_to=int((is_now & ~old & (before > place)).sum()),
                fallen_to=int((is_now & ~old & (before < place)).sum()),
                rose=int((was & ~new & (after < place)).sum()),
                fell=int((was & ~new & (after > place)).sum()),
                gone=int((was & new).sum()),
                now=int(is_now.sum()),
            )
        )
    return found


def _ranked(labels: NDArray[np.int64], rank: Mapping[int, int]) -> NDArray[np.int64]:
    """Return the place of each label in order of value; whoever is in no segment comes last."""
    ids = np.array([*rank], dtype=np.int64)
    order = np.argsort(ids)
    places = np.minimum(np.searchsorted(ids[order], labels), len(ids) - 1)
    return np.where(ids[order][places] == labels, order[places], len(ids))
