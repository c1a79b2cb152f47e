"""Calendar months: the one place that says what lies twelve months before a date."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def months_before(day: date, months: int) -> date:
    """Return the same day *months* earlier, or the last day of that month where it is shorter.

    Never before the first of all dates.

    >>> months_before(date(2024, 2, 29), 12), months_before(date(2025, 3, 31), 1)
    (datetime.date(2023, 2, 28), datetime.date(2025, 2, 28))
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if year < date.min.year:
        return date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
