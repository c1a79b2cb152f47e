"""Columns of customer tables that are known by name: unit, meaning, what people call them; numbers that are codes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from ..core.tables import Column, Floats
from .facts import Assumption

# Spellings, without regard to case, blanks and underscores, of the three columns that name archetypes.
RFM = {
    "recency_days": ("recencydays", "recency", "r"),
    "frequency": ("frequency", "f"),
    "monetary": ("monetary", "monetaryvalue", "m"),
}

# Numbers under such names stand for words: a region 3 is not more than a region 1.
CODES = frozenset(
    {
        "channel", "region", "district", "territory", "zone", "country", "state", "city", "zip", "zipcode",
        "postcode", "postalcode", "plz", "branch", "store", "shop", "gender", "sex", "maritalstatus", "occupation",
        "profession", "industry", "sector", "segment", "cluster", "class", "category", "type", "group",
    }
)  # fmt: skip

_MONEY, _SHARE = "money", "share"
# The public table of credit-card holders ("CC GENERAL"): folded name to unit, meaning and noun.
_CREDIT_CARD = {
    "balance": (_MONEY, "Balance left on the account for purchases", ""),
    "balancefrequency": (_SHARE, "Share of months in which the balance changed", ""),
    "purchases": (_MONEY, "Purchases made from the account", ""),
    "oneoffpurchases": (_MONEY, "Purchases paid at once", "one-off purchases"),
    "installmentspurchases": (_MONEY, "Purchases paid in instalments", "instalment purchases"),
    "cashadvance": (_MONEY, "Cash drawn in advance", ""),
    "purchasesfrequency": (_SHARE, "Share of months with a purchase", "purchase frequency"),
    "oneoffpurchasesfrequency": (_SHARE, "Share of months with a purchase paid at once", "one-off frequency"),
    "purchasesinstallmentsfrequency": (
        _SHARE,
        "Share of months with a purchase in instalments",
        "instalment frequency",
    ),
    "cashadvancefrequency": (_SHARE, "Share of months with a cash advance; the data go beyond 1", ""),
    "cashadvancetrx": ("", "Number of cash advances", "cash advance transactions"),
    "purchasestrx": ("", "Number of purchases", "purchase transactions"),
    "creditlimit": (_MONEY, "Limit of the card", ""),
    "payments": (_MONEY, "Payments made by the holder", ""),
    "minimumpayments": (_MONEY, "Minimum payments due", ""),
    "prcfullpayment": (_SHARE, "Share of months in which all was paid", "full payment share"),
    "tenure": ("", "Months of card service the figures cover", "tenure in months"),
}
_TELLING = ("balance", "purchases", "cashadvance")


def rfm_names(names: Iterable[str]) -> dict[str, str]:
    """Return column to feature name where recency, frequency and monetary value are there under other spellings.

    >>> rfm_names(["Recency", "Frequency", "Monetary", "Age"])
    {'Recency': 'recency_days', 'Frequency': 'frequency', 'Monetary': 'monetary'}
    >>> rfm_names(["Recency", "Age"])
    {}
    """
    by_folded: dict[str, str] = {}
    for name in names:
        by_folded.setdefault(folded(name), name)
    found = {
        next((by_folded[spelling] for spelling in spellings if spelling in by_folded), ""): feature
        for feature, spellings in RFM.items()
    }
    return {name: feature for name, feature in found.items() if name != feature} if "" not in found else {}


def under_our_names(numbers: Mapping[str, str], spoken: Collection[str]) -> tuple[Mapping[str, str], list[Assumption]]:
    """Return *numbers* (place to title) with recency, frequency and monetary value under our names, and what is assumed
    by that. Titles that are *spoken* by the recipe stay.
    """
    names = rfm_names(numbers.values())
    if not names or set(spoken) & names.keys():
        return numbers, []
    text = ", ".join(f"{name!r} is {feature}" for name, feature in names.items())
    note = Assumption(f"{text}; recency counts days", "features: [COLUMN, …], in the table's own names")
    return {place: names.get(title, title) for place, title in numbers.items()}, [note]


def described(names: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns *names* with unit, meaning and noun where the table is of a known kind."""
    known: Mapping[str, tuple[str, str, str]] = {}
    if {folded(name) for name in names}.issuperset(_TELLING):
        known = _CREDIT_CARD
    return tuple(Column(name, *known.get(folded(name), ())) for name in names)


def is_code(name: str, values: Floats) -> bool:
    """Return whether *values* stand for words: whole numbers under a name such as ``Region``.

    >>> is_code("Region", np.array([1.0, 3.0, np.nan])), is_code("Age", np.array([30.0, 41.0]))
    (True, False)
    """
    present = values[np.isfinite(values)]
    return folded(name) in CODES and bool((present == np.round(present)).all())


def folded(name: str) -> str:
    """Return *name* without case, blanks and punctuation."""
    return re.sub(r"[\W_]", "", name.casefold())
