"""A generated brokerage: trades, cash movements, accounts and their net asset values, of known true groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.seeds import generator

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

END = np.datetime64("2025-06-30")  # the last day of the book
DAYS = 1_095
# Weight of each month, January first: markets are busy when reports come out, and quiet in summer.
SEASON = np.array([1.3, 1.1, 1.2, 1.0, 1.1, 0.8, 0.7, 0.7, 0.9, 1.1, 1.2, 0.9])
SYMBOLS = np.array([f"{a}{b}{c}" for a in "ABHKMPSTV" for b in "AEIOU" for c in "BCDGLNRT"], dtype=object)
# The company's own tiers: the first whose net asset value or turnover is reached.
TIERS = (("Diamond", 1e9, 2e10), ("Gold", 2e8, 4e9), ("Silver", 3e7, 4e8))
LOWEST_TIER = "Standard"
RULED = 2  # quarters ago the tiers were set
QUARTERS = 5  # net asset values are known at the end of so many quarters


@dataclass(frozen=True)
class Behaviour:
    """Accounts that behave alike: their share, typical (median) number of trades, money of a trade and net asset value,
    and between how many days before the end they were opened and traded last.
    """

    name: str
    cohort: str
    share: float
    trades: float
    trade: float
    nav: float
    opened: tuple[int, int]
    last: tuple[int, int] = (0, 0)


BEHAVIOURS = (
    Behaviour("day traders", "active", 0.06, 130, 2e7, 1.5e8, (700, 1090), (0, 6)),
    Behaviour("wealthy investors", "active", 0.07, 60, 1e8, 5e9, (600, 1090), (4, 40)),
    Behaviour("regular investors", "active", 0.17, 26, 1e7, 1.6e8, (500, 1090), (4, 40)),
    Behaviour("small savers", "active", 0.12, 3, 2e6, 9e6, (60, 1000), (5, 45)),
    Behaviour("fading traders", "active", 0.08, 24, 1e7, 1.4e7, (800, 1090), (200, 355)),
    Behaviour("dormant wealth", "inactive", 0.05, 40, 8e7, 2e9, (900, 1094), (390, 560)),
    Behaviour("dormant savers", "inactive", 0.12, 4, 3e6, 2e7, (850, 1094), (390, 560)),
    Behaviour("emptied", "inactive", 0.08, 30, 1e7, 2e4, (950, 1094), (600, 800)),
    Behaviour("funded, waiting", "nonactive", 0.06, 0, 0, 3e8, (20, 200)),
    Behaviour("opened lately", "nonactive", 0.09, 0, 0, 2e5, (20, 200)),
    Behaviour("never started", "nonactive", 0.10, 0, 0, 2e5, (800, 1094)),
)
SPREAD_TRADES, SPREAD_MONEY = 0.25, 0.35  # standard deviations of the logarithm within a group


def generate_securities(path: Path, *, customers: int = 100_000, seed: int = 7) -> dict[str, str]:
    """Write ``trades.csv``, ``accounts.csv`` and ``nav.csv`` into the new folder *path*; return each account's group.

    Heavy-tailed money, busy and quiet months, no trades at weekends, deposits, withdrawals and dividends beside the
    trades, dormant accounts and accounts that never traded, and the company's tiers, set by rule two quarters ago.
    """
    path.mkdir(parents=True, exist_ok=True)
    random = generator(seed, "securities accounts")
    edges = np.round(np.cumsum([group.share for group in BEHAVIOURS]) * customers).astype(np.int64)
    group = random.permutation(np.searchsorted(edges, np.arange(customers), side="right").clip(max=len(BEHAVIOURS) - 1))
    book = _accounts(group, random)
    trades = _trades(book, generator(seed, "securities trades"))
    cash = _cash(book, generator(seed, "securities cash"))
    navs = _navs(book, generator(seed, "securities values"))
    turnover = np.bincount(trades["account"], weights=np.abs(trades["amount"]), minlength=customers).astype(np.float64)
    _write(path, book, _in_order([trades, cash]), navs, _tiers(navs[:, RULED], turnover))
    names = np.array([one.name for one in BEHAVIOURS], dtype=object)
    return dict(zip(_ids(np.arange(customers)).tolist(), names[group].tolist(), strict=True))


@dataclass(frozen=True)
class _Book:
    """One entry an account: its group, net asset value at the end, and the days before the end of its milestones."""

    group: Ints
    nav: Floats
    opened: Ints
    last: Ints
    trades: Ints
    trade: Floats


def _accounts(group: Ints, random: np.random.Generator) -> _Book:
    def typical(name: str) -> Floats:
        return np.array([getattr(one, name) for one in BEHAVIOURS], dtype=np.float64)[group]

    def between(name: str) -> Ints:
        low, high = np.array([getattr(one, name) for one in BEHAVIOURS]).T
        return np.asarray(random.integers(low[group], high[group] + 1), dtype=np.int64)

    n = len(group)
    nav = typical("nav") * np.exp(random.normal(0, SPREAD_MONEY, n))
    trade = typical("trade") * np.exp(random.normal(0, SPREAD_MONEY, n))
    trades = np.round(typical("trades") * np.exp(random.normal(0, SPREAD_TRADES, n))).astype(np.int64)
    trades = np.where(typical("trades") > 0, np.maximum(trades, 1), 0)
    opened, last = between("opened"), between("last")
    return _Book(group, np.round(nav, 2), np.maximum(opened, last + 1), last, trades, trade)


def _trades(book: _Book, random: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Return one entry a trade; each account's first entry is its last trade, the others lie before it."""
    account = np.repeat(np.arange(len(book.group)), book.trades)
    is_last = np.concatenate([[True], account[1:] != account[:-1]]) if len(account) else np.zeros(0, dtype=bool)
    day = _busy_days(book, account, random)
    day = np.where(is_last, book.last[account], day)
    money = book.trade[account] * np.exp(random.normal(0, 0.6, len(account)))
    price = np.round(np.exp(random.normal(10, 0.7, len(account))), -1) + 10
    quantity = np.maximum(np.round(money / price), 1)
    kind = np.where(random.random(len(account)) < 0.55, "BUY", "SELL").astype(object)
    symbol = SYMBOLS[(len(SYMBOLS) * random.random(len(account)) ** 2).astype(np.int64)]
    return {
        "account": account, "date": _weekday(END - day), "type": kind, "symbol": symbol,
        "quantity": quantity, "price": price, "amount": np.round(quantity * price, 2),
    }  # fmt: skip


def _busy_days(book: _Book, account: Ints, random: np.random.Generator) -> Ints:
    """Return a day before the end for each trade, between opening and last trade, more often in busy months."""
    first, last = book.opened[account], book.last[account]
    chosen = np.full(len(account), -1)
    for _ in range(20):  # rejection: a day is kept with the weight of its month
        open_ones = np.flatnonzero(chosen < 0)
        day = random.integers(last[open_ones], first[open_ones] + 1)
        month = (END - day).astype("datetime64[M]").astype(np.int64) % 12
        kept = random.random(len(open_ones)) < SEASON[month] / SEASON.max()
        chosen[open_ones[kept]] = day[kept]
    return np.where(chosen < 0, last, chosen)


def _cash(book: _Book, random: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Return deposits of every account, and withdrawals and dividends of some."""
    n = len(book.group)
    account = np.concatenate([np.arange(n), np.arange(n)[random.random(n) < 0.3], np.arange(n)[random.random(n) < 0.2]])
    kind = np.array(["DEPOSIT"] * n + ["x"] * (len(account) - n), dtype=object)
    kind[n:] = np.where(random.random(len(account) - n) < 0.5, "DIVIDEND", "WITHDRAWAL")
    money = book.nav[account] * np.where(kind == "DEPOSIT", 1.0, 0.02) * np.exp(random.normal(0, 0.2, len(account)))
    day = (book.opened[account] * np.where(kind == "DEPOSIT", 0.98, random.random(len(account)))).astype(np.int64)
    empty = np.full(len(account), np.nan)
    sign = np.where(kind == "WITHDRAWAL", -1, 1)
    return {
        "account": account, "date": _weekday(END - day), "type": kind, "symbol": np.full(len(account), None),
        "quantity": empty, "price": empty, "amount": np.round(sign * money, 2),
    }  # fmt: skip


def _navs(book: _Book, random: np.random.Generator) -> Floats:
    """Return the net asset value of every account at each quarter's end, the latest first, shape (n, quarters)."""
    steps = np.exp(random.normal(-0.01, 0.06, (len(book.nav), QUARTERS - 1)))
    return np.asarray(np.round(np.column_stack([book.nav, book.nav[:, None] * np.cumprod(steps, axis=1)]), 2))


def _tiers(nav: Floats, turnover: Floats) -> NDArray[np.object_]:
    tiers = np.full(len(nav), LOWEST_TIER, dtype=object)
    for name, least_nav, least_turnover in reversed(TIERS):
        tiers[(nav >= least_nav) | (turnover >= least_turnover)] = name
    return tiers


def _weekday(dates: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Return *dates* with Saturdays and Sundays moved to the Friday before."""
    weekday = (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7  # 0 is Monday
    return dates - np.maximum(weekday - 4, 0)


def _in_order(parts: list[dict[str, NDArray[Any]]]) -> dict[str, NDArray[Any]]:
    joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((joined["account"], joined["date"]))
    return {name: values[order] for name, values in joined.items()}


def _ids(number: Ints) -> NDArray[np.object_]:
    return np.char.add("A", np.char.zfill((number + 100_001).astype(str), 7)).astype(object)


def _write(folder: Path, book: _Book, rows: Mapping[str, NDArray[Any]], navs: Floats, tiers: NDArray[Any]) -> None:
    from ..engine import write_csv

    ids = _ids(np.arange(len(book.group)))
    trades = {
        "trade_id": np.arange(1, len(rows["account"]) + 1), "account": ids[rows["account"]],
        **{name: values for name, values in rows.items() if name != "account"},
    }  # fmt: skip
    write_csv(trades, folder / "trades.csv")
    accounts = {"account": ids, "opened": END - book.opened, "tier": tiers}
    write_csv(accounts, folder / "accounts.csv")
    ends = [np.datetime64(day) for day in ("2025-06-30", "2025-03-31", "2024-12-31", "2024-09-30", "2024-06-28")]
    history = {
        "account": np.tile(ids, QUARTERS), "date": np.repeat(np.array(ends), len(ids)), "nav": navs.T.ravel(),
    }  # fmt: skip
    is_open = history["date"] >= np.tile(END - book.opened, QUARTERS)
    write_csv({name: values[is_open] for name, values in history.items()}, folder / "nav.csv")
