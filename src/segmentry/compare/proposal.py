"""What to change in the rules: the smallest edit, put to the test by comparing anew with the rules it gives."""

from __future__ import annotations

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


def propose(
    found: Found, rules: Rules, customers: CustomerTable, *, table: CrossTable, measured: Behaviour, stake: Floats
) -> tuple[Proposal | None, str]:
    """Return the smallest edit, counted anew; or none, and why."""
    misplaced = measured.is_mismatch
    if not misplaced.any():
        return None, NO_MISMATCH
    if rules.conditions is None:
        return None, NO_THRESHOLD
    # The same codes on both sides: those of the conditions.
    places = {name: place for place, name in enumerate(rules.conditions.segments)}
    code = np.array([*(places.get(name, -1) for name in table.segments), -1], dtype=np.int64)
    worth = np.nan_to_num(stake) if np.nansum(stake[misplaced]) > 0 else np.ones(len(customers))
    stakes = Stakes(code[table.segment], code[measured.pointed], misplaced, worth)
    edit = smallest_edit(
        rules.conditions, customers, _of_the_compared(stakes, table), seeds.generator(found.seed, "compare.edits")
    )
    if edit is None or not edit.moves:
        return None, NO_EDIT
    segments = edit.conditions.assign(customers.values, customers.words)
    edited = cross_table(found.labels, found.names, segments, table.segments)
    after = behaviour(edited, found.matrix, seeds.generator(found.seed, "compare.neighbours")).is_mismatch
    proposal = Proposal(
        moves=edit.moves,
        conditions=edit.conditions,
        customers_before=int(misplaced.sum()),
        customers_after=int(after.sum()),
        money_before=_total(stake, misplaced),
        money_after=_total(stake, after),
        resolved=int((misplaced & ~after).sum()),
        upset=int((after & ~misplaced).sum()),
        changed=int((segments != rules.segments).sum()),
    )
    enough = _total(worth, after) <= (1 - WORTH_A_CHANGE) * _total(worth, misplaced)
    return (proposal, "") if enough else (None, NO_EDIT)


def _of_the_compared(stakes: Stakes, table: CrossTable) -> Stakes:
    """Return *stakes* in which customers who are not compared count nothing."""
    return replace(stakes, worth=np.where(table.both, stakes.worth, 0.0))


def _total(stake: Floats, which: NDArray[np.bool_]) -> float:
    return float(np.nansum(np.sort(stake[which])))
