"""A process of Spark's environment that parses bronze and writes silver tables for a run of the core environment.

It reads one request a line from standard input and answers each with one line: ``{}`` when it is done, or
``{"error": …}``. The first line holds the session's options and the key of the pseudonyms, so that no command line and
no variable of the environment shows it.
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, TextIO

from lake.bronze import COLUMNS
from lake.delta.commits import SERIAL
from lake.personal import pseudonym
from lake.types import duckdb_type
from resources.spark.dialect import spark_sql
from resources.spark.forecasting import COLUMNS as COLUMNS_OF_FORECASTS
from resources.spark.forecasting import group_function
from resources.spark.functions import create_functions
from resources.spark.gold_dialect import spark_type
from resources.spark.session import open_spark

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROWS = "rows_of_feed"
DELTA = "spark.databricks.delta"


def named(key: str | None, text: str | None) -> str | None:
    """The pseudonym of a text; none without a key."""
    return None if key is None or text is None else pseudonym(key, text)


class Worker:
    """A Spark session and what it does for a run."""

    def __init__(self, spark: SparkSession, pseudonym_key: str | None) -> None:
        self.spark = spark
        create_functions(spark, "0" * 32)
        # In place of the function in SQL, whose text holds its key.
        spark.udf.register("pseudonym", partial(named, pseudonym_key), "string")

    def parse(self, sql: str, files: list[str], base: str, to: str) -> None:
        """Write the rows that the statement over :data:`ROWS` gives for the bronze files to a folder."""
        schema = ", ".join(f"`{column.name}` {spark_type(duckdb_type(column.type))}" for column in COLUMNS)
        self.spark.read.schema(schema).option("basePath", base).parquet(*files).createOrReplaceTempView(ROWS)
        self.spark.sql(spark_sql(sql)).write.parquet(to)

    def query(self, sql: str, tables: dict[str, tuple[str, int]], to: str) -> None:
        """Write the rows of a statement over versions of Delta tables, by the names that it gives them, to a folder."""
        for name, (path, version) in tables.items():
            self.spark.read.format("delta").option("versionAsOf", version).load(path).createOrReplaceTempView(name)
        self.spark.sql(sql).write.parquet(to)

    def forecast(self, rows: str, by: str, asked: dict[str, Any], to: str) -> None:
        """Write the forecasts of each group of a Parquet file's series to a folder."""
        import polars as pl

        one = group_function(pl.Schema(pl.read_parquet_schema(rows)), by, asked)
        self.spark.read.parquet(rows).groupBy(by).applyInPandas(one, COLUMNS_OF_FORECASTS).write.parquet(to)

    def unset(self, table: str, name: str) -> None:
        """Take a property away from a Delta table."""
        self.spark.sql(f"alter table delta.`{table}` unset tblproperties if exists ('{name}')")

    def write(self, table: str, rows: str, on: str, serial: int, note: str, replace: bool) -> None:
        """Commit the rows of a Parquet file to a Delta table: by MERGE where ``on`` says how rows meet, else added."""
        source = self.spark.read.parquet(rows)
        if not on:
            writer = source.write.format("delta").mode("overwrite" if replace else "append")
            writer.options(userMetadata=note, txnAppId=SERIAL, txnVersion=serial).save(table)
            return
        commit = {f"{DELTA}.commitInfo.userMetadata": note, f"{DELTA}.write.txnAppId": SERIAL}
        commit[f"{DELTA}.write.txnVersion"] = str(serial)
        for name, value in commit.items():
            self.spark.conf.set(name, value)
        try:
            source.createOrReplaceTempView("rows_to_write")
            self.spark.sql(
                f"merge into delta.`{table}` as target using rows_to_write as source on {on} "
                "when matched then update set * when not matched then insert *"
            )
        finally:
            for name in commit:
                self.spark.conf.unset(name)


def answer(worker: Worker, line: str) -> dict[str, Any]:
    """Do what the line asks for; an error becomes the answer."""
    request = json.loads(line)
    try:
        getattr(worker, request.pop("do"))(**request)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {}


def main(requests: TextIO, answers: TextIO) -> None:
    """Open the session that the first line describes, then answer until the input ends."""
    first = json.loads(requests.readline())
    key = first.pop("pseudonym_key")
    worker = Worker(open_spark(**first), key)
    for line in requests:
        print(json.dumps(answer(worker, line)), file=answers, flush=True)
    worker.spark.stop()


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)  # what Spark prints is no answer
        main(sys.stdin, out)
