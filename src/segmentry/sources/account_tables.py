"""From the raw tables of a book of accounts to its trades, its accounts and the history of their values, lazily."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING, Any

from ..core import display
from ..core.errors import SourceError
from ..core.recipe import Source
from ..core.tables import TRANSACTIONS
from ..engine import Engine
from . import contents
from .account_files import Part
from .canonical import filled, transactions
from .customer_table import customers
from .dates import DateFormat, find_dates, read_dates
from .facts import Assumption, Facts, Raw, Transactions, short
from .rows import raw_rows

if TYPE_CHECKING:
    import ibis.expr.types as ir

TRADES = re.compile(
    r"b|s|buy|sell|bought|sold|bot|sld|purchase|sale|trade|kauf|verkauf|achat|vente|compra|venta", re.IGNORECASE
)
DEPOSITS = re.compile(
    r"deposit|dep|cash ?in|payment ?in|pay ?in|einzahlung|funding|transfer ?in|wire ?in", re.IGNORECASE
)
MOST_TYPES = 200  # different values: beyond, the column is no type


@dataclass(frozen=True)
class Accounts:
    """A book of accounts.

    Attributes
    ----------
    trades
        The trades and the cash movements beside them as canonical transactions, with ``is_trade``, ``is_deposit``
        (boolean) and ``cohort`` (text, null where no folder says it).
    accounts
        One row per row of the accounts' files: ``customer_id``, ``opened`` (date), ``cohort``, a column for each number
        and word; None where there is no such file.
    history
        ``customer_id, time, amount``: values of accounts over time; None without a history.
    numbers, words
        Column of *accounts* to its original name. The net asset value is the number called ``nav``.
    has_deposits
        Whether the trades' files tell deposits from other rows.
    facts
        Everything stated about the input.
    """

    trades: Transactions
    accounts: ir.Table | None
    history: ir.Table | None
    numbers: dict[str, str]
    words: dict[str, str]
    has_deposits: bool
    facts: Facts


@dataclass(frozen=True)
class _Types:
    """Which types, in lower case, are trades (none given: every row is one) and which are deposits."""

    trades: frozenset[str] | None = None
    deposits: frozenset[str] = frozenset()


def accounts(parts: Sequence[Part], source: Source, engine: Engine) -> Accounts:
    """Return the tables of the book that *parts* hold. Raises SourceError."""
    source = source.model_copy(update={"kind": "transactions"})
    trades, has_deposits, notes = _trades([part for part in parts if part.holds == "trades"], source, engine)
    held = [part for part in parts if part.holds == "accounts"]
    table, numbers, words, more = _accounts(held, source, engine)
    valued = [_values(part, source, engine) for part in parts if part.holds == "nav"]
    facts = _facts(parts, trades.facts, [*notes, *more, *(note for _, unread in valued for note in unread)])
    history = [table for table, _ in valued]
    return Accounts(replace(trades, facts=facts), table, _all(history), numbers, words, has_deposits, facts)


def _all(tables: Sequence[ir.Table]) -> ir.Table | None:
    return reduce(lambda one, other: one.union(other), tables) if tables else None


def _trades(parts: Sequence[Part], source: Source, engine: Engine) -> tuple[Transactions, bool, list[Assumption]]:
    """Return the trades of all *parts* one under the other, whether some are deposits, and what is assumed."""
    found = [transactions(part.raw, source, engine) for part in parts]
    types, assumed = _types(parts, source)
    names = list(dict.fromkeys(name for one in found for name in one.originals.values()))
    tables, offset = [], 0
    for part, one in zip(parts, found, strict=True):
        tables.append(_aligned(part, one, names, types, offset))
        offset += part.raw.rows
    whole = _all(tables)
    assert whole is not None  # noqa: S101 -- there is a part, or reading would have failed
    notes = [note for one in found for note in one.facts.assumptions]
    originals = {f"c{place}": name for place, name in enumerate(names)}
    return Transactions(lambda: whole, originals, found[0].facts), bool(types.deposits), [*notes, *assumed]


def _aligned(part: Part, found: Transactions, names: list[str], types: _Types, offset: int) -> ir.Table:
    """Return the trades of one part with the columns of all, numbered on from *offset*."""
    import ibis

    table = found.table
    place_of = {name: column for column, name in found.originals.items()}
    columns: dict[str, Any] = {column.name: table[column.name] for column in TRANSACTIONS}
    columns["row_id"] = table.row_id + offset
    for place, name in enumerate(names):
        columns[f"c{place}"] = table[place_of[name]] if name in place_of else ibis.null("string")
    if types.trades is None or "type" not in part.places:
        columns |= {"is_trade": ibis.literal(True), "is_deposit": ibis.literal(False)}
    else:
        kind = filled(table[f"c{part.places['type']}"]).lower().fill_null("")
        columns |= {"is_trade": kind.isin(sorted(types.trades)), "is_deposit": kind.isin(sorted(types.deposits))}
    return table.select(**columns, cohort=ibis.literal(part.cohort, "string"))


def _types(parts: Sequence[Part], source: Source) -> tuple[_Types, list[Assumption]]:
    """Return which types of rows are trades and deposits in the tables *parts*, and say what is neither."""
    counts: Counter[str] = Counter()
    for part in parts:
        if "type" in part.places:
            column = f"c{part.places['type']}"
            counted = part.raw.query(
                f"SELECT lower(trim({column})) AS kind, count(*) AS n FROM {{raw}} WHERE {column} IS NOT NULL"
                f" GROUP BY 1 ORDER BY n DESC, kind LIMIT {MOST_TYPES}"
            )
            counts.update({str(kind): int(str(rows)) for kind, rows in counted})
    trades = _given(source.book.trade_types) or {kind for kind in counts if TRADES.fullmatch(kind)}
    deposits = _given(source.book.deposit_types) or {kind for kind in counts if DEPOSITS.fullmatch(kind)}
    if source.book.trade_types and not trades & counts.keys():
        raise SourceError(
            f"No row of the trades is of the types in source.book.trade_types ({', '.join(source.book.trade_types)}).",
            possible=f"Types: {', '.join(kind for kind, _ in sorted(counts.items(), key=_most)[:12]) or 'none'}.",
            action="Correct the types, or name the column that holds them: source.book.type.",
        )
    if not trades & counts.keys():
        if not deposits & counts.keys():
            return _Types(), []  # the column says something else
        trades = counts.keys() - deposits  # only deposits have a known word: they are no trades all the same
    types = _Types(frozenset(trades), frozenset(deposits))
    others = [f"{kind} ({rows:,})" for kind, rows in sorted(counts.items(), key=_most) if kind not in trades]
    if not others or source.book.trade_types:
        return types, []
    name = short(next(part.raw.columns[part.places["type"]] for part in parts if "type" in part.places))
    text = f"rows whose {name!r} is {', '.join(others[:6])} are cash movements, not trades"
    return types, [Assumption(text, "source.book.trade_types: [TYPE, …]")]


def _most(count: tuple[str, int]) -> tuple[int, str]:
    return -count[1], count[0]


def _given(types: list[str] | None) -> set[str]:
    return {kind.strip().lower() for kind in types or ()}


def _accounts(
    parts: Sequence[Part], source: Source, engine: Engine
) -> tuple[ir.Table | None, dict[str, str], dict[str, str], list[Assumption]]:
    """Return the accounts of all *parts* one under the other; numbers as ``v0 …``, words as ``t0 …``."""
    import ibis

    read = []
    for part in parts:
        named = source.columns.model_copy(update={"customer": _title(part, "account")})
        found = customers(part.raw, source.model_copy(update={"columns": named}), engine)
        titles = {column: "nav" if name == _title(part, "nav") else name for column, name in found.numbers.items()}
        opened = _title(part, "opened")
        words = {column: name for column, name in found.texts.items() if name != opened}
        table = found.table
        if opened is not None:
            dates = _opened(part, source)
            table = table.join(dates, table.row_id == dates.opened_row).drop("opened_row")
        else:
            table = table.mutate(opened=ibis.null("date"))
        titles = {column: name for column, name in titles.items() if name != opened}
        read.append((part, table, titles, words, found.facts.assumptions))
    numbers = list(dict.fromkeys(name for _, _, titles, _, _ in read for name in titles.values()))
    texts = list(dict.fromkeys(name for *_, words, _ in read for name in words.values()))
    tables = []
    for part, table, titles, words, _ in read:
        columns = {name: column for column, name in titles.items()} | {name: column for column, name in words.items()}
        chosen: dict[str, Any] = {"customer_id": table.customer_id, "opened": table.opened}
        for place, name in enumerate(numbers):
            chosen[f"v{place}"] = table[columns[name]] if name in columns else ibis.null("float64")
        for place, name in enumerate(texts):
            chosen[f"t{place}"] = table[columns[name]] if name in columns else ibis.null("string")
        tables.append(table.select(**chosen, cohort=ibis.literal(part.cohort, "string")))
    notes = [note for *_, assumed in read for note in assumed]
    return (
        _all(tables),
        {f"v{place}": name for place, name in enumerate(numbers)},
        {f"t{place}": name for place, name in enumerate(texts)},
        notes,
    )


def _title(part: Part, role: str) -> str | None:
    return part.raw.columns[part.places[role]] if role in part.places else None


def _opened(part: Part, source: Source) -> ir.Table:
    """Return the date on which each account was opened, by row."""
    place = part.places["opened"]
    values = contents.sample(part.raw)[place]
    how = find_dates(part.raw, place, values, source.format.dates, role_given=False)
    rows = raw_rows(part.raw)
    return rows.select(opened_row=rows.row_id, opened=_dates(rows, place, how, source).date())


def _dates(rows: ir.Table, place: int, how: DateFormat, source: Source) -> ir.TimestampValue:
    column = rows[f"{'n' if how.kind == 'typed' else 'c'}{place}"]
    return read_dates(column, how, source.timezone)


def _values(part: Part, source: Source, engine: Engine) -> tuple[ir.Table, list[Assumption]]:
    """Return the values over time, read as transactions whose money is the value, and how many rows say none."""
    columns = source.columns.model_copy(
        update={
            "amount": part.raw.columns[part.places["nav"]], "time": None, "order": None, "quantity": None,
            "unit_price": None, "product": None, "country": None,
        }
    )  # fmt: skip
    found = transactions(part.raw, source.model_copy(update={"columns": columns}), engine).table
    unread = found.customer_id.isnull() | found.time.isnull() | found.amount.isnull()
    lost = int(engine.rows(found.agg(n=unread.sum()), step="unread values")[0]["n"] or 0)
    text = f"{display.counted(lost, 'rows')} of {part.raw.where!r} have no account, date or value that can be read"
    notes = [Assumption(f"{text} and count as no value", "correct them in the file")] * bool(lost)
    return found.select("customer_id", "time", "amount"), notes


def _facts(parts: Sequence[Part], trades: Facts, notes: Sequence[Assumption]) -> Facts:
    raws: list[Raw] = [part.raw for part in parts]
    digest = hashlib.sha256("".join(sorted(raw.fingerprint for raw in raws)).encode()).hexdigest()
    roles = dict(trades.roles)
    for part in parts:
        for role in ("nav", "opened", "type"):
            if role in part.places:
                roles.setdefault(role, part.raw.columns[part.places[role]])
    return replace(
        trades,
        files=tuple(dict.fromkeys(name for raw in raws for name in raw.files)),
        rows=sum(raw.rows for raw in raws),
        roles=roles,
        role_reasons=dict.fromkeys(roles, "name and content") | trades.role_reasons,
        assumptions=tuple(dict.fromkeys([*(note for raw in raws for note in raw.assumptions), *notes])),
        fingerprint=digest,
    )
