"""Generated transactions for the benchmarks: the same rows for the same size, whatever the machine or its threads.

Heavy-tailed customers (about 28 lines each), about 4 lines an invoice, 1 % repeated lines, 2 % without a customer, 2 %
cancellations, a few worthless lines; text ids as shops have them. Everything follows from hashes of the line's number.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

LINES_AN_ORDER, LINES_A_CUSTOMER = 4, 28
ROWS_A_GROUP = 200_000

SQL = """
WITH line AS (
  -- an order has 1 to 7 lines: seven places, of which a hash keeps four on average
  SELECT i // 7 AS o, i % 7 AS place FROM range({orders} * 7) AS t(i) WHERE i % 7 <= hash(i // 7, 1) % 7
), drawn AS (
  SELECT o, place,
    (hash(o, 2) % 1000000007) / 1000000007.0 AS u_customer,
    (hash(o, 3) % 1000000007) / 1000000007.0 AS u_day,
    (hash(o, place, 4) % 1000000007) / 1000000007.0 AS u_price,
    hash(o, 5) % 1000 AS fate, hash(o, place, 6) AS h
  FROM line
), placed AS (
  SELECT *, (floor({customers} * u_customer ** 2.2))::BIGINT AS customer FROM drawn
), sold AS (
  SELECT
    CASE WHEN fate < 20 THEN 'C' ELSE '' END || (500000 + o) AS invoice_no,
    (10000 + (h % 4000))::VARCHAR || CASE WHEN h % 5 = 0 THEN 'A' ELSE '' END AS stock_code,
    CASE WHEN fate < 20 THEN -1 ELSE 1 END * (1 + h % 12)::INTEGER AS quantity,
    -- each customer is about for a while: from a first day on, for a stretch that differs
    TIMESTAMP '2022-01-01' + to_seconds((hash(customer, 7) % 400 * 86400
      + (u_day * (30 + hash(customer, 8) % 330) * 86400)::BIGINT)) AS invoice_date,
    CASE WHEN h % 500 = 0 THEN 0 ELSE round(exp(0.3 + 2.2 * u_price), 2) END AS unit_price,
    CASE WHEN fate >= 980 THEN NULL ELSE 10000 + customer END AS customer_id,
    ['United Kingdom', 'Germany', 'France', 'EIRE', 'Spain'][(1 + hash(customer, 9) % 5)::INTEGER] AS country,
    CASE WHEN hash(o, place, 10) % 100 = 0 THEN 2 ELSE 1 END AS times
  FROM placed
)
SELECT invoice_no, stock_code, quantity, invoice_date, unit_price, customer_id, country
FROM sold, range(times)
"""


def generate(lines: int, path: Path) -> Path:
    """Write about *lines* transactions to *path* (``.parquet`` or ``.csv``), unless it is there; return the path."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    sql = SQL.format(orders=lines // LINES_AN_ORDER, customers=lines // LINES_A_CUSTOMER)
    beside = path.with_name(path.name + ".partial")
    kind = (
        "FORMAT csv, HEADER"
        if path.suffix == ".csv"
        else f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS_A_GROUP}"
    )
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({sql}) TO '{beside}' ({kind})")
    beside.rename(path)
    return path


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("lines", type=int)
    options.add_argument("path", type=Path)
    chosen = options.parse_args()
    print(generate(chosen.lines, chosen.path))
