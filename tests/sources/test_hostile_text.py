"""Damaged text files: every line that says something becomes a row, and what is wrong with it is said."""

from __future__ import annotations

import csv
import gzip
import io
import time
from decimal import Decimal

import pandas as pd
import pytest

HEADER = "invoice,customer,date,quantity,price,country\n"


def line(number: int) -> str:
    return f"{1000 + number},{10 + number % 7},2024-01-{1 + number % 28:02d} 10:00,{1 + number % 5},2.50,France\n"


GOOD = [line(number) for number in range(40)]


def with_bad(bad: str, at: int = 20) -> str:
    return HEADER + "".join(GOOD[:at]) + bad + "".join(GOOD[at:])


def test_a_clean_file_has_nothing_unparsed_and_exact_lines(load_text):
    book = load_text(HEADER + "".join(GOOD))
    assert book.column("unparsed") == [None] * 40
    assert book.column("source_line") == list(range(2, 42))
    assert book.column("row_id") == list(range(40))
    assert book.rows[3]["amount"] == Decimal("10.0000")
    assert book.rows[3]["time"] == pd.Timestamp(2024, 1, 4, 10)


@pytest.mark.parametrize(
    ("bad", "fault", "rest"),
    [
        ("1999,5,2024-01-09 10:00,two,2.50,France\n", "quantity 'two'", {"order_id": "1999", "amount": None}),
        ("1999,5,2024-02-31,2,2.50,France\n", "time '2024-02-31'", {"time": None, "amount": Decimal("5.0000")}),
        ("1999,5,31/02/2011,2,2.50,France\n", "time '31/02/2011'", {"time": None}),
        ("1999,5,,2,2.50,France\n", "time is empty", {"time": None}),
        ("1999,5,2024-01-09,,2.50,France\n", "quantity is empty", {"quantity": None}),
        ("1999,5,,x,,France\n", "time is empty; quantity 'x'; unit price is empty", {}),
        ("1999,5\n", "time is empty; quantity is empty; unit price is empty", {"customer_id": "5"}),
        ("1999,5,2024-01-09,2,2.50,France,more,fields\n", "ragged line: 8 fields instead of 6", {"customer_id": "5", "country": "France"}),
        ('1999,5,2024-01-09,2,2.50,"Fra\n', "unclosed quote", {"customer_id": "5"}),
        ("1999,5,2024-01-09,2,2.50,Fra\0nce\n", "NUL bytes in the line", {"country": "France"}),
        ("\0\0\0\n", "NUL bytes in the line; time is empty; quantity is empty; unit price is empty", {}),
        (HEADER, "repeated header", {}),
        ("1999,5,2024-01-09,1e300,2.50,France\n", "quantity '1e300'", {}),
        ("1999,5,2024-01-09,9000000000000,9000000000000,France\n", "amount too large", {"amount": None}),
        ("1999,5,2024-01-09,inf,2.50,France\n", "quantity 'inf'", {"quantity": None}),
    ],
)  # fmt: skip
def test_a_bad_line_is_kept_and_named_and_the_rest_goes_on(load_text, bad, fault, rest):
    book = load_text(with_bad(bad))
    assert len(book.rows) == book.facts.rows == 41
    rows = book.by_line()
    assert rows[22]["unparsed"].startswith(fault)
    assert {name: rows[22][name] for name in rest} == rest
    assert [row["unparsed"] for place, row in rows.items() if place != 22] == [None] * 40
    assert sorted(rows) == list(range(2, 43))
    assert rows[42]["order_id"] == "1039"


def test_an_unclosed_quote_takes_no_other_line_with_it_even_when_a_later_line_has_quotes(load_text):
    later = '1998,6,2024-01-10,2,2.50,"France, Metropolitan"\n'
    book = load_text(with_bad('1999,5,2024-01-09,2,2.50,"Fra\n' + later))
    rows = book.by_line()
    assert len(rows) == 42
    assert "unclosed quote" in rows[22]["unparsed"]
    assert (rows[23]["country"], rows[23]["unparsed"]) == ("France, Metropolitan", None)


def test_a_value_over_several_lines_is_one_row_and_later_lines_stay_exact(load_text):
    book = load_text(with_bad('1999,5,2024-01-09,2,2.50,"Fra\nn\nce"\n'))
    rows = book.by_line()
    assert len(book.rows) == 41
    assert rows[22]["country"] == "Fra\nn\nce"
    assert (rows[25]["order_id"], rows[25]["unparsed"]) == ("1020", None)
    careful = load_text(with_bad('1999,5,2024-01-09,2,2.50,"Fra\nn\nce"\nragged,' + "x," * 9 + "y\n"), name="other.csv")
    assert careful.by_line()[22]["country"] == "Fra\nn\nce"
    assert careful.by_line()[26]["order_id"] == "1020"


def test_quotes_that_are_not_doubled_are_read(load_text):
    book = load_text(with_bad('1999,5,2024-01-09,2,2.50,"the "big" one"\n'))
    assert book.by_line()[22]["country"] == 'the "big" one'
    assert book.by_line()[22]["unparsed"] is None


def test_blank_lines_are_no_rows_and_the_lines_after_them_stay_exact(load_text):
    book = load_text(with_bad("\n   \n\n") + "\n\n")
    assert len(book.rows) == 40
    assert book.by_line()[25]["order_id"] == "1020"
    assert any("3 blank lines" in note.text for note in book.facts.assumptions)


def test_trailing_delimiters_are_no_ragged_lines(load_text):
    book = load_text("".join(text.replace("\n", ",\n") for text in [HEADER, *GOOD]))
    assert book.column("unparsed") == [None] * 40
    only_rows = load_text(HEADER + "".join(text.replace("\n", ",\n") for text in GOOD), name="rows.csv")
    assert only_rows.column("unparsed") == [None] * 40
    assert only_rows.facts.columns[0] == "invoice"


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_50_mb_is_one_unparsed_row_and_takes_no_minutes(tmp_path, load, packed):
    path = tmp_path / ("sales.csv.gz" if packed else "sales.csv")
    content = with_bad("1999,5,2024-01-09,2,2.50," + "x" * 50_000_000 + "\n").encode()
    path.write_bytes(gzip.compress(content, 1) if packed else content)
    start = time.monotonic()
    book = load(path)
    assert time.monotonic() - start < 20
    rows = book.by_line()
    assert len(book.rows) == 41
    assert rows[22]["unparsed"].startswith("line of 50,000,025 characters")
    assert (rows[22]["order_id"], len(rows[22]["country"])) == ("1999", 1000)
    assert rows[23]["unparsed"] is None


def test_a_first_block_that_is_one_line_only_is_an_error_and_no_crash(load_text):
    from segmentry.core.errors import SourceError

    with pytest.raises(SourceError):
        load_text("x" * 3_000_000)


def test_a_byte_that_is_not_utf8_far_down_changes_the_encoding(load_text):
    rows = [f"{n},{n % 9},2024-01-05,1,2.50,France\n" for n in range(60_000)]
    content = (HEADER + "".join(rows)).encode() + "9,9,2024-01-05,1,2.50,España\n".encode("iso-8859-1")
    assert len(content) > 1 << 20
    book = load_text(content)
    assert "ISO-8859-1" in book.facts.description
    assert book.rows[-1]["country"] == "España"
    assert book.rows[-1]["source_line"] == 60_002
    assert book.column("unparsed") == [None] * 60_001


def test_few_damaged_bytes_in_a_utf8_file_do_not_turn_it_into_another_encoding(load_text):
    names = "é" * 30
    content = with_bad(f"1999,5,2024-01-09,2,2.50,{names}\n").encode() + b"1998,5,2024-01-09,2,2.50,caf\xff\n"
    book = load_text(content)
    assert book.by_line()[22]["country"] == names
    assert book.rows[-1]["country"] == "caf\ufffd"
    assert any("not UTF-8" in note.text for note in book.facts.assumptions)


def test_mixed_line_ends_are_read(load_text):
    book = load_text(HEADER.replace("\n", "\r\n") + "".join(GOOD[:10]).replace("\n", "\r\n") + "".join(GOOD[10:]))
    assert book.column("unparsed") == [None] * 40
    assert set(book.column("country")) == {"France"}
    assert book.column("source_line") == list(range(2, 42))


@pytest.mark.parametrize("end", ["\r\n", "\r"])
@pytest.mark.parametrize("bad", ["", "1999,5,2024-01-09,2,2.50,France,more\n", "1999,5\n"])
def test_other_line_ends_are_read_with_and_without_faults(load_text, end, bad):
    book = load_text(with_bad(bad).replace("\n", end))
    assert len(book.rows) == 40 + bool(bad)
    assert [row["unparsed"] for row in book.rows].count(None) == 40
    assert book.column("source_line") == list(range(2, 42 + bool(bad)))


def test_many_faults_at_once_lose_no_line(load_text):
    faults = ["a,b\n", "1,2,3,4,5,6,7,8\n", '"open,1,2\n', "\0,1,2024-01-01,1,1,x\n", HEADER, "1,2,nonsense,1,1,x\n"]
    content = HEADER + "".join(text for pair in zip(GOOD, faults * 7, strict=False) for text in pair)
    book = load_text(content)
    assert len(book.rows) == content.count("\n") - 1
    assert book.column("source_line") == list(range(2, 82))
    assert [row["unparsed"] is None for row in book.rows] == [True, False] * 40


def test_the_careful_way_gives_what_the_fast_way_gives(load_text):
    words = ["plain", "with, comma", 'with "quotes"', "two\nlines", "", " padded ", "ünïcode 🎁", "'single'", "=cmd()"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for number in range(200):
        writer.writerow([number, number % 9, "2024-03-01", 1, "2.50", words[number % len(words)]])
    fast = load_text(HEADER + out.getvalue())
    careful = load_text(HEADER + out.getvalue() + "1,2,3,4,5,6,7,8,9\n", name="careful.csv")
    names = [
        "row_id",
        "source_line",
        "customer_id",
        "order_id",
        "time",
        "amount",
        "country",
        "unparsed",
        "row_key",
        "c5",
    ]
    assert [[row[name] for name in names] for row in careful.rows[:-1]] == [
        [row[name] for name in names] for row in fast.rows
    ]
    assert fast.rows[3]["c5"] == "two\nlines"
