"""Vocabularies as data: what people call the segments of tables whose columns are known, and which columns say so.

A name makes claims: far above all customers in these columns, far below in those. It is given only where they hold
(``recognise``). To teach a further kind of table, add a ``Vocabulary`` here and advice for its kinds in playbook.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of customers: its name, the tone of its colour, and the columns (words of the vocabulary) it is high or
    low in.
    """

    name: str
    tone: str
    high: tuple[str, ...] = ()
    low: tuple[str, ...] = ()


@dataclass(frozen=True)
class Vocabulary:
    """The words for one kind of table.

    Attributes
    ----------
    name
        What a recipe calls it.
    columns
        Word to the spellings of its column, without regard to case, blanks and underscores; the first found counts.
    needs
        Words whose columns have to be there.
    automatic
        Whether the columns alone are enough to speak it; a recipe asks for the others by name.
    worth
        Words whose columns, added up, put the segments in order of value.
    kinds
        The names.
    """

    name: str
    columns: dict[str, tuple[str, ...]]
    needs: tuple[str, ...]
    automatic: bool
    worth: tuple[str, ...]
    kinds: tuple[Kind, ...]

    def found(self, names: Iterable[str]) -> dict[str, str]:
        """Return word to column for the words whose columns are among *names*."""
        spelled: dict[str, str] = {}
        for name in names:
            spelled.setdefault(_folded(name), name)
        return {
            word: next(spelled[spelling] for spelling in spellings if spelling in spelled)
            for word, spellings in self.columns.items()
            if any(spelling in spelled for spelling in spellings)
        }

    def speaks_of(self, names: Iterable[str]) -> bool:
        """Return whether the columns it needs are among *names*."""
        return set(self.needs) <= self.found(names).keys()


CREDIT_CARD = Vocabulary(
    name="credit-card",
    columns={
        "balance": ("balance", "averagebalance", "avgbalance"),
        "purchases": ("purchases", "totalpurchases"),
        "one-off": ("oneoffpurchases", "oneoffpurchase"),
        "instalments": ("installmentspurchases", "instalmentspurchases", "installmentpurchases", "instalmentpurchases"),
        "cash advance": ("cashadvance", "cashadvances"),
        "one-off months": ("oneoffpurchasesfrequency",),
        "full payment": ("prcfullpayment", "percentfullpayment", "fullpayment", "fullpaymentshare"),
        "use": ("balancefrequency",),
    },
    needs=("balance", "purchases", "cash advance"),
    automatic=True,
    worth=("purchases", "cash advance"),  # all that was charged to the card
    kinds=(
        Kind("High-spending, high-balance", "valuable", ("purchases", "balance")),
        Kind("Big spenders", "valuable", ("purchases", "full payment")),
        Kind("Instalment buyers", "promising", ("instalments",), ("one-off",)),
        Kind("One-off buyers", "promising", ("one-off months",), ("instalments",)),
        Kind("Cash-advance users", "fading", ("cash advance",), ("purchases",)),
        Kind("Balance carriers", "fading", ("balance",), ("full payment", "purchases")),
        Kind("Low-spending, low-balance", "lost", (), ("purchases", "balance")),
        Kind("Rarely used cards", "lost", (), ("use", "purchases")),
    ),
)

RFM_4 = Vocabulary(
    name="rfm-4",
    columns={"recency": ("recencydays",), "orders": ("frequency",), "spend": ("monetary",)},
    needs=("recency", "orders", "spend"),
    automatic=False,
    worth=("spend",),
    kinds=(
        Kind("High-Value Loyal", "valuable", ("orders", "spend"), ("recency",)),
        Kind("At-Risk High-Value", "fading", ("recency", "spend")),
        Kind("New/Potential", "promising", (), ("recency", "orders")),
        Kind("Low-Value/Churned", "lost", ("recency",), ("orders", "spend")),
    ),
)

VOCABULARIES = {vocabulary.name: vocabulary for vocabulary in (CREDIT_CARD, RFM_4)}


def worth_columns(names: Iterable[str]) -> list[str]:
    """Return the columns that, added up, say what a customer is worth, where a vocabulary speaks of *names* by itself.

    >>> worth_columns(["BALANCE", "PURCHASES", "CASH_ADVANCE"]), worth_columns(["height", "weight"])
    (['PURCHASES', 'CASH_ADVANCE'], [])
    """
    known = list(names)
    for vocabulary in VOCABULARIES.values():
        if vocabulary.automatic and vocabulary.speaks_of(known):
            return [vocabulary.found(known)[word] for word in vocabulary.worth]
    return []


def _folded(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())
