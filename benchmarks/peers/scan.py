"""One plain DuckDB scan of the columns that the main job needs: ``scan.py TRANSACTIONS FOLDER``.

Counts, sums, the last date and hashes of the text columns, so that every value is really read; nothing is grouped.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

SQL = """
SELECT count(*), count(customer_id), max(customer_id), sum(quantity), sum(unit_price), max(invoice_date),
  bit_xor(hash(invoice_no)), bit_xor(hash(stock_code)), bit_xor(hash(country)) FROM '{path}'
"""


def main(path: Path, folder: Path) -> None:
    with duckdb.connect() as connection:
        started = time.perf_counter()
        rows = connection.execute(SQL.format(path=path)).fetchone()
        seconds = time.perf_counter() - started
    folder.mkdir(parents=True, exist_ok=True)
    answers = {"rows": rows[0] if rows else None, "figures": {"scan": seconds}}
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
