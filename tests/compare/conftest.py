"""Thirty accounts whose comparison can be done on paper, and books in which a threshold was shifted on purpose."""

from types import SimpleNamespace

import numpy as np
import pytest

from segmentry import compare
from segmentry.core.tables import Column, CustomerTable
from segmentry.rules import Conditions


def make_customers(values, units=None, words=None):
    n = len(next(iter(values.values())))
    ids = np.array([f"{row + 1:06d}" for row in range(n)], dtype=object)
    columns = tuple(Column(name, (units or {}).get(name, "")) for name in values)
    return CustomerTable(
        ids, {name: np.asarray(v, dtype=float) for name, v in values.items()}, columns, words=words or {}
    )


@pytest.fixture(scope="session")
def thirty():
    """Three groups of ten on a line of trades; a few accounts whose rule segment is not that of their group."""
    trades = [*range(40, 50), *range(20, 29), 35, *range(8), 13, 9]
    rule = ["Gold"] * 8 + ["Silver"] * 2 + ["Silver"] * 9 + ["Gold"] + ["Bronze"] * 8 + ["Silver", None]
    nav = [100.0] * 30
    nav[8], nav[9], nav[28] = 500.0, 700.0, 600.0
    customers = make_customers({"trades": trades, "nav": nav})
    labels = np.repeat([0, 1, 2], 10)
    return SimpleNamespace(
        customers=customers,
        found=compare.Found(labels, {0: "G", 1: "S", 2: "B"}, customers.matrix(["trades"]), ("trades",), 7),
        rules=compare.Rules(np.array(rule, dtype=object), ("Gold", "Silver", "Bronze")),
    )


def make_book(seed, true, declared, n=3000, noise=0.02):
    """Accounts whose trading changes at the *true* thresholds of nav, under rules that cut at the *declared* ones."""
    random = np.random.default_rng(seed)
    nav = np.exp(random.uniform(np.log(1_000), np.log(100_000), n)).round(2)
    tier = np.searchsorted(sorted(true), nav, side="right")
    trades = np.exp(np.log(2 + 10 * tier**2) + random.normal(0, 0.25, n)).round(1)
    label = np.where(random.random(n) < noise, random.integers(0, len(true) + 1, n), len(true) - tier)
    customers = make_customers({"nav": nav, "trades": trades})
    matrix = np.log(customers.matrix(["nav", "trades"]))
    names = {code: f"group {code}" for code in range(len(true) + 1)}
    found = compare.Found(label, names, (matrix - matrix.mean(axis=0)) / matrix.std(axis=0), ("nav", "trades"), 7)
    conditions = Conditions.read(declared)
    segments = conditions.assign(customers.values, customers.words)
    return SimpleNamespace(
        customers=customers, found=found, rules=compare.Rules(segments, conditions.segments, conditions)
    )


@pytest.fixture(scope="session")
def book_of():
    return make_book


@pytest.fixture(scope="session")
def customers_of():
    return make_customers
