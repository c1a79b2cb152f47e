"""The main job with Polars and scikit-learn: ``polars_sklearn.py TRANSACTIONS FOLDER``.

A lazy scan on the streaming engine: filters first, exact duplicates out, orders before customers (faster than counting
distinct orders), then the sweep of ``sklearn_sweep.py``.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import polars as pl
from sklearn_sweep import finish

# The columns of UCI Online Retail, as the generated files call them.
NAMES = {
    "InvoiceNo": "invoice_no",
    "StockCode": "stock_code",
    "Quantity": "quantity",
    "InvoiceDate": "invoice_date",
    "UnitPrice": "unit_price",
    "CustomerID": "customer_id",
}
TEXT = dict.fromkeys(["invoice_no", "stock_code", "InvoiceNo", "StockCode", "Description"], pl.String)


def transactions(path: Path) -> pl.LazyFrame:
    """Return the lines of *path*, with a date for a date, under the names of the generated files."""
    if path.suffix == ".parquet":
        return pl.scan_parquet(path)
    lines = pl.scan_csv(path, schema_overrides=TEXT).rename(NAMES, strict=False)
    month_first = "Description" in lines.collect_schema()
    dates = "%m/%d/%Y %H:%M" if month_first else "%Y-%m-%d %H:%M:%S"
    return lines.with_columns(pl.col("invoice_date").str.to_datetime(dates))


def main(path: Path, folder: Path) -> None:
    started = time.perf_counter()
    lines = transactions(path)
    kept = lines.filter(
        pl.col("customer_id").is_not_null(),
        ~pl.col("invoice_no").str.starts_with("C"),
        pl.col("quantity") > 0,
        pl.col("unit_price") > 0,
    ).unique()
    orders = kept.group_by("customer_id", "invoice_no").agg(
        rows=pl.len(),
        last=pl.col("invoice_date").max(),
        monetary=(pl.col("quantity") * pl.col("unit_price")).sum(),
    )
    customers = (
        orders.group_by("customer_id")
        .agg(pl.col("last").max(), pl.col("rows", "monetary").sum(), frequency=pl.len())
        .sort("customer_id")
        .collect(engine="streaming")
    )
    as_of = customers["last"].max().date()
    customers = customers.with_columns(recency_days=(pl.lit(as_of) - pl.col("last").dt.date()).dt.total_days() + 1)
    counted = {
        "rows": int(customers["rows"].sum()),
        "orders": int(customers["frequency"].sum()),
        "money": float(customers["monetary"].sum()),
    }
    finish(customers.drop("last", "rows"), counted, started, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
