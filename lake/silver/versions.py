"""Every version of chosen keys, folded from bronze: what carried values and history are rebuilt from.

A change may leave out values that did not change (Debezium's unavailable value); the version then keeps the value of
the latest earlier change that had it, column by column, back to the key's last deletion. Columns that are computed
from others are computed after that, from the values that the version has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lake.contract import Column, Contract
from lake.delta.changes import AddedFile
from lake.delta.views import quoted
from lake.silver.merge import content_of, keys_of
from lake.silver.sql import Feed, parse_sql
from lake.silver.staging import bronze_files_sql
from lake.types import duckdb_type


def versions_sql(contract: Contract, feed: Feed, files: Sequence[AddedFile], keys_relation: str) -> str:
    """The SELECT of all versions of the keys in ``keys_relation``: one row per key and position.

    Columns: the contract's, source_position, source_changed_at, is_deleted, is_carried.
    """
    keys = keys_of(contract)
    others = [column for column in contract.columns if column.name not in contract.key]
    folded = ", ".join(_folded(column) for column in others if not column.sql)
    values = ", ".join(_computed(column) if column.sql else quoted(column.name) for column in others)
    return f"""
with changes as (
  select * replace (max(source_changed_at) over (partition by {keys}, source_position) as source_changed_at)
  from ({parse_sql(contract, feed, _naming(contract, feed, files, keys_relation), delivered=True)})
  where fault is null and ({keys}) in (select ({keys}) from {keys_relation})
  qualify row_number() over (partition by {keys}, source_position order by delivered desc) = 1
), lives as (
  select *, sum(is_deleted::int) over (
    partition by {keys} order by source_position rows between unbounded preceding and current row) as life
  from changes
), folded as (
  select {keys}, {folded}, source_position, source_changed_at, is_deleted,
    bool_or(has_unavailable) over so_far as is_carried
  from lives
  window so_far as (partition by {keys}, life order by source_position rows between unbounded preceding and current row)
)
select {keys}, {values}, source_position, source_changed_at, is_deleted, is_carried from folded
"""


def _naming(contract: Contract, feed: Feed, files: Sequence[AddedFile], keys_relation: str) -> str:
    """The relation of the bronze rows whose key is one of those: found by reading the key alone of every row.

    A day touches few keys of many, and most of the work is in the other columns.
    """
    bronze, keys = bronze_files_sql(files), keys_of(contract)
    only_key = tuple(contract[name] for name in contract.key)
    if any(column.sql for column in only_key):
        return bronze
    bare = replace(contract, columns=only_key, rules=(), partition_by=(), references={})
    named = f"from ({parse_sql(bare, feed, bronze)}) where ({keys}) in (select ({keys}) from {keys_relation})"
    return f"(select * from {bronze} semi join (select batch_id, batch_line {named}) using (batch_id, batch_line))"


def _folded(column: Column) -> str:
    name, flag = quoted(column.name), quoted(f"unavailable_{column.name}")
    return f"arg_max_null({name}, source_position) filter (where not {flag}) over so_far as {name}"


def _computed(column: Column) -> str:
    return f"cast(({column.sql}) as {duckdb_type(column.type)}) as {quoted(column.name)}"


def folded_state_sql(contract: Contract, feed: Feed, files: Sequence[AddedFile], keys_relation: str) -> str:
    """The SELECT of the latest version of each key."""
    keys = keys_of(contract)
    return (
        f"select * from ({versions_sql(contract, feed, files, keys_relation)}) "
        f"qualify row_number() over (partition by {keys} order by source_position desc) = 1"
    )


def undecided_sql(contract: Contract, feed: Feed, files: Sequence[AddedFile], keys_relation: str) -> str:
    """The SELECT of keys, position and ``contents`` where one place in the source's own order states different rows."""
    keys = keys_of(contract)
    parsed = parse_sql(contract, feed, _naming(contract, feed, files, keys_relation), delivered=True)
    return (
        f"select {keys}, source_position, count(distinct {content_of(contract)}) as contents from ({parsed}) "
        f"where fault is null and ({keys}) in (select ({keys}) from {keys_relation}) "
        f"group by {keys}, source_position, delivered[1] having contents > 1"
    )
