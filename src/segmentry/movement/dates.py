"""The dates of snapshots: the as-of date, and others the same time apart before and after it."""

from __future__ import annotations

from datetime import date, timedelta

from ..core.errors import RecipeError
from ..core.recipe import Every
from ..features import months_before

MONTHS = {"month": 1, "quarter": 3, "year": 12}
WEEK = 7


def snapshot_dates(as_of: date, every: Every, count: int, *, ahead: int = 0) -> tuple[date, ...]:
    """Return *count* dates that end with *as_of*, then *ahead* dates to come, ascending.

    >>> [str(day) for day in snapshot_dates(date(2024, 3, 31), "month", 3, ahead=1)]
    ['2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30']

    Raises RecipeError for dates to come that are none: the calendar ends with the year 9999.
    """
    dates = [_moved(as_of, every, places) for places in range(1 - count, ahead + 1)]
    if dates[-1] is None:
        raise RecipeError(
            f"snapshots: the calendar has no date {ahead} × {period(every)} after {as_of}.",
            possible="The calendar ends with the year 9999.",
            action="Set an earlier as_of, or look at the dates of the data.",
        )
    return tuple(sorted({day for day in dates if day is not None}))


def period(every: Every) -> str:
    """Return what the time between two dates is called: ``month``, ``30 days``."""
    return every if isinstance(every, str) else "day" if every == 1 else f"{every} days"


def _moved(day: date, every: Every, places: int) -> date | None:
    """Return the date *places* periods after *day*; None outside the calendar."""
    try:
        if every in MONTHS:
            moved = months_before(day, -places * MONTHS[str(every)])
            return None if moved == date.min else moved
        return day + timedelta(days=places * (WEEK if every == "week" else int(every)))
    except (OverflowError, ValueError):
        return None
