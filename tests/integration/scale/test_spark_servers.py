"""A cluster of two workers and Spark Connect: silver that they write, sums to the cent, forecasts by group."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.lake_inputs import BRONZE, SCALES, SOURCE, lake_with_changes
from lake.delta.table import Table
from lake.delta.views import duckdb_instance, version_sql
from lake.lakehouse import Lake
from lake.silver.refresh import refresh
from lake.silver.sql import Feed
from ml.series.boosting import Settings
from ml.series.frame import Reading
from ml.series.grouped import forecast_group
from ml.series.rehearsal import Request
from resources.spark.client import SparkProcess
from resources.spark.forecasting import forecast_in_spark
from resources.spark.servers import cluster, connect_server
from resources.spark.session import is_installed
from resources.spark.silver import SparkSilver
from resources.trino.server import free_port
from tests.needs import need

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]
TABLE = "silver/order_lines"
SUMS = (
    "select cast(order_month as varchar(10)) as month, count(*) as lines, cast(sum(quantity) as bigint) as units, "
    "cast(sum(quantity * unit_price) as decimal(38, 4)) as revenue from {lines} group by 1 order by 1"
)


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Lake, Lake]:
    """Bronze with 20,000 changes, three times; the first one's silver is made by DuckDB."""
    root = tmp_path_factory.mktemp("servers")
    lake_with_changes(root / "duckdb", SCALES["tiny"])
    for name in ("cluster", "connect"):
        shutil.copytree(root / "duckdb", root / name)
    bring(Lake(root / "duckdb"), None)
    return Lake(root / "duckdb"), Lake(root / "cluster"), Lake(root / "connect")


@pytest.fixture(scope="module")
def on_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkProcess]:
    need(is_installed(), "no Spark on this machine: make spark")
    with cluster(tmp_path_factory.mktemp("cluster"), free_port()) as url, SparkProcess(url) as process:
        yield process


def bring(lake: Lake, engine: SparkSilver | None) -> None:
    from assets.silver.order_lines import ORDER_LINES

    feed = Feed(BRONZE, SOURCE, ("after", "payload.after"), ("before", "payload.before"))
    refresh(lake, lake.session("test"), ORDER_LINES, feed, engine=engine)


def by_spark(process: SparkProcess, lake: Lake) -> list[tuple[object, ...]]:
    path = lake.path(TABLE)
    rows = process.query(SUMS.format(lines="lines"), {"lines": (path, Table(path).version())})
    return sorted(tuple(row.values()) for row in rows.to_pylist())


def by_duckdb(lake: Lake) -> list[tuple[object, ...]]:
    path = lake.path(TABLE)
    rows = version_sql(path, Table(path).version())
    return duckdb_instance().execute(SUMS.format(lines=f"({rows})")).fetchall()


def test_a_cluster_of_two_workers_writes_silver_with_sums_to_the_cent(
    lakes: tuple[Lake, Lake, Lake], on_cluster: SparkProcess
) -> None:
    bring(lakes[1], SparkSilver(on_cluster))
    expected = by_duckdb(lakes[0])
    assert len(expected) == 6
    assert by_spark(on_cluster, lakes[1]) == expected
    assert by_duckdb(lakes[1]) == expected


def test_forecasts_by_group_on_the_cluster_are_those_of_this_process(on_cluster: SparkProcess) -> None:
    draw, first = np.random.default_rng(5), dt.date(2025, 1, 1)
    rows = pl.concat(
        pl.DataFrame(
            {
                "unique_id": f"{region}{number}",
                "ds": pl.date_range(first, first + dt.timedelta(119), eager=True),
                "y": np.maximum(0, 20 + 4 * np.sin(np.arange(120) * 2 * np.pi / 7) + draw.normal(0, 2, 120)),
                "region": region,
            }
        )
        for region in ("north", "south")
        for number in range(3)
    )
    reading, request = Reading("D", 14), Request((7, 14), (0.1, 0.5, 0.9), is_sum=True)
    found = forecast_in_spark(on_cluster, rows, "region", reading, request, seed=3)
    alone = [rows.filter(pl.col("region") == one) for one in ("north", "south")]
    expected = pl.concat(forecast_group(one, "region", reading, request, Settings(seed=3)) for one in alone)
    assert (found.height, found.columns) == (12, expected.columns)
    keys, numbers = ["unique_id", "ds", "horizon", "model"], ["mean", "q0.1", "q0.5", "q0.9"]
    expected = expected.sort("unique_id", "ds", "horizon")
    assert found.select(keys).equals(expected.select(keys))
    np.testing.assert_allclose(found.select(numbers).to_numpy(), expected.select(numbers).to_numpy(), rtol=1e-9)


def test_spark_connect_writes_silver_with_sums_to_the_cent(lakes: tuple[Lake, Lake, Lake], tmp_path: Path) -> None:
    need(is_installed(), "no Spark on this machine: make spark")
    with connect_server(tmp_path, free_port()) as url, SparkProcess(url) as process:
        bring(lakes[2], SparkSilver(process))
        assert by_spark(process, lakes[2]) == by_duckdb(lakes[0]) == by_duckdb(lakes[2])
