"""Rules on UCI Online Retail: no order of rows moves a customer, equal values share a score, and pandas counts the same."""

from __future__ import annotations

import gzip

import numpy as np
import pandas as pd
import pytest

from segmentry.core.progress import Silent
from segmentry.core.recipe import parse_recipe
from segmentry.flow.segmenting import read_book
from segmentry.flow.stopwatch import Stopwatch
from segmentry.rules import read_rules, report

pytestmark = pytest.mark.real


def read(path):
    return read_book(parse_recipe({"source": {"path": str(path)}}), Stopwatch(Silent()))


def checked(book, **rules):
    return report(read_rules(parse_recipe({"rules": rules}).rules), book.customers, book.engine)


@pytest.fixture(scope="module")
def file(real_data):
    return real_data / "online_retail.csv.gz"


@pytest.fixture(scope="module")
def book(file):
    return read(file)


@pytest.fixture(scope="module")
def customers(book):
    """Recency, frequency and monetary, which test_online_retail.py compares with the reference."""
    return pd.DataFrame(book.customers.values, index=book.customers.ids)


@pytest.fixture(scope="module")
def found(book):
    return checked(book, map="rfm-11")


def test_equal_values_never_get_different_scores_and_scores_are_those_of_ranks(found, customers):
    codes = pd.Series(found.declared.codes, index=customers.index)
    for place, (measure, sign) in enumerate({"recency_days": -1, "frequency": 1, "monetary": 1}.items()):
        levels = codes.str[place].astype(int)
        values = customers[measure].round(4)
        assert (levels.groupby(values).nunique() == 1).all()
        ranks = (values * sign).rank() - 0.5
        assert levels.tolist() == np.minimum(np.floor(ranks / len(values) * 5) + 1, 5).astype(int).tolist()
    assert "34 % of customers have frequency 1: it carries 4 levels, not 5" in [one.scale.note for one in found.scores]


def test_shuffling_rows_moves_no_customer(file, found, tmp_path):
    with gzip.open(file, "rt", encoding="latin-1", newline="") as opened:
        head, *lines = opened.readlines()
    lines = np.array(lines, dtype=object)[np.random.default_rng(7).permutation(len(lines))]
    # The last line of the file need not end; a line break within quotes would show as another count of customers.
    text = head + "".join(line if line.endswith("\n") else line + "\n" for line in lines.tolist())
    (tmp_path / "shuffled.csv").write_text(text, encoding="latin-1", newline="")
    again = checked(read(tmp_path / "shuffled.csv"), map="rfm-11").declared
    assert len(again.codes) == 4_338
    assert again.codes.tolist() == found.declared.codes.tolist()
    assert again.segments.tolist() == found.declared.segments.tolist()
    assert again.scales == found.declared.scales


def test_conditions_count_as_pandas_does(book, customers):
    found = checked(
        book,
        conditions=[
            {"segment": "VIP", "when": "monetary > 5000 and recency_days <= 90"},
            {"segment": "Regular", "when": "frequency >= 5 or monetary / frequency between 300 and 500"},
            {"segment": "Idle", "when": "recency_days > 180 and not frequency >= 2"},
        ],
    )
    vip = (customers.monetary > 5000) & (customers.recency_days <= 90)
    regular = (customers.frequency >= 5) | (customers.monetary / customers.frequency).between(300, 500)
    idle = (customers.recency_days > 180) & (customers.frequency < 2)
    assert [one.holds for one in found.conditions] == [vip.sum(), regular.sum(), idle.sum()]
    assert [one.takes for one in found.conditions] == [
        vip.sum(), (regular & ~vip).sum(), (idle & ~regular & ~vip).sum(),
    ]  # fmt: skip
    assert {(one.first, one.second): one.both.customers for one in found.overlaps} == {
        pair: count
        for pair, count in {
            ("VIP", "Regular"): (vip & regular).sum(),
            ("VIP", "Idle"): (vip & idle).sum(),
            ("Regular", "Idle"): (regular & idle).sum(),
        }.items()
        if count
    }
    assert found.none.customers == (~vip & ~regular & ~idle).sum()


def test_value_based_bins_count_as_pandas_does(book, customers):
    bins = {"frequency": [2, 3, 5, 10], "recency_days": [365, 180, 90, 30]}
    found = checked(book, map="rf-10", bins=bins)
    orders = pd.cut(customers.frequency, [0, 1, 2, 4, 9, np.inf], labels=False) + 1
    days = 5 - pd.cut(customers.recency_days, [-1, 30, 90, 180, 365, np.inf], labels=False)
    assert found.declared.codes.tolist() == (days.astype(str) + orders.astype(str)).tolist()
    assert [one.customers for one in found.scores] == [
        tuple(np.bincount(levels, minlength=6)[1:].tolist()) for levels in (days, orders)
    ]
