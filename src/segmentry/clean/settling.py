"""Run the marking: how often the rows are read, what is kept of them, the as-of date, and the ledger.

**Inside** (an engine with hashes), whole rows are never stored again: they are views of the source. They are read

1. once for their lines: ids, date, money and the first rule that each breaks, which are kept. All else reads these;
2. once more, where an order may hold a row twice, for the copies.

The lines are summed up by reason, customer, order, date and country (a fourth as many entries or fewer, from which the
ledger and nearly all features follow), with masks that tell in which orders a row may repeat (``copies``); what copies
add to the sums is then taken out entry by entry.

A **large** book would not fit into memory that way. Its rows are read once to be summed up by customer and order alone,
with the masks; then the suspicious orders; then once to be summed up by customer and country; with a window, once
before for the last date.

**Elsewhere** the rows are marked in the words of any engine, once, and stored there for the time of the run.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ..core.errors import NothingLeft
from ..core.recipe import Clean
from ..engine import Engine
from . import sums
from .copies import SUSPECTS, alike, copies, corrections, masks, rows_of, suspects
from .ledger import Ledger
from .marking import (
    COPIES,
    KEPT,
    LINES,
    MASKS,
    ORDERS,
    PLACE,
    ROWS,
    SUMS_OF_ORDERS,
    Marked,
    judged,
    known_copies,
    mark,
    nets,
    netted,
    originals,
    table,
    within,
)
from .rules import AFTER_AS_OF, DUPLICATE

if TYPE_CHECKING:
    import ibis.expr.types as ir

LARGE = 20_000_000  # rows


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


def settle(
    engine: Engine,
    rows: Rows,
    settings: Clean,
    *,
    as_of: date | None,
    today: date,
    window_days: int | None = None,
    not_before: date | None = None,
    name: str = "marked",
) -> Marked:
    """Mark the *rows*, settle the as-of date and the window, and count. Raises NothingLeft with the ledger.

    Without *as_of* it is the day after the last kept event, or *not_before* when that is later.
    """
    way = (_Inside if engine.has_hashes else _Elsewhere)(
        engine, rows, settings, Limits(as_of, today, window_days is not None), name=name
    )
    way.begin()
    last = way.last_kept()
    settled = as_of or max((last or date.min) + timedelta(days=(last or date.max) < date.max), not_before or date.min)
    first = None
    if window_days is not None:
        first = settled - timedelta(days=min(window_days, (settled - date.min).days))
    way.end(first)
    condition = repr((rows.condition, name, first, settled, way.is_large))
    ledger = sums.sum_up(engine, name, settled, condition=condition, counted=way.counted, has_copies=way.has_copies)
    if not ledger.kept.rows:
        nothing = f"No row of {rows.where} is left after cleaning.", _way_on(ledger)
        if last is not None:
            nothing = (
                f"No row of {rows.where} lies within {window_days} days before {settled}.",
                "Set a longer window_days or another as_of.",
            )
        raise NothingLeft(nothing[0], ledger=ledger, action=nothing[1])
    return Marked(name, ledger, settled, way.is_large, way.has_masks, way.is_large and way.has_copies and first is None)


class _Way(ABC):
    """How rows are marked in one kind of engine: ``begin``, ask ``last_kept``, ``end``; then the tables are there."""

    is_large = False
    has_masks = False
    counted = ""  # a table of orders that is there already, else they are counted from the entries
    has_copies = False  # whether that table was made before copies were known

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


class _Elsewhere(_Way):
    """Marked once in the words of any engine, and stored there."""

    def begin(self) -> None:
        self.engine.store(
            lambda: mark(self.rows.source(), self.settings, as_of=self.limits.as_of, today=self.limits.today),
            f"judged_{self.name}",
            step="clean",
            condition=self.condition,
        )

    def end(self, first: date | None) -> None:
        judged_rows = f"judged_{self.name}"
        self.engine.view(lambda: within(table(ROWS, judged_rows), first), self.name, step="rows")
        self.engine.view(lambda: table(ROWS, self.name).select(*LINES), f"lines_of_{self.name}", step="lines")
        self.engine.store(
            lambda: sums.ordered(within(table(ROWS, judged_rows), first)), f"orders_of_{self.name}", step="orders"
        )

    def _dated(self) -> ir.Table:
        return table(ROWS, f"judged_{self.name}")


class _Inside(_Way):
    """Views of the rows; their lines and sums of them are stored, and copies are found through the sums."""

    def __init__(self, engine: Engine, rows: Rows, settings: Clean, limits: Limits, *, name: str) -> None:
        super().__init__(engine, rows, settings, limits, name=name)
        self.is_large = self.rows.count > LARGE
        self.condition += f" large {self.is_large}"
        self.drops = self.settings.duplicates == "drop"
        self._few = self.rows.source  # among them the copies
        self.telling = "product" if "product" in self.rows.roles else "row_key"
        sums_stay = self.drops and not self.is_large and not self._sums_again
        self.has_masks = sums_stay and self.telling == "product"

    def begin(self) -> None:
        self.engine.view(
            lambda: self._judged(self.rows.source), f"judged_{self.name}", step="rows", condition=self.condition
        )
        if self.is_large:
            if not self.limits.have_window:
                self._sum_up_orders(None)
            return
        self._keep(lambda: self._judged_rows().select(*self._of_lines), f"judged_lines_of_{self.name}")
        self.engine.store(
            lambda: sums.ordered(self._lines(), **self._masks(self._lines())),
            f"sums_of_{self.name}", step="clean", condition=self.condition,
        )  # fmt: skip
        self._find_copies(self._lines, lambda: table(ORDERS | MASKS, f"sums_of_{self.name}"))

    def end(self, first: date | None) -> None:
        condition = f"{self.condition} {first}"
        if self.is_large:
            if self.limits.have_window:
                self._sum_up_orders(first)
            self._find_copies(self._judged_rows, lambda: table(SUMS_OF_ORDERS | MASKS, self._orders_seen))
            self.counted = "" if self._sums_again else self._orders_seen
            self.has_copies = self.drops and not self._sums_again

        def rows() -> ir.Table:
            fated = self._fates(self._judged_rows())
            fated = netted(fated) if nets(self.settings) else fated
            return within(fated.select(*ROWS, *PLACE, *originals(fated)), first)

        self.engine.view(rows, self.name, step="marked", condition=condition)
        if self.is_large:
            self._leave_aside(first, condition)
        self._leave_lines(first, condition)
        self._leave_entries(first, condition)

    @property
    def _sums_again(self) -> bool:
        """Whether sums from before all was known are of no use: purchases are taken back, or a copy is an order."""
        return nets(self.settings) or (self.drops and not self.rows.have_orders)

    def last_kept(self) -> date | None:
        """Return the last date with a row that breaks no rule but maybe that of the window."""
        if not self.is_large or self.limits.have_window:
            return super().last_kept()

        def query() -> ir.Table:
            orders = table(SUMS_OF_ORDERS, self._orders_seen)
            return orders.agg(last=orders["last"].max())

        last: date | None = self.engine.rows(query, step="last date of orders", condition=self.condition)[0]["last"]
        return last

    @property
    def _orders_seen(self) -> str:
        return f"orders_seen_of_{self.name}"

    def _sum_up_orders(self, first: date | None) -> None:
        """Sum up a large book by customer and order alone, with last date and money of what is kept of each."""

        def query() -> ir.Table:
            rows = within(self._judged_rows(), first)
            kept = rows.reason == KEPT
            sums_of_kept = {"last": rows.date.max(where=kept), "amount": rows.amount.sum(where=kept)}
            return sums.seen(rows, lines=True, **sums_of_kept, **self._masks(rows))

        self.engine.store(query, self._orders_seen, step="orders", condition=f"{self.condition} {first}")

    def _dated(self) -> ir.Table:
        return self._judged_rows() if self.is_large else table(ORDERS, f"sums_of_{self.name}")

    def _judged(self, source: Callable[[], ir.Table]) -> ir.Table:
        rows = judged(source(), self.settings, as_of=self.limits.as_of, today=self.limits.today)
        return rows.select(*ROWS, *PLACE, "row_key", *originals(rows))

    def _judged_rows(self) -> ir.Table:
        return table(dict(self._judged(self.rows.source).schema().items()), f"judged_{self.name}")

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

    def _leave_aside(self, first: date | None, condition: str) -> None:
        """Make the view of rows set aside; without netting or a window, it reads of others only what the rules do."""

        def aside() -> ir.Table:
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
            gone = table(COPIES, f"copies_of_{self.name}").select(copy_id="row_id")
            repeated = found.semi_join(gone, found.row_id == gone.copy_id).mutate(reason=ibis.literal(DUPLICATE))
            return self._fates(broken).select(*columns).union(repeated.select(*columns))

        import ibis

        self.engine.view(aside, f"aside_of_{self.name}", step="aside", condition=condition)

    def _leave_lines(self, first: date | None, condition: str) -> None:
        def lines() -> ir.Table:
            if self.is_large or nets(self.settings):
                return table(ROWS, self.name).select(*LINES)
            return within(self._fates(self._lines()), first).select(*LINES)

        if nets(self.settings):  # a view would seek anew each time what is taken back
            stored = f"netted_lines_of_{self.name}"
            self.engine.store(lines, stored, step="netted lines", condition=condition)
            lines = partial(table, LINES, stored)
        self.engine.view(lines, f"lines_of_{self.name}", step="lines", condition=condition)

    def _leave_entries(self, first: date | None, condition: str) -> None:
        entries, again = f"orders_of_{self.name}", f"sums_again_of_{self.name}"

        def view(query: Callable[[], ir.Table]) -> None:
            self.engine.view(query, entries, step="entries", condition=condition)

        def lines() -> ir.Table:
            return table(LINES, f"lines_of_{self.name}")

        if self.is_large:
            view(lambda: sums.unordered(lines()))
        elif self._sums_again:
            self.engine.store(lambda: sums.ordered(lines()), again, step="sums", condition=condition)
            view(lambda: table(ORDERS, again))
        else:
            view(lambda: within(self._corrected(), first).select(*ORDERS))
            if self.has_masks:
                masked = f"masked_{entries}"
                self.engine.view(lambda: within(self._corrected(), first), masked, step="masked", condition=condition)

    def _masks(self, rows: ir.Table) -> dict[str, ir.Value]:
        return masks(rows, self.telling) if self.drops and self.rows.have_orders else {}

    def _find_copies(self, read: Callable[[], ir.Table], summed: Callable[[], ir.Table]) -> None:
        if not self.drops:
            return
        suspicious, chosen = f"suspects_of_{self.name}", f"suspect_rows_of_{self.name}"
        if self.rows.have_orders:
            self._keep(lambda: suspects(summed()), suspicious)
            self._keep(lambda: rows_of(read(), table(SUSPECTS, suspicious), self.telling), chosen)
        else:
            self._keep(lambda: alike(read()), chosen)
        self._few = self.rows.among(chosen) if self.rows.among else self._semi_joined(chosen)
        self._keep(lambda: copies(self._judged(self._few)), f"copies_of_{self.name}")

    def _keep(self, query: Callable[[], ir.Table], name: str) -> None:
        self.engine.store(query, name, step=name, condition=self.condition)

    def _semi_joined(self, chosen: str) -> Callable[[], ir.Table]:
        return lambda: self.rows.source().semi_join(table({"row_id": "int64"}, chosen), "row_id")

    def _fates(self, judged_rows: ir.Table) -> ir.Table:
        """Return *judged_rows* (or lines) with the reason of those that repeat another."""
        if not self.drops:
            return judged_rows
        return known_copies(judged_rows, table(COPIES, f"copies_of_{self.name}"))

    def _corrected(self) -> ir.Table:
        more = MASKS if self.drops and self.rows.have_orders else {}
        entries = table(ORDERS | more, f"sums_of_{self.name}")
        if not self.drops:
            return entries
        corrected = corrections(table(COPIES, f"copies_of_{self.name}"), DUPLICATE)
        return entries.union(corrected.select(*entries.columns))


def _way_on(ledger: Ledger) -> str:
    most = max(ledger.set_aside, key=lambda line: line.rows, default=None)
    if most is None:
        return "Give a source with rows."
    if most.reason == AFTER_AS_OF:
        return f"{most.rows:,} of {ledger.total.rows:,} rows lie after the as-of date: set a later one (--as-of)."
    share = f"{most.rows:,} of {ledger.total.rows:,} rows"
    return f"Most went for '{most.reason}' ({share}); the recipe's clean section sets the rules."
