"""Past dates from which a book is seen, and the cells of time between all the dates that matter to them.

A view sees what customers had done up to one date, measured on another, the same or a later one: the second tells what
they would look like had they done nothing in between. Every range of time that a view looks at begins and ends on the
border of a cell. So rows are summed up by customer and cell once, and each view adds up the cells it looks at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..clean.marking import table
from ..clean.sums import RECENT_DAYS

if TYPE_CHECKING:
    import ibis.expr.types as ir

VIEWS = "views"
# Number of a view; it looks at the cells from ``start`` to before ``stop``, recent are those from ``recent`` on.
_COLUMNS = {"view_id": "int64", "start": "int64", "recent": "int64", "stop": "int64"}
ALONE = -1  # the cell before the first in which something is


@dataclass(frozen=True, order=True)
class View:
    """Customers as of a date: features look back from *as_of* over events up to *until*, both dates included."""

    as_of: date
    until: date


@dataclass(frozen=True)
class Views:
    """Several views of one book; with *window_days*, each looks back so many days from its as-of date."""

    all: tuple[View, ...]
    window_days: int | None = None

    @cached_property
    def borders(self) -> list[date]:
        """The dates on which a cell begins, ascending; before the first of them is cell 0."""
        every = {border for view in self.all for border in self._range(view)}
        return sorted(border for border in every if border is not None)

    def cell(self, day: ir.DateValue) -> ir.IntegerValue:
        """Return the cell that each *day* is in."""
        import ibis

        cases = [
            (day < ibis.literal(border), ibis.literal(place, "int64")) for place, border in enumerate(self.borders)
        ]
        return ibis.cases(*cases, else_=ibis.literal(len(self.borders), "int64"))

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the table ``VIEWS``: which cells each view looks at."""
        ranges = [self._range(at) for at in self.all]
        end = len(self.borders) + 1  # behind the last cell
        places = [
            [view, self._place(start, 0), self._place(recent, 0), self._place(after, end)]
            for view, (start, recent, after) in enumerate(ranges)
        ]
        return dict(zip(_COLUMNS, np.array(places, dtype=np.int64).T, strict=True))

    def as_of(self, view: ir.IntegerValue) -> ir.DateValue:
        """Return the as-of date of each *view*."""
        import ibis

        dates = [ibis.literal(at.as_of) for at in self.all]
        return ibis.cases(*((view == place, day) for place, day in enumerate(dates)), else_=dates[0])

    def until(self, view: ir.IntegerValue) -> ir.DateValue:
        """Return the last date that each *view* looks at."""
        import ibis

        dates = [ibis.literal(at.until) for at in self.all]
        return ibis.cases(*((view == place, day) for place, day in enumerate(dates)), else_=dates[0])

    def _range(self, view: View) -> tuple[date | None, date | None, date | None]:
        """Return where the window begins, where what is recent begins, and the day after the end; None: never."""
        first = None if self.window_days is None else _before(view.as_of, self.window_days)
        after = view.until + timedelta(days=1) if view.until < date.max else None
        return first, _before(view.as_of, RECENT_DAYS), after

    def _place(self, border: date | None, never: int) -> int:
        return never if border is None else self.borders.index(border) + 1


def seen(cells: ir.Table) -> ir.Table:
    """Return *cells* once for each view that looks at them, with ``view_id``, ``start`` and ``recent``."""
    views = table(_COLUMNS, VIEWS)
    return cells.inner_join(views, [cells.cell >= views.start, cells.cell < views.stop])


def seen_ever(cells: ir.Table) -> ir.Table:
    """Return the same without regard to where a view's window begins."""
    views = table(_COLUMNS, VIEWS)
    return cells.inner_join(views, [cells.cell < views.stop])


def with_cell_before(things: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Return *things*, one row for each of *keys* and cell, with ``before``: the last cell that has the same thing.

    A view counts a thing that is in several of its cells once: in the one before which it is in none of the view's.
    """
    import ibis

    before = things.cell.lag().over(ibis.window(group_by=keys, order_by="cell"))
    return things.mutate(before=before.fill_null(ALONE))


def _before(day: date, days: int) -> date:
    return day - timedelta(days=min(days, (day - date.min).days))
