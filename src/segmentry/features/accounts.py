"""One row per account: what its trades, its values and its deposits say, each missing where there is nothing to say.

An account that never traded has no recency, frequency or monetary value: they stay missing, and never become zero.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..clean import BEFORE_WINDOW, KEPT, Marked
from ..core.tables import Column, CustomerTable
from ..engine import Engine
from .months import months_before

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..sources import Accounts

COLUMNS = (
    Column(
        "recency_days",
        "days",
        "Whole calendar days from the last trade to the as-of date; missing without trades",
        "days since the last trade",
    ),
    Column("frequency", "trades", "Distinct trades; missing without trades", "trades"),
    Column(
        "monetary", "money", "Sum of the amounts of all trades, bought and sold; missing without trades", "turnover"
    ),
    Column("nav", "money", "Net asset value: the last one known on or before the as-of date", "NAV"),
    Column("account_age_days", "days", "Whole calendar days from the opening of the account to the as-of date"),
    Column("average_trade_value", "money", "Monetary ÷ frequency"),
    Column("months_traded", "months", "Calendar months with a trade"),
    Column(
        "nav_change",
        "share",
        "Net asset value ÷ that of twelve months earlier (or the first known since) − 1",
        "NAV change",
    ),
    Column("deposits", "money", "Sum of all deposits; zero where the source has deposits but the account made none"),
)


def collect_accounts(engine: Engine, marked: Marked, book: Accounts) -> CustomerTable:
    """Return every account that a kept trade or a file of accounts names, sorted by id, with the cohort its folder
    gives and the words of its files.

    What was opened, or first heard of, after the as-of date is no account yet. A number of a file that is called like a
    feature is ``NAME_``.
    """
    import ibis

    day = ibis.literal(marked.as_of)
    known = _known(marked, book)
    table = known.select("customer_id", **account_measures(known, book, as_of=day, until=day))
    found = engine.columns(table.order_by("customer_id"), step="accounts")
    return as_accounts(found.pop("customer_id").astype(object), found, book, marked.as_of)


def as_accounts(
    ids: NDArray[np.object_], found: Mapping[str, NDArray[Any]], book: Accounts, as_of: date
) -> CustomerTable:
    """Return the accounts *ids* with what was *found* of them, by the names of :func:`account_measures`."""
    known = [column for column in COLUMNS if column.name in found]
    others = [(name, _beside(title, found)) for name, title in book.numbers.items() if title != "nav"]
    values = {column.name: np.ascontiguousarray(found[column.name], dtype=np.float64) for column in known}
    values |= {title: np.ascontiguousarray(found[name], dtype=np.float64) for name, title in others}
    words = {title: found[name].astype(object) for name, title in book.words.items()}
    words["cohort"] = found["cohort"].astype(object)
    return CustomerTable(ids, values, (*known, *(Column(title) for _, title in others)), as_of, words)


def _beside(title: str, found: Collection[str]) -> str:
    """Return *title*, of a column of the accounts' files, with ``_`` behind it where a feature *found* is called so."""
    while title in found:
        title += "_"
    return title


def count_unlisted(engine: Engine, marked: Marked, book: Accounts) -> int:
    """Return how many accounts have kept trades but stand in no file of accounts; 0 where there is no such file."""
    if book.accounts is None:
        return 0
    traded = marked.kept.select("customer_id").distinct()
    unlisted = traded.anti_join(book.accounts, traded.customer_id == book.accounts.customer_id)
    return int(engine.rows(unlisted.agg(n=unlisted.count()), step="unlisted accounts")[0]["n"])


def count_unopened(engine: Engine, marked: Marked, book: Accounts) -> int:
    """Return how many accounts of the files were opened after the as-of date, and have no trade or cash movement before
    it.
    """
    import ibis

    if book.accounts is None:
        return 0
    later = first_known(book.accounts)
    later = later.filter(later.opened > ibis.literal(marked.as_of))
    named = _folders(book, marked.as_of)
    later = later.anti_join(named, later.customer_id == named.customer_id)
    return int(engine.rows(later.agg(n=later.count()), step="unopened accounts")[0]["n"])


def _known(marked: Marked, book: Accounts) -> ir.Table:
    """Return one row per account that there is on the as-of date, with all that the tables of the *book* say of it."""
    import ibis

    as_of = marked.as_of
    tables = [_traded(marked), _folders(book, as_of)]
    if book.accounts is not None:
        tables.append(first_known(book.accounts))
    ids = tables[0].select("customer_id")
    for table in tables[1:]:
        ids = ids.union(table.select("customer_id"), distinct=True)
    if book.has_deposits:
        tables.append(_deposits(book, as_of))
    if book.history is not None:
        tables.append(_valued(book.history, as_of))
    joined = ids
    for table in tables:
        joined = joined.left_join(table, "customer_id").drop("customer_id_right")
    if book.accounts is not None:
        is_open = joined.opened.isnull() | (joined.opened <= ibis.literal(as_of))
        joined = joined.filter(is_open | joined.is_named.notnull())
    return joined


def account_measures(joined: ir.Table, book: Accounts, *, as_of: ir.DateValue, until: ir.DateValue) -> dict[str, Any]:
    """Return the features and words of each account, and the folder it lies in as ``cohort``, from what is *joined*.

    They look back from *as_of*, and know nothing of what came after *until*.
    """
    import ibis

    columns: dict[str, Any] = {name: joined[name] for name in ("recency_days", "frequency", "monetary")}
    columns |= {
        "average_trade_value": joined.monetary / joined.frequency.nullif(0),
        "months_traded": joined.months_traded,
    }
    stated = [joined[name] for name, title in book.numbers.items() if title == "nav"]
    if book.history is not None:
        stated.insert(0, joined.nav_now)
        columns["nav_change"] = joined.nav_now / joined.nav_before.nullif(0.0) - 1
    if stated:
        columns["nav"] = ibis.coalesce(*stated)
    if book.accounts is not None:
        # An account may have traded before the date it is said to have been opened on.
        columns["account_age_days"] = ibis.ifelse(
            joined.opened <= until, as_of.delta(joined.opened, unit="day"), ibis.null("int64")
        )
        columns |= {name: joined[name] for name in (*book.numbers, *book.words)}
    if book.has_deposits:
        columns["deposits"] = joined.deposits.fill_null(0.0)
    numbers = {name: value.cast("float64") for name, value in columns.items() if name not in book.words}
    words = {name: value for name, value in columns.items() if name in book.words}
    places = [joined.folder] if book.accounts is None else [joined.account_folder, joined.folder]
    return {**numbers, **words, "cohort": ibis.coalesce(*places)}


def _traded(marked: Marked) -> ir.Table:
    """Return recency, frequency, monetary and months traded of every account with a kept trade.

    One that traded before the window only is no account that never traded: it has recency, and no trades in the window.
    """
    import ibis

    trades = marked.orders.filter(marked.orders.reason.isin([KEPT, BEFORE_WINDOW]))
    inside = trades.reason == KEPT
    sums = trades.group_by("customer_id").agg(
        last=trades.date.max(),
        frequency=trades.order_id.nunique(where=inside),
        turnover=ibis.ifelse(inside, trades.turnover, 0).sum(),
        months_traded=trades.date.truncate("M").nunique(where=inside),
    )
    return sums.select(
        "customer_id",
        recency_days=ibis.literal(marked.as_of).delta(sums["last"], unit="day"),
        frequency=sums.frequency,
        monetary=sums.turnover.cast("float64"),
        months_traded=sums.months_traded,
    )


def _folders(book: Accounts, as_of: date) -> ir.Table:
    """Return the accounts that trades or cash movements name, with the folder that holds these; of several, the first
    in the alphabet: active comes first.
    """
    import ibis

    rows = book.trades.table
    rows = rows.filter(rows.customer_id.notnull() & (rows.time.isnull() | (rows.time.date() <= as_of)))
    return rows.group_by("customer_id").agg(folder=rows.cohort.min(), is_named=ibis.literal(True))


def first_known(accounts: ir.Table) -> ir.Table:
    """Return one row per account: of several rows, the one opened first has a say first, and of these the lowest in
    value of its columns; what it does not know, as another file may, is from the next.
    """
    rows = accounts.filter(accounts.customer_id.notnull()).rename(account_folder="cohort")
    others = [name for name in rows.columns if name not in {"customer_id", "opened"}]
    order = [rows[name].asc(nulls_first=False) for name in ("opened", *others)]
    known = {name: rows[name].first(order_by=order) for name in ("opened", *others)}
    return rows.group_by("customer_id").agg(**known)


def _deposits(book: Accounts, as_of: date) -> ir.Table:
    """Return the sum of the deposits of each account that made one."""
    rows = book.trades.table
    rows = rows.filter(rows.is_deposit & rows.customer_id.notnull() & (rows.time.date() <= as_of))
    return rows.group_by("customer_id").agg(deposits=rows.amount.abs().sum().cast("float64"))


def _valued(history: ir.Table, as_of: date) -> ir.Table:
    """Return the last value on or before *as_of*, and the one known twelve months earlier or the first one since."""
    import ibis

    year_ago = months_before(as_of, 12)
    known = history.filter(
        history.customer_id.notnull() & history.amount.notnull() & (history.time.date() <= ibis.literal(as_of))
    )
    key = known.mutate(day=known.time.date())
    return key.group_by("customer_id").agg(**value_measures(key, earlier=key.day <= ibis.literal(year_ago)))


def value_measures(values: ir.Table, *, earlier: ir.BooleanValue) -> dict[str, ir.FloatingValue]:
    """Return the last of the *values* of an account, and the last of the *earlier* ones or else the first one since."""
    import ibis

    # Two values of one moment: the larger counts, whatever the order of rows.
    order = ibis.struct({"t": values.time, "v": values.amount})
    return {
        "nav_now": values.amount.argmax(order).cast("float64"),
        "nav_before": ibis.coalesce(
            values.amount.argmax(order, where=earlier), values.amount.argmin(order, where=~earlier)
        ).cast("float64"),
    }
