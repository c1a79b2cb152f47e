"""Whom the rules misplace: customers whose behaviour points to another declared segment than the one they are in.

A customer is *undisputed* where rule and behaviour agree: their declared segment is the one that most of their found
segment is in, or their found segment is the one that most of their declared segment is in. The others are disputed,
and the nearest undisputed customers are asked. (The nearest of all would know less: where a rule cuts a group in the
wrong place, a whole neighbourhood is misplaced and its members would vouch for one another.)
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
        Shape (n,): the declared segment that most of the customer's found segment is in, as a place in
        ``CrossTable.segments``; -1 for a customer who is not compared.
    disputed
        Shape (n,), bool: neither the own declared segment nor the own found segment is where the other has most.
    support, own_support
        Shape (n,): for disputed customers, the share of the nearest undisputed ones in the pointed and in the own
        declared segment; NaN for all others.
    asked
        How many nearest customers were asked.
    """

    pointed: Codes
    disputed: NDArray[np.bool_]
    support: Floats
    own_support: Floats
    asked: int

    @property
    def is_mismatch(self) -> NDArray[np.bool_]:
        """Which customers are misplaced, shape (n,): disputed, with more neighbours in the pointed segment than in the
        own one.
        """
        found: NDArray[np.bool_] = np.nan_to_num(self.support) > np.nan_to_num(self.own_support) + 1e-9
        return found


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
            "money_at_stake": self.money,
            "reason": np.array(self.reasons, dtype=object),
        }


def behaviour(table: CrossTable, matrix: Floats, random: np.random.Generator) -> Behaviour:
    """Return where each customer's behaviour points, from the prepared *matrix*, shape (n, d).

    *random* draws whom to ask where customers and features are both too many to ask all.
    """
    both = table.both
    majority = _codes(table.majority)
    pointed = np.where(table.group == NOWHERE, NOWHERE, majority[table.group])
    at_home = _codes(table.home)[table.segment] == table.group
    disputed = both & (pointed != table.segment) & ~at_home
    undisputed = np.flatnonzero(both & ~disputed)
    rows = np.flatnonzero(disputed)
    k = how_many(len(undisputed))
    asked = witnesses(len(rows), undisputed, matrix.shape[1], random)
    shares = neighbour_shares(
        matrix[rows], matrix[asked], table.segment[asked], kinds=len(table.segments), k=min(k, max(len(asked), 1))
    )
    support, own = np.full(len(both), np.nan), np.full(len(both), np.nan)
    support[rows] = shares[np.arange(len(rows)), pointed[rows]]
    own[rows] = shares[np.arange(len(rows)), table.segment[rows]]
    return Behaviour(np.where(both, pointed, NOWHERE), disputed, support, own, k)


def ranked(found: Behaviour, money: Floats, ids: NDArray[np.object_]) -> Codes:
    """Return the rows of the misplaced customers: most money first, then the surest, then by id."""
    rows = np.flatnonzero(found.is_mismatch)
    stake = np.where(np.isnan(money[rows]), -1.0, money[rows])
    return rows[np.lexsort((ids[rows].astype(str), -found.support[rows], -stake))]


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
        confidence=found.support[rows],
        money=money[rows],
        reasons=reasons,
    )


def _codes(places: tuple[int | None, ...]) -> Codes:
    """Return *places* as an array with -1 for None, and one more -1 at its end for customers who are nowhere."""
    return np.array([*(NOWHERE if place is None else place for place in places), NOWHERE], dtype=np.int64)
