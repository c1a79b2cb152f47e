"""Odd frames and arguments of the Python interface end in a result or in a SegmentryError."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import segmentry as sg
from segmentry.core.errors import DataError, OutputError, RecipeError, SourceError

ROLES = {"customer": "who", "order": "order", "time": "when", "amount": "money"}


@pytest.fixture(scope="module")
def orders():
    random = np.random.default_rng(5)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 300, 200), "D")
    who = [f"c{n:02d}" for n in random.integers(0, 30, 200)]
    return pd.DataFrame({"order": range(200), "who": who, "when": days, "money": random.gamma(2, 50, 200).round(2)})


@pytest.fixture(scope="module")
def found(orders):
    return sg.segment(orders, **ROLES, k=3)


def test_names_that_repeat_are_numbered(orders, found):
    twice = pd.concat([orders, orders[["money"]] * 2], axis=1)
    for frame in (twice, pa.Table.from_arrays([pa.array(column) for _, column in twice.items()], list(twice.columns))):
        again = sg.segment(frame, **ROLES, k=3)
        assert again.segment_columns()["monetary_mean"] == found.segment_columns()["monetary_mean"]
    with pytest.raises(SourceError, match="Name each column once"):
        sg.segment(twice, **{**ROLES, "amount": orders.money * 2})


def test_complex_numbers_are_words(orders, found):
    again = sg.segment(orders.assign(z=1j), **ROLES, k=3)
    pd.testing.assert_frame_equal(again.customers, found.customers)


def test_the_date_to_score_at_may_be_text_or_have_a_time(orders, found):
    expected = found.model.assign(orders, as_of=date(2024, 12, 24))
    for as_of in ("2024-12-24", pd.Timestamp("2024-12-24 05:00")):
        pd.testing.assert_frame_equal(found.model.assign(orders, as_of=as_of), expected)
    for as_of in ("24.12.2024", 5):
        with pytest.raises(RecipeError, match="is not a date"):
            found.model.assign(orders, as_of=as_of)


def test_a_model_is_not_saved_where_nothing_can_be(found, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError):
        found.model.save(tmp_path / "file" / "model")


@pytest.mark.parametrize("name", ["²", "--5", "", "99"])
def test_what_is_nearly_a_number_is_no_segment(found, name):
    with pytest.raises(DataError, match="There is no segment"):
        found.explain(segment=name)
