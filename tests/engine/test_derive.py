"""Queries on columns in memory: rows keep their order, missing values are null, text without any text is text."""

import numpy as np
import pytest

from segmentry.core.errors import EngineError


def test_what_is_derived_stands_in_the_order_of_the_rows(engine):
    n = 5000
    numbers = np.random.default_rng(0).random(n)
    numbers[7] = np.nan
    words = np.array([None if i % 3 == 0 else f"w{i % 7}" for i in range(n)], dtype=object)
    nothing = np.full(n, None, dtype=object)
    engine.connection.execute("SET preserve_insertion_order = false")

    def query(table):
        return table.select(
            "row", double=table.c0 * 2, word=table.c1.upper(), none=table.c2.isnull(), known=table.c0.notnull()
        )

    found = engine.derive({"c0": numbers, "c1": words, "c2": nothing}, query, step="test", condition="")
    np.testing.assert_array_equal(found["double"], numbers * 2)
    assert found["word"].tolist() == [word and word.upper() for word in words]
    assert found["none"].all()
    assert np.flatnonzero(found["known"] == 0).tolist() == [7]


def test_a_refused_query_names_its_step(engine):
    with pytest.raises(EngineError, match="step 'broken'"):
        engine.derive(
            {"c0": np.array(["a"], dtype=object)},
            lambda t: t.select("row", x=t.c0.cast("float64")),
            step="broken",
            condition="",
        )
