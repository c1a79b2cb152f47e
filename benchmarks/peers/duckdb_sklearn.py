"""The main job with plain DuckDB and scikit-learn: ``duckdb_sklearn.py TRANSACTIONS FOLDER``.

One query from the file to the customers, exact duplicates out by DISTINCT, then the sweep of ``sklearn_sweep.py``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb
from sklearn_sweep import finish

# The columns of UCI Online Retail, under the names of the generated files; its dates begin with the month.
RETAIL = """
SELECT InvoiceNo AS invoice_no, StockCode AS stock_code, Description, Quantity AS quantity, UnitPrice AS unit_price,
  strptime(InvoiceDate, '%m/%d/%Y %H:%M') AS invoice_date, CustomerID AS customer_id, Country
FROM read_csv('{path}', types = {{'InvoiceNo': 'VARCHAR', 'StockCode': 'VARCHAR', 'InvoiceDate': 'VARCHAR'}})
"""
GENERATED = {
    ".csv": "FROM read_csv('{path}', types = {{'invoice_no': 'VARCHAR', 'stock_code': 'VARCHAR'}})",
    ".parquet": "FROM read_parquet('{path}')",
}
CUSTOMERS = """
WITH kept AS (
  SELECT DISTINCT * FROM ({lines})
  WHERE customer_id IS NOT NULL AND NOT starts_with(invoice_no, 'C') AND quantity > 0 AND unit_price > 0
), orders AS (
  SELECT customer_id, invoice_no, count(*) AS lines, max(invoice_date) AS last,
    sum((quantity * unit_price)::DECIMAL(18, 4)) AS monetary
  FROM kept GROUP BY ALL
), customers AS (
  SELECT customer_id, max(last) AS last, count(*) AS frequency, sum(monetary) AS monetary, sum(lines) AS rows
  FROM orders GROUP BY ALL
)
SELECT customer_id, date_diff('day', last, max(last) OVER ()) + 1 AS recency_days, frequency, monetary, rows
FROM customers ORDER BY customer_id
"""


def main(path: Path, folder: Path) -> None:
    started = time.perf_counter()
    lines = (RETAIL if "retail" in path.name else GENERATED[path.suffix]).format(path=path)
    customers = duckdb.sql(CUSTOMERS.format(lines=lines)).pl()
    counted = {
        "rows": int(customers["rows"].sum()),
        "orders": int(customers["frequency"].sum()),
        "money": float(customers["monetary"].sum()),
    }
    finish(customers.drop("rows").cast({"monetary": float}), counted, started, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
