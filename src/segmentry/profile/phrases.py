"""Features in words: what "high", "low", "higher" and "lower" are called for each, and its name as people write it."""

from __future__ import annotations

import re

from ..core.tables import Column, CustomerTable

LONGEST = 40
"""Characters of a column name that a segment's name can carry."""

# Features whose high and low values people have words for: (high, low, higher, lower).
_WORDS = {
    "recency_days": ("long inactive", "recently active", "less recent", "more recent"),
    "frequency": ("many orders", "few orders", "more orders", "fewer orders"),
    "monetary": ("high spend", "low spend", "higher spend", "lower spend"),
    "tenure_days": ("long-standing", "recently joined", "longer-standing", "newer"),
    "account_age_days": ("long-standing", "recently opened", "longer-standing", "newer"),
}

_NOUNS = {"recency_days": "recency", "frequency": "order count", "monetary": "spend", "tenure_days": "tenure"}


def standing_out(column: Column, *, high: bool) -> str:
    """Return what a segment is called that is far above (*high*) or below all customers in *column*.

    >>> standing_out(Column("CASH_ADVANCE"), high=True), standing_out(Column("monetary", "money"), high=False)
    ('high cash advance', 'low spend')
    """
    words = _words(column)
    return words[0 if high else 1] if words else f"{'high' if high else 'low'} {in_words(column)}"


def compared(column: Column, *, more: bool) -> str:
    """Return what tells a segment from its namesakes when it has more (or less) of *column*.

    >>> compared(Column("frequency", "orders"), more=True), compared(Column("return_rate"), more=False)
    ('more orders', 'lower return rate')
    """
    words = _words(column)
    return words[2 if more else 3] if words else f"{'higher' if more else 'lower'} {in_words(column)}"


def middling(column: Column) -> str:
    """Return what a segment is called that lies between its namesakes in *column*.

    >>> middling(Column("monetary", "money")), middling(Column("return_rate"))
    ('medium spend', 'medium return rate')
    """
    return f"medium {noun(column)}"


def noun(column: Column) -> str:
    """Return what there is more or less of, for a sentence that compares it.

    >>> noun(Column("monetary", "money")), noun(Column("return_rate"))
    ('spend', 'return rate')
    """
    return in_words(column) if column.noun else _NOUNS.get(column.name) or in_words(column)


def money_word(customers: CustomerTable) -> str:
    """Return what the sum of customers' money is called: the turnover of accounts is nobody's revenue."""
    return customers.column("monetary").noun or "revenue" if "monetary" in customers.values else "revenue"


def _words(column: Column) -> tuple[str, str, str, str] | None:
    if column.noun and column.noun == column.unit:  # things that are counted
        return f"many {column.noun}", f"few {column.noun}", f"more {column.noun}", f"fewer {column.noun}"
    # What is said of recency holds whatever happened last.
    return None if column.noun and column.name != "recency_days" else _WORDS.get(column.name)


def in_words(column: Column) -> str:
    """Return the column's name as it reads in a sentence: plain text, at most LONGEST characters, cut between words.

    >>> in_words(Column("CashAdvance")), in_words(Column("tenure_days", "days")), in_words(Column("NAV"))
    ('cash advance', 'tenure', 'NAV')
    """
    title = column.title.removesuffix(f"({column.unit})") if column.unit else column.title
    visible = "".join(" " if _is_control(letter) else letter for letter in title)
    spaced = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z][a-z])", " ", visible)
    words = [word if _is_acronym(word, alone=" " not in spaced.strip()) else word.lower() for word in spaced.split()]
    return _cut(" ".join(words)) or "unnamed column"


def sentence(text: str) -> str:
    """Return *text* with a capital first letter."""
    return text[:1].upper() + text[1:]


def _is_control(letter: str) -> bool:
    return ord(letter) < 32 or 127 <= ord(letter) < 160 or letter in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e"


def _is_acronym(word: str, *, alone: bool) -> bool:
    """Whether *word* keeps its capitals: short and all capitals, and not part of a name that is all capitals anyway."""
    return alone and word.isupper() and len(word) <= 4


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    head = text[: LONGEST - 1]
    # Between words where that leaves at least half of what there is room for, else in the middle of one.
    at = head.rfind(" ")
    return (head[:at] if at >= LONGEST // 2 else head).rstrip(" ,;:-") + "…"
