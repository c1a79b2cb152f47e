"""A generated book of credit-card holders: the eighteen columns of the public "CC GENERAL" table, six kinds of holders.

Purchases and cash advances are drawn month by month, so that the columns agree with one another as in real tables:
money adds up, and a frequency is the share of the months of tenure in which something happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.seeds import generator
from .groups import Ints, shared_out

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

YEAR = 12
SHORT_TENURES = (6, 7, 8, 9, 10, 11)
SHORT_SHARE = 0.15  # of holders with a tenure below twelve months
NO_MINIMUM = 313 / 8950  # share without MINIMUM_PAYMENTS in the public table
OVERCOUNTED = 8 / 8950  # share of holders there with cash advances in more months than their tenure has
MOST_OVERCOUNTED = 1.5
HIGHEST_LIMIT = 30_000


@dataclass(frozen=True)
class Group:
    """Holders who behave alike.

    Attributes
    ----------
    name, share
        What they are, and how many.
    oneoff, instalments, cash
        Probability, in a month, of a purchase at once, of one in instalments, and of a cash advance.
    ticket, advance
        Median size of a purchase and of a cash advance.
    balance, used
        Median balance, and probability that it is not zero in a month.
    limit
        Median credit limit.
    full
        Probability of paying the whole balance in a month.
    """

    name: str
    share: float
    oneoff: float
    instalments: float
    cash: float
    ticket: float
    advance: float
    balance: float
    used: float
    limit: float
    full: float


GROUPS = (
    Group("high spending, high balance", 0.16, 0.34, 0.55, 0.34, 70, 230, 2700, 0.98, 5000, 0.06),
    Group("big spenders", 0.15, 0.68, 0.66, 0.01, 66, 150, 750, 0.985, 6200, 0.32),
    Group("instalment buyers", 0.16, 0.02, 0.85, 0.01, 38, 150, 160, 0.965, 2300, 0.33),
    Group("one-off buyers", 0.13, 0.38, 0.06, 0.02, 85, 150, 850, 0.97, 2900, 0.02),
    Group("cash-advance users", 0.26, 0.015, 0.005, 0.30, 40, 260, 1500, 0.95, 3300, 0.03),
    Group("low spending, low balance", 0.14, 0.06, 0.18, 0.015, 55, 150, 18, 0.40, 2900, 0.27),
)


def generate_credit_card(path: Path, *, customers: int = 8950, seed: int = 7) -> dict[str, str]:
    """Write one line a holder to the CSV file *path* and return each holder's true group.

    The file has the public table's quirks: missing MINIMUM_PAYMENTS (3.5 %) and one missing CREDIT_LIMIT, and a few
    CASH_ADVANCE_FREQUENCY above 1, up to 1.5.
    """
    random = generator(seed, "credit-card holders")
    groups = shared_out([group.share for group in GROUPS], customers, random)
    is_short = random.random(customers) < SHORT_SHARE
    tenure = np.where(is_short, random.choice(SHORT_TENURES, customers), YEAR)
    columns = _purchases(groups, tenure, generator(seed, "credit-card purchases"))
    columns |= _cash_advances(groups, tenure, generator(seed, "credit-card cash advances"))
    columns |= _balances(groups, tenure, columns, generator(seed, "credit-card balances"))
    columns["TENURE"] = tenure.astype(np.float64)
    columns = _with_gaps(columns, generator(seed, "credit-card gaps"))
    ids = [f"C{number}" for number in range(10_001, 10_001 + customers)]
    _write(ids, columns, path)
    return {who: GROUPS[group].name for who, group in zip(ids, groups.tolist(), strict=True)}


def _of_group(name: str, groups: Ints) -> Floats:
    values: Floats = np.array([getattr(group, name) for group in GROUPS])[groups]
    return values


def _months(probability: Floats, tenure: Ints, random: np.random.Generator) -> Flags:
    """Return in which of the months of *tenure* something happened, shape (n, 12); habits differ within a group."""
    weight = 8.0  # of the group's own habit: the lower, the more its members differ
    own = random.beta(weight * probability, weight * (1 - probability))
    happened: Flags = random.random((len(own), YEAR)) < own[:, None]
    return happened & (np.arange(YEAR) < tenure[:, None])


def _purchases(groups: Ints, tenure: Ints, random: np.random.Generator) -> dict[str, Floats]:
    oneoff, instalments = (_months(_of_group(name, groups), tenure, random) for name in ("oneoff", "instalments"))
    scale = _of_group("ticket", groups) * random.lognormal(0.0, 0.65, len(groups))
    money, count = {}, np.zeros(len(groups), dtype=np.int64)
    for name, months in (("oneoff", oneoff), ("instalments", instalments)):
        active = months.sum(axis=1)
        transactions = active + random.poisson(0.9 * active)
        money[name] = np.round(transactions * scale * random.lognormal(0.0, 0.35, len(groups)), 2)
        count += transactions
    return {
        "PURCHASES": money["oneoff"] + money["instalments"],
        "ONEOFF_PURCHASES": money["oneoff"],
        "INSTALLMENTS_PURCHASES": money["instalments"],
        "PURCHASES_FREQUENCY": (oneoff | instalments).sum(axis=1) / tenure,
        "ONEOFF_PURCHASES_FREQUENCY": oneoff.sum(axis=1) / tenure,
        "PURCHASES_INSTALLMENTS_FREQUENCY": instalments.sum(axis=1) / tenure,
        "PURCHASES_TRX": count.astype(np.float64),
    }


def _cash_advances(groups: Ints, tenure: Ints, random: np.random.Generator) -> dict[str, Floats]:
    months = _months(_of_group("cash", groups), tenure, random).sum(axis=1)
    # In the public table some accounts younger than a year have advances in more months than they are old.
    wanted = max(1, round(OVERCOUNTED * len(groups)))
    able = np.flatnonzero((months > 0) & (tenure < YEAR))
    overcounted = random.permutation(able)[:wanted]
    highest = np.floor(MOST_OVERCOUNTED * tenure[overcounted]).astype(np.int64)
    months[overcounted] = random.integers(tenure[overcounted] + 1, highest + 1)
    transactions = months + random.poisson(1.4 * months)
    size = _of_group("advance", groups) * random.lognormal(0.0, 0.6, len(groups))
    return {
        "CASH_ADVANCE": np.round(transactions * size, 2),
        "CASH_ADVANCE_FREQUENCY": months / tenure,
        "CASH_ADVANCE_TRX": transactions.astype(np.float64),
    }


def _balances(groups: Ints, tenure: Ints, bought: dict[str, Floats], random: np.random.Generator) -> dict[str, Floats]:
    size = len(groups)
    wanted = _of_group("limit", groups) * random.lognormal(0.0, 0.6, size)
    limit = np.clip(50 * np.round(wanted / 50), 50, HIGHEST_LIMIT)
    balance = np.minimum(_of_group("balance", groups) * random.lognormal(0.0, 0.9, size), 1.1 * limit)
    used = _months(_of_group("used", groups), tenure, random).sum(axis=1)
    paid_in_full = _months(_of_group("full", groups), tenure, random).sum(axis=1)
    spent = bought["PURCHASES"] + bought["CASH_ADVANCE"]
    payments = (0.75 * spent + 0.25 * balance + 60) * random.lognormal(0.0, 0.45, size)
    return {
        "BALANCE": np.round(balance, 2),
        "BALANCE_FREQUENCY": used / tenure,
        "CREDIT_LIMIT": limit,
        "PAYMENTS": np.round(payments, 2),
        "MINIMUM_PAYMENTS": np.round((0.3 * balance + 90) * random.lognormal(0.0, 0.6, size), 2),
        "PRC_FULL_PAYMENT": paid_in_full / tenure,
    }


def _with_gaps(columns: dict[str, Floats], random: np.random.Generator) -> dict[str, Floats]:
    """Return *columns* with the minimum payment of the smallest balances missing, mostly, and one credit limit."""
    size = len(columns["BALANCE"])
    order = np.argsort(columns["BALANCE"] * random.lognormal(0.0, 1.5, size), kind="stable")
    minimum = columns["MINIMUM_PAYMENTS"].copy()
    minimum[order[: round(NO_MINIMUM * size)]] = np.nan
    limit = columns["CREDIT_LIMIT"].copy()
    limit[random.integers(size)] = np.nan
    return columns | {"MINIMUM_PAYMENTS": minimum, "CREDIT_LIMIT": limit}


# The public table's columns, in its order, with the digits behind the point.
COLUMNS = {
    "BALANCE": 2, "BALANCE_FREQUENCY": 6, "PURCHASES": 2, "ONEOFF_PURCHASES": 2, "INSTALLMENTS_PURCHASES": 2,
    "CASH_ADVANCE": 2, "PURCHASES_FREQUENCY": 6, "ONEOFF_PURCHASES_FREQUENCY": 6, "PURCHASES_INSTALLMENTS_FREQUENCY": 6,
    "CASH_ADVANCE_FREQUENCY": 6, "CASH_ADVANCE_TRX": 0, "PURCHASES_TRX": 0, "CREDIT_LIMIT": 0, "PAYMENTS": 2,
    "MINIMUM_PAYMENTS": 2, "PRC_FULL_PAYMENT": 6, "TENURE": 0,
}  # fmt: skip


def _write(ids: list[str], columns: dict[str, Floats], path: Path) -> None:
    written = [
        ["" if value != value else f"{value:.{digits}f}" for value in columns[name].tolist()]  # noqa: PLR0124 -- NaN
        for name, digits in COLUMNS.items()
    ]
    lines = [",".join(row) for row in zip(ids, *written, strict=True)]
    path.write_text("\n".join([",".join(["CUST_ID", *COLUMNS]), *lines, ""]), encoding="utf-8")
