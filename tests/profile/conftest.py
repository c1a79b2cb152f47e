import numpy as np
import pytest

from segmentry.core.tables import Column, CustomerTable

UNITS = {"recency_days": "days", "frequency": "orders", "monetary": "money", "tenure_days": "days"}


@pytest.fixture
def table():
    def build(**values):
        n = len(next(iter(values.values())))
        arrays = {name: np.asarray(column, dtype=float) for name, column in values.items()}
        columns = tuple(Column(name, UNITS.get(name, "")) for name in arrays)
        return CustomerTable(np.array([f"c{number:07d}" for number in range(n)], dtype=object), arrays, columns)

    return build


@pytest.fixture
def book(table):
    """Build a book of R/F/M customers around given centres, 200 each unless told; labels are the centres' numbers."""

    def build(centres, sizes=None, tenures=None, seed=3):
        generator = np.random.default_rng(seed)
        sizes = sizes or [200] * len(centres)
        labels = np.repeat(np.arange(len(centres)), sizes)
        days, orders, money = (np.repeat([centre[axis] for centre in centres], sizes) for axis in range(3))
        values = {
            "recency_days": np.maximum(1, np.round(generator.normal(days, 0.1 * days + 0.5))),
            "frequency": 1 + generator.poisson(orders - 1),
            "monetary": money * generator.lognormal(-0.02, 0.2, len(labels)),
        }
        if tenures is not None:
            start = np.repeat(tenures, sizes)
            values["tenure_days"] = np.maximum(values["recency_days"], np.round(generator.normal(start, 0.1 * start)))
        return table(**values), labels

    return build
