"""A published lake for weekly reports, with an older forecast beside the newest, and its rows for the truth."""

from datetime import date
from typing import TYPE_CHECKING

import pytest

from lake.delta.table import Table
from serving.queries.publications import Publications
from tests import copilot_lake

if TYPE_CHECKING:
    import duckdb

    from lake.lakehouse import Lake
    from serving.queries.reader import Reader

OLDER = date(2025, 11, 30)


@pytest.fixture(scope="session")
def truth() -> "duckdb.DuckDBPyConnection":
    """The rows that the lake publishes."""
    con = copilot_lake.database()
    con.execute(
        "insert into gold.forecasts select * replace (? as origin, ?::date + 1 as starts_on, "
        "units_p50 / 4 as units_p50, units_p90 / 4 as units_p90) from gold.forecasts where horizon_days = 30",
        [OLDER, OLDER],
    )
    return con


@pytest.fixture(scope="session")
def report_lake(tmp_path_factory: pytest.TempPathFactory, truth: "duckdb.DuckDBPyConnection") -> "Lake":
    lake = copilot_lake.build(tmp_path_factory.mktemp("reports") / "lake")
    rows = truth.sql("from gold.forecasts").to_arrow_table()
    lake.publish({"gold/forecasts": Table(lake.path("gold/forecasts")).overwrite(rows)}, "second-run")
    return lake


@pytest.fixture(scope="session")
def reader(report_lake: "Lake") -> "Reader":
    return Publications(report_lake).reader()
