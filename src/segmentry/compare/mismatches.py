"""Whom the rules misplace: customers whose behaviour points to another declared segment than the one they are in.

A customer is *undisputed* where rule and behaviour are compatible (``CrossTable.compatible``): most of the found one
is in the declared one, or most of the declared segment in the found one, or the two are partners. All others are
disputed, and the nearest undisputed customers decide: behaviour points to the segment that most of them are in. (The
nearest of all would know less: where a rule cuts a group in the wrong place, a whole neighbourhood is misplaced and its
members would vouch for one another.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.tables import CustomerTable, Floats
from .crosstable import NOWHERE, CrossTable
from .neighbours import how_many, neighbour_shares, witnesses

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Behaviour:
    """Where each customer's behaviour points.

    Attributes
    ----------
    pointed
        Shape (n,): a declared segment, as a place in ``CrossTable.segments``. Of undisputed customers their own; of
        disputed ones the segment that most of the nearest undisputed customers are in, where several have as many the
        own one, then the one that most of their found segment is in, then the first declared. -1: not compared.
    disputed
        Shape (n,), bool.
    confidence
        Shape (n,): the share of the nearest undisputed customers who are in the pointed segment, 0 to 1; NaN for
        customers who are not disputed.
    is_mismatch
        Shape (n,), bool: the behaviour points to another segment than the declared one.
    asked
        How many nearest customers were asked.
    """

    pointed: Codes
    disputed: NDArray[np.bool_]
    confidence: Floats
    is_mismatch: NDArray[np.bool_]
    asked: int


@dataclass(frozen=True)
class Mismatches:
    """The m misplaced customers, most money first.

    Attributes
    ----------
    rows
        Shape (m,): their rows in the customer table.
    ids, declared, pointed, found
        Shape (m,), object: customer, declared segment, the segment their behaviour points to, found segment.
    confidence
        Shape (m,): the share of the nearest undisputed customers who are in the pointed segment, 0 to 1.
    money
        Shape (m,): the money at stake, 0 and more; NaN where it is not known.
    reasons
        Why, in a few words each.
    """

    rows: Codes
    ids: NDArray[np.object_]
    declared: NDArray[np.object_]
    pointed: NDArray[np.object_]
    found: NDArray[np.object_]
    confidence: Floats
    money: Floats
    reasons: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def total(self) -> float:
        """All the money at stake."""
        return float(np.nansum(np.sort(self.money)))

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the table as one array per column, as ``mismatches.csv`` has it."""
        return {
            "customer_id": self.ids,
            "rule_segment": self.declared,
            "behaves_like": self.pointed,
            "segment": self.found,
            "confidence": self.confidence.round(4),
            "money_at_stake": self.money.round(2),
            "reason": np.array(self.reasons, dtype=object),
        }


def behaviour(table: CrossTable, matrix: Floats, random: np.random.Generator) -> Behaviour:
    """Return where each customer's behaviour points, from the prepared *matrix*, shape (n, d).

    *random* draws whom to ask where customers and features are both too many to ask all.
    """
    both = table.both
    majority = _codes(table.majority)[table.group]
    disputed = both.copy()
    disputed[both] = ~table.compatible[table.group[both], table.segment[both]]
    undisputed, rows = np.flatnonzero(both & ~disputed), np.flatnonzero(disputed)
    k = how_many(len(undisputed))
    asked = witnesses(len(rows), undisputed, matrix.shape[1], random)
    shares = neighbour_shares(
        matrix[rows], matrix[asked], table.segment[asked], kinds=len(table.segments), k=min(k, max(len(asked), 1))
    )
    # A bonus smaller than any difference of shares decides between segments that have as many.
    favour = shares.copy()
    line = np.arange(len(rows))
    favour[line, majority[rows]] += 1e-9
    favour[line, table.segment[rows]] += 2e-9
    pointed = np.where(both, table.segment, NOWHERE)
    pointed[rows] = favour.argmax(axis=1) if len(rows) else pointed[rows]
    confidence = np.full(len(both), np.nan)
    confidence[rows] = shares[line, pointed[rows]]
    return Behaviour(pointed, disputed, confidence, both & (pointed != table.segment), k)


def ranked(found: Behaviour, money: Floats, ids: NDArray[np.object_]) -> Codes:
    """Return the rows of the misplaced customers: most money first, then the surest, then by id."""
    rows = np.flatnonzero(found.is_mismatch)
    stake = np.where(np.isnan(money[rows]), -1.0, money[rows])
    return rows[np.lexsort((ids[rows].astype(str), -found.confidence[rows], -stake))]


def listed(
    rows: Codes,
    table: CrossTable,
    found: Behaviour,
    customers: CustomerTable,
    *,
    money: Floats,
    reasons: tuple[str, ...],
) -> Mismatches:
    """Return the misplaced customers of *rows* with names in place of codes."""
    segments, groups = (np.array([*names, None], dtype=object) for names in (table.segments, table.groups))
    return Mismatches(
        rows=rows,
        ids=customers.ids[rows],
        declared=segments[table.segment[rows]],
        pointed=segments[found.pointed[rows]],
        found=groups[table.group[rows]],
        confidence=found.confidence[rows],
        money=money[rows],
        reasons=reasons,
    )


def _codes(places: tuple[int | None, ...]) -> Codes:
    """Return *places* as an array with -1 for None, and one more -1 at its end for customers who are nowhere."""
    return np.array([*(NOWHERE if place is None else place for place in places), NOWHERE], dtype=np.int64)
