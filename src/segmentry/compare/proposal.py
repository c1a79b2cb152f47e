"""What to change in the rules: the smallest edit, put to the test by comparing anew with the rules it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..core import seeds
from ..core.tables import CustomerTable
from ..rules.conditions import Conditions
from .bench import Move
from .crosstable import CrossTable, cross_table
from .edits import Stakes, smallest_edit
from .mismatches import Behaviour, behaviour
from .sides import Floats, Found, Rules

NO_THRESHOLD = "The rules are not conditions with thresholds: there is no threshold to move."
NO_MISMATCH = "There is nothing to change."
NO_EDIT = "No move of one or two thresholds puts a tenth of it right."

WORTH_A_CHANGE = 0.1  # of the misplaced money: what an edit has to put right, all counted anew, to be proposed


@dataclass(frozen=True)
class Proposal:
    """The smallest change to the rules that puts most money right, and what it comes to when all is counted anew.

    Attributes
    ----------
    moves
        The one or two thresholds that move.
    conditions
        The rules with them.
    customers_before, customers_after, money_before, money_after
        Misplaced customers and their money, by the rules as they are and as proposed.
    resolved, upset
        How many are no longer misplaced, and how many newly are.
    changed
        How many customers get another declared segment.
    about
        What was compared together, where that is more than one segmentation: ``all cohorts``.
    """

    moves: tuple[Move, ...]
    conditions: Conditions
    customers_before: int
    customers_after: int
    money_before: float
    money_after: float
    resolved: int
    upset: int
    changed: int
    about: str = ""


@dataclass(frozen=True)
class Case:
    """Customers who were compared together: both sides, the customers, what was measured, and each one's money."""

    found: Found
    rules: Rules
    customers: CustomerTable
    table: CrossTable
    measured: Behaviour
    stake: Floats


def propose(cases: Sequence[Case], *, about: str = "") -> tuple[Proposal | None, str]:
    """Return the smallest edit of the rules that all *cases* share, counted anew in each; or none, and why.

    *about* says what several cases are together.
    """
    misplaced = np.concatenate([case.measured.is_mismatch for case in cases])
    conditions, seed = cases[0].rules.conditions, cases[0].found.seed
    if not misplaced.any():
        return None, NO_MISMATCH
    if conditions is None:
        return None, NO_THRESHOLD
    stake = np.concatenate([case.stake for case in cases])
    worth = np.nan_to_num(stake) if np.nansum(stake[misplaced]) > 0 else np.ones(len(stake))
    customers = _together([case.customers for case in cases])
    edit = smallest_edit(conditions, customers, _stakes(cases, worth), seeds.generator(seed, "compare.edits"))
    if edit is None or not edit.moves:
        return None, NO_EDIT
    segments = edit.conditions.assign(customers.values, customers.words)
    ends = np.cumsum([len(case.customers) for case in cases])[:-1]
    after = np.concatenate(
        [_misplaced_with(own, case) for own, case in zip(np.split(segments, ends), cases, strict=True)]
    )
    if _total(worth, after) > (1 - WORTH_A_CHANGE) * _total(worth, misplaced):
        return None, NO_EDIT
    proposal = Proposal(
        moves=edit.moves,
        conditions=edit.conditions,
        customers_before=int(misplaced.sum()),
        customers_after=int(after.sum()),
        money_before=_total(stake, misplaced),
        money_after=_total(stake, after),
        resolved=int((misplaced & ~after).sum()),
        upset=int((after & ~misplaced).sum()),
        changed=int((segments != np.concatenate([case.rules.segments for case in cases])).sum()),
        about=about,
    )
    return proposal, ""


def _stakes(cases: Sequence[Case], worth: Floats) -> Stakes:
    """Return what is at stake over all *cases*, in the places of the conditions; who is not compared counts nothing."""
    conditions = cases[0].rules.conditions
    places = {name: place for place, name in enumerate(conditions.segments if conditions else ())}
    own, pointed = [], []
    for case in cases:
        code = np.array([*(places.get(name, -1) for name in case.table.segments), -1], dtype=np.int64)
        own.append(code[case.table.segment])
        pointed.append(code[case.measured.pointed])
    return Stakes(
        own=np.concatenate(own),
        pointed=np.concatenate(pointed),
        misplaced=np.concatenate([case.measured.is_mismatch for case in cases]),
        worth=np.where(np.concatenate([case.table.both for case in cases]), worth, 0.0),
    )


def _misplaced_with(segments: NDArray[np.object_], case: Case) -> NDArray[np.bool_]:
    """Return who is misplaced where the customers of *case* are declared to be in *segments*, shape (n,)."""
    table = cross_table(case.found.labels, case.found.names, segments, case.table.segments)
    return behaviour(table, case.found.matrix, seeds.generator(case.found.seed, "compare.neighbours")).is_mismatch


def _together(tables: Sequence[CustomerTable]) -> CustomerTable:
    first = tables[0]
    if len(tables) == 1:
        return first
    return replace(
        first,
        ids=np.concatenate([table.ids for table in tables]),
        values={name: np.concatenate([table.values[name] for table in tables]) for name in first.values},
        words={name: np.concatenate([table.words[name] for table in tables]) for name in first.words},
    )


def _total(stake: Floats, which: NDArray[np.bool_]) -> float:
    return float(np.nansum(np.sort(stake[which])))
