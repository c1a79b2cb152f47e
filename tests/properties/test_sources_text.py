"""Whatever text is in the cells, and whatever is done to the lines: no row is lost and no value is changed."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmentry import sources
from segmentry.core.recipe import Source
from segmentry.engine import open_local
from segmentry.sources.records import Marks, read_records

CELLS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=12)
ROWS = st.lists(st.tuples(CELLS, CELLS), min_size=3, max_size=25)
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_back(content: str, **form: object) -> tuple[sources.Raw, list[tuple[object, ...]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.csv"
        path.write_bytes(content.encode())
        raw = sources.read(Source.model_validate({"path": str(path), "format": form}), open_local)
    return raw, raw.query("SELECT c0, c1, c2, rowid + line_shift, problem FROM {raw} ORDER BY rowid")


@QUICK
@given(rows=ROWS, delimiter=st.sampled_from([",", ";", "\t", "|"]), end=st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_writes_is_read_as_it_was(rows, delimiter, end):
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end)
    writer.writerow(["number", "first", "second"])
    lines = []
    for number, (first, second) in enumerate(rows):
        lines.append(out.getvalue().count("\n") + 1)
        writer.writerow([number, first, second])
    raw, found = read_back(out.getvalue(), delimiter=delimiter, header=True)
    assert raw.rows == len(rows)
    assert [row[:3] for row in found] == [
        (str(number), first or None, second or None) for number, (first, second) in enumerate(rows)
    ]
    assert [row[3] for row in found] == lines
    assert {row[4] for row in found} == {None}


@QUICK
@given(lines=st.lists(st.text('ab1,;" \t\0é', max_size=20), min_size=1, max_size=20))
def test_every_line_that_is_not_blank_is_in_some_record(lines):
    records = list(read_records([f"{line}\n" for line in lines], Marks(","), 3))
    filled = [number for number, line in enumerate(lines, 1) if line.strip()]
    assert {record.line for record in records} <= set(filled)
    assert [record.line for record in records] == sorted({record.line for record in records})
    spanned = sum(field.count("\n") for record in records for field in record.fields)
    blank_inside = len(lines) - len(filled)
    assert len(filled) - spanned <= len(records) <= len(filled) <= len(records) + spanned + blank_inside
    assert all(len(record.fields) == 3 for record in records)


@QUICK
@given(
    junk=st.lists(st.text('x1,;" \t', min_size=1, max_size=15).filter(str.strip), min_size=1, max_size=5),
    place=st.integers(0, 29),
)
def test_junk_between_good_lines_harms_none_of_them(junk, place):
    good = [f"{number},good{number},5.5" for number in range(30)]
    lines = [*good[:place], *(text.replace('"', "") for text in junk), *good[place:]]
    lines = [line for line in lines if line.strip()]
    raw, found = read_back("number,first,second\n" + "\n".join(lines) + "\n", delimiter=",", header=True)
    assert raw.rows == len(lines)
    assert [row[1] for row in found if str(row[1]).startswith("good")] == [f"good{number}" for number in range(30)]
    assert [row[3] for row in found] == list(range(2, len(lines) + 2))


@QUICK
@given(bad=st.text('x1,"', min_size=1, max_size=15).map(lambda text: f'7,"{text}'), place=st.integers(0, 29))
def test_an_open_quote_harms_no_other_line(bad, place):
    good = [f"{number},good{number},5.5" for number in range(30)]
    lines = [*good[:place], bad, *good[place:]]
    raw, found = read_back("number,first,second\n" + "\n".join(lines) + "\n", delimiter=",", header=True)
    assert raw.rows == 31
    assert [row[1] for row in found if str(row[1]).startswith("good")] == [f"good{number}" for number in range(30)]
