"""Taking landed events in, in bare polars and DuckDB: same files, same columns, identities, broken lines set apart.

No ledger, no balance, no second writer.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path

from benchmarks.lake_cases import EVENTS, Count, count_events
from benchmarks.lake_references import connection, in_utc


def ingest_polars(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """The lines with their numbers and the two fields that are asked for, write_delta; broken lines apart."""
    import deltalake  # noqa: F401
    import polars as pl

    files = sorted((inputs / EVENTS).glob("*.jsonl"))

    def work() -> Count:
        # json_decode fails on the first broken line; json_path_match is null there.
        lines = pl.concat(
            pl.scan_lines(file, name="payload", row_index_name="batch_line", row_index_offset=1).with_columns(
                landed_path=pl.lit(file.name), batch_id=pl.lit(sha256_of(file))
            )
            for file in files
        ).with_columns(
            source=pl.col("payload").str.json_path_match("$.kind"), arrived_at=pl.lit(dt.datetime.now(dt.UTC))
        )
        whole = lines.collect()
        whole.filter(pl.col("source").is_null()).write_delta(str(scratch / "dead"))
        occurred_at = pl.col("payload").str.json_path_match("$.occurred_at")
        rows = (
            whole.lazy()
            .filter(pl.col("source").is_not_null())
            .with_columns(
                op=pl.lit("c"),
                changed_at=occurred_at.str.to_datetime(time_unit="us", time_zone="UTC"),
                entity_key=pl.lit(None, pl.String),
                batch_line=pl.col("batch_line").cast(pl.Int64),
            )
            .with_columns(position=pl.col("changed_at").dt.epoch("us"))
        )
        rows.collect().write_delta(str(scratch / "events"), delta_write_options={"partition_by": ["source"]})
        return lambda: count_events(scratch / "events")

    return work


def ingest_duckdb(inputs: Path, scratch: Path) -> Callable[[], Count]:
    """The lines by read_csv with no delimiter that occurs, from_json, write_deltalake; broken lines apart."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from deltalake import write_deltalake

    con = connection()
    files = sorted((inputs / EVENTS).glob("*.jsonl"))

    def work() -> Count:
        whole = pa.concat_tables(con.sql(_events_sql(file)).to_arrow_table() for file in files)
        broken = pc.is_null(whole.column("source"))
        write_deltalake(str(scratch / "dead"), in_utc(whole.filter(broken)))
        write_deltalake(str(scratch / "events"), in_utc(whole.filter(pc.invert(broken))), partition_by=["source"])
        return lambda: count_events(scratch / "events")

    return work


def _events_sql(file: Path) -> str:
    """The SELECT of one file's events; a window without an order numbers the lines as they are read."""
    return f"""
with lines as (
  select line as payload, row_number() over () as batch_line
  from read_csv('{file}', columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '', header = false,
    auto_detect = false)
), parsed as (
  select *, from_json(case when json_valid(payload) then payload end,
    '{{"kind": "VARCHAR", "occurred_at": "VARCHAR"}}') as doc
  from lines
)
select doc.kind as source, 'c' as op, epoch_us(doc.occurred_at::timestamptz) as position,
  doc.occurred_at::timestamptz as changed_at, null::varchar as entity_key, payload, '{sha256_of(file)}' as batch_id,
  batch_line, '{file.name}' as landed_path, now() as arrived_at
from parsed"""


def sha256_of(file: Path) -> str:
    """The identity of a file's content, by which it is taken in once."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
