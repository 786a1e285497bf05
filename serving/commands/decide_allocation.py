"""`lacquer decide --allocate`: which buyers get the stock that does not reach for all, as an order sheet."""

from pathlib import Path
from typing import TYPE_CHECKING

from serving.failures import explained, fail

if TYPE_CHECKING:
    import duckdb

SHEET_SQL = """
select buyer_id, release_id, units, wanted, least, round(unit_margin, 4) as unit_margin, round(margin, 2) as margin,
  reason
from allocated where units > 0 order by buyer_id, release_id
"""


def check_sheet(out: Path) -> None:
    """Refuse, before anything is computed, a file that could not be written afterwards."""
    from serving.commands.exporting import ENDINGS

    if out.suffix.lower() not in ENDINGS.values():
        fail(f"--allocate {out}: the name ends in .csv, .xlsx or .parquet")
    if not out.absolute().parent.is_dir():
        fail(f"--allocate {out}: there is no folder {out.absolute().parent}")


def write_allocation(con: "duckdb.DuckDBPyConnection", demand_factor: float, out: Path) -> None:
    """Allocate by the newest published plan, write the sheet and print its sums."""
    import duckdb
    import polars as pl

    from assets.decisions.stock_allocations import BUYERS_SQL, LINES_SQL, RELEASES_SQL
    from ml.decisions.scarce import stock_allocations
    from serving.commands.exporting import ExportError, export_query

    with explained(duckdb.Error):
        releases, lines, buyers = (con.sql(query).pl() for query in (RELEASES_SQL, LINES_SQL, BUYERS_SQL))
    rows = stock_allocations(releases.with_columns(pl.col("demand") * demand_factor), lines, buyers)
    with duckdb.connect() as own, explained(ExportError, OSError):
        own.register("allocated", rows.to_arrow())
        written = export_query(own, SHEET_SQL, out, out.suffix.lower()[1:])
    given, wanted = rows["units"].sum(), rows["wanted"].sum()
    print(
        f"{rows['release_id'].n_unique():,} releases do not reach for all: {given:,} of {wanted:,} units go to"
        f" {rows.filter(pl.col('units') > 0)['buyer_id'].n_unique():,} buyers and earn {rows['margin'].sum():,.0f};"
        f" {written:,} rows in {out}"
    )
