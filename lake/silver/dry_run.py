"""Reading a silver table again from bronze without writing it: how many rows, and which its contract would refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.delta.table import Table
from lake.delta.views import duckdb_connection
from lake.lakehouse import Lake
from lake.personal import install_pseudonym
from lake.silver.bronze_files import files_at
from lake.silver.sql import Feed
from lake.silver.staging import slices, stage

if TYPE_CHECKING:
    import pyarrow as pa


def rehearse_rebuild(lake: Lake, contract: Contract, feed: Feed) -> tuple[int, pa.Table]:
    """Rows of bronze that would be read, and the dead letters that there would be."""
    con, bronze = duckdb_connection(), Table(lake.path(f"bronze/{feed.bronze}"))
    install_pseudonym(con, None)
    files = files_at(bronze, bronze.version(), feed) if bronze.exists() else []
    staged = stage(con, contract, feed, slices(files))
    return staged.read, con.sql("from dead").to_arrow_table()
