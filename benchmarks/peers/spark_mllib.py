"""The main job on Spark, local[2], features and k-means (MLlib) alike: ``spark_mllib.py TRANSACTIONS FOLDER``.

MLlib has one start per fit (k-means||) and a silhouette of squared distances over all rows: one start for each k here,
where the others have ten, or this would take ten times as long.
"""

from __future__ import annotations

import json
import sys
import time
from functools import reduce
from operator import and_
from pathlib import Path
from typing import Any

from pyspark.ml.clustering import KMeans
from pyspark.ml.evaluation import ClusteringEvaluator
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sql

KS, STARTS, MEMORY = range(2, 11), 1, "8g"
NAMES = {
    "InvoiceNo": "invoice_no",
    "StockCode": "stock_code",
    "Quantity": "quantity",
    "InvoiceDate": "invoice_date",
    "UnitPrice": "unit_price",
    "CustomerID": "customer_id",
}
SEARCHED = ["recency_days", "frequency", "monetary"]
MOMENTS = {"mean": sql.mean, "spread": sql.stddev_pop}


def start() -> SparkSession:
    """Return a session on two cores of this machine that speaks to nobody else."""
    settings = {
        "spark.driver.memory": MEMORY,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "8",
    }
    builder = SparkSession.builder.master("local[2]").appName("segments")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def transactions(session: SparkSession, path: Path) -> DataFrame:
    """Return the lines of *path*, with a date for a date, under the names of the generated files."""
    if path.suffix == ".parquet":
        return session.read.parquet(str(path))
    lines = session.read.csv(str(path), header=True, escape='"').withColumnsRenamed(NAMES)
    dates = "M/d/yyyy H:mm" if "Description" in lines.columns else "yyyy-MM-dd HH:mm:ss"
    return lines.withColumns(
        {
            "invoice_date": sql.to_timestamp("invoice_date", dates),
            "quantity": sql.col("quantity").cast("int"),
            "unit_price": sql.col("unit_price").cast("double"),
            "customer_id": sql.col("customer_id").cast("long"),
        }
    )


def customers_of(lines: DataFrame) -> DataFrame:
    """Return one row per customer: recency_days, frequency, monetary and the number of lines."""
    kept = lines.filter(
        "customer_id IS NOT NULL AND NOT startswith(invoice_no, 'C') AND quantity > 0 AND unit_price > 0"
    )
    orders = (
        kept.distinct()
        .groupBy("customer_id", "invoice_no")
        .agg(
            sql.count("*").alias("rows"),
            sql.max("invoice_date").alias("last"),
            sql.sum(sql.expr("CAST(quantity * unit_price AS DECIMAL(18, 4))")).alias("monetary"),
        )
    )
    customers = orders.groupBy("customer_id").agg(
        sql.max("last").alias("last"),
        sql.count("*").alias("frequency"),
        sql.sum("monetary").alias("monetary"),
        sql.sum("rows").alias("rows"),
    )
    return customers.cache()


def prepared(customers: DataFrame) -> DataFrame:
    """Return the z-scores of the customers within three standard deviations of everything, as vectors."""
    as_of = customers.agg(sql.max("last")).first()[0]
    logged = customers.select(
        "customer_id",
        (sql.datediff(sql.lit(as_of), "last") + 1).cast("double").alias("recency_days"),
        sql.log1p("frequency").alias("frequency"),
        sql.log1p(sql.col("monetary").cast("double")).alias("monetary"),
    )
    usual = logged.filter(reduce(and_, [sql.abs(score) <= 3 for score in z_scores(logged).values()]))
    scaled = usual.withColumns(z_scores(usual))
    vectors = VectorAssembler(inputCols=SEARCHED, outputCol="features").transform(scaled)
    # two cores, two parts: every iteration is a job of its own, and small parts cost more than they bring
    return vectors.select("customer_id", "features").coalesce(2).cache()


def z_scores(table: DataFrame) -> dict[str, Column]:
    """Return for each searched column its distance from its mean in standard deviations (of the population)."""
    columns = [aggregate(name).alias(f"{name} {kind}") for name in SEARCHED for kind, aggregate in MOMENTS.items()]
    found = table.agg(*columns).first().asDict()
    return {name: (sql.col(name) - found[f"{name} mean"]) / found[f"{name} spread"] for name in SEARCHED}


def sweep(matrix: DataFrame) -> dict[str, Any]:
    """Return inertia, silhouette and centres for every k, and the k with the best silhouette from 4 on."""
    inertia, silhouette, centres = {}, {}, {}
    judge = ClusteringEvaluator()
    for k in KS:
        fits = [KMeans(k=k, seed=42 + number, maxIter=100, tol=1e-4).fit(matrix) for number in range(STARTS)]
        best = min(fits, key=lambda fit: fit.summary.trainingCost)
        inertia[k], silhouette[k] = best.summary.trainingCost, judge.evaluate(best.transform(matrix))
        centres[k] = [centre.tolist() for centre in best.clusterCenters()]
    k = max(silhouette.keys() - {2, 3}, key=lambda k: silhouette[k])
    return {"k": k, "starts": STARTS, "inertia": inertia, "silhouette": silhouette, "centres": centres}


def main(path: Path, folder: Path) -> None:
    started = time.perf_counter()
    session = start()
    customers = customers_of(transactions(session, path))
    total = customers.agg(sql.count("*"), sql.sum("frequency"), sql.sum("monetary"), sql.sum("rows")).first()
    featured = time.perf_counter()
    matrix = prepared(customers)
    found = sweep(matrix)
    swept = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    model = KMeans(k=found["k"], seed=42, maxIter=100).fit(matrix)
    labelled = model.transform(matrix).select("customer_id", sql.col("prediction").alias("segment_id"))
    customers.join(labelled, "customer_id", "left").write.mode("overwrite").parquet(str(folder / "customers"))
    answers = {
        "customers": total[0], "orders": total[1], "money": float(total[2]), "rows": total[3], "inside": matrix.count(),
        **found,
        "figures": {"read and features": featured - started, "k-means and silhouettes": swept - featured},
    }  # fmt: skip
    (folder / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    session.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
