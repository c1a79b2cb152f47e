"""How text files are written: delimiter, header, encoding, found and stated."""

from __future__ import annotations

import codecs
from decimal import Decimal

import pandas as pd
import pytest

from segmentry.core.errors import SourceError

ROWS = [
    (f"{1000 + n}", f"C{n % 7:03d}", f"2024-01-{1 + n % 28:02d}", f"{n % 5 + 1}", "2.50", "Île, de; France|x")
    for n in range(30)
]
NAMES = ["OrderID", "client", "order date", "qty", "Price", "Land"]


def written(delimiter: str, end: str = "\n", *, header: bool = True, quote: bool = True) -> str:
    lines = [NAMES] * header + [list(row) for row in ROWS]
    mark = '"' if quote else ""
    return end.join(delimiter.join([*row[:5], f"{mark}{row[5]}{mark}"]) for row in lines) + end


@pytest.mark.parametrize(("delimiter", "title"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_delimiter_gives_the_same_rows(load_text, delimiter, title, end):
    book = load_text(written(delimiter, end), name="data.txt")
    assert title in book.facts.description
    assert book.facts.columns == tuple(NAMES)
    assert (
        book.facts.roles
        == dict(zip(["order", "customer", "time", "quantity", "unit_price", "country"], NAMES, strict=True)) | {}
    )
    assert book.column("customer_id") == [row[1] for row in ROWS]
    assert book.column("country") == ["Île, de; France|x"] * 30
    assert book.column("amount") == [Decimal(row[3]) * Decimal("2.5") for row in ROWS]


def test_runs_of_blanks_separate(load_text):
    text = " id   date  cds   dollar_value\r\n" + "".join(
        f" {n % 9:05d} 1997{1 + n % 12:02d}10  {n % 3}   {n}.75\r\n" for n in range(40)
    )
    book = load_text(text, name="cds.txt", columns={"customer": "id", "quantity": "cds"})
    assert "runs of blanks" in book.facts.description
    assert book.rows[1]["customer_id"] == "00001"
    assert book.rows[1]["time"] == pd.Timestamp(1997, 2, 10)
    assert book.rows[1]["amount"] == Decimal("1.75")
    assert book.column("source_line") == list(range(2, 42))


def test_an_excel_hint_in_the_first_line_names_the_delimiter(load_text):
    book = load_text("sep=;\n" + written(";"))
    assert book.facts.columns == tuple(NAMES)
    assert book.column("source_line") == list(range(3, 33))


def test_a_given_delimiter_is_taken(load_text):
    book = load_text(written("~", quote=False), format={"delimiter": "~"})
    assert book.facts.columns == tuple(NAMES)
    with pytest.raises(SourceError, match=r"source.format.delimiter: 'ab' is not a delimiter"):
        load_text(written(","), format={"delimiter": "ab"})


@pytest.mark.parametrize(
    ("codec", "mark", "title"),
    [
        ("utf-8", b"", "UTF-8"),
        ("utf-8", codecs.BOM_UTF8, "UTF-8 with BOM"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16"),
        ("utf-16-le", b"", "UTF-16"),
        ("iso-8859-1", b"", "ISO-8859-1"),
    ],
)
def test_each_encoding_is_found(load_text, codec, mark, title):
    book = load_text(mark + written(",").encode(codec))
    assert book.facts.description.split(", ")[2] == title
    assert book.facts.columns == tuple(NAMES)
    assert book.column("country") == ["Île, de; France|x"] * 30


def test_windows_1252_is_told_by_the_bytes_that_latin_1_has_no_use_for(load_text):
    book = load_text(written(",").replace("Île", "€uro–land").encode("cp1252"))
    assert "Windows-1252" in book.facts.description
    assert book.rows[0]["country"].startswith("€uro–land")


def test_a_given_encoding_wins_and_an_unknown_one_is_an_error(load_text):
    book = load_text(written(",").replace("Île", "Łódź").encode("cp1250"), format={"encoding": "windows-1250"})
    assert book.rows[0]["country"].startswith("Łódź")
    with pytest.raises(SourceError, match=r"source.format.encoding: 'utf-88'"):
        load_text(written(","), format={"encoding": "utf-88"})


def test_a_file_without_header_is_seen_and_named(load_text):
    names = ["order", "customer", "date", "quantity", "price", "country"]
    book = load_text(written(",", header=False), format={"names": names})
    assert (book.facts.columns, book.facts.rows) == (tuple(names), 30)
    assert "no header" in book.facts.description
    assert book.column("source_line") == list(range(1, 31))
    with pytest.raises(SourceError, match=r"lists 2 names, but .* has 6 columns"):
        load_text(written(",", header=False), format={"names": ["a", "b"]})


def test_a_file_without_header_or_names_says_how_to_go_on(load_text):
    with pytest.raises(SourceError, match=r"--customer COLUMN \(source.columns.customer\)") as caught:
        load_text(written(",", header=False))
    assert "column 1" in str(caught.value)


def test_three_columns_without_a_header_are_told_apart_by_content(load_text):
    text = "".join(f"K{n % 11},14-Jan-{10 + n % 5},{n}.5{n % 10}\n" for n in range(50))
    book = load_text(text)
    assert book.facts.roles == {"customer": "column 1", "time": "column 2", "amount": "column 3"}
    assert book.rows[1]["time"] == pd.Timestamp(2011, 1, 14)


def test_a_header_of_words_over_words_is_a_header_and_can_be_denied(load_text):
    settings = {"columns": {"customer": "who", "time": "when it was", "amount": "how much"}}
    text = "who,when it was,how much\n" + "".join(f"p{n % 4},2024-02-0{1 + n % 9},{n + 1}\n" for n in range(20))
    assert load_text(text, **settings).facts.rows == 20
    names = {"header": False, "names": ["who", "when it was", "how much"]}
    book = load_text(text, format=names, **settings)
    assert book.facts.rows == 21
    assert book.rows[0]["unparsed"] == "time 'when it was'; amount 'how much'"


def test_row_names_without_a_header_over_them_are_a_column(load_text):
    lines = [",".join(NAMES[:5])] + [f"{n}," + ",".join(row[:5]) for n, row in enumerate(ROWS)]
    book = load_text("\n".join(lines))
    assert book.facts.columns == ("row name", *NAMES[:5])
    assert book.column("order_id") == [row[0] for row in ROWS]


def test_column_names_are_data(load_text, tmp_path):
    names = [
        'a"b',
        "c,d",
        "<script>alert(1)</script>",
        "x'); DROP TABLE raw_0; --",
        "🎁\nnew line",
        "n" * 10_000,
        "",
        "dup",
        "dup",
        "=cmd()",
    ]
    quoted = ",".join('"' + name.replace('"', '""') + '"' for name in ["customer", "date", "amount", *names])
    text = (
        quoted
        + "\n"
        + "".join(f"u{n % 3},2024-01-0{1 + n % 9},{n}.25" + f",v{n}" * len(names) + "\n" for n in range(20))
    )
    book = load_text(text)
    assert book.facts.columns[3:9] == tuple(names[:6])
    assert book.facts.columns[9:] == ("column 10", "dup", "dup (2)", "=cmd()")
    assert any("'dup'" in note.text for note in book.facts.assumptions)
    assert book.facts.rows == 20
    assert book.rows[4]["c4"] == "v4"
    assert book.column("source_line") == list(range(3, 23))
    named = load_text(text, columns={"customer": "x'); DROP TABLE raw_0; --"})
    assert named.column("customer_id") == [f"v{n}" for n in range(20)]


@pytest.mark.parametrize(
    "name", ["it's.csv", "a [1] b*.csv", "ünï côdé 🎁.csv", "{x}.csv", 'q"uote.csv', "50%.csv", "a?b.csv"]
)
def test_any_file_name_is_read(load_text, name):
    book = load_text(written(","), name=name)
    assert book.facts.files == (name,)
    assert set(book.column("source_file")) == {name}


def test_a_backslash_before_a_quote_escapes_it(load_text):
    text = written(",").replace("Île, de; France|x", 'the \\"big\\" one, here')
    book = load_text(text)
    assert book.column("country") == ['the "big" one, here'] * 30
