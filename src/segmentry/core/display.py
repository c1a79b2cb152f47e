"""Numbers as people read them: ``1.2 M``, ``64 days``, ``16.6 %``."""

from __future__ import annotations

import math

MISSING = "–"


def count(value: float) -> str:
    """Return a whole number with thousands separators.

    >>> count(541909)
    '541,909'
    """
    return f"{value:,.0f}"


def counted(value: int, noun: str = "customers") -> str:
    """Return a whole number with its noun, which is given in the plural.

    >>> counted(1), counted(4338), counted(0, "rows")
    ('1 customer', '4,338 customers', '0 rows')
    """
    return f"{count(value)} {noun.removesuffix('s') if value == 1 else noun}"


def share(value: float) -> str:
    """Return a proportion as a percentage with one decimal.

    >>> share(0.1657)
    '16.6 %'
    """
    return MISSING if math.isnan(value) else f"{value * 100:.1f} %"


def times(ratio: float) -> str:
    """Return a multiple in two digits or more.

    >>> times(0.0003), times(0.164), times(3.94), times(12.28), times(1234.5)
    ('under 0.01 ×', '0.16 ×', '3.9 ×', '12 ×', '1,234 ×')
    """
    if math.isnan(ratio):
        return MISSING
    if 0 < ratio < 0.01:
        return "under 0.01 ×"
    size = abs(ratio)
    return f"{ratio:,.0f} ×" if size >= 9.95 else f"{ratio:.1f} ×" if size >= 1 else f"{ratio:.2f} ×"


def size(amount: int) -> str:
    """Return a number of bytes in the unit that suits it.

    >>> size(3_400_000_000), size(734_820_876)
    ('3.4 GB', '735 MB')
    """
    return f"{amount / 1e9:.1f} GB" if amount >= 1e9 else f"{amount / 1e6:.0f} MB"


def money(value: float) -> str:
    """Return an amount to the cent, with thousands separators, for places where the exact figure matters.

    >>> money(8887208.894)
    '8,887,208.89'
    """
    return f"{value:,.2f}"


def number(value: float, unit: str = "") -> str:
    """Return a value rounded for people, with its unit where that is a word people say.

    >>> number(1234567.8, "money"), number(64.31, "days"), number(2.41, "orders"), number(0.166, "share")
    ('1.23 M', '64 days', '2.4 orders', '16.6 %')
    """
    if math.isnan(value):
        return MISSING
    if unit == "share":
        return share(value)
    text = _rounded(value, whole=unit in {"days", "months"})
    if unit not in {"days", "months", "orders", "trades", "items", "products", "lines", "customers"}:
        return text
    return f"{text} {unit.removesuffix('s') if text == '1' else unit}"


def _rounded(value: float, *, whole: bool) -> str:
    """Return about three significant digits: 0.0123, 2.4, 13.7, 7,925, 310 k, 1.23 M, 4.56 B; *whole*: none below 1."""
    size = abs(value)
    for limit, divisor, suffix in ((1e12, 1e12, " T"), (1e9, 1e9, " B"), (1e6, 1e6, " M"), (1e5, 1e3, " k")):
        if size >= limit:
            return f"{value / divisor:,.3g}{suffix}" if size / divisor < 1000 else f"{value / divisor:,.0f}{suffix}"
    if size >= 100 or value == int(value) or (whole and size >= 10):
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 1 else f"{value:.3g}"
