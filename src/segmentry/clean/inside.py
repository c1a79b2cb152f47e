"""Rows marked inside, in an engine with hashes: whole rows stay views of the source. ``settling`` says what is read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from ..core.recipe import Clean
from ..engine import Engine
from . import sums
from .copies import SUSPECTS, alike, copies, corrections, masks, rows_of, suspects
from .marking import (
    COPIES,
    KEPT,
    LINES,
    MASKS,
    ORDERS,
    PLACE,
    ROWS,
    SUMS_OF_ORDERS,
    judged,
    known_copies,
    nets,
    netted,
    originals,
    table,
    within,
)
from .rules import DUPLICATE
from .ways import Limits, Rows, Way

if TYPE_CHECKING:
    import ibis.expr.types as ir

Query = Callable[[], "ir.Table"]


class Inside(Way):
    """What the usual way and that of a large book share: views of the rows, and copies found through sums of orders."""

    def __init__(self, engine: Engine, rows: Rows, settings: Clean, limits: Limits, *, name: str) -> None:
        super().__init__(engine, rows, settings, limits, name=name)
        self.condition += f" {type(self).__name__}"
        self.drops = settings.duplicates == "drop"
        self.telling = "product" if "product" in rows.roles else "row_key"
        self._few = rows.source  # among them the copies

    def begin(self) -> None:
        """See :meth:`Way.begin`."""
        self._view(lambda: self._judged(self.rows.source), f"judged_{self.name}", step="rows")
        self._sum_up_first()

    def end(self, first: date | None) -> None:
        """See :meth:`Way.end`."""
        self.condition += f" {first}"
        self._sum_up_last(first)

        def rows() -> ir.Table:
            fated = self._fates(self._judged_rows())
            fated = netted(fated) if nets(self.settings) else fated
            return within(fated.select(*ROWS, *PLACE, *originals(fated)), first)

        self._view(rows, self.name, step="marked")
        lines = self._fated_lines(first)
        if nets(self.settings):  # a view would seek anew each time what is taken back
            stored = f"netted_lines_of_{self.name}"
            self._store(lines, stored, step=stored)
            lines = partial(table, LINES, stored)
        self._view(lines, f"lines_of_{self.name}", step="lines")
        self._leave_entries(first)

    @abstractmethod
    def _sum_up_first(self) -> None:
        """Sum up what can be before the as-of date is known."""

    def _sum_up_last(self, first: date | None) -> None:
        """Sum up what could not be."""

    @abstractmethod
    def _fated_lines(self, first: date | None) -> Query:
        """Return what gives all lines with their last reason."""

    @abstractmethod
    def _leave_entries(self, first: date | None) -> None:
        """Leave the view ``orders_of_NAME``, and what else the way promises."""

    @property
    def _sums_again(self) -> bool:
        """Whether sums from before all was known are of no use: purchases are taken back, or a copy is an order."""
        return nets(self.settings) or (self.drops and not self.rows.have_orders)

    def _judged(self, source: Query) -> ir.Table:
        rows = judged(source(), self.settings, as_of=self.limits.as_of, today=self.limits.today)
        return rows.select(*ROWS, *PLACE, "row_key", *originals(rows))

    def _judged_rows(self) -> ir.Table:
        return table(dict(self._judged(self.rows.source).schema().items()), f"judged_{self.name}")

    def _masks(self, rows: ir.Table) -> dict[str, ir.Value]:
        return masks(rows, self.telling) if self.drops and self.rows.have_orders else {}

    def _find_copies(self, read: Query, summed: Query) -> None:
        """Store the copies among the rows that *read* gives, which *summed* sums up by order, with masks."""
        if not self.drops:
            return
        suspicious, chosen = f"suspects_of_{self.name}", f"suspect_rows_of_{self.name}"
        if self.rows.have_orders:
            self._store(lambda: suspects(summed()), suspicious, step=suspicious)
            self._store(lambda: rows_of(read(), table(SUSPECTS, suspicious), self.telling), chosen, step=chosen)
        else:
            self._store(lambda: alike(read()), chosen, step=chosen)
        self._few = self.rows.among(chosen) if self.rows.among else self._semi_joined(chosen)
        found = f"copies_of_{self.name}"
        self._store(lambda: copies(self._judged(self._few)), found, step=found)

    def _semi_joined(self, chosen: str) -> Query:
        return lambda: self.rows.source().semi_join(table({"row_id": "int64"}, chosen), "row_id")

    def _fates(self, judged_rows: ir.Table) -> ir.Table:
        """Return *judged_rows* (or lines) with the reason of those that repeat another."""
        return known_copies(judged_rows, self._copies()) if self.drops else judged_rows

    def _copies(self) -> ir.Table:
        return table(COPIES, f"copies_of_{self.name}")

    def _store(self, query: Query, name: str, *, step: str) -> None:
        self.engine.store(query, name, step=step, condition=self.condition)

    def _view(self, query: Query, name: str, *, step: str) -> None:
        self.engine.view(query, name, step=step, condition=self.condition)


class Usual(Inside):
    """Lines are kept, and summed up by order."""

    def __init__(self, engine: Engine, rows: Rows, settings: Clean, limits: Limits, *, name: str) -> None:
        super().__init__(engine, rows, settings, limits, name=name)
        self.has_masks = self.drops and self.telling == "product" and not self._sums_again

    def _sum_up_first(self) -> None:
        self._store(
            lambda: self._judged_rows().select(*self._of_lines), f"judged_lines_of_{self.name}", step="judged lines"
        )
        self._store(
            lambda: sums.ordered(self._lines(), **self._masks(self._lines())), f"sums_of_{self.name}", step="clean"
        )
        self._find_copies(self._lines, lambda: table(ORDERS | MASKS, f"sums_of_{self.name}"))

    def _fated_lines(self, first: date | None) -> Query:
        if nets(self.settings):
            return lambda: table(ROWS, self.name).select(*LINES)
        return lambda: within(self._fates(self._lines()), first).select(*LINES)

    def _leave_entries(self, first: date | None) -> None:
        entries, again = f"orders_of_{self.name}", f"sums_again_of_{self.name}"
        if self._sums_again:
            self._store(lambda: sums.ordered(table(LINES, f"lines_of_{self.name}")), again, step="sums")
            self._view(lambda: table(ORDERS, again), entries, step="entries")
            return
        self._view(lambda: within(self._corrected(), first).select(*ORDERS), entries, step="entries")
        if self.has_masks:
            self._view(lambda: within(self._corrected(), first), f"masked_{entries}", step="masked entries")

    def _dated(self) -> ir.Table:
        return table(ORDERS, f"sums_of_{self.name}")

    @property
    def _of_lines(self) -> list[str]:
        """The columns of lines that say anything, and the key of rows where copies are found by it."""
        silent = {"country", "quantity", "product", "category"} - {*self.rows.roles}
        by_key = self.drops and (self.telling == "row_key" or not self.rows.have_orders)
        return [*(name for name in LINES if name not in silent), *["row_key"] * by_key]

    def _lines(self) -> ir.Table:
        """Return the judged lines, those of copies not yet told."""
        import ibis

        kinds = LINES | {"row_key": "uint64"}
        stored = table({name: kinds[name] for name in self._of_lines}, f"judged_lines_of_{self.name}")
        return stored.mutate(**{name: ibis.null(kind) for name, kind in LINES.items() if name not in stored.columns})

    def _corrected(self) -> ir.Table:
        """Return the sums of orders without their copies, which are set aside."""
        more = MASKS if self.drops and self.rows.have_orders else {}
        entries = table(ORDERS | more, f"sums_of_{self.name}")
        if not self.drops:
            return entries
        return entries.union(corrections(self._copies(), DUPLICATE).select(*entries.columns))


class Large(Inside):
    """Lines are views as well; they are summed up by customer and order alone, then by customer and country."""

    has_aside = True

    def _sum_up_first(self) -> None:
        if not self.limits.have_window:
            self._sum_up_orders(None)

    def _sum_up_last(self, first: date | None) -> None:
        if self.limits.have_window:
            self._sum_up_orders(first)
        self._find_copies(self._judged_rows, lambda: table(SUMS_OF_ORDERS | MASKS, self._orders_seen))
        self.counted = "" if self._sums_again else self._orders_seen
        self.has_copies = self.drops and not self._sums_again
        self.is_summed_at_once = self.has_copies and first is None

    def last_kept(self) -> date | None:
        """Return the last date with a row that breaks no rule but maybe that of the window."""
        if self.limits.have_window:
            return super().last_kept()

        def query() -> ir.Table:
            orders = table(SUMS_OF_ORDERS, self._orders_seen)
            return orders.agg(last=orders["last"].max())

        last: date | None = self.engine.rows(query, step="last date of orders", condition=self.condition)[0]["last"]
        return last

    def _fated_lines(self, first: date | None) -> Query:
        del first
        return lambda: table(ROWS, self.name).select(*LINES)

    def _leave_entries(self, first: date | None) -> None:
        self._view(
            lambda: sums.unordered(table(LINES, f"lines_of_{self.name}")), f"orders_of_{self.name}", step="entries"
        )
        self._view(lambda: self._aside(first), f"aside_of_{self.name}", step="aside")

    def _dated(self) -> ir.Table:
        return self._judged_rows()

    @property
    def _orders_seen(self) -> str:
        return f"orders_seen_of_{self.name}"

    def _sum_up_orders(self, first: date | None) -> None:
        """Sum up by customer and order, with last date and money of what is kept."""

        def query() -> ir.Table:
            rows = within(self._judged_rows(), first)
            kept = rows.reason == KEPT
            sums_of_kept = {"last": rows.date.max(where=kept), "amount": rows.amount.sum(where=kept)}
            return sums.seen(rows, lines=True, **sums_of_kept, **self._masks(rows))

        self._store(query, self._orders_seen, step="orders")

    def _aside(self, first: date | None) -> ir.Table:
        """Return the rows set aside; without netting or a window, others are read only as far as the rules look."""
        import ibis

        rows = self._judged_rows()
        columns = [*ROWS, *PLACE, *originals(rows)]
        if nets(self.settings) or first is not None:
            marked = table({name: rows.schema()[name] for name in columns}, self.name)
            return marked.filter(marked.reason != KEPT)
        broken = rows.filter(rows.reason != KEPT)
        if not self.drops:
            return broken.select(*columns)
        found = self._judged(self._few)
        found = found.filter(found.reason == KEPT)
        gone = self._copies().select(copy_id="row_id")
        repeated = found.semi_join(gone, found.row_id == gone.copy_id).mutate(reason=ibis.literal(DUPLICATE))
        return self._fates(broken).select(*columns).union(repeated.select(*columns))
