"""Books to explain: one of orders and one without dates, both fitted by the library itself."""

import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.flow.explaining import fitted

ROLES = {"customer": "who", "order": "order", "time": "when", "amount": "money"}


def make_orders(seed=3, customers=160):
    """One line an order; some customers buy once and long ago, others often."""
    rng = np.random.default_rng(seed)
    lines = []
    for customer in range(customers):
        kind = customer % 4
        for _ in range(1 + rng.poisson((0.2, 1, 3, 9)[kind])):
            day = rng.integers((200, 30, 60, 0)[kind], (360, 200, 330, 300)[kind])
            lines.append(
                {"who": f"{customer:04d}", "order": str(len(lines)), "when": pd.Timestamp("2024-12-31") - pd.Timedelta(days=int(day)),
                 "money": round(float(rng.gamma(4, (10, 12, 30, 40)[kind])) + 1, 2)}
            )  # fmt: skip
    return pd.DataFrame(lines)


@pytest.fixture(scope="session")
def orders():
    return make_orders()


@pytest.fixture(scope="session")
def book(orders):
    return sg.segment(orders, **ROLES, k=4)


@pytest.fixture(scope="session")
def table():
    """A customer table: two whole-numbered features, one that can be missing."""
    rng = np.random.default_rng(9)
    group = np.repeat([0, 1, 2], [80, 70, 50])
    return pd.DataFrame(
        {
            "customer_id": [f"a{i:03d}" for i in range(len(group))],
            "balance": rng.gamma(2, np.array([200, 900, 4000])[group]).round(2),
            "products": 1 + rng.poisson(np.array([0.5, 2, 6])[group]),
            "visits": np.where(rng.random(len(group)) < 0.05, np.nan, rng.poisson(np.array([2, 12, 5])[group])),
        }
    )


@pytest.fixture(scope="session")
def accounts(table):
    return sg.segment(table, source={"kind": "customers"}, k=3)


@pytest.fixture(scope="session")
def ground():
    """From a segmentation to what explanations stand on."""

    def of(found):
        return fitted(found.model.model, found.book.customers, found.clustering.labels)

    return of
