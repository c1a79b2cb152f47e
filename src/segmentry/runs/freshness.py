"""Whether a segmentation is up to date: comes in a store and the greatest age, goes out its newest run, or Refused."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from ..core.errors import RecipeError, Refused, SourceNotFound
from .store import LATEST, Store, StoredRun

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def check_fresh(store: Store, name: str, max_age: timedelta, *, now: datetime) -> StoredRun:
    """Return the newest run of the segmentation *name*, which at *now* is at most *max_age* old.

    Raises Refused where it is older, or where there is none.
    """
    try:
        run = store.find(LATEST, name=name)
    except SourceNotFound as error:
        raise Refused(error.found, possible=error.possible, action=error.action) from error
    age = now - run.created
    if age > max_age:
        raise Refused(
            f"The newest run of {name!r} is too old: {run.run_id}, made {age_in_words(age)} ago.",
            possible=f"It may be {age_in_words(max_age)} old.",
            action="See why no newer run was made, and run again.",
        )
    return run


def parse_age(text: str) -> timedelta:
    """Return how long *text* is: a number with ``m``, ``h`` or ``d`` behind it. Raises RecipeError.

    >>> parse_age("90m"), parse_age("1.5h")
    (datetime.timedelta(seconds=5400), datetime.timedelta(seconds=5400))
    """
    found = re.fullmatch(r"(\d{1,6}(?:\.\d{1,6})?)\s*([mhd])", text.strip().lower(), re.ASCII)
    if found is None:
        raise RecipeError(f"{text!r} is no age.", possible="A number and a unit: 90m, 26h, 7d.")
    return timedelta(**{UNITS[found[2]]: float(found[1])})


def age_in_words(age: timedelta) -> str:
    """Return *age* in the two largest units that it has.

    >>> [age_in_words(timedelta(minutes=minutes)) for minutes in (0, 90, 3064)]
    ['0 min', '1 h 30 min', '2 d 3 h']
    """
    minutes = max(int(age.total_seconds() // 60), 0)
    parts = [(minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    shown = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(shown[:2]) or "0 min"
