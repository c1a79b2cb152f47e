"""The ledger: what cleaning set aside, rule by rule, and the proof that nothing else went missing."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class LedgerLine:
    """Rows of one fate: how many rows, distinct orders, distinct customers, and the exact sum of their money."""

    reason: str
    rows: int
    orders: int
    customers: int
    money: Decimal
    explanation: str = ""


@dataclass(frozen=True)
class Ledger:
    """All rows of a source: those set aside (by the first rule they broke, in rule order), those kept, and all."""

    set_aside: tuple[LedgerLine, ...]
    kept: LedgerLine
    total: LedgerLine

    @property
    def is_of_customers(self) -> bool:
        """Whether the rows are customers, which have no orders and no money of their own."""
        return self.total.orders == 0 and self.total.money == 0

    @property
    def reconciles(self) -> bool:
        """Whether rows and money in equal rows and money kept plus set aside, exactly."""
        rows = self.kept.rows + sum(line.rows for line in self.set_aside)
        money = self.kept.money + sum((line.money for line in self.set_aside), Decimal(0))
        return rows == self.total.rows and money == self.total.money
