"""The table of customers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from segmentry.core.tables import are_among

ids = st.lists(st.text(max_size=3), max_size=12)


@given(some=ids, others=ids)
def test_who_is_among_others_is_who_equals_one_of_them(some, others):
    found = are_among(np.array(some, dtype=object), np.array(others, dtype=object))
    assert found.tolist() == [any(one == other for other in others) for one in some]
