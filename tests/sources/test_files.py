"""Files, folders, globs and archives: what is read, and the error when it cannot be."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import zipfile
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from segmentry.core.errors import SourceError, SourceNotFound

HEADER = "order,customer,date,amount\n"
LINES = [f"{n // 2},{n % 7},2024-01-{n % 28 + 1:02d},{n}.25\n" for n in range(60)]


@pytest.fixture
def parts(tmp_path):
    folder = tmp_path / "parts [2024]"
    folder.mkdir()
    for part in range(3):
        (folder / f"part {part}.csv").write_text(HEADER + "".join(LINES[part * 20 : part * 20 + 20]))
    return folder


def test_a_folder_a_glob_and_a_list_give_the_rows_of_all_files_in_order(load, parts):
    (parts / ".hidden.csv").write_text("not,read\n1,2\n")
    (parts / "notes.md").write_text("not read")
    by_folder = load(parts)
    assert by_folder.facts.files == ("part 0.csv", "part 1.csv", "part 2.csv")
    assert by_folder.column("order_id") == [str(n // 2) for n in range(60)]
    assert [(row["source_file"], row["source_line"]) for row in by_folder.rows[19:21]] == [
        ("part 0.csv", 21),
        ("part 1.csv", 2),
    ]
    assert by_folder.column("row_id") == list(range(60))
    by_glob = load(str(parts.parent / "parts ?2024*" / "part *.csv"))
    by_list = load(sorted(parts.glob("part*.csv")))
    assert by_folder.rows == by_glob.rows == by_list.rows
    assert by_folder.facts.fingerprint == by_glob.facts.fingerprint


def test_files_with_columns_in_another_order_are_put_in_line(load, parts):
    (parts / "part 3.csv").write_text("amount,date,customer,order\n9.99,2024-02-01,5,999\n")
    last = load(parts).rows[-1]
    assert (last["order_id"], last["customer_id"], str(last["amount"])) == ("999", "5", "9.9900")


def test_a_damaged_file_among_several_keeps_its_place_and_lines(load, parts):
    (parts / "part 1.csv").write_text(HEADER + "".join(LINES[20:30]) + "1,2,3,4,5,6\n" + "".join(LINES[30:40]))
    book = load(parts)
    assert len(book.rows) == 61
    assert [(row["source_file"], row["source_line"]) for row in book.rows if row["unparsed"]] == [("part 1.csv", 12)]
    assert [(row["source_file"], row["source_line"]) for row in book.rows[41:43]] == [
        ("part 2.csv", 2),
        ("part 2.csv", 3),
    ]


def test_other_columns_and_other_kinds_are_errors_that_name_the_odd_file(load, parts):
    (parts / "part 9.csv").write_text("order,client,date,amount\n1,2,2024-01-01,5\n")
    with pytest.raises(
        SourceError, match=r"'part 9.csv' has other columns than 'part 0.csv': it has 'client' and lacks 'customer'"
    ):
        load(parts)
    (parts / "part 9.csv").unlink()
    pd.DataFrame({"order": [1]}).to_parquet(parts / "odd.parquet")
    with pytest.raises(SourceError, match=r"'odd.parquet' is of another kind \(parquet\)"):
        load(parts)


def test_packed_files_give_the_same_rows_whatever_they_are_called(tmp_path, load):
    content = (HEADER + "".join(LINES)).encode()
    plain = tmp_path / "sales.csv"
    plain.write_bytes(content)
    (tmp_path / "sales.csv.gz").write_bytes(gzip.compress(content[:500]) + gzip.compress(content[500:]))
    (tmp_path / "really-gzip.csv").write_bytes(gzip.compress(content))
    import pyarrow as pa

    with pa.output_stream(str(tmp_path / "sales.csv.zst"), compression="zstd") as out:
        out.write(content)
    with zipfile.ZipFile(tmp_path / "sales.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/sales.csv", content)
        archive.writestr("__MACOSX/folder/._sales.csv", b"x")
    expected = load(plain)
    for name in ("sales.csv.gz", "really-gzip.csv", "sales.csv.zst", "sales.zip"):
        book = load(tmp_path / name)
        assert [{**row, "source_file": ""} for row in book.rows] == [
            {**row, "source_file": ""} for row in expected.rows
        ]


def test_other_kinds_give_the_same_values(tmp_path, load):
    (tmp_path / "sales.csv").write_text(HEADER + "".join(LINES))
    frame = pd.read_csv(tmp_path / "sales.csv", parse_dates=["date"])
    frame.to_parquet(tmp_path / "sales.parquet")
    frame.to_excel(tmp_path / "sales.xlsx", index=False)
    records = frame.assign(date=frame["date"].dt.strftime("%Y-%m-%d")).to_dict("records")
    (tmp_path / "sales.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (tmp_path / "sales.json").write_text(json.dumps(records))
    with duckdb.connect(str(tmp_path / "sales.duckdb")) as connection:
        connection.execute('CREATE TABLE "sa\'l""es" AS FROM frame')
    expected = load(tmp_path / "sales.csv")
    names = ["row_id", "customer_id", "order_id", "time", "amount", "unparsed"]
    for name in ("sales.parquet", "sales.xlsx", "sales.jsonl", "sales.json", "sales.duckdb"):
        book = load(tmp_path / name)
        assert [[row[column] for column in names] for row in book.rows] == [
            [row[column] for column in names] for row in expected.rows
        ], name
    assert load(tmp_path / "sales.xlsx").column("source_line") == list(range(2, 62))
    assert load(tmp_path / "sales.jsonl").column("source_line") == list(range(1, 61))


def test_a_sheet_and_a_table_are_chosen_by_name(tmp_path, load):
    frame = pd.DataFrame({"customer": ["007", "8"], "date": ["2024-01-20"] * 2, "amount": [1.5, 2.0]})
    with pd.ExcelWriter(tmp_path / "book.xlsx") as writer:
        pd.DataFrame({"a": [1]}).to_excel(writer, sheet_name="Cover", index=False)
        frame.to_excel(writer, sheet_name="Sales", index=False, startrow=2)
    book = load(tmp_path / "book.xlsx", format={"sheet": "Sales"})
    assert book.column("customer_id") == ["007", "8"]
    assert book.column("source_line") == [4, 5]
    assert "sheet 'Sales'" in book.facts.description
    with pytest.raises(SourceError, match=r"no sheet 'Sale'. Sheets: 'Cover', 'Sales'. Did you mean 'Sales'\?"):
        load(tmp_path / "book.xlsx", format={"sheet": "Sale"})
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE sales AS FROM frame; CREATE TABLE other (a INT)")
    assert load(tmp_path / "shop.duckdb", table="sales").column("customer_id") == ["007", "8"]
    with pytest.raises(SourceError, match=r"holds 2 tables. Tables: 'other', 'sales'. Say which: source.table"):
        load(tmp_path / "shop.duckdb")
    with pytest.raises(SourceNotFound, match=r"has no table 'sale'.*Did you mean 'sales'"):
        load(tmp_path / "shop.duckdb", table="sale")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n \n\n", "is empty"),
        ("header.csv", HEADER.encode(), "has a header but no rows"),
        ("no.zip", b"this is no zip archive", "is not a zip archive"),
        ("broken.zip", b"PK\x03\x04 and then nothing", "is not a zip archive that can be read"),
        ("no.gz", b"this is no gzip file", "is not a gzip file"),
        ("cut.csv.gz", gzip.compress(HEADER.encode() * 1000)[:-20], "is damaged or cut off"),
        ("wrong.csv.gz", gzip.compress(HEADER.encode() * 100)[:20] + b"\xff" * 900, "is damaged or cut off"),
        ("cut.csv.zst", b"\x28\xb5\x2f\xfd\x04\x00", "is damaged or cut off"),
        ("garbage.csv", os.urandom(5000), "is not a text file"),
        ("zeros.csv", b"\0" * 5000, "is not a text file"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + b"x" * 100, "is a PNG picture"),
        ("letter.csv", b"%PDF-1.7 ...", "is a PDF document"),
        ("no.parquet", b"this is no Parquet file", "is not a Parquet file"),
        ("broken.parquet", b"PAR1" + b"x" * 100 + b"PAR1", "cannot be read as Parquet"),
        ("no.xlsx", b"this is no workbook", "is not an Excel workbook"),
        ("broken.xlsx", b"PK\x03\x04" + b"x" * 100, "cannot be read as an Excel workbook"),
        ("no.duckdb", b"this is no database", "is not a DuckDB file"),
        ("broken.duckdb", b"x" * 8 + b"DUCK" + b"x" * 5000, "cannot be opened by DuckDB"),
        ("broken.jsonl", b'{"a": 1}\n{"a": \n', "cannot be read as JSON lines"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_the_file(tmp_path, load, name, content, words):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        load(path)
    assert words in str(caught.value)
    assert name in str(caught.value)


def test_a_zip_with_several_tables_names_them(tmp_path, load):
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", HEADER)
        archive.writestr("b.csv", HEADER)
    with pytest.raises(SourceError, match=r"holds 2 files \('a.csv', 'b.csv'\)"):
        load(tmp_path / "two.zip")


def test_a_missing_file_names_the_nearest_one(tmp_path, load):
    (tmp_path / "sales.csv").write_text(HEADER)
    with pytest.raises(
        SourceNotFound, match=r"no file '.*sale.csv'. Data files there: sales.csv. Did you mean 'sales.csv'\?"
    ):
        load(tmp_path / "sale.csv")
    with pytest.raises(SourceNotFound, match=r"the folder '.*nowhere' does not exist"):
        load(tmp_path / "nowhere" / "sale.csv")
    with pytest.raises(SourceNotFound, match="No file matches"):
        load(str(tmp_path / "*.parquet"))


def test_a_folder_without_data_is_an_error(tmp_path, load):
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(SourceError, match="holds no data file"):
        load(tmp_path)


def test_a_file_without_permission_is_an_error(tmp_path, load, monkeypatch):
    path = tmp_path / "secret.csv"
    path.write_text(HEADER)
    path.chmod(0)
    opened = Path.open

    def refuse(self, *args, **options):  # root, as in containers, may open it all the same
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **options)

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceError, match=r"secret.csv' cannot be opened: permission denied"):
        load(path)


def test_nothing_is_left_behind(tmp_path, load, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "sales.csv.gz").write_bytes(gzip.compress((HEADER + "".join(LINES) + "1,2,3,4,5\n").encode("utf-16")))
    assert len(load(tmp_path / "sales.csv.gz").rows) == 61
    assert list((tmp_path / "temporary").iterdir()) == []


def test_reading_needs_no_ibis():
    code = (
        "import sys, segmentry.sources as s; from segmentry.core.recipe import Source; import duckdb;"
        " s.read(Source(path=sys.argv[1]), duckdb.connect);"
        " print([m for m in ('ibis', 'pandas', 'polars', 'pyarrow', 'narwhals', 'sklearn') if m in sys.modules])"
    )
    path = Path(__file__).with_name("tiny.csv")
    path.write_text(HEADER + LINES[0])
    try:
        import sys

        found = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    finally:
        path.unlink()
    assert found.stdout.strip() == "[]"
