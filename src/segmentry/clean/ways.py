"""How rows are marked, in one kind of engine or another: what all ways have in common, and the one for any engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from ..core.recipe import Clean
from ..engine import Engine
from . import sums
from .marking import LINES, ROWS, mark, table, within

if TYPE_CHECKING:
    import ibis.expr.types as ir


class Limits(NamedTuple):
    """The date features look back from, where it is set, the last one possible where the recipe limits dates, and
    whether a window ends at the former.
    """

    as_of: date | None
    today: date
    have_window: bool


@dataclass(frozen=True)
class Rows:
    """Transactions to be settled.

    Attributes
    ----------
    source
        Returns the canonical transactions.
    count
        How many there are.
    where
        What they are called in errors.
    roles
        Which roles the columns of the source play; a product tells the rows of an order apart.
    have_orders
        Whether a column says which rows are one order: then copies lie in the same one.
    among
        Returns what gives the transactions whose ``row_id`` is in a table of the engine, without reading the others.
    condition
        What the text of ``source``'s queries depends on beyond the recipe.
    """

    source: Callable[[], ir.Table]
    count: int
    where: str
    roles: Collection[str]
    have_orders: bool = True
    among: Callable[[str], Callable[[], ir.Table]] | None = None
    condition: str = ""


class Way(ABC):
    """How rows are marked: ``begin``, ask ``last_kept``, ``end``; then the tables are there.

    Attributes
    ----------
    counted
        A table of orders that is there already, else they are counted from the entries.
    has_copies
        Whether that table was made before copies were known.
    has_aside, has_masks, is_summed_at_once
        What :class:`.marking.Marked` says of them.
    """

    counted = ""
    has_copies = False
    has_aside = False
    has_masks = False
    is_summed_at_once = False

    def __init__(self, engine: Engine, rows: Rows, settings: Clean, limits: Limits, *, name: str) -> None:
        self.engine, self.rows, self.settings, self.limits, self.name = engine, rows, settings, limits, name
        self.condition = repr((rows.condition, name))

    @abstractmethod
    def begin(self) -> None:
        """Do what can be done before the as-of date is known."""

    @abstractmethod
    def end(self, first: date | None) -> None:
        """Leave the tables ``NAME``, ``lines_of_NAME`` and ``orders_of_NAME``; what lies before *first* is outside the
        window.
        """

    def last_kept(self) -> date | None:
        """Return the last date with a row that breaks no rule but maybe that of the window."""
        return sums.last_kept(self.engine, self._dated, condition=self.condition)

    @abstractmethod
    def _dated(self) -> ir.Table:
        """Return marked rows, or sums of them, with ``reason`` and ``date``."""


class Elsewhere(Way):
    """Marked once in the words of any engine, and stored there."""

    def begin(self) -> None:
        """Store the marked rows."""
        self.engine.store(
            lambda: mark(self.rows.source(), self.settings, as_of=self.limits.as_of, today=self.limits.today),
            f"judged_{self.name}",
            step="clean",
            condition=self.condition,
        )

    def end(self, first: date | None) -> None:
        """See :meth:`Way.end`."""
        judged_rows = f"judged_{self.name}"
        self.engine.view(lambda: within(table(ROWS, judged_rows), first), self.name, step="rows")
        self.engine.view(lambda: table(ROWS, self.name).select(*LINES), f"lines_of_{self.name}", step="lines")
        self.engine.store(
            lambda: sums.ordered(within(table(ROWS, judged_rows), first)), f"orders_of_{self.name}", step="orders"
        )

    def _dated(self) -> ir.Table:
        return table(ROWS, f"judged_{self.name}")
