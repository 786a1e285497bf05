"""Order lines in DuckDB and in Spark: silver made from bronze, and sums by month, which must be equal to the cent.

`python -m benchmarks.spark_scale --lines 1000000` on this machine; `--workers 2` on a standalone cluster. `--sums`
leaves silver to DuckDB and lets Spark only sum up.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.lake_inputs import BRONZE, SOURCE, append_changes, changes_sql

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from resources.spark.client import SparkProcess

CHUNK = 1_000_000
MONTHS = 24
TABLE = "silver/order_lines"
SUMS = (
    "select cast(order_month as varchar(10)) as month, count(*) as lines, cast(sum(quantity) as bigint) as units, "
    "cast(sum(quantity * unit_price) as decimal(38, 4)) as revenue from {lines} group by 1 order by 1"
)
Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Measured:
    """Seconds of one engine: until it answers, for silver (None: not made by it), for the sums; and the sums."""

    engine: str
    start: float
    silver: float | None
    sums: float
    rows: Rows

    def line(self) -> str:
        """The row of a table."""
        silver = "-" if self.silver is None else f"{self.silver:.1f}"
        return f"| {self.engine} | {self.start:.1f} | {silver} | {self.sums:.1f} |"


def make_bronze(lake: "Lake", lines: int) -> None:
    """Land the changes, each of an order line of its own."""
    for first in range(0, lines, CHUNK):
        last = min(first + CHUNK, lines)
        append_changes(lake, changes_sql(f"select i, i as n from range({first}, {last}) as t(i)", MONTHS))


def by_duckdb(lake: "Lake") -> Measured:
    """Silver and sums by DuckDB and delta-rs."""
    from lake.delta.table import Table
    from lake.delta.views import duckdb_instance, version_sql

    began = time.perf_counter()
    refresh_lines(lake, None)
    made = time.perf_counter()
    path = lake.path(TABLE)
    rows = duckdb_instance().execute(SUMS.format(lines=f"({version_sql(path, Table(path).version())})")).fetchall()
    return Measured("DuckDB", 0, made - began, time.perf_counter() - made, rows)


def by_spark(spark: "SparkProcess", lake: "Lake", name: str, *, only_sums: bool) -> Measured:
    """Silver, unless DuckDB's is to be read, and sums by Spark."""
    from lake.delta.table import Table
    from resources.spark.silver import SparkSilver

    began = time.perf_counter()
    spark.query("select 1 as one", {})
    started = time.perf_counter()
    if not only_sums:
        refresh_lines(lake, SparkSilver(spark))
    made = time.perf_counter()
    path = lake.path(TABLE)
    found = spark.query(SUMS.format(lines="lines"), {"lines": (path, Table(path).version())}).to_pylist()
    rows = sorted(tuple(row.values()) for row in found)
    silver = None if only_sums else made - started
    return Measured(name, started - began, silver, time.perf_counter() - made, rows)


def refresh_lines(lake: "Lake", engine: object) -> None:
    """Bring the table of order lines up to bronze."""
    from assets.silver.order_lines import ORDER_LINES
    from lake.silver.refresh import refresh
    from lake.silver.sql import Feed

    feed = Feed(BRONZE, SOURCE, ("after", "payload.after"), ("before", "payload.before"))
    refresh(lake, lake.session("scale"), ORDER_LINES, feed, engine=engine)  # type: ignore[arg-type]


@contextmanager
def master(workers: int, folder: Path, memory: str) -> Iterator[str]:
    """Where Spark computes: here, or on a cluster for the time of the block."""
    from resources.spark.servers import cluster
    from resources.trino.server import free_port

    if not workers:
        yield "local[*]"
        return
    with cluster(folder, free_port(), workers, memory) as url:
        yield url


def measure(lines: int, workers: int, memory: str, *, only_sums: bool) -> list[Measured]:
    """Both engines over the same bronze.

    Raises:
        SystemExit: the sums differ.
    """
    from lake.lakehouse import Lake
    from resources.spark.client import SparkProcess

    with tempfile.TemporaryDirectory(prefix="lacquer-scale-") as folder:
        root = Path(folder)
        make_bronze(Lake(root / "duckdb"), lines)
        if not only_sums:
            shutil.copytree(root / "duckdb", root / "spark", copy_function=os.link)
        alone = by_duckdb(Lake(root / "duckdb"))
        name = f"Spark, {workers} workers" if workers else "Spark, this machine"
        lake = Lake(root / "duckdb" if only_sums else root / "spark")
        with master(workers, root / "cluster", memory) as url, SparkProcess(url, memory) as spark:
            other = by_spark(spark, lake, name, only_sums=only_sums)
    if alone.rows != other.rows or sum(int(str(row[1])) for row in alone.rows) != lines:
        raise SystemExit(f"the sums differ:\n{alone.rows[:3]}\n{other.rows[:3]}")
    return [alone, other]


def main() -> None:
    """Measure and print a table of seconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=0, help="of a standalone cluster; 0: this machine alone")
    parser.add_argument("--memory", default="1g", help="of Spark's process, and of each worker")
    parser.add_argument("--sums", action="store_true", help="let Spark only sum up what DuckDB has written")
    chosen = parser.parse_args()
    found = measure(chosen.lines, chosen.workers, chosen.memory, only_sums=chosen.sums)
    print(f"{chosen.lines:,} lines in {len(found[0].rows)} months, sums equal to the cent")
    print("| engine | start s | silver s | sums s |\n|---|---:|---:|---:|")
    print("\n".join(one.line() for one in found))


if __name__ == "__main__":
    main()
