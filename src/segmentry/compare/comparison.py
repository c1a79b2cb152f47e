"""The whole comparison, in order: cross table, agreement, behaviour, mismatches, the smallest edit, conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..core import seeds
from ..core.errors import UnknownColumn
from ..core.tables import Column, CustomerTable, Floats
from ..rules.compiled import Compiled, compiled
from .agreement import Agreement, agreement
from .crosstable import CrossTable, cross_table
from .mismatches import Behaviour, Mismatches, behaviour, listed, ranked
from .proposal import Case, Proposal, propose
from .reasons import reasons
from .sides import Found, Rules

MONEY = ("nav", "monetary")


@dataclass(frozen=True)
class Comparison:
    """Found segments beside declared ones.

    Attributes
    ----------
    table
        Who is where: the cross table, with shares and the two mappings.
    agreement
        How far the two agree.
    behaviour
        Where each customer's behaviour points.
    mismatches
        Whom the rules misplace.
    proposal, no_proposal
        The smallest edit of the rules; or why there is none, in a sentence.
    compiled
        The found segments as conditions.
    money
        What the money at stake is; none where there is none.
    without_rule, set_apart
        Customers without a declared segment, and those with one who belong to no found segment: neither are compared.
    case
        What all this was computed from.
    """

    table: CrossTable
    agreement: Agreement
    behaviour: Behaviour
    mismatches: Mismatches
    proposal: Proposal | None
    no_proposal: str
    compiled: Compiled
    money: Column | None
    without_rule: int
    set_apart: int
    case: Case = field(repr=False)

    @property
    def compared(self) -> int:
        """How many customers were compared."""
        return int(self.table.both.sum())

    @property
    def compatible_share(self) -> float:
        """The share of the compared customers of whom rule and behaviour are compatible: not disputed, 0 to 1."""
        return 1 - int(self.behaviour.disputed.sum()) / self.compared if self.compared else float("nan")

    def figures(self) -> dict[str, Any]:
        """Return what a manifest says of the comparison."""
        proposal = self.proposal
        return {
            "customers": self.compared,
            "without_rule": self.without_rule,
            "set_apart": self.set_apart,
            **self.agreement.figures(),
            "compatible_share": self.compatible_share if self.compared else None,
            "mismatches": len(self.mismatches),
            "mismatched_money": self.mismatches.total if self.money else None,
            "mapping": self.mapping(),
            "edit": None
            if proposal is None
            else {
                "moves": [vars(move) for move in proposal.moves],
                "mismatches_after": proposal.customers_after,
                "mismatched_money_after": proposal.money_after if self.money else None,
                "customers_changed": proposal.changed,
            },
            "no_edit": self.no_proposal or None,
            "conditions": self.compiled.figures(),
        }

    def mapping(self) -> list[dict[str, Any]]:
        """Return for each found segment its declared one by majority, with its share, and its one-to-one partner."""
        table = self.table
        lines = []
        for place, group in enumerate(table.groups):
            most, partner = table.majority[place], table.partner[place]
            lines.append(
                {
                    "segment": group,
                    "customers": int(table.counts[place].sum()),
                    "majority": None if most is None else table.segments[most],
                    "share": 0.0 if most is None else float(table.row_shares[place, most]),
                    "one_to_one": None if partner is None else table.segments[partner],
                }
            )
        return lines


def compare(
    found: Found, rules: Rules, customers: CustomerTable, *, money: str | None = None, alone: bool = True
) -> Comparison:
    """Return the comparison of what was *found* with what the *rules* say of the same *customers*.

    *money* names the feature that counts what is at stake; without it ``nav`` or ``monetary`` where one of them has
    values, and otherwise each customer counts the same. *alone* says that the rules are for these customers only: an
    edit of rules that hold for others too is sought over all (:func:`propose_together`). Raises UnknownColumn for a
    feature that is not there.
    """
    column = _money_column(customers, money)
    stake = _stake(customers, column)
    table = cross_table(found.labels, found.names, rules.segments, rules.order)
    random = seeds.generator(found.seed, "compare.neighbours")
    measured = behaviour(table, found.matrix, random)
    rows = ranked(measured, stake, customers.ids)
    said = reasons(
        rows,
        table,
        measured,
        customers,
        matrix=found.matrix if found.scaled is None else found.scaled,
        names=found.features,
    )
    mismatches = listed(rows, table, measured, customers, money=stake, reasons=said)
    case = Case(found, rules, customers, table, measured, stake)
    proposal, reason = propose([case]) if alone else (None, "")
    deciding = [name for name in found.features if name in customers.values]
    return Comparison(
        table=table,
        agreement=agreement(table.counts),
        behaviour=measured,
        mismatches=mismatches,
        proposal=proposal,
        no_proposal=reason,
        compiled=compiled(customers.values, deciding, found.labels, found.names, seed=found.seed),
        money=column,
        without_rule=int((table.segment < 0).sum()),
        set_apart=int(((table.segment >= 0) & (table.group < 0)).sum()),
        case=case,
    )


def propose_together(found: Sequence[Comparison], about: str) -> list[Comparison]:
    """Return comparisons by the same rules, each with the edit that is best for all of them; *about* says of whom."""
    proposal, reason = propose([one.case for one in found], about=about)
    return [replace(one, proposal=proposal, no_proposal=reason) for one in found]


def _money_column(customers: CustomerTable, money: str | None) -> Column | None:
    if money is not None and money not in customers.values:
        raise UnknownColumn(money, customers.values, where="the customers, which compare.money looks for")
    known = [name for name in (money, *MONEY) if name is not None and name in customers.values]
    return next((customers.column(name) for name in known if not np.isnan(customers.values[name]).all()), None)


def _stake(customers: CustomerTable, column: Column | None) -> Floats:
    """Return the money of each customer, shape (n,): none below zero, NaN where it is not known."""
    if column is None:
        return np.full(len(customers), np.nan)
    values = np.asarray(customers.values[column.name], dtype=np.float64)
    return np.where(np.isfinite(values), np.maximum(values, 0.0), np.nan)
