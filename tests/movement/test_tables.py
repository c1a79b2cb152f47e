"""Movement as tables: every row from the history it was made of, and back from the files."""

from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest

from segmentry import publish
from segmentry.flow.writing import write_movement
from segmentry.movement import ABSENT, CAUSES, history_columns, move_columns, movement_columns, movement_of

MOVES = [
    "customer_id", "from_date", "to_date", "from_segment", "from_segment_id", "to_segment", "to_segment_id", "money",
]  # fmt: skip
PARTS = [f"because_{cause}" for cause in CAUSES]


def test_one_row_per_flow(by_chance):
    _, _, _, history = by_chance
    movement = movement_of(history)
    table = pd.DataFrame(movement_columns(movement.transitions, history.names))
    assert [*table] == [
        "from_date",
        "to_date",
        "kind",
        "from_segment",
        "to_segment",
        "customers",
        "rate",
        "money",
        *PARTS,
    ]
    names = history.names | {ABSENT: ""}
    assert table.from_segment.tolist() == [names[one.origin] for one in movement.transitions]
    assert table.to_segment.tolist() == [names[one.destination] for one in movement.transitions]
    assert table.customers.sum() == sum(len(step.ids) for step in movement.steps)
    stayed = (table.from_segment == table.to_segment).to_numpy()
    assert (table.kind[stayed] == "stayed").all()
    assert (table.kind[(table.from_segment == "")] == "entered").all()
    assert (table.kind[(table.to_segment == "")] == "left").all()
    moved = ~stayed & (table.from_segment != "") & (table.to_segment != "")
    assert (table.kind[moved] == "moved").all()
    assert {*table.kind} == {"stayed", "entered", "left", "moved"}
    np.testing.assert_array_equal(table[PARTS].sum(axis=1), np.where(stayed, 0, table.customers))


def test_one_row_per_move_by_date_and_customer(by_chance):
    labels, _, money, history = by_chance
    table = pd.DataFrame(move_columns(movement_of(history).steps, history.names))
    expected = []
    names = history.names | {ABSENT: None}
    for place in range(labels.shape[1] - 1):
        for row, (before, after) in enumerate(zip(labels[:, place], labels[:, place + 1], strict=True)):
            if before != after:
                spent = money[row, place + (before == ABSENT)]
                dates = (pd.Timestamp(history.dates[place]), pd.Timestamp(history.dates[place + 1]))
                ids = [np.nan if label == ABSENT else float(label) for label in (before, after)]
                expected.append((history.ids[row], *dates, names[before], ids[0], names[after], ids[1], spent))
    pd.testing.assert_frame_equal(table[MOVES], pd.DataFrame(expected, columns=MOVES), check_dtype=False)
    assert (table[PARTS].sum(axis=1) == 1).all()
    alone = table.cause != "several"
    assert (table.cause[alone] == table[PARTS][alone].idxmax(axis=1).str.removeprefix("because_")).all()
    assert (table[PARTS][alone].max(axis=1) == 1).all()
    assert (table[PARTS][~alone].max(axis=1) < 1).all()


def test_one_row_per_date_and_customer(by_chance):
    labels, _, money, history = by_chance
    table = pd.DataFrame(history_columns(history))
    expected = [
        (history.ids[row], pd.Timestamp(day), history.names[labels[row, place]], labels[row, place], money[row, place])
        for place, day in enumerate(history.dates)
        for row in range(len(labels))
        if labels[row, place] != ABSENT
    ]
    assert [*table] == ["customer_id", "as_of", "segment", "segment_id", "monetary"]
    assert [tuple(row) for row in table.itertuples(index=False)] == expected


@pytest.mark.parametrize(
    ("labels", "rows"),
    [([[0, 0], [1, 1]], 0), ([[0, 0], [ABSENT, 1]], 1), ([[0, 0], [1, ABSENT]], 1)],
    ids=["nobody moved", "all moves are entries", "all moves are exits"],
)
def test_files_have_their_types_whatever_is_in_them(history, tmp_path, labels, rows):
    """A column without any text is text still, and a file without rows has its columns."""
    movement = movement_of(history(labels))
    write_movement(movement, tmp_path)
    moves = pd.read_parquet(tmp_path / "moves.parquet", dtype_backend="pyarrow")
    assert len(moves) == rows
    assert [*moves] == [*MOVES, *PARTS, "cause"]
    kinds = {"text": ["customer_id", "from_segment", "to_segment", "cause"], "day": ["from_date", "to_date"]}
    assert {str(moves[name].dtype) for name in kinds["text"]} == {"string[pyarrow]"}
    assert {str(moves[name].dtype) for name in kinds["day"]} == {"date32[day][pyarrow]"}
    assert {str(moves[name].dtype) for name in ["money", *PARTS]} == {"double[pyarrow]"}
    assert {str(moves[name].dtype) for name in ["from_segment_id", "to_segment_id"]} == {"int64[pyarrow]"}
    assert moves.from_segment_id.isna().tolist() == moves.from_segment.isna().tolist()
    assert moves.to_segment_id.isna().tolist() == moves.to_segment.isna().tolist()
    publish.write_segments(move_columns(movement.steps, movement.history.names), tmp_path / "moves.csv")
    cells = pd.read_csv(tmp_path / "moves.csv", dtype=str, keep_default_na=False)
    for side in ("from", "to"):
        assert cells[f"{side}_segment_id"].isin(["", "0", "1"]).all()
        assert ((cells[f"{side}_segment_id"] == "") == (cells[f"{side}_segment"] == "")).all()


def test_flows_are_written_as_they_are(by_chance, tmp_path):
    movement = movement_of(by_chance[-1])
    write_movement(movement, tmp_path)
    with (tmp_path / "movement.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(movement.transitions)
    for row, one in zip(rows, movement.transitions, strict=True):
        assert (row["from_date"], row["to_date"]) == (str(one.start), str(one.end))
        assert (int(row["customers"]), float(row["rate"]), float(row["money"])) == (one.customers, one.rate, one.money)
        assert tuple(float(row[name]) for name in PARTS) == one.causes


def test_a_name_that_is_a_formula_does_not_run_in_a_spreadsheet(history, tmp_path):
    write_movement(movement_of(history([[0, 1], [0, 0]], names={0: "=1+1", 1: "b"})), tmp_path)
    assert "'=1+1" in (tmp_path / "movement.csv").read_text(encoding="utf-8")
