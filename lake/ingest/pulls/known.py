"""What bronze knows of an ERP table, by key: the latest statement about each, however it was delivered.

A key is the JSON list of its columns' texts; two statements are the same when the texts of their rows are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lake.delta.table import Table
from lake.delta.views import literal
from lake.silver.bronze_files import files_at
from lake.silver.sql import Feed, delivery_sql
from lake.silver.staging import bronze_files_sql

if TYPE_CHECKING:
    import duckdb


def statement_sql(key: Sequence[str], relation: str) -> str:
    """Over a relation with ``payload`` (an envelope) and ``op``: its columns, key and content (null for a deletion).

    ``is_whole`` is false where the key lacks a column: such a row goes on to silver, which refuses it. Its content is a
    part of its key then, for nothing else tells it from others like it.
    """
    fields = ", ".join(f"json_extract_string(document, {literal(_place(name))})" for name in key)
    return f"""(
  select * exclude (document, parts), document,
    to_json(case when is_whole then parts else list_append(parts, content) end)::varchar as key
  from (
    select *, [{fields}] as parts, len(list_filter(parts, lambda part: part is null)) = 0 as is_whole,
      case when op <> 'd' then md5(document::varchar) end as content
    from (
      select *, case when op = 'd' then coalesce(nullif(payload -> '$.before', 'null'), payload -> '$.payload.before')
        else coalesce(nullif(payload -> '$.after', 'null'), payload -> '$.payload.after') end as document
      from {relation}
    )
  )
)"""


def _place(column: str) -> str:
    escaped = column.replace("\\", "\\\\").replace('"', '\\"')
    return f'$."{escaped}"'


def remember(
    con: duckdb.DuckDBPyConnection,
    bronze: Table,
    table_name: str,
    key: Sequence[str],
    *,
    watermark: str | None = None,
    before: int | None = None,
    and_at: str | None = None,
) -> None:
    """Make the temporary table ``known``: key, content, watermark, position, is_alive, is_whole; one row per key.

    Args:
        con: where to.
        bronze: the bronze table of the ERP's changes.
        table_name: the ERP table.
        key: its key columns.
        watermark: its watermark column, if that is wanted.
        before: only what was stated before this position.
        and_at: SQL over a row of bronze at that very position: whether it counts as stated before, too.
    """
    version = bronze.version()
    files = files_at(bronze, version, Feed(bronze.path.name, table_name, (), ())) if version >= 0 else []
    mark = f"json_extract_string(document, {literal(_place(watermark))})" if watermark else "null"
    stated = f"(select * from {bronze_files_sql(files)} where position is not null and op in ('c', 'r', 'u', 'd')"
    stated += (
        f" and (position < {before} or (position = {before} and {and_at or 'false'})))" if before is not None else ")"
    )
    con.execute(
        f"create or replace temp table known as select key, {mark} as watermark, content, position, "
        "op <> 'd' as is_alive, is_whole "
        f"from {statement_sql(key, stated)} "
        f"qualify row_number() over (partition by key order by position desc, {delivery_sql()} desc) = 1"
    )
