"""Rows that are wrong are counted and explained in the ledger, and the rest goes on; hostile names come out unharmed."""

import csv

import pandas as pd
import pytest

HEADER = "order_id,customer_id,order_date,amount\n"


def good_rows(count=60):
    return [f"{i},c{i % 15:02d},2024-{1 + i % 12:02d}-{13 + i % 15:02d},{5 + i * 3 % 50}.25\n" for i in range(count)]


def run_rows(cli, tmp_path, content):
    file = tmp_path / "messy.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    answer = cli("run", file, "--no-report")
    assert answer.code == 0, answer.err
    folder = next((tmp_path / "runs").iterdir())
    return answer, pd.read_parquet(folder / "customers.parquet"), pd.read_parquet(folder / "rejected.parquet")


@pytest.mark.parametrize(
    ("bad", "reason", "detail"),
    [
        ("900,c01,2024-01-01,lots\n", "unparseable", "amount 'lots'"),
        ("900,c01,31/31/2024,5\n", "unparseable", "time '31/31/2024'"),
        ("900,c01,2024-02-31,5\n", "unparseable", "time '2024-02-31'"),
        ("900,c01,,5\n", "unparseable", "time is empty"),
        (HEADER, "unparseable", "repeated header"),
        ("900,c01,2024-01-01,5,surplus,fields\n", "unparseable", "ragged"),
    ],
    ids=["text in a number column", "impossible date", "no such day", "empty date", "repeated header", "ragged line"],
)
def test_a_bad_row_is_counted_and_explained(cli, tmp_path, bad, reason, detail):
    rows = good_rows()
    answer, customers, rejected = run_rows(cli, tmp_path, HEADER + "".join(rows[:30]) + bad + "".join(rows[30:]))
    assert len(customers) == 15
    assert rejected.rejected_reason.tolist() == [reason]
    assert detail in rejected.rejected_detail[0]
    assert rejected.source_line[0] == 32
    assert f"{reason} 1" in answer.out


def test_a_short_line_is_padded(cli, tmp_path):
    rows = good_rows()
    _, customers, rejected = run_rows(cli, tmp_path, HEADER + "".join(rows) + "901,c03\n")
    assert len(customers) == 15
    assert rejected.rejected_reason.tolist() == ["unparseable"]


def test_a_line_of_fifty_megabytes(cli, tmp_path):
    rows = good_rows()
    huge = "900,c01,2024-01-01," + "x" * 50_000_000 + "\n"
    _, customers, rejected = run_rows(cli, tmp_path, HEADER + "".join(rows[:30]) + huge + "".join(rows[30:]))
    assert len(customers) == 15
    assert rejected.rejected_reason.tolist() == ["unparseable"]


def test_nul_bytes(cli, tmp_path):
    rows = good_rows()
    content = (HEADER + "".join(rows)).encode() + b"900,c0\x001,2024-01-14,5\n901,c01,20\x0024-01-14,5\n"
    _, customers, rejected = run_rows(cli, tmp_path, content)
    assert len(customers) == 15
    assert rejected.rejected_reason.tolist() == ["unparseable"] * 2
    assert rejected.rejected_detail.tolist() == ["NUL bytes in the line"] * 2
    assert rejected.source_line.tolist() == [62, 63]


HOSTILE = [
    'a"b',
    "a,b",
    "<script>alert(1)</script>",
    "'; DROP TABLE customers; --",
    "🙂",
    "=cmd()|'/C calc'!A0",
    "@x",
    "-1+1",
    "ＮＵＬＬ",
    "{{7*7}}",
]


def test_hostile_names_come_out_unharmed_and_harmless(cli, tmp_path):
    file = tmp_path / "hostile'; x.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["order \"id'", "<b>customer</b>", "=date()", "amount, total; --"])
        for i in range(120):
            writer.writerow([i, HOSTILE[i % 10], f"2024-{1 + i % 12:02d}-{13 + i % 15:02d}", 1 + (i * 7) % 40])
    answer = cli(
        "run",
        file,
        "--csv",
        "--customer",
        "<b>customer</b>",
        "--order",
        "order \"id'",
        "--time",
        "=date()",
        "--amount",
        "amount, total; --",
    )
    assert answer.code == 0, answer.err
    folder = next((tmp_path / "runs").iterdir())
    assert pd.read_parquet(folder / "customers.parquet").customer_id.tolist() == sorted(HOSTILE)
    with (folder / "customers.csv").open(encoding="utf-8", newline="") as written:
        cells = [row["customer_id"] for row in csv.DictReader(written)]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert [cell.removeprefix("'") if cell[1:2] in "=@-+" else cell for cell in cells] == sorted(HOSTILE)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<b>customer</b>" not in page
    assert "&lt;b&gt;customer&lt;/b&gt;" in page
