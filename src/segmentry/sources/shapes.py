"""What a single value looks like: a number as people write it, or a date."""

from __future__ import annotations

import re

# Currency signs and codes before or after, blanks, parentheses for negatives, thousands marks, exponent.
NUMBER = re.compile(
    r"\(?\s*[-+−]?\s*(?:[€$£¥₹]|EUR|USD|GBP|CHF)?\s*[-+−]?"
    r"(?:\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+|\d+)?(?:[.,]\d*)?(?:[eE][-+]?\d{1,3})?"
    r"\s*(?:[€$£¥₹]|EUR|USD|GBP|CHF)?\s*-?\s*\)?"
)
DIGIT = re.compile(r"\d")
ZONE = r"(?:Z|UTC|GMT|[-+]\d{2}(?::?\d{2})?)"
TIME = rf"(?:[T ,]+\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}}(?:[.,]\d{{1,9}})?)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*{ZONE}?)?"
DATE = re.compile(
    rf"(?:\d{{4}}([-/.])\d{{1,2}}\1\d{{1,2}}|\d{{1,2}}([-/.])\d{{1,2}}\2(?:\d{{4}}|\d{{2}})"
    rf"|(?:19|20)\d{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[0-2]\d[0-5]\d[0-5]\d)?"
    rf"|\d{{1,2}}[-/. ]?[A-Za-z]{{3,9}}[-/., ]*\d{{2,4}}|[A-Za-z]{{3,9}}\.? \d{{1,2}},? \d{{4}}){TIME}"
)


def is_number(text: str) -> bool:
    """Whether *text* is clearly a number.

    >>> [is_number(text) for text in ("1.234,56 €", "(5)", "-3", "85123A", "", "$1,000.00", "€")]
    [True, True, True, False, False, True, False]
    """
    text = text.strip()
    if text.lower().lstrip("+-") in {"inf", "infinity"}:  # what programs write for a number that is none
        return True
    return DIGIT.search(text) is not None and NUMBER.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """Whether *text* is written as a date, with or without a time.

    >>> [is_date(text) for text in ("12/1/2010 8:26", "14-Jan-15", "20110131", "2011-01-31T10:00:00Z", "536365", "1.5")]
    [True, True, True, True, False, False]
    """
    return DATE.fullmatch(text.strip()) is not None
