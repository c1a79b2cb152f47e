"""Features on a Spark cluster of two workers beside the engine inside: equal, figure by figure.

Generated transactions are written as partitioned Parquet, which the workers read; a master and two worker processes run
on this machine. Both sides clean, count the ledger and compute every feature; what is compared are the ledger and all
figures of all customers. Prints a table in Markdown; the exit code is 1 where a figure differs.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import duckdb
import numpy as np
from transactions import generate

PROJECT = Path(__file__).parents[1]
sys.path.insert(0, str(PROJECT / "tests" / "engines"))

import servers  # noqa: E402 -- it starts the cluster, for tests as well

from segmentry.core.progress import Silent  # noqa: E402
from segmentry.core.recipe import Recipe, parse_recipe  # noqa: E402
from segmentry.flow.segmenting import read_book  # noqa: E402
from segmentry.flow.steps import Book  # noqa: E402
from segmentry.flow.stopwatch import Stopwatch  # noqa: E402

SETTINGS = {
    "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
    "spark.driver.memory": "2g", "spark.sql.shuffle.partitions": "8",
}  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lines", type=int, default=10_000_000, help="transactions to generate")
    options.add_argument("--data", type=Path, help="a Parquet file to read instead, of the same columns")
    options.add_argument("--memory", default="3g", help="memory of each worker")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="segmentry-spark-") as name:
        folder = Path(name)
        source = chosen.data or generate(chosen.lines, folder / "transactions.parquet")
        parts = partitioned(source, folder / "sales")
        inside, seconds_inside = measured({"path": str(source)})
        with servers.spark_cluster(memory=chosen.memory) as master:
            settings = SETTINGS | {"spark.executor.memory": heap(chosen.memory), "spark.local.dir": str(folder)}
            address = f"{master}?{'&'.join(f'{key}={quote(value)}' for key, value in settings.items())}"
            cluster, seconds_cluster = measured({"connection": address, "path": str(parts)})
            cluster.engine.close()
    differing = compared(inside, cluster)
    report(inside, differing, {"engine inside": seconds_inside, "Spark, two workers": seconds_cluster})
    sys.exit(1 if any(differing.values()) else 0)


def heap(memory: str) -> str:
    """Return the heap of an executor in a worker of *memory*: Spark keeps a part of it for itself."""
    return f"{int(int(memory.removesuffix('g')) * 1024 * 0.85)}m"


def partitioned(source: Path, folder: Path) -> Path:
    """Write *source* as Parquet in a folder for each year."""
    rows = f"SELECT *, year(invoice_date) AS year FROM '{source}'"
    duckdb.execute(f"COPY ({rows}) TO '{folder}' (FORMAT parquet, PARTITION_BY (year))")
    return folder


def measured(source: dict[str, str]) -> tuple[Book, float]:
    """Return the customers of *source* with every feature, and the seconds it took."""
    columns = {
        "customer": "customer_id", "order": "invoice_no", "time": "invoice_date", "quantity": "quantity",
        "unit_price": "unit_price", "product": "stock_code", "country": "country",
    }  # fmt: skip
    recipe: Recipe = parse_recipe({"source": {**source, "columns": columns}})
    started = time.perf_counter()
    book = read_book(recipe, Stopwatch(Silent()))
    described = book.described()
    seconds = time.perf_counter() - started
    return Book(**{**book.__dict__, "customers": described}), seconds


def compared(one: Book, other: Book) -> dict[str, int]:
    """Return how many figures differ, by what they are figures of."""
    ours, theirs = one.customers, other.customers
    differing = {"ledger lines": sum(a != b for a, b in zip(lines_of(one), lines_of(other), strict=True))}
    if ours.ids.tolist() != theirs.ids.tolist():
        return differing | {"customers": len({*ours.ids} ^ {*theirs.ids}) or 1}
    for name, values in ours.values.items():
        same = (values == theirs.values[name]) | (np.isnan(values) & np.isnan(theirs.values[name]))
        differing[name] = int((~same).sum())
    return differing


def lines_of(book: Book) -> list[object]:
    return [*book.ledger.set_aside, book.ledger.kept, book.ledger.total]


def report(book: Book, differing: dict[str, int], seconds: dict[str, float]) -> None:
    customers = book.customers
    print("# Features on a Spark cluster\n")
    print(
        f"{book.ledger.total.rows:,} transactions, partitioned Parquet, {len(customers):,} customers; a master and two "
        f"worker processes of one core each on this machine ({os.cpu_count()} cores), one run.\n"
    )
    print("| engine | cleaning, ledger and all features, s |\n|---|---:|")
    for name, taken in seconds.items():
        print(f"| {name} | {taken:.1f} |")
    print("\n| figures | compared | different |\n|---|---:|---:|")
    for name, count in differing.items():
        print(f"| {name} | {len(lines_of(book)) if name == 'ledger lines' else len(customers):,} | {count:,} |")


if __name__ == "__main__":
    main()
