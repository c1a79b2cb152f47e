"""Customers as of past dates where cancellations take purchases back: each date is cleaned by itself.

A purchase that was taken back stood until then, so what cleaning says of a row depends on the date, and rows are not
summed up once for all dates. The customers of a date are those of a run as of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np

from ..clean import Marked
from ..core.errors import NothingLeft
from ..core.tables import CustomerTable
from ..engine import Engine
from ..features import Categories, Seen, Views, collect_views


def collect_netted_views(
    engine: Engine,
    settle: Callable[[date], Marked],
    names: Sequence[str],
    views: Views,
    categories: Categories | None = None,
) -> Seen:
    """Return the customers of each view with the features *names*; *settle* cleans what was known until a date."""
    tables: dict[int, CustomerTable] = {}
    places = sorted(range(len(views.all)), key=lambda place: views.all[place].until)
    for until, group in itertools.groupby(places, key=lambda place: views.all[place].until):
        own = list(group)
        try:
            marked = settle(until)
        except NothingLeft:
            tables |= {place: _nobody(names, views.all[place].as_of) for place in own}
            continue
        of_date = Views(tuple(views.all[place] for place in own), views.window_days)
        seen = collect_views(engine, marked, names, of_date, categories)
        tables |= {place: table for place, (_, table) in zip(own, seen.views, strict=True)}
    ids = np.unique(np.concatenate([table.ids for table in tables.values()])).astype(object)
    return Seen(ids, [(np.searchsorted(ids, tables[place].ids), tables[place]) for place in range(len(views.all))])


def _nobody(names: Sequence[str], as_of: date) -> CustomerTable:
    return CustomerTable(np.empty(0, dtype=object), {name: np.empty(0) for name in names}, (), as_of)
