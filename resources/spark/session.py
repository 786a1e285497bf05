"""Spark sessions over the lake's Delta tables, on this machine only and in UTC.

Tables stay readable and writable for delta-rs: no deletion vectors, no row tracking, classic checkpoints.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ROOT = Path(__file__).parents[2]
HOME = ROOT / ".cache" / "spark"
PYTHON = HOME / "venv" / "bin" / "python"
JARS = HOME / "jars"

SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.properties.defaults.enableDeletionVectors": "false",
    "spark.databricks.delta.properties.defaults.enableRowTracking": "false",
    "spark.databricks.delta.properties.defaults.checkpointPolicy": "classic",
    # Of one machine; the defaults are a cluster's.
    "spark.sql.shuffle.partitions": "4",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "4",
}
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


class SparkMissingError(RuntimeError):
    """`make spark` has not been run, or not to its end."""


def is_installed() -> bool:
    """Whether `make spark` has made its environment and fetched Delta's jars."""
    return PYTHON.is_file() and any(JARS.glob("delta-spark_*.jar"))


def open_spark(master: str = "local[2]", memory: str = "1g") -> SparkSession:
    """A session with Delta: on a Spark of this process, on a cluster (`spark://…`), or by Spark Connect (`sc://…`).

    Raises:
        SparkMissingError: Spark's environment is not complete.
    """
    if not is_installed():
        raise SparkMissingError(f"no Spark in {HOME}: run make spark, which wants Java 17 and Maven")
    from pyspark.sql import SparkSession

    if master.startswith("sc://"):  # its server has its own settings
        session = SparkSession.builder.remote(master).getOrCreate()
        session.conf.set("spark.sql.session.timeZone", "UTC")
        return session
    os.environ["PYSPARK_PYTHON"] = sys.executable  # else workers run the first python3 of the PATH
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    own = tempfile.mkdtemp(prefix="lacquer-spark-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    builder = SparkSession.builder.master(master).appName("lacquer")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    return (
        builder.config("spark.jars", ",".join(str(jar) for jar in sorted(JARS.glob("*.jar"))))
        .config("spark.driver.memory", memory)
        .config("spark.driver.extraJavaOptions", f"{JAVA_OPTIONS} -Dderby.system.home={own}")
        .config("spark.sql.warehouse.dir", f"{own}/warehouse")
        .config("spark.local.dir", own)
        .getOrCreate()
    )
