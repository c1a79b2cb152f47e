"""Lloyd's iteration in the engine: what the local one finds, to a millionth."""

import ibis
import numpy as np
import pytest

from segmentry.cluster.lloyd import inertia_of, settle
from segmentry.cluster.polish import polish
from segmentry.core.errors import DataError
from segmentry.engine import Engine, open_local

COLUMNS = ["prepared_1", "label", 'x "2"']  # names that the query uses itself do not matter


@pytest.fixture(scope="module")
def engine():
    return Engine(open_local())


def held(engine, matrix, name="prepared"):
    engine.connection.register("given", {f"c{place}": column for place, column in enumerate(matrix.T)})
    columns = ", ".join(f'c{place} AS "{name}"' for place, name in enumerate(n.replace('"', '""') for n in COLUMNS))
    engine.connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {columns} FROM given")
    engine.connection.unregister("given")
    return ibis.table(dict.fromkeys(COLUMNS, "float64"), name=name)


def groups(k, seed, n=4000):
    random = np.random.default_rng(seed)
    return np.concatenate([random.normal(random.normal(0, 3, 3), 1.0, (n // k, 3)) for _ in range(k)])


@pytest.mark.parametrize("k", [1, 2, 5, 9])
def test_it_ends_where_the_local_iteration_ends(engine, k):
    matrix = groups(max(k, 2), seed=k)
    start = matrix[np.random.default_rng(k).choice(len(matrix), k, replace=False)]
    centres, labels = settle(matrix, start.copy())
    found = polish(engine, held(engine, matrix), COLUMNS, start, iterations=300)
    assert found.is_settled
    np.testing.assert_allclose(found.centres, centres, atol=1e-6)
    np.testing.assert_array_equal(found.sizes, np.bincount(labels, minlength=k))
    assert found.inertia == pytest.approx(inertia_of(matrix, centres, labels), rel=1e-9)


def test_a_group_without_customers_takes_the_farthest_as_the_local_iteration_does(engine):
    matrix = groups(3, seed=8)
    start = np.vstack([matrix[:2], [[1e4, 1e4, 1e4]], [[-1e4, 2e4, 0.0]]])
    centres, _ = settle(matrix, start.copy())
    found = polish(engine, held(engine, matrix), COLUMNS, start, iterations=300)
    assert (found.sizes > 0).all()
    np.testing.assert_allclose(found.centres, centres, atol=1e-6)


def test_it_stops_after_the_iterations_it_may_have(engine):
    matrix = groups(5, seed=2)
    found = polish(engine, held(engine, matrix), COLUMNS, matrix[:5], iterations=2)
    assert found.iterations == 2
    assert not found.is_settled


def test_without_customers_there_is_nothing_to_polish(engine):
    table = held(engine, np.empty((0, 3)))
    with pytest.raises(DataError, match="no customers"):
        polish(engine, table, COLUMNS, np.zeros((2, 3)))
