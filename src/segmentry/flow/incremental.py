"""A refresh for which only new files arrived: only customers with new events are computed anew, the others just age.

Comes in: the rows of all files, and the run before. Goes out: the same book as from all rows, or the reason why not.
What is cleaned and computed are the rows of the customers who have one in a new file, old ones included, for a new row
may repeat an old one. Nothing else can have changed for the others but what the days that passed say by themselves.
The ledger is the one before, less what it said of those customers, plus what is found of them now.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import clean, features, publish, sources
from ..clean.marking import table
from ..clean.rules import EXPLANATIONS, IMPOSSIBLE_DATE, ORDER
from ..core import display
from ..core.errors import NothingLeft
from ..core.progress import Progress, Silent
from ..core.recipe import Recipe
from ..core.tables import CustomerTable, Floats, are_among
from ..engine import Engine, replace_rows
from ..features.customers import described
from .drifting import ledger_of
from .predecessor import Predecessor, check_count
from .purchases import Purchased, chosen_features, settled_rows, transactions_book, views_of
from .steps import Book
from .telling import tell_ledger, tell_reading

if TYPE_CHECKING:
    import ibis.expr.types as ir

# Tables of the engine: customers with new events, those who were recent, orders of nobody, and the rows of all these.
CHANGED, RECENTLY, NAMELESS = "changed_customers", "recent_customers", "nameless_orders"
ROWS_NOW, ROWS_BEFORE = "rows_now", "rows_before"
NOW, BEFORE = "changed_now", "changed_before"
# Features that the mere passing of days changes.
DAYS = {"recency_days", "tenure_days"}
OWN_RHYTHM, RECENT, MEDIAN = "own_rhythm_recency", "recent_spend_share", "days_between_orders_median"
RETURNS = "return_rate"
# What else must be known of customers to say these as of a later day.
AGED_BY = {OWN_RHYTHM: ("recency_days", MEDIAN), RECENT: ("recency_days", "monetary")}
_CUSTOMER = {"customer_id": "string"}
_SUMS = ("rows", "orders", "customers", "money")


def incremental_book(before: Predecessor, recipe: Recipe, raw: sources.Raw, engine: Engine, progress: Progress) -> Book:
    """Return the book of *raw*, from the customers with new events alone where that is exact, else from all rows.

    Raises Refused where the customers are more than may be fetched.
    """
    reason = why_not(before, recipe, raw)
    if not reason:
        found = sources.transactions(raw, recipe.source, engine)
        deciding, names = chosen_features(recipe, found, Silent())
        reason = _why_not_these(before, names, found)
        if not reason:
            if not clean.nets(recipe.clean):  # otherwise new files may take customers away
                check_count(len(before.customers), recipe)
            try:
                return _Work(before, recipe, found, engine, raw.where, tuple(deciding), names).book(progress)
            except NothingLeft:
                reason = "no row of the new files counts"
    progress.step("", f"all rows are worked on: {reason}")
    return transactions_book(recipe, raw, engine, progress)


def why_not(before: Predecessor, recipe: Recipe, raw: sources.Raw) -> str:
    """Return why a book from new files alone would not be the same as from all of *raw*; empty where it is."""
    manifest = before.run.manifest
    then, now = manifest["recipe"], recipe.model_dump(mode="json")
    old = _by_name(manifest["source"]["files"], manifest["source"].get("digests"))
    new = _by_name(raw.files, raw.digests)
    is_read_alike = all({**now[part], "path": None} == {**then[part], "path": None} for part in ("source", "clean"))
    limits_move = any(line["reason"] == IMPOSSIBLE_DATE and line["rows"] for line in manifest["ledger"])
    reasons = {
        "files cannot be told apart by name": not old or not new,
        "an earlier file has changed or is gone": any(new.get(name) != digest for name, digest in old.items()),
        "there is no new file": len(new) == len(old),
        "rows without a customer are one customer": recipe.clean.missing_customer == "keep",
        "the recipe reads or cleans in another way": not is_read_alike,
        "a window or a fixed date moves what counts for everybody": any(
            one[setting] is not None for one in (then, now) for setting in ("window_days", "as_of")
        ),
        "rows dated after the last run may be possible by now": limits_move,
    }
    return next((why for why, holds in reasons.items() if holds), "")


def _by_name(files: tuple[str, ...], digests: tuple[str, ...] | None) -> dict[str, str]:
    """Return the digest of each file; nothing where names are not unique, or digests not known."""
    known = dict(zip(files, digests or (), strict=False))
    return known if len(known) == len(files) == len(digests or ()) else {}


def _why_not_these(before: Predecessor, names: list[str], found: sources.Transactions) -> str:
    there = before.customers.values
    needed = [*names, *(one for name in names for one in AGED_BY.get(name, ()))]
    absent = [name for name in needed if name not in there]
    if found.picked is None:
        return "its rows cannot be picked"
    if found.facts.reading != before.run.manifest["source"].get("reading"):
        return "the new files change how columns are read"
    if any(features.is_share(name) for name in names):
        return "shares of categories depend on everybody"
    return f"the run before has no {absent[0]}" if absent else ""


class _Work(NamedTuple):
    before: Predecessor
    recipe: Recipe
    found: sources.Transactions
    engine: Engine
    where: str
    deciding: tuple[str, ...]
    names: list[str]

    def book(self, progress: Progress) -> Book:
        """Return the book, from the rows of customers with new events. Raises NothingLeft where none of them counts."""
        changed, picked = self._choose()
        marked, picked = self._settled(picked, ROWS_NOW, NOW)
        earlier = replace(picked, as_table=lambda: _listed(picked.as_table(), ROWS_BEFORE))
        try:
            ledger_before = self._settled(earlier, ROWS_BEFORE, BEFORE)[0].ledger
        except NothingLeft as nothing:  # they are all new
            ledger_before = nothing.ledger
        tell_reading(self.where, self.found.facts, progress)
        ledger = _exchanged(ledger_of(self.before.run.manifest["ledger"]), ledger_before, marked.ledger)
        tell_ledger(ledger, progress)
        fresh = _only(features.collect(self.engine, marked, features.Shared(self.engine, marked), self.names), changed)
        untouched = self.before.customers.at(~are_among(self.before.ids, changed))
        recent = self._recent(marked, untouched) if RECENT in self.names else None
        customers = _together(_aged(untouched, self.names, marked.as_of, recent), fresh)
        progress.step("Customers", f"{display.count(len(customers))} as of {marked.as_of}")
        progress.step("", f"{display.count(len(fresh))} of them have rows in new files; the others only aged")

        done = Purchased(picked, marked, list(self.deciding), self.names, None)
        seen_in = views_of(self.recipe, self.where, self.engine, done)

        def views(names: list[str], asked: features.Views) -> features.Seen:
            """Return the customers of views that look from the as-of date up to the last day that the run before knew;
            what is recent of who did nothing since is the same in them.
            """
            seen = seen_in(names, asked)
            tables = [
                _together(_aged(untouched, names, view.as_of, recent), _only(at, changed))
                for view, (_, at) in zip(asked.all, seen.views, strict=True)
            ]
            ids = np.unique(np.concatenate([one.ids for one in tables]))
            return features.Seen(ids, [(np.searchsorted(ids, one.ids), one) for one in tables])

        return Book(
            self.where,
            customers,
            self.found.facts,
            ledger,
            self.deciding,
            lambda: customers,
            lambda path: self._write_rejected(marked, picked, earlier, path),
            self.engine,
            views=views,
        )

    def _choose(self) -> tuple[NDArray[np.object_], sources.Transactions]:
        """Keep which rows are worked on, now and as they were before; return the customers with new events and all
        these rows.
        """
        old = set(self.before.run.manifest["source"]["files"])
        new = [name for name in self.found.facts.files if name not in old]
        as_of = self.before.run.as_of
        condition = repr((new, as_of))

        def store(query: Callable[[], ir.Table], name: str) -> None:
            self.engine.store(query, name, step=name, condition=condition)

        def arrived() -> ir.Table:
            rows = self.found.as_table()
            return rows.filter(rows.source_file.isin(new))

        def moved() -> ir.Table:
            """Return the rows of new files, and the returns that were in the future and may not be any more."""
            import ibis

            rows = self.found.as_table()
            is_new = rows.source_file.isin(new)
            if RETURNS not in self.names or as_of is None:
                return rows.filter(is_new)
            later = rows.time.date() > ibis.literal(as_of)
            return rows.filter(is_new | later.fill_null(False))

        store(lambda: _customers_of(moved()), CHANGED)
        found = self.engine.columns(lambda: table(_CUSTOMER, CHANGED), step="changed customers", condition=condition)
        changed = found["customer_id"].astype(object)
        self.engine.hold({"customer_id": self._were_recent(changed)}, RECENTLY, step=RECENTLY)
        store(lambda: _nameless_orders_of(arrived()), NAMELESS)
        # Without netting, what becomes of a row depends on rows of its own day alone.
        since = None if as_of is None or clean.nets(self.recipe.clean) else _days_before(as_of, clean.RECENT_DAYS)
        store(lambda: _rows_of(self.found.as_table(), new, since), ROWS_NOW)
        assert self.found.picked is not None  # noqa: S101 -- for mypy: why_not has seen it
        picked = self.found.picked(ROWS_NOW)
        store(lambda: _rows_before(picked.as_table(), new), ROWS_BEFORE)
        return changed, picked

    def _were_recent(self, changed: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return the customers beside the *changed* ones whose purchases may have been recent and not be any more."""
        nobody = np.array([""], dtype=object)  # a table needs a row to have a type
        if RECENT not in self.names:
            return nobody
        # By days, not by the share: what was bought and taken back may sum to nothing.
        recent = self.before.ids[self.before.customers.values["recency_days"] <= clean.RECENT_DAYS]
        return np.concatenate([nobody, recent[~are_among(recent, changed)]])

    def _recent(self, marked: clean.Marked, untouched: CustomerTable) -> Floats:
        """Return the share of recent spending of each of *untouched*."""
        found = self.engine.columns(lambda: _recent_sums(marked), step="recent sums", condition=repr(marked.as_of))
        recent = dict(zip(found["customer_id"].tolist(), found["recent"].tolist(), strict=True))
        spent = np.array([recent.get(one, 0.0) for one in untouched.ids.tolist()])
        monetary = untouched.values["monetary"]
        share: Floats = np.divide(spent, monetary, out=np.full(len(monetary), np.nan), where=monetary != 0)
        return share

    def _settled(self, rows: sources.Transactions, chosen: str, name: str) -> tuple[clean.Marked, sources.Transactions]:
        """Return *rows*, which the table *chosen* lists, marked under *name*. Raises NothingLeft."""
        count = self.engine.rows(lambda: _counted(chosen), step=f"count of {chosen}")[0]["n"]
        rows = replace(rows, facts=replace(self.found.facts, rows=int(count)))
        not_before = self.before.run.as_of
        return settled_rows(self.recipe, rows, self.engine, self.where, not_before=not_before, name=name), rows

    def _write_rejected(
        self, marked: clean.Marked, picked: sources.Transactions, earlier: sources.Transactions, path: Path
    ) -> None:
        """Write the rows set aside: those of the run before, with what is said now of the rows that were worked on."""
        before = self.before.run.path / "rejected.parquet"
        then = path.with_name("rejected_before.parquet")
        publish.write_rejected(self.engine, marked, picked, path)
        publish.write_rejected(self.engine, clean.Marked(BEFORE, marked.ledger, marked.as_of), earlier, then)
        replace_rows(before, then, path)


def _customers_of(arrived: ir.Table) -> ir.Table:
    return arrived.filter(arrived.customer_id.notnull()).select("customer_id").distinct()


def _nameless_orders_of(arrived: ir.Table) -> ir.Table:
    return arrived.filter(arrived.customer_id.isnull() & arrived.order_id.notnull()).select("order_id").distinct()


def _rows_of(rows: ir.Table, new: Sequence[str], since: date | None) -> ir.Table:
    """Return which of *rows* belong to customers with new events, to those who were recent, from the date *since* on,
    and to nobody but an order with new rows.
    """
    import ibis

    named = rows.semi_join(table(_CUSTOMER, CHANGED), "customer_id")
    dated = rows if since is None else rows.filter(rows.time.date() >= ibis.literal(since))
    recent = dated.semi_join(table(_CUSTOMER, RECENTLY), "customer_id")
    nobody = rows.filter(rows.customer_id.isnull())
    again = nobody.semi_join(table({"order_id": "string"}, NAMELESS), "order_id")
    alone = nobody.filter(nobody.order_id.isnull() & nobody.source_file.isin(new))
    first, *others = (part.select("row_id") for part in (named, recent, again, alone))
    return first.union(*others)


def _rows_before(rows: ir.Table, new: Sequence[str]) -> ir.Table:
    return rows.filter(~rows.source_file.isin(new)).select("row_id")


def _listed(rows: ir.Table, chosen: str) -> ir.Table:
    return rows.semi_join(table({"row_id": "int64"}, chosen), "row_id")


def _recent_sums(marked: clean.Marked) -> ir.Table:
    customers = marked.customers
    kept = customers.filter(customers.reason == clean.KEPT).semi_join(table(_CUSTOMER, RECENTLY), "customer_id")
    return kept.select("customer_id", recent=kept.recent.cast("float64"))


def _days_before(day: date, days: int) -> date:
    return day - timedelta(days=min(days, (day - date.min).days))


def _counted(chosen: str) -> ir.Table:
    rows = table({"row_id": "int64"}, chosen)
    return rows.agg(n=rows.count())


def _exchanged(whole: clean.Ledger, old: clean.Ledger, new: clean.Ledger) -> clean.Ledger:
    """Return the ledger *whole* with what it says of some rows, *old*, exchanged for what is said now, *new*."""

    def line(reason: str, of: Callable[[clean.Ledger], clean.LedgerLine | None]) -> clean.LedgerLine:
        first, out, into = (of(one) or clean.LedgerLine(reason, 0, 0, 0, Decimal(0)) for one in (whole, old, new))
        sums = {name: getattr(first, name) - getattr(out, name) + getattr(into, name) for name in _SUMS}
        return replace(into, reason=reason, **sums, explanation=EXPLANATIONS.get(reason, ""))

    def aside(reason: str) -> clean.LedgerLine:
        return line(reason, lambda one: next((own for own in one.set_aside if own.reason == reason), None))

    lines = (aside(reason) for reason in ORDER)
    kept, total = line("kept", lambda one: one.kept), line("all", lambda one: one.total)
    return clean.Ledger(tuple(one for one in lines if one.rows), kept, total)


def _aged(customers: CustomerTable, names: Sequence[str], as_of: date, recent: Floats | None) -> CustomerTable:
    """Return *customers*, who did nothing since their date, with the features *names* as of *as_of*, *recent* being the
    share of recent spending.
    """
    assert customers.as_of is not None  # noqa: S101 -- for mypy: transactions have dates
    days = (as_of - customers.as_of).days
    values = {name: customers.values[name] for name in names}
    for name in DAYS & {*names}:
        values[name] = values[name] + days
    if OWN_RHYTHM in values:
        recency, median = customers.values["recency_days"] + days, customers.values[MEDIAN]
        known = ~np.isnan(values[OWN_RHYTHM])
        values[OWN_RHYTHM] = np.divide(recency, median, out=np.full(len(median), np.nan), where=known)
    if RECENT in values and recent is not None:
        values[RECENT] = recent
    return CustomerTable(customers.ids, values, described(names, None), as_of)


def _only(customers: CustomerTable, ids: NDArray[np.object_]) -> CustomerTable:
    return customers.at(are_among(customers.ids, ids))


def _together(some: CustomerTable, others: CustomerTable) -> CustomerTable:
    """Return the customers of both tables, which share none, by id."""
    ids = np.concatenate([some.ids, others.ids])
    order = np.argsort(ids, kind="stable")
    values = {name: np.concatenate([some.values[name], others.values[name]])[order] for name in others.values}
    return replace(others, ids=ids[order], values=values)
