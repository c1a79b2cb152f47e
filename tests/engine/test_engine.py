"""Columns from the engine: missing text is None, missing numbers NaN; columns that are held come back."""

import numpy as np


def test_missing_values_come_as_none_and_nan(engine):
    import ibis

    engine.hold({"word": np.array(["a", None], dtype=object), "number": np.array([1.0, 2.0])}, "kept", step="test")
    table = ibis.table({"word": "string", "number": "float64"}, name="kept").order_by("number")
    found = engine.columns(table.mutate(half=ibis.ifelse(table.number > 1, ibis.null("float64"), 0.5)), step="test")
    assert found["word"].tolist() == ["a", None]
    assert found["half"][0] == 0.5
    assert np.isnan(found["half"][1])
