"""The same work in bare polars, DuckDB and delta-rs: same input files, same typed columns, same partitions.

Written as somebody would who knows the engine well and needs nothing but speed: no contract, no dead letters, no
reading position, no balance, no second writer. Taking events in is :mod:`benchmarks.ingest_references`.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.lake_cases import CHANGES, STANDING, Count, count_lines
from benchmarks.lake_inputs import BRONZE, copy_of
from lake.delta.storage import commit_lines, data_file, newest_version

TEXTS = ("order_id", "line_no", "sku", "item_category", "order_type", "created_at", "qty", "price", "currency")
FILES = f"bronze/{BRONZE}/source=*/*.parquet"


def latest_polars(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """json_decode, typed, the latest per key by its greatest position, write_delta."""
    import deltalake  # noqa: F401
    import polars as pl

    fields = pl.Struct({"after": pl.Struct(dict.fromkeys(TEXTS, pl.String))})

    def work() -> Count:
        after = pl.col("payload").str.json_decode(fields).struct.field("after")
        raw = pl.scan_parquet(inputs / CHANGES / FILES).select(
            "position", "changed_at", is_deleted=pl.col("op") == "d", after=after
        )
        rows = _typed_polars(raw.unnest("after")).collect(engine="streaming")
        greatest = rows.group_by("order_id", "line_number").agg(pl.max("source_position"))
        newest = rows.join(greatest, on=["order_id", "line_number", "source_position"], how="semi")
        newest.write_delta(str(scratch / "lines"), delta_write_options={"partition_by": ["order_month"]})
        return lambda: count_lines(scratch / "lines")

    return work


def _typed_polars(rows: Any) -> Any:
    import polars as pl

    ordered_at = pl.col("created_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us", time_zone="UTC")
    return rows.select(
        "order_id",
        pl.col("line_no").cast(pl.Int32).alias("line_number"),
        pl.col("sku").alias("release_id"),
        "item_category",
        "order_type",
        ordered_at.alias("ordered_at"),
        pl.col("qty").cast(pl.Int32).alias("quantity"),
        pl.col("price").cast(pl.Decimal(12, 4)).alias("unit_price"),
        "currency",
        (pl.col("item_category") == "product").alias("is_product"),
        (pl.col("qty").cast(pl.Int32) < 0).alias("is_return"),
        ordered_at.dt.truncate("1mo").cast(pl.Date).alias("order_month"),
        pl.col("position").alias("source_position"),
        pl.col("changed_at").alias("source_changed_at"),
        "is_deleted",
    )


def typed_duckdb(files: str) -> str:
    """The SELECT that parses and types every change in the files."""
    fields = ", ".join(f'"{name}": "VARCHAR"' for name in TEXTS)
    return f"""
with parsed as (
  select position, changed_at, op, from_json(payload, '{{"after": {{{fields}}}}}').after as a
  from read_parquet('{files}', hive_partitioning = false)
)
select a.order_id as order_id, a.line_no::int as line_number, a.sku as release_id, a.item_category as item_category,
  a.order_type as order_type, a.created_at::timestamptz as ordered_at, a.qty::int as quantity,
  a.price::decimal(12, 4) as unit_price, a.currency as currency, a.item_category = 'product' as is_product,
  a.qty::int < 0 as is_return, date_trunc('month', a.created_at::timestamptz)::date as order_month,
  position as source_position, changed_at as source_changed_at, op = 'd' as is_deleted
from parsed"""


def newest_per_key(con: Any, files: str) -> Any:
    """The latest change per key, in two passes: half the time of DISTINCT ON, QUALIFY or arg_max over whole rows."""
    con.execute(f"create or replace temp table changes as {typed_duckdb(files)}")
    return con.sql(
        "select c.* from changes c join (select order_id, line_number, max(source_position) as source_position "
        "from changes group by all) using (order_id, line_number, source_position)"
    ).to_arrow_table()


def latest_duckdb(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """from_json, typed, the latest per key by its greatest position, write_deltalake."""
    from deltalake import write_deltalake

    con = connection()

    def work() -> Count:
        rows = newest_per_key(con, str(inputs / CHANGES / FILES))
        write_deltalake(str(scratch / "lines"), in_utc(rows), partition_by=["order_month"])
        return lambda: count_lines(scratch / "lines")

    return work


def merge_looked_up(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """The new changes parsed and typed by DuckDB, merged by delta-rs within the months where their keys stand now."""

    def months(con: Any, rows: Any, table: Any) -> list[object]:
        con.register("batch", rows)
        found = con.execute(
            f"select distinct order_month from read_parquet({table.file_uris()}, hive_partitioning = true, "
            "hive_types = {'order_month': DATE}) semi join batch using (order_id, line_number)"
        ).fetchall()
        return [month for (month,) in found] + rows.column("order_month").unique().to_pylist()

    return _merged(inputs, scratch, months)


def merge_of_batch(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """The same within the months of the batch: quicker, and wrong once a key moves to another month."""
    return _merged(inputs, scratch, lambda con, rows, table: rows.column("order_month").unique().to_pylist())


def merge_unbounded(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """The same without a bound: right, and slow."""
    return _merged(inputs, scratch, None)


def _merged(inputs: Path, scratch: Path, months: Callable[[Any, Any, Any], list[object]] | None) -> Callable[[], Count]:
    from deltalake import DeltaTable

    table = copy_of(inputs / STANDING, scratch / "lake") / "silver" / "order_lines"
    newest = newest_bronze_file(inputs / STANDING)
    con = connection()

    def work() -> Count:
        rows = in_utc(newest_per_key(con, str(newest)))
        standing = DeltaTable(str(table))
        on = "t.order_id = s.order_id and t.line_number = s.line_number"
        if months:
            literals = ", ".join(f"cast('{month}' as date)" for month in set(months(con, rows, standing)))
            on = f"{on} and t.order_month in ({literals})"
        columns = {name: f"s.{name}" for name in rows.column_names}
        (
            standing.merge(rows, on, "s", "t", streamed_exec=False)
            .when_matched_update(columns, predicate="s.source_position > t.source_position")
            .when_not_matched_insert({**columns, "is_carried": "false"})
            .execute()
        )
        return lambda: count_lines(table)

    return work


def newest_bronze_file(lake: Path) -> Path:
    """The file of the last commit to bronze: the changes that are merged."""
    import json

    table = lake / "bronze" / BRONZE
    lines = commit_lines(table, newest_version(table)) or []
    added = [json.loads(line)["add"]["path"] for line in lines if '"add"' in line]
    assert len(added) == 1, f"{BRONZE}: one file of changes was expected"
    return data_file(table, str(added[0]))


def connection() -> Any:
    """A DuckDB in UTC."""
    import duckdb

    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    return con


def in_utc(rows: Any) -> Any:
    """The rows with the name of the zone that Delta takes."""
    import pyarrow as pa

    moment = pa.timestamp("us", "UTC")
    kinds = [pa.field(one.name, moment if pa.types.is_timestamp(one.type) else one.type) for one in rows.schema]
    return rows.cast(pa.schema(kinds))
