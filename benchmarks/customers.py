"""A generated customer table to measure scoring on: customer_id and five features, the same for the same size."""

from __future__ import annotations

from pathlib import Path

import duckdb

ROWS_A_GROUP = 122_880
# Like a shop's: long tails, orders and money go together, whole days and orders, money in cents.
SQL = """
WITH drawn AS (
  SELECT i, (hash(i, 1) % 1000000007) / 1000000007.0 AS a, (hash(i, 2) % 1000000007) / 1000000007.0 AS b,
    (hash(i, 3) % 1000000007) / 1000000007.0 AS c, (hash(i, 4) % 1000000007) / 1000000007.0 AS d
  FROM range({customers}) AS t(i)
), rounded AS (
  SELECT i, floor(700 * a * a)::DOUBLE AS recency_days, floor(exp(4.5 * b * b))::DOUBLE AS frequency,
    round(exp(2 + 3 * c), 2)::DOUBLE AS average_order_value, floor(900 * d)::DOUBLE AS before
  FROM drawn
)
SELECT 10000000 + i AS customer_id, recency_days, frequency, round(frequency * average_order_value, 2) AS monetary,
  average_order_value, recency_days + before AS tenure_days
FROM rounded ORDER BY i
"""
FEATURES = ("recency_days", "frequency", "monetary", "average_order_value", "tenure_days")


def generate(customers: int, path: Path) -> Path:
    """Write *customers* rows to the Parquet file *path*, unless it is there; return the path."""
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".partial")
    with duckdb.connect() as connection:
        sql = SQL.format(customers=customers)
        connection.execute(f"COPY ({sql}) TO '{beside}' (FORMAT parquet, ROW_GROUP_SIZE {ROWS_A_GROUP})")
    beside.rename(path)
    return path
