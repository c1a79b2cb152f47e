"""Tables as files: spreadsheets run nothing, columns keep their names, rejected rows keep what they were."""

import csv

import numpy as np
import pandas as pd

from segmentry.publish import write_customers, write_segments


def test_csv_cells_that_would_run_are_defused_and_numbers_are_not(tmp_path):
    path = tmp_path / "s.csv"
    write_segments({"=name": ["=1+1", "@x", "plain", None], "money": [-1.5, float("nan"), 0.0, 2.0]}, path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [["'=name", "money"], ["'=1+1", "-1.5"], ["'@x", ""], ["plain", "0.0"], ["", "2.0"]]


def test_parquet_keeps_everything_as_it_is(tmp_path):
    path = tmp_path / "c'.parquet"
    table = {
        "customer_id": np.array(["=1", 'a"b', "ü"], dtype=object),
        'odd "name; --': np.array([1.5, np.nan, -0.25]),
        "is_outlier": np.array([True, False, True]),
    }
    write_customers(table, path)
    frame = pd.read_parquet(path)
    assert frame.columns.tolist() == list(table)
    assert frame.customer_id.tolist() == ["=1", 'a"b', "ü"]
    assert frame['odd "name; --'].isna().tolist() == [False, True, False]
    assert frame.is_outlier.tolist() == [True, False, True]
